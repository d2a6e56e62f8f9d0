//! Violations of the last 30 days by policy type, the largest first.

use super::build::compared;
use super::panel::{ChartKind, Dataset, Rows, Value};
use super::{Choices, Kind, Panel, Spec, Topic, Width};
use crate::analytics::policy::{by_type, of_type};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "violations_by_type",
    kind: Kind::Chart,
    topics: &[Topic::Stats, Topic::Settings],
    ttl: 300,
    width: Width::Half,
    filters: &[],
    by_branch: false,
    by_role: false,
    needs: |choices| choices.needs(30),
    render,
};

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let span = choices.span(snapshot.today, 30);
    let (now, before) = (snapshot.sum(span.days()).violations, snapshot.sum(span.before().days()).violations);
    let ranked = by_type(&now);
    let labels = ranked.iter().map(|(name, _)| Value::term("policy_type", name)).collect();
    let behind = ranked.iter().map(|(name, count)| Some(Rows::violations(*count, span, Some(name))));
    let counts = Dataset::counts("violations", ranked.iter().map(|(_, count)| *count)).rows(behind);
    let were: Vec<_> = ranked.iter().map(|(name, _)| (name, of_type(&before, name))).collect();
    let behind = were.iter().map(|(name, count)| Some(Rows::violations(*count, span.before(), Some(name))));
    let were = Dataset::counts("violations", were.iter().map(|(_, count)| *count)).rows(behind).before();
    Ok(Panel::chart(ChartKind::Bar, labels, compared([[counts, were]])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::widget::testing::{empty, shown, violations, with_days};

    #[test]
    fn the_largest_type_comes_first() {
        let snapshot = with_days([
            (0, violations(&[("reschedule", 1), ("no_show", 2)])),
            (29, violations(&[("payment", 5), ("reschedule", 1), ("refund", 1), ("other", 2)])),
            (30, violations(&[("recurring", 90)])),
        ]);
        let panel = shown(&SPEC, &snapshot, &[]);
        assert_eq!(panel["labels"], json!(["payment", "other", "no_show", "reschedule"]));
        assert_eq!(panel["datasets"], json!([{"key": "violations", "unit": "count", "data": [5, 3, 2, 2]}]));
    }

    #[test]
    fn an_empty_company_has_no_bar() {
        assert_eq!(shown(&SPEC, &empty(), &[])["labels"], json!([]));
    }
}
