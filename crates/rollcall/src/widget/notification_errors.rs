//! Why notifications of the last 30 days failed, and the newest failures with a way to send them again.

use super::build::compared;
use super::panel::{Action, ChartKind, Column, Dataset, Row, Rows, Unit, Value};
use super::rows::CREATED;
use super::{Choices, Kind, Needs, Panel, Spec, Topic, Width};
use crate::analytics::notification::{OTHER, UNKNOWN, top_errors};
use crate::summaries::snapshot::{LatestFailure, Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "notification_errors",
    kind: Kind::ChartAndTable,
    topics: &[Topic::Notifications, Topic::Settings],
    ttl: 60,
    width: Width::Full,
    filters: &[],
    by_branch: false,
    by_role: true,
    needs: |choices| Needs { failures: true, ..choices.needs(30) },
    render,
};

const BARS: usize = 10;

const COLUMNS: [Column; 5] = [
    Column::new("recipient", Unit::Text),
    Column::new("channel", Unit::Text),
    Column::new("error", Unit::Text),
    Column::new("retries", Unit::Count),
    Column::new("created_at", Unit::Text),
];

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let span = choices.span(snapshot.today, 30);
    let failures = snapshot.latest_failures.as_ref().map_err(|unavailable| *unavailable)?;
    let errors = snapshot.sum(span.days()).errors;
    let before = snapshot.sum(span.before().days()).errors;
    let (top, rest) = top_errors(&errors, BARS);
    let labels = top.iter().map(|(class, _)| label(class)).chain(rest.map(|_| Value::term("error", OTHER)));
    let rows = |class: &str, count, span| {
        Some(Rows::of("notifications", count).on(CREATED, span).with("status", "failed").with("reason", class))
    };
    let behind = top.iter().map(|(class, count)| rows(class, *count, span)).chain(rest.map(|_| None));
    let counts = Dataset::counts("failed", top.iter().map(|(_, count)| *count).chain(rest)).rows(behind);
    let were: Vec<_> = top.iter().map(|(class, _)| (class, before.get(*class).copied().unwrap_or_default())).collect();
    let behind = were.iter().map(|(class, count)| rows(class, *count, span.before())).chain(rest.map(|_| None));
    // What else failed then were other classes: there is nothing to compare the rest with.
    let data = were.iter().map(|(_, count)| Value::Int(*count)).chain(rest.map(|_| Value::None)).collect();
    let were = Dataset { data, ..Dataset::counts("failed", []) }.rows(behind).before();
    let chart = Panel::chart(ChartKind::Bar, labels.collect(), compared([[counts, were]]));
    Ok(chart.and(Panel::table(&COLUMNS, failures.iter().map(row).collect())))
}

fn label(class: &str) -> Value {
    if class == UNKNOWN { Value::term("error", UNKNOWN) } else { class.into() }
}

fn row(failure: &LatestFailure) -> Row {
    let error = failure.error.as_deref().filter(|error| !error.trim().is_empty());
    Row::new(vec![
        failure.recipient.as_str().into(),
        Value::term("channel", &failure.channel),
        error.into(),
        failure.retries.into(),
        Value::Instant(failure.at),
    ])
    .record("notifications", failure.id)
    .action(Action::RetryNotification(failure.id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::summaries::DaySummary;
    use crate::widget::testing::{empty, failure, series, shown, with_days};

    fn errors(of: impl IntoIterator<Item = (String, i64)>) -> DaySummary {
        DaySummary { errors: of.into_iter().collect(), ..DaySummary::default() }
    }

    #[test]
    fn the_most_frequent_class_comes_first() {
        let class = |name: &str, n| (name.to_owned(), n);
        let snapshot = with_days([
            (0, errors([class("Timeout after #s", 2), class("unknown", 1)])),
            (29, errors([class("Mailbox @ full", 3), class("Timeout after #s", 2)])),
            (30, errors([class("Old", 99)])),
        ]);
        let panel = shown(&SPEC, &snapshot, &[]);
        assert_eq!(panel["labels"], json!(["Timeout after #s", "Mailbox @ full", "unknown"]));
        assert_eq!(series(&panel, "failed"), json!([4, 3, 1]));
    }

    #[test]
    fn at_most_10_bars_hold_all_failures() {
        let snapshot = with_days([(0, errors((1..=12).map(|n| (format!("class {n}"), n))))]);
        let panel = shown(&SPEC, &snapshot, &[]);
        assert_eq!(series(&panel, "failed"), json!([12, 11, 10, 9, 8, 7, 6, 5, 4, 3 + 2 + 1]));
        assert_eq!(panel["labels"][9], "other");
    }

    #[test]
    fn failures_can_be_sent_again() {
        let mut snapshot = empty();
        snapshot.latest_failures = Ok(vec![failure(7), failure(2)]);
        let panel = render(&snapshot, &Choices::default()).unwrap();
        let rows = panel.table.unwrap().rows;
        assert_eq!(
            rows.iter().map(|row| row.action).collect::<Vec<_>>(),
            [7, 2].map(|id| Some(Action::RetryNotification(id)))
        );
        let first = json!(["+49 170 0000007", "sms", "<b>Unknown</b> subscriber", 2, "2026-11-22T08:05:59Z"]);
        assert_eq!(serde_json::to_value(&rows[0]).unwrap(), first);
        assert_eq!(rows[1].cells[2], Value::None, "no message");
    }

    #[test]
    fn failures_that_could_not_be_read_are_an_error() {
        let mut snapshot = empty();
        snapshot.latest_failures = Err(Unavailable);
        assert_eq!(render(&snapshot, &Choices::default()), Err(Unavailable));
    }
}
