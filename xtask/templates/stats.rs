//! Appointments that start in the last 30 days, and how many of them were completed.

use super::build::per_day;
use super::panel::{Stat, Unit};
use super::{Choices, Kind, Panel, Spec, Topic, Width};
use crate::analytics::rate::Wanted;
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "{key}",
    kind: Kind::Stats,
    topics: &[Topic::Appointments, Topic::Settings],
    ttl: 300,
    width: Width::Full,
    filters: &[],
    by_branch: true,
    by_role: false,
    needs: |choices| choices.needs(30),
    render,
};

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let span = choices.span(snapshot.today, 30);
    let month = snapshot.sum(span.days()).appointments;
    let before = snapshot.sum(span.before().days()).appointments;
    Ok(Panel::stats(vec![
        Stat::new("appointments", month.total, Unit::Count)
            .against(month.total, before.total, Wanted::More)
            .sparkline(per_day(snapshot, choices.span(snapshot.today, 7), |day| day.appointments.total)),
        Stat::new("completed", month.completed, Unit::Count).against(month.completed, before.completed, Wanted::More),
    ]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::summaries::DaySummary;
    use crate::widget::testing::{figure, with_days};

    #[test]
    fn the_last_30_days_count_and_those_before_do_not() {
        let day = DaySummary { appointments: [3, 2, 1].into(), ..DaySummary::default() };
        let snapshot = with_days([(0, day.clone()), (29, day.clone()), (30, day)]);
        assert_eq!(figure(&SPEC, &snapshot, "appointments"), json!(6));
        assert_eq!(figure(&SPEC, &snapshot, "completed"), json!(4));
    }
}
