//! When the appointments of the last 30 days take place: by date, by day of the week or by hour.

use super::build::{compared, daily, day_labels, per_day};
use super::panel::{ChartKind, Dataset, Rows, Value};
use super::rows::STARTS;
use super::{Choices, Filter, Kind, Panel, Span, Spec, Topic, Width};
use crate::analytics::time::{by_hour, by_weekday};
use crate::summaries::DaySummary;
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// What the bars stand for.
pub const BY: Filter = Filter { name: "by", options: &["date", "weekday", "hour"] };

/// The widget.
pub static SPEC: Spec = Spec {
    key: "time_analytics",
    kind: Kind::Chart,
    topics: &[Topic::Appointments, Topic::Stats, Topic::Settings],
    ttl: 300,
    width: Width::Half,
    filters: &[BY],
    by_branch: true,
    by_role: false,
    needs: |choices| choices.needs(30),
    render,
};

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let span = choices.span(snapshot.today, 30);
    let (labels, series) = match choices.get(&BY) {
        "weekday" => weekdays(snapshot, span, choices.page().branch.is_none()),
        "hour" => hours(snapshot, span),
        _ => dates(snapshot, span, choices.page().branch),
    };
    Ok(Panel::chart(ChartKind::Bar, labels, series))
}

fn dates(snapshot: &Snapshot, span: Span, branch: Option<i64>) -> (Vec<Value>, Vec<Dataset>) {
    let rows = |day, count| Rows::of("appointments", count).on(STARTS, day).of_branch(branch);
    let [total, total_before] = daily(snapshot, span, "total", |day| day.appointments.total);
    let [completed, _] = daily(snapshot, span, "completed", |day| day.appointments.completed);
    let [cancelled, _] = daily(snapshot, span, "cancelled", |day| day.appointments.cancelled);
    let mut series = vec![
        completed.rows_of_days(span, |day, count| rows(day, count).with("status", "completed")),
        cancelled.rows_of_days(span, |day, count| rows(day, count).with("status", "cancelled")),
    ];
    // Of all three the period before would be a wall of bars: how many there were says enough.
    let all = compared([[total.rows_of_days(span, rows), total_before.rows_of_days(span.before(), rows)]]);
    series.splice(0..0, all);
    series.sort_by_key(|series| series.before);
    (day_labels(span), series)
}

/// Violations have no branch.
fn weekdays(snapshot: &Snapshot, span: Span, with_violations: bool) -> (Vec<Value>, Vec<Dataset>) {
    let both = |key, figure: fn(&DaySummary) -> i64| {
        let counts = |span| Dataset::counts(key, by_weekday(per_day(snapshot, span, figure)));
        [counts(span), counts(span.before()).before()]
    };
    let appointments = both("appointments", |day| day.appointments.total);
    let violations = with_violations.then(|| both("violations", DaySummary::violations_total));
    ((0..7).map(Value::Weekday).collect(), compared([appointments].into_iter().chain(violations)))
}

fn hours(snapshot: &Snapshot, span: Span) -> (Vec<Value>, Vec<Dataset>) {
    let counted = |span: Span| by_hour(&snapshot.sum(span.days()).hours);
    let counts = |span| Dataset::counts("appointments", counted(span).into_iter().map(|(_, count)| count));
    let labels = counted(span).into_iter().map(|(hour, _)| Value::Hour(hour)).collect();
    (labels, compared([[counts(span), counts(span.before()).before()]]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::summaries::DaySummary;
    use crate::summaries::day::Outcomes;
    use crate::widget::testing::{empty, series, shown, violations, with_days};

    fn day(figures: [i64; 3]) -> DaySummary {
        DaySummary { appointments: Outcomes::from(figures), ..DaySummary::default() }
    }

    #[test]
    fn by_date_there_are_30_days_with_three_figures() {
        let panel = shown(&SPEC, &with_days([(0, day([5, 3, 1])), (29, day([2, 1, 0])), (30, day([9, 9, 9]))]), &[]);
        assert_eq!((&panel["labels"][0], &panel["labels"][29]), (&json!("2026-10-24"), &json!("2026-11-22")));
        assert_eq!((&series(&panel, "total")[0], &series(&panel, "total")[29]), (&json!(2), &json!(5)));
        assert_eq!((&series(&panel, "completed")[0], &series(&panel, "completed")[29]), (&json!(1), &json!(3)));
        assert_eq!((&series(&panel, "cancelled")[0], &series(&panel, "cancelled")[29]), (&json!(0), &json!(1)));
    }

    #[test]
    fn by_weekday_the_week_begins_on_monday() {
        let sunday = DaySummary { violations: violations(&[("no_show", 4)]).violations, ..day([5, 0, 0]) };
        let days = [(0, sunday.clone()), (7, sunday), (6, day([2, 0, 0])), (34, day([99, 0, 0]))];
        let panel = shown(&SPEC, &with_days(days), &[("by", "weekday")]);
        let weekdays = json!(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]);
        assert_eq!(panel["labels"], weekdays);
        assert_eq!(series(&panel, "appointments"), json!([2, 0, 0, 0, 0, 0, 10]));
        assert_eq!(series(&panel, "violations"), json!([0, 0, 0, 0, 0, 0, 8]));
    }

    #[test]
    fn by_hour_the_day_is_from_8_to_20() {
        let hours = |of: &[(u8, i64)]| DaySummary { hours: of.iter().copied().collect(), ..DaySummary::default() };
        let days = [(0, hours(&[(7, 50), (8, 1), (20, 2)])), (29, hours(&[(8, 3), (21, 50)])), (30, hours(&[(8, 50)]))];
        let panel = shown(&SPEC, &with_days(days), &[("by", "hour")]);
        assert_eq!((&panel["labels"][0], &panel["labels"][12]), (&json!("08:00"), &json!("20:00")));
        assert_eq!(series(&panel, "appointments"), json!([4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]));
    }

    #[test]
    fn an_empty_company_has_empty_bars() {
        for (by, bars) in [("date", 30), ("weekday", 7), ("hour", 13)] {
            let panel = shown(&SPEC, &empty(), &[("by", by)]);
            assert_eq!(panel["datasets"][0]["data"], json!(vec![0; bars]), "{by}");
        }
    }
}
