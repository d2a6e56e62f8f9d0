//! How the cache does: for operators alone, and so not among [`ALL`](super::ALL). It shows this process, no company.

use chrono::DateTime;

use super::panel::{ChartKind, Column, Dataset, Row, Stat, Status, Unit, Value};
use super::{Choices, Kind, Needs, Panel, Spec, Width};
use crate::analytics::rate::{OverNothing, average, cache_status, rate};
use crate::cache::history::spans;
use crate::cache::{Inventory, Sample};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "cache_monitor",
    kind: Kind::StatsAndChart,
    topics: &[],
    ttl: 10,
    width: Width::Full,
    filters: &[],
    by_branch: false,
    by_role: false,
    needs: |_| Needs::NOTHING,
    render: unavailable,
};

/// A company's summaries say nothing of the cache: [`panel`] is what draws it.
fn unavailable(_: &Snapshot, _: &Choices) -> Result<Panel, Unavailable> {
    Err(Unavailable)
}

/// A point of the chart stands for so many milliseconds.
const POINT_MS: i64 = 60_000;

const COLUMNS: [Column; 5] = [
    Column::new("cache_kind", Unit::Text),
    Column::new("memory_keys", Unit::Count),
    Column::new("memory_bytes", Unit::Bytes),
    Column::new("redis_keys", Unit::Count),
    Column::new("redis_bytes", Unit::Bytes),
];

/// What the widget looks at.
#[derive(Clone, Debug)]
pub struct Figures<'a> {
    /// What was done by now.
    pub now: Sample,
    /// The samples of the last hour, the oldest first.
    pub hour: &'a [Sample],
    /// How much memory the cache may take, in bytes.
    pub memory: u64,
    /// What lies in it.
    pub inventory: &'a Inventory,
    /// How Redis is: `closed`, `open` or `half-open`; none where there is none by configuration.
    pub redis: Option<&'static str>,
}

/// What is shown of the cache.
#[must_use]
pub fn panel(figures: &Figures<'_>) -> Panel {
    let Figures { now, hour, memory, inventory, redis } = figures;
    let begun = hour.first().copied().unwrap_or_default();
    let done = now.since(&begun);
    let seconds = whole((now.at_ms - begun.at_ms).max(0).unsigned_abs() / 1_000);
    let share = |part: u64| rate(whole(part), whole(done.served()), OverNothing::Hundred);
    let hits = share(done.memory + done.redis);
    let filled = rate(whole(now.bytes), whole(*memory), OverNothing::Zero);
    let mut stats = vec![
        Stat::new("hit_rate", hits, Unit::Percent)
            .status(cache_status(hits))
            .detail("served", Some(whole(done.served()))),
        Stat::new("from_memory", share(done.memory), Unit::Percent),
        Stat::new("from_redis", share(done.redis), Unit::Percent),
        Stat::new("operations", average(whole(done.served()), seconds).unwrap_or_default(), Unit::Average),
        Stat::new("memory", whole(now.bytes), Unit::Bytes).detail("of_memory", Some(filled)),
        Stat::new("keys", whole(inventory.total().keys()), Unit::Count)
            .detail("companies", Some(whole(inventory.companies.len() as u64))),
    ];
    // A seventh where it needs a look: a row holds six.
    if let Some(state) = redis.filter(|state| *state != "closed") {
        stats.push(Stat::new("redis", Value::term("redis", state), Unit::Text).status(Status::Warning));
    }
    Panel::stats(stats).and(history(hour, POINT_MS)).and(Panel::table(&COLUMNS, kinds(inventory)))
}

