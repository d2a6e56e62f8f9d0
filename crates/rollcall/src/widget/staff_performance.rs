//! What the active staff did in the last 30 days, and how many appointments they had on each of the last 7.

use super::build::{compared, daily, day_labels};
use super::panel::{ChartKind, Rows, Stat, Unit};
use super::rows::STARTS;
use super::{Choices, Kind, Panel, Span, Spec, Topic, Width};
use crate::analytics::rate::{OverNothing, Wanted, compliance_status, rate};
use crate::analytics::staff::{Performance, total};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "staff_performance",
    kind: Kind::StatsAndChart,
    topics: &[Topic::Appointments, Topic::Staff, Topic::Settings],
    ttl: 180,
    width: Width::Full,
    filters: &[],
    by_branch: true,
    by_role: false,
    needs: |choices| choices.needs(30),
    render,
};

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let staff = &snapshot.company.staff;
    let days = choices.span(snapshot.today, 7);
    let appointments = daily(snapshot, days, "appointments", |day| total(staff, &day.staff).total);
    let [now, before] = appointments;
    let now = now.rows_of_days(days, |day, count| by_active_staff(choices, day, count));
    let chart = Panel::chart(ChartKind::Line, day_labels(days), compared([[now, before]]));
    Ok(Panel::stats(stats(snapshot, choices)).and(chart))
}

/// Appointments of active staff; of a branch, those of its own.
fn by_active_staff(choices: &Choices, span: Span, count: i64) -> Rows {
    let branch = choices.page().branch;
    let whose = if branch.is_some() { "active_of_branch" } else { "active" };
    Rows::of("appointments", count).on(STARTS, span).with("by_staff", whose).of_branch(branch)
}

fn stats(snapshot: &Snapshot, choices: &Choices) -> Vec<Stat> {
    let (staff, capacity) = (&snapshot.company.staff, snapshot.company.staff_capacity);
    let span = choices.span(snapshot.today, 30);
    let (month, month_before) = (snapshot.sum(span.days()), snapshot.sum(span.before().days()));
    let (now, before) = (Performance::of(staff, &month.staff), Performance::of(staff, &month_before.staff));
    let (top, best) = (now.top_member(), now.best_member());
    let utilisation = now.utilisation_over(capacity, span.length());
    let was = |figure| (before.all.total > 0).then_some(figure);
    let all = |count| by_active_staff(choices, span, count);
    let of = |id: i64, count| {
        Rows::of("appointments", count).on(STARTS, span).with("staff_id", id).of_branch(choices.page().branch)
    };
    let headcount = now.headcount();
    vec![
        Stat::new("active_staff", headcount, Unit::Count)
            .rows(Rows::of("staff", headcount).with("is_active", true).of_branch(choices.page().branch)),
        Stat::new("appointments_per_staff", now.appointments_each(), Unit::Average)
            .detail("appointments", Some(now.all.total))
            .against(now.all.total, before.all.total, Wanted::More)
            .rows(all(now.all.total)),
        Stat::new("top_performer", top.map(|(name, ..)| name), Unit::Text)
            .detail("completed", top.map(|(.., done)| done.completed))
            .rows(top.map(|(_, id, done)| of(id, done.completed).with("status", "completed"))),
        Stat::new("best_compliance", best.map(|(name, ..)| name), Unit::Text)
            .detail("cancellation_rate", best.map(|(.., done)| rate(done.cancelled, done.total, OverNothing::Zero)))
            .rows(best.map(|(_, id, done)| of(id, done.total))),
        Stat::new("utilisation", utilisation, Unit::Percent)
            .against_rate(Some(utilisation), was(before.utilisation_over(capacity, span.length())), Wanted::More)
            .status(compliance_status(utilisation))
            .rows(all(now.all.total)),
        Stat::new("completion_rate", now.completion_rate(), Unit::Percent)
            .detail("completed", Some(now.all.completed))
            .against_rate(Some(now.completion_rate()), was(before.completion_rate()), Wanted::More)
            .rows(all(now.all.completed).with("status", "completed")),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::summaries::DaySummary;
    use crate::summaries::day::Outcomes;
    use crate::summaries::snapshot::Snapshot;
    use crate::widget::testing::{empty, series, shown, stat, with_days};

    /// A member of staff's id and what they did: total, completed, cancelled.
    type Did = (i64, [i64; 3]);

    /// Anna and Bert are active, whoever has id 9 is not.
    fn staffed(days: &[(u64, &[Did])]) -> Snapshot {
        let day = |staff: &[Did]| DaySummary {
            staff: staff.iter().map(|(id, figures)| (*id, Outcomes::from(*figures))).collect(),
            ..DaySummary::default()
        };
        let mut snapshot = with_days(days.iter().map(|(ago, staff)| (*ago, day(staff))));
        snapshot.company.staff = [(1, "Bert".to_owned()), (2, "Anna".to_owned())].into();
        snapshot.company.staff_capacity = 40;
        snapshot
    }

    #[test]
    fn an_empty_company_has_no_performance() {
        let values = shown(&SPEC, &empty(), &[])["stats"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["value"].clone())
            .collect::<Vec<_>>();
        assert_eq!(values, [json!(0), json!(null), json!(null), json!(null), json!(0.0), json!(0.0)]);
    }

    #[test]
    fn figures_are_of_active_staff_within_30_days() {
        let snapshot = staffed(&[
            (0, &[(1, [10, 6, 1]), (9, [99, 99, 0])]),
            (29, &[(1, [5, 0, 0]), (2, [6, 6, 1])]),
            (30, &[(2, [500, 500, 0])]),
        ]);
        let value = |key| stat(&SPEC, &snapshot, key)["value"].clone();
        let detail = |key| stat(&SPEC, &snapshot, key)["detail"]["value"].clone();
        assert_eq!(value("active_staff"), 2);
        assert_eq!((value("appointments_per_staff"), detail("appointments_per_staff")), (json!(10.5), json!(21)));
        assert_eq!((value("top_performer"), detail("top_performer")), (json!("Anna"), json!(6)), "a tie");
        assert_eq!((value("best_compliance"), detail("best_compliance")), (json!("Bert"), json!(6.7)), "1 of 15");
        assert_eq!(value("utilisation"), 26.3, "21 of 80 is 26.25 %");
        assert_eq!(stat(&SPEC, &snapshot, "utilisation")["status"], "bad");
        assert_eq!((value("completion_rate"), detail("completion_rate")), (json!(57.1), json!(12)), "12 of 21");
    }

    #[test]
    fn the_line_is_of_7_days_and_active_staff() {
        let snapshot =
            staffed(&[(0, &[(1, [2, 0, 0]), (9, [50, 0, 0])]), (6, &[(2, [4, 0, 0])]), (7, &[(2, [9, 0, 0])])]);
        let panel = shown(&SPEC, &snapshot, &[]);
        assert_eq!(series(&panel, "appointments"), json!([4, 0, 0, 0, 0, 0, 2]));
        assert_eq!((&panel["type"], &panel["labels"][0]), (&json!("line"), &json!("2026-11-16")));
    }
}
