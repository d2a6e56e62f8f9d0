//! What each channel sent and failed to send in the last 30 days, and how fast and how much in the last 7.

use super::panel::{ChartKind, Dataset, Unit, Value};
use super::{Choices, Kind, Needs, Panel, Spec, Topic, Width};
use crate::analytics::notification::{average_delivery_time, channels_in_use};
use crate::summaries::day::Deliveries;
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "notification_channels",
    kind: Kind::Chart,
    topics: &[Topic::Notifications, Topic::Settings],
    ttl: 180,
    width: Width::Half,
    filters: &[],
    by_role: false,
    needs: |_| Needs::days(30),
    render,
};

fn render(snapshot: &Snapshot, _: &Choices) -> Result<Panel, Unavailable> {
    let month = snapshot.sum(snapshot.window(30)).channels;
    let week = snapshot.sum(snapshot.window(7)).channels;
    let channels = channels_in_use(&month);
    let of_month = |channel: &&str| month.get(*channel).copied().unwrap_or_default();
    let of_week = |channel: &&str| week.get(*channel).copied().unwrap_or_default();
    let time = |deliveries: Deliveries| average_delivery_time(&deliveries);
    let series = vec![
        Dataset::counts("sent", channels.iter().map(|channel| of_month(channel).sent)),
        Dataset::counts("failed", channels.iter().map(|channel| of_month(channel).failed)),
        Dataset::new(
            Value::series("average_delivery_time"),
            Unit::Seconds,
            channels.iter().map(|channel| time(of_week(channel))),
        ),
        Dataset::counts("volume", channels.iter().map(|channel| of_week(channel).total)),
    ];
    let labels = channels.iter().map(|channel| Value::term("channel", channel)).collect();
    Ok(Panel::chart(ChartKind::Bar, labels, series))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::widget::testing::{channels, empty, series, shown, with_days};

    #[test]
    fn what_was_sent_is_of_30_days_and_how_fast_of_7() {
        let snapshot = with_days([
            (0, channels(&[("push", [2, 1, 1, 1, 10]), ("email", [1, 1, 0, 1, 5])])),
            (6, channels(&[("email", [3, 2, 1, 1, 6])])),
            (7, channels(&[("email", [10, 9, 1, 9, 9000]), ("fax", [4, 4, 0, 4, 40])])),
            (29, channels(&[("sms", [1, 0, 1, 0, 0])])),
            (30, channels(&[("whatsapp", [1, 1, 0, 1, 1])])),
        ]);
        let panel = shown(&SPEC, &snapshot, &[]);
        assert_eq!(panel["labels"], json!(["email", "sms", "push", "fax"]));
        assert_eq!(series(&panel, "sent"), json!([12, 0, 1, 4]));
        assert_eq!(series(&panel, "failed"), json!([2, 1, 1, 0]));
        assert_eq!(series(&panel, "average_delivery_time"), json!([5.5, null, 10.0, null]));
        assert_eq!(series(&panel, "volume"), json!([4, 0, 2, 0]));
    }

    #[test]
    fn an_empty_company_has_no_channel() {
        assert_eq!(shown(&SPEC, &empty(), &[])["labels"], json!([]));
    }
}
