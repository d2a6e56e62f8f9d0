//! `/metrics`: the program's figures, as Prometheus reads them. No company is named in them.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, FORWARDED};
use axum::response::{IntoResponse, Response};
use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::PrometheusBuilder;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tiercache::{Breaker, Stats};

use super::context::Peer;
use super::error::AsIs;
use crate::app::App;
use crate::cache::{Count, Level};
use crate::deliver::Channel;
use crate::deliver::tally::Event;

/// The text format's name (Prometheus' exposition format 0.0.4).
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`, for who has the token or asks from an allowed address. For everybody else there is no such page.
pub(super) async fn metrics(State(app): State<App>, request: Request) -> Response {
    if !may_read(&app, &request) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let stats = [app.cache.level(Level::Shared).stats().await, app.cache.level(Level::Personal).stats().await];
    ([(CONTENT_TYPE, TEXT)], Extension(AsIs), text(&app, &stats)).into_response()
}

fn may_read(app: &App, request: &Request) -> bool {
    let settings = &app.config.metrics;
    let headers = request.headers();
    if let Some(token) = &settings.token {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        // Hashes are compared, so that the time it takes tells nothing of the token.
        let right = Sha256::digest(token.expose_secret());
        if given.is_some_and(|given| Sha256::digest(given) == right) {
            return true;
        }
    }
    // Whoever comes through a proxy has the proxy's address, which says nothing of them.
    let came_through = headers.contains_key("x-forwarded-for") || headers.contains_key(FORWARDED);
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.to_canonical());
    !came_through && peer.is_some_and(|peer| settings.allow.contains(&peer))
}

/// All figures, by a recorder of this scrape's own: several programs in one process, as in tests, do not mix.
fn text(app: &App, stats: &[Stats; 2]) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        describe();
        served(&app.cache.tally().read());
        for (cache, stats) in ["shared", "personal"].into_iter().zip(stats) {
            kept(cache, stats);
        }
        gauge!("rollcall_cache_limit_bytes").set(float(app.cache.memory()));
        redis(app, stats);
        written(app);
        deliveries(app);
        program(app);
    });
    recorder.handle().render()
}

fn describe() {
    describe_counter!("rollcall_cache_served_total", "Values served, by kind, subject and where they came from");
    describe_counter!("rollcall_cache_events_total", "What the caches did, by cache and event");
    describe_counter!("rollcall_cache_evictions_total", "Entries pushed out of memory for want of room");
    describe_gauge!("rollcall_cache_entries", "Entries in memory");
    describe_gauge!("rollcall_cache_bytes", "What the entries in memory weigh");
    describe_gauge!("rollcall_cache_limit_bytes", "How much memory the caches may take together: cache.memory");
    describe_gauge!("rollcall_redis_configured", "1 where redis.url names one");
    describe_gauge!("rollcall_redis_up", "1 while Redis is asked, 0 while the breaker is open");
    describe_gauge!("rollcall_redis_state_seconds", "For how long Redis has been up or down");
    describe_counter!("rollcall_redis_operations_total", "Operations sent to Redis");
    describe_counter!("rollcall_redis_failures_total", "Operations of Redis that failed, too late ones among them");
    describe_counter!("rollcall_redis_timeouts_total", "Operations of Redis that came too late");
    describe_counter!("rollcall_redis_connections_total", "Connections to Redis that were made and found good");
    describe_counter!("rollcall_audit_entries_total", "Lines written to the audit log, by action");
    describe_counter!("rollcall_security_events_total", "Security events, by kind");
    describe_counter!("rollcall_notifications_total", "Notifications by channel and outcome: sent, failed, retried");
    describe_gauge!("rollcall_notifications_due", "Notifications that are due and wait");
    describe_gauge!("rollcall_notifications_open", "Notifications that are being sent or wait for their next try");
    describe_gauge!("rollcall_notifications_oldest_due_seconds", "For how long the oldest of them has been due");
    describe_gauge!("rollcall_notifications_halted", "1 while a provider in trouble is left alone");
    describe_counter!("rollcall_receipts_total", "Receipts of providers, refused and taken");
    describe_gauge!("rollcall_sessions_remembered", "People whose session this process remembers");
    describe_gauge!("rollcall_companies_known", "Companies whose version this process knows");
    describe_gauge!("rollcall_live_listeners", "Screens that are told of changes");
    describe_gauge!("rollcall_poll_age_seconds", "How long ago the last poll for changes began that came to its end");
    describe_gauge!("rollcall_build_info", "1, with the version as a label");
    describe_counter!("rollcall_process_cpu_milliseconds_total", "CPU time that the process has used");
    describe_gauge!("process_resident_memory_bytes", "Memory of the process that is resident");
}

fn served(counts: &[Count]) {
    for Count { kind, subject, memory, redis, loaded } in counts {
        for (level, count) in [("memory", memory), ("redis", redis), ("made", loaded)] {
            let labels = [("kind", kind.as_str()), ("subject", subject), ("level", level)];
            counter!("rollcall_cache_served_total", &labels).absolute(*count);
        }
    }
}

fn kept(cache: &'static str, stats: &Stats) {
    for (event, count) in stats.counts.iter() {
        counter!("rollcall_cache_events_total", "cache" => cache, "event" => event).absolute(count);
    }
    counter!("rollcall_cache_evictions_total", "cache" => cache).absolute(stats.evictions);
    gauge!("rollcall_cache_entries", "cache" => cache).set(float(stats.entries));
    gauge!("rollcall_cache_bytes", "cache" => cache).set(float(stats.bytes));
}

fn redis(app: &App, [shared, _]: &[Stats; 2]) {
    gauge!("rollcall_redis_configured").set(f64::from(u8::from(shared.redis.is_some())));
    let Some(redis) = &shared.redis else { return };
    gauge!("rollcall_redis_up").set(f64::from(u8::from(redis.breaker == Breaker::Closed)));
    let since = (app.clock.now_ms() - redis.since_ms).max(0).unsigned_abs();
    gauge!("rollcall_redis_state_seconds").set(float(since) / 1e3);
    counter!("rollcall_redis_operations_total").absolute(redis.operations);
    counter!("rollcall_redis_failures_total").absolute(redis.failures);
    counter!("rollcall_redis_timeouts_total").absolute(redis.timeouts);
    counter!("rollcall_redis_connections_total").absolute(redis.connections);
}

/// What this process wrote down of changes and of attempts.
fn written(app: &App) {
    for (action, count) in app.db.tally().actions() {
        counter!("rollcall_audit_entries_total", "action" => action).absolute(count);
    }
    for (kind, count) in app.db.tally().attempts() {
        counter!("rollcall_security_events_total", "kind" => kind).absolute(count);
    }
}

fn deliveries(app: &App) {
    let (tally, now) = (&app.deliveries, app.clock.now_utc());
    for channel in crate::deliver::configured(&app.config) {
        for event in Event::ALL {
            let labels = [("channel", channel.as_str()), ("outcome", event.as_str())];
            counter!("rollcall_notifications_total", &labels).absolute(tally.events(channel, event));
        }
        let open = f64::from(u8::from(tally.is_open(channel)));
        gauge!("rollcall_notifications_halted", "channel" => channel.as_str()).set(open);
    }
    for depth in tally.depths() {
        let name = Channel::as_str(depth.channel);
        let age = depth.oldest.map_or(0, |oldest| (now - oldest).num_seconds().max(0));
        gauge!("rollcall_notifications_due", "channel" => name).set(float(depth.due.unsigned_abs()));
        gauge!("rollcall_notifications_open", "channel" => name).set(float(depth.open.unsigned_abs()));
        gauge!("rollcall_notifications_oldest_due_seconds", "channel" => name).set(float(age.unsigned_abs()));
    }
    if app.config.webhook.secret.is_some() {
        for (outcome, count) in ["refused", "taken"].into_iter().zip(tally.receipts()) {
            counter!("rollcall_receipts_total", "outcome" => outcome).absolute(count);
        }
    }
}

fn program(app: &App) {
    gauge!("rollcall_sessions_remembered").set(float(app.sessions.remembered()));
    gauge!("rollcall_companies_known").set(float(app.db.versions().count() as u64));
    gauge!("rollcall_live_listeners").set(float(app.listeners() as u64));
    if let Some(age) = app.db.versions().age(tokio::time::Instant::now()) {
        gauge!("rollcall_poll_age_seconds").set(age.as_secs_f64());
    }
    gauge!("rollcall_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let spent = spent.tv_sec.saturating_mul(1_000).saturating_add(spent.tv_nsec / 1_000_000);
    counter!("rollcall_process_cpu_milliseconds_total").absolute(u64::try_from(spent).unwrap_or(0));
    if let Some(bytes) = resident() {
        gauge!("process_resident_memory_bytes").set(float(bytes));
    }
}

/// The resident memory in bytes, where the system is Linux.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1_024)
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 53 bits are enough")]
fn float(n: u64) -> f64 {
    n as f64
}
