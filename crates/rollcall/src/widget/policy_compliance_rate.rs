//! How many of the last 30 days' cancellations and reschedules were within policy, and what they cost.

use super::panel::{ChartKind, Dataset, Rows, Unit, Value};
use super::rows::CREATED;
use super::{Choices, Kind, Panel, Span, Spec, Topic, Width};
use crate::analytics::policy::within_rate;
use crate::analytics::rate::money;
use crate::summaries::day::Modifications;
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "policy_compliance_rate",
    kind: Kind::Chart,
    topics: &[Topic::Modifications, Topic::Settings],
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
    let both = |span: Span| {
        let sum = snapshot.sum(span.days());
        [sum.cancel_modifications, sum.reschedule_modifications]
    };
    let (now, before) = (both(span), both(span.before()));
    let labels = ["cancellations", "reschedules"].map(Value::series).into();
    let within = |both: &[Modifications; 2]| {
        Dataset::new(Value::series("within_policy"), Unit::Percent, both.iter().map(within_rate))
    };
    let fees = Dataset::new(
        Value::series("fees"),
        Unit::Money(snapshot.company.currency),
        now.iter().map(|them| money(them.fees)),
    );
    let behind = |both: &[Modifications; 2], span| {
        let kinds = both.iter().zip(["cancel", "reschedule"]);
        let rows = |(them, kind): (&Modifications, _)| {
            Some(Rows::of("modifications", them.total).on(CREATED, span).with("modification_type", kind))
        };
        kinds.map(rows).collect::<Vec<_>>()
    };
    let mut series = vec![within(&now).rows(behind(&now, span)), fees.rows(behind(&now, span))];
    if before.iter().any(|them| them.total > 0) {
        series.push(within(&before).rows(behind(&before, span.before())).before());
    }
    let counted = now.iter().map(|them| them.total).sum();
    Ok(Panel::chart(ChartKind::Bar, labels, series).over(counted))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::analytics::currency::Currency;
    use crate::summaries::DaySummary;
    use crate::summaries::day::Modifications;
    use crate::widget::testing::{empty, series, shown, with_days};

    fn modified(total: i64, within: i64, fees: &str) -> Modifications {
        Modifications { total, within, fees: fees.parse().unwrap() }
    }

    #[test]
    fn shares_and_fees_are_of_30_days() {
        let day = |cancelled, rescheduled| DaySummary {
            cancel_modifications: cancelled,
            reschedule_modifications: rescheduled,
            ..DaySummary::default()
        };
        let snapshot = with_days([
            (0, day(modified(2, 1, "10.10"), modified(1, 1, "0"))),
            (29, day(modified(1, 1, "0.2"), modified(0, 0, "0"))),
            (30, day(modified(70, 0, "700"), modified(70, 0, "700"))),
        ]);
        let panel = shown(&SPEC, &snapshot, &[]);
        assert_eq!(panel["labels"], json!(["cancellations", "reschedules"]));
        assert_eq!(series(&panel, "within_policy"), json!([66.7, 100.0]));
        assert_eq!(series(&panel, "fees"), json!([10.3, 0.0]));
        assert_eq!(panel["datasets"][1]["unit"], "EUR");
    }

    #[test]
    fn fees_are_in_the_companys_currency() {
        let mut snapshot = empty();
        snapshot.company.currency = Currency::of("CHF");
        assert_eq!(shown(&SPEC, &snapshot, &[])["datasets"][1]["unit"], "CHF");
    }

    #[test]
    fn an_empty_company_is_within_policy() {
        let panel = shown(&SPEC, &empty(), &[]);
        assert_eq!(
            (series(&panel, "within_policy"), series(&panel, "fees")),
            (json!([100.0, 100.0]), json!([0.0, 0.0]))
        );
    }
}
