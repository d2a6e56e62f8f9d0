//! Sample data for the templates' tests: one widget of every kind, full, empty and failed.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Badges, Card, CardFailure, Chrome, CompanyName, Theme, Viewer};
use crate::i18n::Lang;
use crate::summaries::snapshot::Unavailable;
use crate::tenant::Role;
use crate::widget::panel::{
    Action, Chart, ChartKind, Column, Dataset, Detail, Panel, Point, Row, Stat, Status, Table, Trend, Unit, Value,
};
use crate::widget::{Choices, Filter, Kind, Spec, Topic, Width};

/// A name that tries to break out of every place it could stand in.
pub(super) const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"' &amp; =1+1";

const fn spec(key: &'static str, kind: Kind, width: Width, filters: &'static [Filter]) -> Spec {
    Spec {
        key,
        kind,
        topics: &[Topic::Policies, Topic::Stats],
        ttl: 300,
        width,
        filters,
        days: |_| 30,
        render: |_, _| Err(Unavailable),
    }
}

static OVERVIEW: Spec = spec("policy_overview", Kind::Stats, Width::Full, &[]);
static STAFF: Spec = spec("staff_performance", Kind::StatsAndChart, Width::Full, &[]);
static TREND: Spec =
    spec("policy_trend", Kind::Chart, Width::Full, &[Filter { name: "days", options: &["30", "7", "90"] }]);
static BY_TYPE: Spec = spec("violations_by_type", Kind::Chart, Width::Half, &[]);
static RATE: Spec = spec("policy_compliance_rate", Kind::Chart, Width::Half, &[]);
static CHANNELS: Spec = spec("notification_channels", Kind::Chart, Width::Half, &[]);
static JOURNEY: Spec = spec("customer_journey", Kind::Chart, Width::Half, &[]);
static LATEST: Spec = spec("latest_violations", Kind::Table, Width::Full, &[]);
static ERRORS: Spec = spec("notification_errors", Kind::ChartAndTable, Width::Full, &[]);
static CUSTOMERS: Spec = spec(
    "customer_compliance",
    Kind::Table,
    Width::Full,
    &[
        Filter { name: "journey", options: &["all", "lead", "prospect", "customer", "regular", "vip"] },
        Filter { name: "sort", options: &["violations", "email"] },
        Filter { name: "dir", options: &["desc", "asc"] },
    ],
);

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

pub(super) fn now() -> DateTime<Utc> {
    "2026-11-22T12:05:00Z".parse().unwrap()
}

fn dec(n: &str) -> Value {
    Value::Decimal(n.parse::<Decimal>().unwrap())
}

fn days(n: u64) -> impl Iterator<Item = NaiveDate> {
    (0..n).rev().map(|back| today() - Days::new(back))
}

fn wave(at: usize, height: i64) -> i64 {
    (at as i64 * 7 + 3) * (at as i64 + 5) % (height + 1)
}

fn spark(height: i64) -> Option<Vec<Point>> {
    Some(days(7).enumerate().map(|(at, day)| Point { day, value: wave(at, height) }).collect())
}

fn stat(key: &'static str, value: Value, unit: Unit) -> Stat {
    Stat { key, value, unit, detail: None, trend: None, status: None, sparkline: None }
}

fn overview() -> Panel {
    let trend = Some(Trend { percent: Some(12.5), status: Status::Bad });
    let violations = Stat { trend, sparkline: spark(40), ..stat("violations", Value::Int(1234), Unit::Count) };
    let rate = Stat { status: Some(Status::Warning), ..stat("compliance_rate", dec("87.5"), Unit::Percent) };
    let none = Some(Trend { percent: None, status: Status::Neutral });
    let stats = vec![
        stat("active_policies", Value::Int(12), Unit::Count),
        stat("configurations", Value::Int(14), Unit::Count),
        violations,
        rate,
        stat("most_violated", Value::Term("policy_type", "cancellation".into()), Unit::Text),
        Stat { trend: none, ..stat("per_day", dec("41.1"), Unit::Average) },
    ];
    Panel { stats: Some(stats), ..Panel::default() }
}