/// The hit rate over time, a point for each span of so many milliseconds in which anything was asked for.
#[must_use]
pub fn history(samples: &[Sample], length_ms: i64) -> Panel {
    let spans: Vec<Sample> = spans(samples, length_ms).into_iter().filter(|span| span.served() > 0).collect();
    let label = |span: &Sample| {
        DateTime::from_timestamp_millis(span.at_ms).map_or(Value::None, |at| Value::Minute(at.naive_utc()))
    };
    let share = |part: fn(&Sample) -> u64| {
        let percent = |span: &Sample| Value::Decimal(rate(whole(part(span)), whole(span.served()), OverNothing::Zero));
        spans.iter().map(percent).collect::<Vec<_>>()
    };
    let series = |key: &str, data: Vec<Value>| Dataset::new(Value::term("series", key), Unit::Percent, data);
    Panel::chart(
        ChartKind::Line,
        spans.iter().map(label).collect(),
        vec![
            series("hit_rate", share(|span| span.memory + span.redis)),
            series("from_redis", share(|span| span.redis)),
        ],
    )
}

fn kinds(inventory: &Inventory) -> Vec<Row> {
    let row = |(kind, share): (&String, &crate::cache::Share)| {
        let mut cells = vec![Value::term("cache_kind", kind)];
        let figures = [share.memory_keys, share.memory_bytes, share.redis_keys, share.redis_bytes];
        cells.extend(figures.map(|figure| Value::Int(whole(figure))));
        Row::new(cells)
    };
    inventory.kinds.iter().map(row).collect()
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(minute: i64, memory: u64, redis: u64, made: u64) -> Sample {
        Sample { at_ms: 1_795_348_800_000 + minute * 60_000, memory, redis, made, bytes: 3 << 20, ..Sample::default() }
    }

    fn shown(now: Sample, hour: &[Sample], redis: Option<&'static str>) -> serde_json::Value {
        let inventory = Inventory { complete: true, ..Inventory::default() };
        let figures = Figures { now, hour, memory: 6 << 20, inventory: &inventory, redis };
        serde_json::to_value(panel(&figures)).unwrap()
    }

    fn stat(panel: &serde_json::Value, key: &str, field: &str) -> serde_json::Value {
        let stats = panel["stats"].as_array().unwrap();
        stats.iter().find(|stat| stat["key"] == key).unwrap()[field].clone()
    }

    #[test]
    fn the_hour_counts_and_not_what_was_before() {
        let hour = [sample(0, 0, 0, 1_000), sample(1, 60, 20, 1_020)];
        let panel = shown(sample(2, 120, 40, 1_040), &hour, Some("closed"));
        assert_eq!(stat(&panel, "hit_rate", "value"), json!(80.0));
        assert_eq!(stat(&panel, "hit_rate", "status"), "warning");
        assert_eq!(
            (stat(&panel, "from_memory", "value"), stat(&panel, "from_redis", "value")),
            (json!(60.0), json!(20.0))
        );
        assert_eq!(stat(&panel, "operations", "value"), json!(1.7), "200 in two minutes");
        assert_eq!(stat(&panel, "memory", "detail")["value"], json!(50.0));
        assert_eq!(panel["labels"], json!(["2026-11-22T12:01:00Z"]));
        assert_eq!(panel["datasets"][0]["data"], json!([80.0]));
    }

    #[test]
    fn a_hit_rate_is_good_from_85_and_worth_a_look_from_70() {
        for (made, status) in [(15, "good"), (16, "warning"), (30, "warning"), (31, "bad")] {
            let panel = shown(sample(1, 100 - made, 0, made), &[sample(0, 0, 0, 0)], None);
            assert_eq!(stat(&panel, "hit_rate", "status"), status, "{made} of 100 made");
        }
    }

    #[test]
    fn a_process_that_was_just_started_is_no_fault() {
        let panel = shown(sample(0, 0, 0, 0), &[], None);
        assert_eq!(
            (stat(&panel, "hit_rate", "value"), stat(&panel, "hit_rate", "status")),
            (json!(100.0), json!("good"))
        );
        assert_eq!(panel["stats"].as_array().unwrap().len(), 6, "no Redis is no fault either");
        assert_eq!(stat(&shown(sample(0, 0, 0, 0), &[], Some("open")), "redis", "status"), "warning");
    }
}
