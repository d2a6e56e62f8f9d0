//! Violations per day of the last 14, a line for each policy type that the company has configured.

use super::build::{compared, day_labels, per_day};
use super::panel::{ChartKind, Dataset, Rows, Unit, Value};
use super::{Choices, Kind, Panel, Spec, Topic, Width};
use crate::analytics::policy::{configured_types, of_type};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "policy_effectiveness",
    kind: Kind::Chart,
    topics: &[Topic::Stats, Topic::Policies, Topic::Settings],
    ttl: 300,
    width: Width::Half,
    filters: &[],
    by_branch: false,
    by_role: false,
    needs: |choices| choices.needs(14),
    render,
};

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let span = choices.span(snapshot.today, 14);
    let line = |policy_type| {
        let of = |span| {
            let violations = per_day(snapshot, span, |day| of_type(&day.violations, policy_type));
            let counts = violations.into_iter().map(|(_, count)| count);
            Dataset::new(Value::term("policy_type", policy_type), Unit::Count, counts)
        };
        let behind = |day, count| Rows::violations(count, day, Some(policy_type));
        let of = |span| of(span).rows_of_days(span, behind);
        [of(span), of(span.before()).before()]
    };
    let lines = compared(configured_types(&snapshot.company.policy_types).into_iter().map(line));
    Ok(Panel::chart(ChartKind::Line, day_labels(span), lines))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::widget::testing::{empty, series, shown, violations, with_days};

    #[test]
    fn configured_types_have_a_line_each_in_alphabetical_order() {
        let mut snapshot = with_days([
            (0, violations(&[("no_show", 1), ("payment", 7)])),
            (13, violations(&[("no_show", 2), ("cancellation", 3)])),
            (14, violations(&[("no_show", 50)])),
        ]);
        snapshot.company.policy_types = ["recurring", "no_show", "cancellation"].map(str::to_owned).into();
        let panel = shown(&SPEC, &snapshot, &[]);
        let names = panel["datasets"].as_array().unwrap().iter().map(|line| line["key"].clone()).collect::<Vec<_>>();
        assert_eq!(
            names,
            ["cancellation", "no_show", "recurring", "no_show"],
            "nobody configured payment; the last is of the days before"
        );
        assert_eq!(series(&panel, "no_show"), json!([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
        assert_eq!(series(&panel, "cancellation")[0], 3);
        assert_eq!(series(&panel, "recurring"), json!(vec![0; 14]));
    }

    #[test]
    fn without_policies_there_is_no_line() {
        let panel = shown(&SPEC, &empty(), &[]);
        assert_eq!((&panel["datasets"], panel["labels"].as_array().unwrap().len()), (&json!([]), 14));
    }
}