fn staff() -> Panel {
    let detail = Some(Detail { key: "completed", value: Value::Int(97) });
    let stats = vec![
        stat("active_staff", Value::Int(8), Unit::Count),
        stat("appointments_per_staff", dec("31.6"), Unit::Average),
        Stat { detail, ..stat("top_performer", Value::Text(HOSTILE.into()), Unit::Text) },
        stat("best_compliance", Value::None, Unit::Text),
        Stat { status: Some(Status::Bad), ..stat("utilisation", dec("62.0"), Unit::Percent) },
        Stat { status: Some(Status::Good), ..stat("completion", dec("93.4"), Unit::Percent) },
    ];
    Panel { stats: Some(stats), chart: Some(lines(7, &[("appointments", 60)])), table: None }
}

fn lines(length: u64, series: &[(&str, i64)]) -> Chart {
    let labels: Vec<Value> = days(length).map(Value::Day).collect();
    let dataset = |(name, height): &(&str, i64)| Dataset {
        name: Value::Term("series", (*name).to_owned()),
        unit: Unit::Count,
        data: (0..labels.len()).map(|at| Value::Int(wave(at, *height))).collect(),
    };
    Chart { kind: ChartKind::Line, datasets: series.iter().map(dataset).collect(), labels }
}

fn parts(kind: ChartKind, term: &'static str, keys: &[&str], series: &[(&str, Unit, i64)]) -> Panel {
    let value = |at: usize, unit: Unit, height: i64| match unit {
        Unit::Count => Value::Int(wave(at + 2, height) + 1),
        _ => Value::Decimal(Decimal::new(wave(at + 2, height * 100) + 50, 2)),
    };
    let datasets = series.iter().map(|(name, unit, height)| Dataset {
        name: Value::Term("series", (*name).to_owned()),
        unit: *unit,
        data: (0..keys.len()).map(|at| value(at, *unit, *height)).collect(),
    });
    let chart = Chart {
        kind,
        datasets: datasets.collect(),
        labels: keys.iter().map(|key| Value::Term(term, (*key).to_owned())).collect(),
    };
    Panel { chart: Some(chart), ..Panel::default() }
}

fn column(key: &'static str, unit: Unit) -> Column {
    Column { key, unit, sortable: matches!(key, "violations" | "email") }
}

fn table(columns: Vec<Column>, rows: usize, row: impl Fn(usize) -> Row) -> Table {
    Table { columns, rows: (0..rows).map(row).collect() }
}

fn violations() -> Panel {
    let columns = vec![
        column("customer", Unit::Text),
        column("policy_type", Unit::Text),
        column("count", Unit::Count),
        column("period", Unit::Text),
        column("when", Unit::Text),
    ];
    let row = |at: usize| {
        let back = today() - Days::new(at as u64 * 6);
        let cells = vec![
            Value::Text(if at == 0 { HOSTILE.into() } else { format!("Erika Mustermann {at}") }),
            Value::Term("policy_type", "no_show".into()),
            Value::Int(1 + at as i64),
            Value::Days(back - Days::new(30), back),
            Value::Instant(back.and_hms_opt(11, 5, 0).unwrap()),
        ];
        Row { cells, action: None }
    };
    Panel { table: Some(table(columns, 8, row)), ..Panel::default() }
}

fn customers() -> Panel {
    let columns = vec![
        column("email", Unit::Text),
        column("journey", Unit::Text),
        column("violations", Unit::Count),
        column("compliance", Unit::Percent),
    ];
    let row = |at: usize| {
        let email = if at == 3 { Value::None } else { Value::Text(format!("customer{at}@example.test")) };
        let journey = Value::Term("journey", "vip".into());
        Row { cells: vec![email, journey, Value::Int(30 - at as i64), dec("91.3")], action: None }
    };
    Panel { table: Some(table(columns, 12, row)), ..Panel::default() }
}

fn errors() -> Panel {
    let columns = vec![
        column("recipient", Unit::Text),
        column("channel", Unit::Text),
        column("error", Unit::Text),
        column("retries", Unit::Count),
        column("when", Unit::Text),
    ];
    let row = |at: usize| {
        let cells = vec![
            Value::Text(format!("+49 151 000000{at}")),
            Value::Term("channel", "sms".into()),
            Value::Text(if at == 1 { HOSTILE.into() } else { "Connection timed out after 30000 ms".into() }),
            Value::Int(at as i64),
            Value::Instant(now().naive_utc() - chrono::TimeDelta::minutes(at as i64 * 50)),
        ];
        Row { cells, action: Some(Action::RetryNotification(100 + at as i64)) }
    };
    let chart = Chart {
        kind: ChartKind::Bar,
        labels: vec![Value::Text("Connection timed out after # ms".into()), Value::Text(HOSTILE.into())],
        datasets: vec![Dataset {
            name: Value::Term("series", "failed".into()),
            unit: Unit::Count,
            data: vec![Value::Int(1012), Value::Int(3)],
        }],
    };
    Panel { stats: None, chart: Some(chart), table: Some(table(columns, 5, row)) }
}

