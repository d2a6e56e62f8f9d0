//! Appointments that start in the last 30 days, and how many of them were completed.

use super::build::per_day;
use super::panel::{Stat, Unit};
use super::{Choices, Kind, Needs, Panel, Spec, Topic, Width};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "{key}",
    kind: Kind::Stats,
    topics: &[Topic::Appointments, Topic::Settings],
    ttl: 300,
    width: Width::Full,
    filters: &[],
    by_role: false,
    needs: |_| Needs::days(30),
    render,
};

fn render(snapshot: &Snapshot, _: &Choices) -> Result<Panel, Unavailable> {
    let month = snapshot.sum(snapshot.window(30)).appointments;
    Ok(Panel::stats(vec![
        Stat::new("appointments", month.total, Unit::Count)
            .sparkline(per_day(snapshot, 7, |day| day.appointments.total)),
        Stat::new("completed", month.completed, Unit::Count),
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
