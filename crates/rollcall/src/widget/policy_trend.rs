//! Violations, cancellations and reschedules, day by day.

use super::build::{compared, daily, day_labels};
use super::panel::{ChartKind, Rows};
use super::{Choices, Filter, Kind, Needs, Panel, Span, Spec, Topic, Width};
use crate::summaries::DaySummary;
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// How many days are shown.
pub const DAYS: Filter = Filter { name: "days", options: &["30", "7", "90"] };

/// The widget.
pub static SPEC: Spec = Spec {
    key: "policy_trend",
    kind: Kind::Chart,
    topics: &[Topic::Stats, Topic::Settings],
    ttl: 300,
    width: Width::Full,
    filters: &[DAYS],
    by_branch: false,
    by_role: false,
    needs: |choices| match window(choices) {
        // What is chosen here counts more than what is chosen for the page.
        Some(days) => Needs { branch: choices.page().branch, ..Needs::days(2 * days) },
        None => choices.needs(30),
    },
    render,
};

fn window(choices: &Choices) -> Option<u32> {
    choices.chosen(&DAYS).and_then(|days| days.parse().ok())
}

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let span = match window(choices) {
        Some(days) => Span::window(snapshot.today, days),
        None => choices.span(snapshot.today, 30),
    };
    let [violations, violations_before] = daily(snapshot, span, "violations", DaySummary::violations_total);
    let violations = violations.rows_of_days(span, |day, count| Rows::violations(count, day, None));
    let series = compared([
        [violations, violations_before],
        daily(snapshot, span, "cancellations", |day| day.cancellations),
        daily(snapshot, span, "reschedules", |day| day.reschedules),
    ]);
    Ok(Panel::chart(ChartKind::Line, day_labels(span), series))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::summaries::DaySummary;
    use crate::widget::testing::{empty, series, shown, violations, with_days};

    #[test]
    fn each_day_has_its_three_figures() {
        let day = DaySummary { cancellations: 3, reschedules: 4, ..violations(&[("no_show", 1), ("other", 1)]) };
        let panel = shown(&SPEC, &with_days([(6, day), (7, violations(&[("no_show", 9)]))]), &[("days", "7")]);
        assert_eq!(series(&panel, "violations"), json!([2, 0, 0, 0, 0, 0, 0]));
        assert_eq!(series(&panel, "cancellations"), json!([3, 0, 0, 0, 0, 0, 0]));
        assert_eq!(series(&panel, "reschedules"), json!([4, 0, 0, 0, 0, 0, 0]));
        assert_eq!((&panel["labels"][0], &panel["labels"][6]), (&json!("2026-11-16"), &json!("2026-11-22")));
    }

    #[test]
    fn the_filter_says_how_many_days() {
        for (chosen, days) in
            [(vec![], 30), (vec![("days", "7")], 7), (vec![("days", "30")], 30), (vec![("days", "90")], 90)]
        {
            let panel = shown(&SPEC, &empty(), &chosen);
            assert_eq!(panel["labels"].as_array().unwrap().len(), days, "{chosen:?}");
        }
    }
}
