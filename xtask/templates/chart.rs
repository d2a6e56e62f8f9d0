//! Appointments and completed appointments, day by day.

use super::build::{compared, daily, day_labels};
use super::panel::ChartKind;
use super::{Choices, Kind, Panel, Spec, Topic, Width};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "{key}",
    kind: Kind::Chart,
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
    let series = compared([
        daily(snapshot, span, "appointments", |day| day.appointments.total),
        daily(snapshot, span, "completed", |day| day.appointments.completed),
    ]);
    Ok(Panel::chart(ChartKind::Line, day_labels(span), series))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::summaries::DaySummary;
    use crate::widget::testing::{shown, with_days};

    #[test]
    fn each_of_the_last_30_days_has_its_own_point() {
        let day = DaySummary { appointments: [3, 2, 1].into(), ..DaySummary::default() };
        let chart = shown(&SPEC, &with_days([(0, day.clone()), (30, day)]), &[]);
        assert_eq!(chart["labels"][29], json!("2026-11-22"));
        assert_eq!(chart["datasets"][0]["data"][29], json!(3));
        assert_eq!(chart["datasets"][1]["data"][29], json!(2));
        assert_eq!(chart["datasets"][0]["data"][0], json!(0));
    }
}
