//! How notifications arrive, in six figures.

use super::build::per_day;
use super::panel::{Rows, Stat, Unit, Value};
use super::rows::CREATED;
use super::{Choices, Kind, Panel, Spec, Topic, Width};
use crate::analytics::notification::{CHANNELS, average_delivery_time, delivery_rate, most_used_channel};
use crate::analytics::rate::{Wanted, delivery_status, delivery_time_status};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "notification_overview",
    kind: Kind::Stats,
    topics: &[Topic::Notifications, Topic::NotificationConfigurations, Topic::Settings],
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
    let (all, before) = (month.deliveries(), snapshot.sum(span.before().days()).deliveries());
    let rate = delivery_rate(&all);
    let rate_before = (before.total > 0).then(|| delivery_rate(&before));
    let time = average_delivery_time(&all);
    let channel = most_used_channel(&month.channels);
    let enabled = snapshot.company.enabled_notification_configurations;
    let rows = |count| Rows::of("notifications", count).on(CREATED, span);
    let sparkline = per_day(snapshot, choices.span(snapshot.today, 7), |day| day.deliveries().sent);
    Ok(Panel::stats(vec![
        Stat::new("sent", all.sent, Unit::Count)
            .against(all.sent, before.sent, Wanted::Either)
            .sparkline(sparkline)
            .rows(rows(all.sent).with("status", "sent,delivered")),
        Stat::new("delivery_rate", rate, Unit::Percent)
            .detail("of_notifications", Some(all.total))
            .against_rate(Some(rate), rate_before, Wanted::More)
            .status(delivery_status(rate))
            .rows(rows(all.total)),
        Stat::new("failed", all.failed, Unit::Count)
            .against(all.failed, before.failed, Wanted::Less)
            .rows(rows(all.failed).with("status", "failed")),
        Stat::new("average_delivery_time", time, Unit::Seconds)
            .against_rate(time, average_delivery_time(&before), Wanted::Less)
            .status(time.map(delivery_time_status))
            .rows(rows(all.sent).with("status", "sent,delivered")),
        Stat::new("enabled_configurations", enabled, Unit::Count)
            .rows(Rows::of("notification-configurations", enabled).with("is_enabled", true)),
        Stat::new("top_channel", channel.map(|(name, _)| Value::term("channel", name)), Unit::Text)
            .detail("notifications", channel.map(|(_, count)| count))
            .rows(
                channel
                    .filter(|(name, _)| CHANNELS.contains(name))
                    .map(|(name, count)| rows(count).with("channel", name)),
            ),
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
