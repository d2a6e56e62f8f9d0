//! The newest violations.

use super::panel::{Column, Row, Unit, Value};
use super::{Choices, Kind, Needs, Panel, Spec, Topic, Width};
use crate::summaries::snapshot::{LatestViolation, Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "latest_violations",
    kind: Kind::Table,
    topics: &[Topic::Stats, Topic::Customers, Topic::Settings],
    ttl: 60,
    width: Width::Full,
    filters: &[],
    by_branch: false,
    by_role: false,
    needs: |_| Needs { violations: true, ..Needs::NOTHING },
    render,
};

const COLUMNS: [Column; 5] = [
    Column::new("customer", Unit::Text),
    Column::new("policy_type", Unit::Text),
    Column::new("count", Unit::Count),
    Column::new("period", Unit::Text),
    Column::new("recorded_at", Unit::Text),
];

fn render(snapshot: &Snapshot, _: &Choices) -> Result<Panel, Unavailable> {
    let violations = snapshot.latest_violations.as_ref().map_err(|unavailable| *unavailable)?;
    Ok(Panel::table(&COLUMNS, violations.iter().map(row).collect()))
}

fn row(violation: &LatestViolation) -> Row {
    Row::new(vec![
        violation.customer.as_deref().into(),
        Value::term("policy_type", &violation.policy_type),
        violation.count.into(),
        violation.period.map_or(Value::None, |(first, last)| Value::Days(first, last)),
        Value::Instant(violation.at),
    ])
    .record("customers", violation.customer_id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::widget::testing::{empty, shown, violation};

    #[test]
    fn rows_are_the_snapshot_s() {
        let mut snapshot = empty();
        snapshot.latest_violations = Ok(vec![violation(3), violation(2)]);
        let rows = json!([
            ["Customer 3", "no_show", 3, "2026-10-23/2026-11-22", "2026-11-22T09:30:00Z"],
            [null, "no_show", 2, "2026-10-23/2026-11-22", "2026-11-22T09:30:00Z"],
        ]);
        assert_eq!(shown(&SPEC, &snapshot, &[])["rows"], rows);
    }

    #[test]
    fn an_empty_company_has_no_row() {
        assert_eq!(shown(&SPEC, &empty(), &[])["rows"], json!([]));
    }

    #[test]
    fn violations_that_could_not_be_read_are_an_error() {
        let mut snapshot = empty();
        snapshot.latest_violations = Err(Unavailable);
        assert_eq!(render(&snapshot, &Choices::default()), Err(Unavailable));
    }
}
