//! What each channel sent and failed to send in the last 30 days, and how fast and how much in the last 7.

use std::collections::BTreeMap;

use super::panel::{ChartKind, Dataset, Rows, Unit, Value};
use super::rows::CREATED;
use super::{Choices, Kind, Panel, Spec, Topic, Width};
use crate::analytics::notification::{CHANNELS, average_delivery_time, channels_in_use};
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
    by_branch: false,
    by_role: false,
    needs: |choices| choices.needs(30),
    render,
};

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let (span, week) = (choices.span(snapshot.today, 30), choices.span(snapshot.today, 7));
    let (of_month, of_week) = (snapshot.sum(span.days()).channels, snapshot.sum(week.days()).channels);
    let before = snapshot.sum(span.before().days()).channels;
    let channels = channels_in_use(&of_month);
    let counts = |key, sums: &BTreeMap<String, Deliveries>, figure: fn(&Deliveries) -> i64| {
        Dataset::counts(key, channels.iter().map(|channel| sums.get(*channel).map_or(0, figure)))
    };
    let rows = |sums: &BTreeMap<String, Deliveries>, span, figure: fn(&Deliveries) -> i64, status: Option<&str>| {
        let of = |channel: &&str| {
            let count = sums.get(*channel).map_or(0, figure);
            let rows = Rows::of("notifications", count).with("channel", channel).on(CREATED, span);
            CHANNELS.contains(channel).then(|| match status {
                Some(status) => rows.with("status", status),
                None => rows,
            })
        };
        channels.iter().map(of).collect::<Vec<_>>()
    };
    let sent: fn(&Deliveries) -> i64 = |it| it.sent;
    let failed: fn(&Deliveries) -> i64 = |it| it.failed;
    let volume: fn(&Deliveries) -> i64 = |it| it.total;
    let times = channels.iter().map(|channel| of_week.get(*channel).and_then(average_delivery_time));
    let mut series = vec![
        counts("sent", &of_month, sent).rows(rows(&of_month, span, sent, Some("sent,delivered"))),
        counts("failed", &of_month, failed).rows(rows(&of_month, span, failed, Some("failed"))),
        Dataset::new(Value::series("average_delivery_time"), Unit::Seconds, times).rows(rows(
            &of_week,
            week,
            sent,
            Some("sent,delivered"),
        )),
        counts("volume", &of_week, volume).rows(rows(&of_week, week, volume, None)),
    ];
    let were = [
        counts("sent", &before, sent).rows(rows(&before, span.before(), sent, Some("sent,delivered"))).before(),
        counts("failed", &before, failed).rows(rows(&before, span.before(), failed, Some("failed"))).before(),
    ];
    series.extend(were.into_iter().filter(|_| before.values().any(|it| it.total > 0)));
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
