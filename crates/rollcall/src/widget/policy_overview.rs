//! How policies are kept, in six figures.

use super::build::per_day;
use super::panel::{Rows, Stat, Unit, Value};
use super::rows::CREATED;
use super::{Choices, Kind, Panel, Spec, Topic, Width};
use crate::analytics::policy::{by_type, compliance_rate};
use crate::analytics::rate::{Wanted, average, compliance_status};
use crate::summaries::DaySummary;
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "policy_overview",
    kind: Kind::Stats,
    topics: &[Topic::Policies, Topic::Stats, Topic::Appointments, Topic::Settings],
    ttl: 300,
    width: Width::Full,
    filters: &[],
    by_branch: false,
    by_role: false,
    needs: |choices| choices.needs(30),
    render,
};

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let span = choices.span(snapshot.today, 30);
    let month = snapshot.sum(span.days());
    let before = snapshot.sum(span.before().days());
    let violations = month.violations_total();
    let compliance = compliance_rate(month.created, violations);
    let compliance_before = (before.created > 0).then(|| compliance_rate(before.created, before.violations_total()));
    let behind = |policy_type| Rows::violations(violations, span, policy_type);
    let each_day = average(violations, span.length());
    let most_violated = by_type(&month.violations).into_iter().next();
    Ok(Panel::stats(vec![
        Stat::new("active_policies", snapshot.company.active_policies, Unit::Count)
            .rows(Rows::of("policies", snapshot.company.active_policies).with("is_active", true)),
        Stat::new("total_configurations", snapshot.company.policies, Unit::Count)
            .rows(Rows::of("policies", snapshot.company.policies)),
        violations_stat(snapshot, choices, violations).rows(behind(None)),
        Stat::new("compliance_rate", compliance, Unit::Percent)
            .detail("of_appointments", Some(month.created))
            .against_rate(Some(compliance), compliance_before, Wanted::More)
            .status(compliance_status(compliance))
            .rows(Rows::of("appointments", month.created).on(CREATED, span).with("sort", "-created_at")),
        Stat::new("most_violated_type", most_violated.map(|(name, _)| Value::term("policy_type", name)), Unit::Text)
            .detail("violations", most_violated.map(|(_, count)| count))
            .rows(most_violated.map(|(name, count)| Rows::violations(count, span, Some(name)))),
        Stat::new("violations_per_day", each_day, Unit::Average)
            .against(violations, before.violations_total(), Wanted::Less)
            .rows(behind(None)),
    ]))
}

/// Where no period is chosen its trend is that of the last week, as the sparkline is.
fn violations_stat(snapshot: &Snapshot, choices: &Choices, violations: i64) -> Stat {
    let span = choices.span(snapshot.today, 7);
    let this = snapshot.sum(span.days()).violations_total();
    let before = snapshot.sum(span.before().days()).violations_total();
    let week = choices.page().period.is_none().then_some(this);
    Stat::new("violations", violations, Unit::Count)
        .detail("last_7_days", week)
        .against(this, before, Wanted::Less)
        .sparkline(per_day(snapshot, span, DaySummary::violations_total))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::summaries::DaySummary;
    use crate::widget::testing::{empty, figure, shown, stat, violations, with_days};

    #[test]
    fn an_empty_company_keeps_its_policies() {
        let values = shown(&SPEC, &empty(), &[])["stats"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["value"].clone())
            .collect::<Vec<_>>();
        assert_eq!(values, [json!(0), json!(0), json!(0), json!(100.0), json!(null), json!(0.0)]);
        assert_eq!(stat(&SPEC, &empty(), "violations")["trend"], json!({"percent": null, "status": "neutral"}));
    }

    #[test]
    fn violations_count_from_the_30th_day_on() {
        let snapshot = with_days([
            (0, violations(&[("no_show", 2)])),
            (29, violations(&[("payment", 40)])),
            (30, violations(&[("payment", 800)])),
        ]);
        assert_eq!(figure(&SPEC, &snapshot, "violations"), 42);
        assert_eq!(figure(&SPEC, &snapshot, "violations_per_day"), 1.4);
    }

    #[test]
    fn the_trend_compares_7_days_with_the_7_before() {
        let days = [(0, 1), (6, 3), (7, 5), (13, 1), (14, 100)];
        let snapshot = with_days(days.map(|(ago, n)| (ago, violations(&[("no_show", n)]))));
        let violations = stat(&SPEC, &snapshot, "violations");
        assert_eq!(violations["trend"], json!({"percent": -33.3, "status": "good"}), "4 against 6");
        assert_eq!(violations["detail"], json!({"key": "last_7_days", "value": 4}));
        let spark = violations["sparkline"].as_array().unwrap();
        assert_eq!(
            (spark.len(), &spark[0], &spark[6]),
            (7, &json!({"day": "2026-11-16", "value": 3}), &json!({"day": "2026-11-22", "value": 1}))
        );
    }

    #[test]
    fn compliance_is_over_appointments_created_in_the_window() {
        let created = |created, n| DaySummary { created, ..violations(&[("no_show", n)]) };
        let snapshot = with_days([(0, created(3, 1)), (29, created(3, 1)), (30, created(500, 1))]);
        let compliance = stat(&SPEC, &snapshot, "compliance_rate");
        assert_eq!((&compliance["value"], &compliance["status"]), (&json!(66.7), &json!("bad")), "4 of 6");
        assert_eq!(compliance["detail"], json!({"key": "of_appointments", "value": 6}));
    }

    #[test]
    fn the_most_violated_type_is_the_first_of_the_alphabet_among_equals() {
        let snapshot = with_days([
            (0, violations(&[("reschedule", 3), ("no_show", 2)])),
            (1, violations(&[("no_show", 1), ("payment", 2)])),
        ]);
        let most = stat(&SPEC, &snapshot, "most_violated_type");
        assert_eq!((&most["value"], &most["detail"]["value"]), (&json!("no_show"), &json!(3)));
    }

    #[test]
    fn policies_are_the_company_s() {
        let mut snapshot = empty();
        (snapshot.company.active_policies, snapshot.company.policies) = (3, 5);
        assert_eq!(figure(&SPEC, &snapshot, "active_policies"), 3);
        assert_eq!(figure(&SPEC, &snapshot, "total_configurations"), 5);
    }
}
