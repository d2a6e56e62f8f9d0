//! How notifications arrive, in six figures.

use super::build::per_day;
use super::panel::{Stat, Unit, Value};
use super::{Choices, Kind, Needs, Panel, Spec, Topic, Width};
use crate::analytics::notification::{average_delivery_time, delivery_rate, most_used_channel};
use crate::analytics::rate::{delivery_status, delivery_time_status};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "notification_overview",
    kind: Kind::Stats,
    topics: &[Topic::Notifications, Topic::NotificationConfigurations, Topic::Settings],
    ttl: 300,
    width: Width::Full,
    filters: &[],
    by_role: false,
    needs: |_| Needs::days(30),
    render,
};

fn render(snapshot: &Snapshot, _: &Choices) -> Result<Panel, Unavailable> {
    let month = snapshot.sum(snapshot.window(30));
    let all = month.deliveries();
    let rate = delivery_rate(&all);
    let time = average_delivery_time(&all);
    let channel = most_used_channel(&month.channels);
    Ok(Panel::stats(vec![
        Stat::new("sent", all.sent, Unit::Count).sparkline(per_day(snapshot, 7, |day| day.deliveries().sent)),
        Stat::new("delivery_rate", rate, Unit::Percent)
            .detail("of_notifications", Some(all.total))
            .status(delivery_status(rate)),
        Stat::new("failed", all.failed, Unit::Count),
        Stat::new("average_delivery_time", time, Unit::Seconds).status(time.map(delivery_time_status)),
        Stat::new("enabled_configurations", snapshot.company.enabled_notification_configurations, Unit::Count),
        Stat::new("top_channel", channel.map(|(name, _)| Value::term("channel", name)), Unit::Text)
            .detail("notifications", channel.map(|(_, count)| count)),
    ]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::widget::testing::{channels, empty, figure, shown, stat, with_days};

    #[test]
    fn an_empty_company_delivers_everything() {
        let values = shown(&SPEC, &empty(), &[])["stats"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["value"].clone())
            .collect::<Vec<_>>();
        assert_eq!(values, [json!(0), json!(100.0), json!(0), json!(null), json!(0), json!(null)]);
        assert_eq!(stat(&SPEC, &empty(), "average_delivery_time").get("status"), None);
    }

    #[test]
    fn all_channels_of_the_window_count_together() {
        let snapshot = with_days([
            (0, channels(&[("email", [4, 3, 1, 2, 600])])),
            (29, channels(&[("email", [1, 1, 0, 1, 1]), ("sms", [3, 2, 1, 1, 599])])),
            (30, channels(&[("push", [900, 900, 0, 900, 1])])),
        ]);
        assert_eq!(figure(&SPEC, &snapshot, "sent"), 6);
        assert_eq!(figure(&SPEC, &snapshot, "failed"), 2);
        let rate = stat(&SPEC, &snapshot, "delivery_rate");
        assert_eq!(
            (&rate["value"], &rate["status"], &rate["detail"]["value"]),
            (&json!(75.0), &json!("bad"), &json!(8))
        );
        let time = stat(&SPEC, &snapshot, "average_delivery_time");
        assert_eq!((&time["value"], &time["status"]), (&json!(300.0), &json!("warning")), "1200 s over 4");
        let top = stat(&SPEC, &snapshot, "top_channel");
        assert_eq!((&top["value"], &top["detail"]), (&json!("email"), &json!({"key": "notifications", "value": 5})));
    }

    #[test]
    fn the_sparkline_is_what_was_sent_on_7_days() {
        let sent = |n| channels(&[("email", [9, n, 0, 0, 0]), ("sms", [1, 1, 0, 0, 0])]);
        let snapshot = with_days([(0, sent(2)), (6, sent(5)), (7, sent(8))]);
        let spark = stat(&SPEC, &snapshot, "sent")["sparkline"].clone();
        let values = spark.as_array().unwrap().iter().map(|day| day["value"].as_i64().unwrap()).collect::<Vec<_>>();
        assert_eq!(values, [6, 0, 0, 0, 0, 0, 3]);
    }

    #[test]
    fn only_enabled_configurations_count() {
        let mut snapshot = empty();
        (snapshot.company.notification_configurations, snapshot.company.enabled_notification_configurations) = (9, 7);
        assert_eq!(figure(&SPEC, &snapshot, "enabled_configurations"), 7);
    }
}
