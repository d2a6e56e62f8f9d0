//! Customers by where they stand.

use super::panel::{ChartKind, Dataset, Rows, Value};
use super::{Choices, Kind, Needs, Panel, Spec, Topic, Width};
use crate::analytics::customer::{JOURNEY, by_journey};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "customer_journey",
    kind: Kind::Chart,
    topics: &[Topic::Customers],
    ttl: 300,
    width: Width::Half,
    filters: &[],
    by_branch: false,
    by_role: false,
    needs: |choices| Needs { branch: choices.page().branch, ..Needs::NOTHING },
    render,
};

/// More parts than these nobody can tell apart in a ring.
const PARTS: usize = 7;

fn render(snapshot: &Snapshot, _: &Choices) -> Result<Panel, Unavailable> {
    let statuses = by_journey(&snapshot.company.journey);
    let kind = if statuses.len() > PARTS { ChartKind::Bar } else { ChartKind::Doughnut };
    let labels = statuses.iter().map(|(status, _)| Value::term("journey", status)).collect();
    let rows = |(status, count): &(&str, i64)| {
        let known = JOURNEY.contains(status);
        known.then(|| Rows::of("customers", *count).with("journey_status", status))
    };
    let counts = Dataset::counts("customers", statuses.iter().map(|(_, count)| *count)).rows(statuses.iter().map(rows));
    Ok(Panel::chart(kind, labels, vec![counts]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::widget::testing::{busy, empty, shown};

    #[test]
    fn statuses_stand_in_the_journey_s_order() {
        let mut snapshot = empty();
        snapshot.company.journey =
            [("vip", 2), ("lead", 5), ("frozen", 1), ("at_risk", 9)].map(|(key, n)| (key.to_owned(), n)).into();
        let panel = shown(&SPEC, &snapshot, &[]);
        assert_eq!(panel["labels"], json!(["lead", "vip", "at_risk", "other"]));
        assert_eq!(panel["datasets"], json!([{"key": "customers", "unit": "count", "data": [5, 2, 9, 1]}]));
        assert_eq!(panel["type"], "doughnut");
    }

    #[test]
    fn more_than_seven_parts_are_bars() {
        let panel = shown(&SPEC, &busy(), &[]);
        assert_eq!((panel["labels"].as_array().unwrap().len(), &panel["type"]), (8, &json!("bar")));
    }

    #[test]
    fn an_empty_company_has_no_part() {
        assert_eq!(shown(&SPEC, &empty(), &[])["labels"], json!([]));
    }
}