/// A dashboard of every kind of widget.
pub(super) fn full() -> Vec<Card> {
    const TYPES: &[&str] = &["cancellation", "reschedule", "no_show", "late_arrival", "other"];
    const STATES: &[&str] = &["lead", "prospect", "customer", "regular", "vip", "at_risk", "churned"];
    let trend = Panel {
        chart: Some(lines(30, &[("violations", 20), ("cancellations", 9), ("reschedules", 5)])),
        ..Panel::default()
    };
    let rate = parts(
        ChartKind::Bar,
        "series",
        &["cancellations", "reschedules"],
        &[("within_policy", Unit::Percent, 90), ("fees", Unit::Money, 1200)],
    );
    let channels = parts(
        ChartKind::Bar,
        "channel",
        &["email", "sms", "whatsapp", "push"],
        &[("sent", Unit::Count, 900), ("failed", Unit::Count, 60), ("average_seconds", Unit::Seconds, 90)],
    );
    vec![
        card(&OVERVIEW, overview()),
        card(&STAFF, staff()),
        card(&TREND, trend),
        card(&BY_TYPE, parts(ChartKind::Bar, "policy_type", TYPES, &[("violations", Unit::Count, 300)])),
        card(&RATE, rate),
        card(&CHANNELS, channels),
        card(&JOURNEY, parts(ChartKind::Doughnut, "journey", STATES, &[("customers", Unit::Count, 400)])),
        card(&LATEST, violations()),
        card(&CUSTOMERS, customers()),
        card(&ERRORS, errors()),
    ]
}

/// The dashboard of a company where nothing has happened.
pub(super) fn empty() -> Vec<Card> {
    let cards = full().into_iter();
    cards.map(|card| Card { outcome: card.outcome.map(without_figures), ..card }).collect()
}

fn without_figures(mut panel: Panel) -> Panel {
    for stat in panel.stats.iter_mut().flatten() {
        (stat.trend, stat.status, stat.detail) = (None, None, None);
        stat.value = if stat.unit == Unit::Text { Value::None } else { Value::Int(0) };
        stat.sparkline.iter_mut().flatten().for_each(|point| point.value = 0);
    }
    for dataset in panel.chart.iter_mut().flat_map(|chart| &mut chart.datasets) {
        dataset.data.iter_mut().for_each(|value| *value = Value::Int(0));
    }
    panel.table.iter_mut().for_each(|table| table.rows.clear());
    panel
}

/// A dashboard with two widgets that failed.
pub(super) fn failed() -> Vec<Card> {
    let failure = || Err(CardFailure { request_id: "7f3c9a1e-0b2d".into() });
    let fails = |card: &Card| matches!(card.spec.key, "policy_trend" | "violations_by_type");
    full().into_iter().map(|card| if fails(&card) { Card { outcome: failure(), ..card } } else { card }).collect()
}

pub(super) fn card(spec: &'static Spec, panel: Panel) -> Card {
    Card {
        spec,
        choices: Choices::default(),
        outcome: Ok(panel),
        zone: chrono_tz::Europe::Berlin,
        now: now(),
        today: today(),
    }
}

pub(super) fn companies() -> Vec<CompanyName> {
    let company = |id: i64| CompanyName {
        id,
        name: if id == 2 { HOSTILE.into() } else { format!("Praxis am Ring {id}") },
        slug: format!("praxis-{id}"),
        timezone: "Europe/Berlin".into(),
    };
    (1..=12).map(company).collect()
}

pub(super) fn chrome(lang: Lang, theme: Theme, role: Role) -> Chrome {
    let operator = role == Role::SuperAdmin;
    Chrome {
        viewer: Viewer {
            lang,
            role,
            page: if operator { "/admin?company=1&policy_trend.days=30".into() } else { "/admin".into() },
        },
        theme,
        user_name: "Ada Lovelace".into(),
        user_email: "admin1@example.test".into(),
        company: companies().into_iter().next(),
        companies: if operator { companies() } else { Vec::new() },
        badges: Badges { policies: 14, failed_notifications: 1312 },
        request_id: "7f3c9a1e-0b2d".into(),
        stale_since: None,
        notice: None,
    }
}
