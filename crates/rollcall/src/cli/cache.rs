//! `rollcall cache`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use chrono::DateTime;
use clap::{Args, Subcommand};
use rollcall::accounts::{self, Company};
use rollcall::app::App;
use rollcall::audit::Actor;
use rollcall::cache::{Kind, Level, Name, OfCompany};
use rollcall::changes::{self, CompanyStatus};
use rollcall::db::Database;
use rollcall::jobs::{self, Outcome};
use rollcall::tenant::OperatorScope;
use rollcall::versions::Topics;
use rollcall::web::Extent;
use rollcall::widget::{self, Spec};
use serde::Serialize;
use tiercache::{Breaker, RedisStats};

use super::context::{Context, enter, named_company};
use super::failure::Failure;
use super::output::{self, Progress, counted, grouped};

/// How long Redis may take to answer at first.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How many entries are looked at.
const LOOKED_AT: usize = 1_000_000;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Draw dashboards into Redis before anybody asks, and check that they are there; exit code 1 if one is not
    #[command(after_help = "\
`rollcall serve` does this by itself each hour from 6 to 20 in each company's zone. What is drawn here lies in Redis, where every
node finds it; without a Redis there is nobody to warm for.")]
    Warm(Which),
    /// Show what lies in Redis, by kind and company, and how far the database is ahead of it
    Stats(Stats),
    /// Let nothing that is kept hold any longer, on every node and in Redis: raises versions in the database
    Clear(Clear),
}

#[derive(Args)]
pub(super) struct Which {
    /// One company alone, by slug or id
    #[arg(long, value_name = "SLUG|ID")]
    company: Option<String>,
}

#[derive(Args)]
pub(super) struct Stats {
    #[command(flatten)]
    which: Which,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Clear {
    #[command(flatten)]
    which: Which,
    /// What shows this widget alone, e.g. policy_trend
    #[arg(long, value_name = "KEY", value_parser = spec)]
    widget: Option<&'static Spec>,
}

fn spec(key: &str) -> Result<&'static Spec, String> {
    widget::find(key).ok_or_else(|| {
        let near = rollcall::nearest::nearest(key, widget::ALL.iter().map(|spec| spec.key));
        near.map_or_else(|| "there is no such widget".to_owned(), |near| format!("did you mean `{near}`?"))
    })
}

pub(super) async fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    let db = context.open_migrated().await?;
    let app = App::new(context.config.clone(), db, context.clock.clone(), context.chance.clone()).await?;
    match command {
        Command::Warm(which) => warm(&app, &which).await,
        Command::Stats(options) => stats(&app, &options).await.map(|()| ExitCode::SUCCESS),
        Command::Clear(options) => clear(&app, &options).await,
    }
}

async fn warm(app: &App, which: &Which) -> Result<ExitCode, Failure> {
    if app.config.cache.redis.is_none() {
        let advice = "no Redis is in use, so what is drawn here would be gone at once; name one by ROLLCALL_REDIS__URL, \
                      or leave it to `rollcall serve`, which warms its own memory each hour";
        return Err(Failure::Failed(anyhow!(advice)));
    }
    connected(app).await?;
    let companies = which.companies(&app.db).await?;
    let progress = Progress::start("warming companies", Some(companies.len() as u64));
    let mut all = Outcome::default();
    for company in companies.iter().filter(|company| company.is_active || which.company.is_some()) {
        if let Some(outcome) = jobs::warm::company(app, company.id, Extent::Everything).await? {
            all += outcome;
        }
        progress.advance(1);
    }
    progress.finish();
    output::line(format_args!("Warmed: {all}."))?;
    let whole = all.failed + all.warmth.missing + all.warmth.here_alone == 0;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Waits until Redis may be asked.
async fn connected(app: &App) -> Result<RedisStats, Failure> {
    let waiting = async {
        loop {
            match app.cache.level(Level::Shared).stats().await.redis {
                Some(redis) if redis.breaker == Breaker::Closed => return redis,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let redis = app.config.cache.redis.as_ref().map(ToString::to_string).unwrap_or_default();
    let connected = tokio::time::timeout(CONNECT_WITHIN, waiting).await;
    Ok(connected.map_err(|_| anyhow!("{redis} does not answer; `redis.url` says where it is"))?)
}

/// What is said of a company.
#[derive(Serialize)]
struct Line {
    company_id: i64,
    company: String,
    #[serde(flatten)]
    kept: OfCompany,
    /// The company's version in the database.
    database_version: i64,
    /// How many changes the newest of what is kept lacks.
    behind: i64,
}

async fn stats(app: &App, options: &Stats) -> Result<(), Failure> {
    let redis = match app.config.cache.redis {
        Some(_) => Some(connected(app).await?),
        None => None,
    };
    let wanted = options.which.companies(&app.db).await?;
    let prefix = match wanted.as_slice() {
        [one] if options.which.company.is_some() => Name::prefix(one.id),
        _ => "rollcall:".to_owned(),
    };
    let inventory = app.cache.take_inventory(&prefix, LOOKED_AT).await;
    let mut all = changes::status(&app.db).await?;
    all.retain(|status| wanted.iter().any(|company| company.id == status.company_id));
    let line = |status: CompanyStatus| {
        let kept = inventory.companies.get(&status.company_id).copied().unwrap_or_default();
        let version = i64::try_from(kept.version).unwrap_or(i64::MAX);
        let behind = if kept.share.keys() == 0 { 0 } else { status.version.saturating_sub(version).max(0) };
        Line { company_id: status.company_id, company: status.slug, kept, database_version: status.version, behind }
    };
    let lines: Vec<Line> = all.into_iter().map(line).collect();
    if options.json {
        let redis = redis.map(|redis| serde_json::json!({"server": redis.peer, "state": redis.breaker.as_str()}));
        let complete = inventory.complete;
        return output::json(
            &serde_json::json!({"redis": redis, "complete": complete, "kinds": inventory.kinds, "companies": lines}),
        );
    }
    if redis.is_none() {
        output::remark("No Redis is in use: what a running server keeps is shown at /admin/operations/cache.");
    }
    let kinds =
        inventory.kinds.iter().map(|(kind, share)| vec![kind.clone(), grouped(share.keys()), grouped(share.bytes())]);
    output::table(&["kind", "keys", "bytes"], &kinds.collect::<Vec<_>>())?;
    output::line("")?;
    let rows: Vec<_> = lines.iter().map(row).collect();
    output::table(&["id", "company", "keys", "bytes", "oldest", "newest", "version", "database", "behind"], &rows)
}

fn row(line: &Line) -> Vec<String> {
    let at = |ms: i64| match DateTime::from_timestamp_millis(ms) {
        Some(at) if ms > 0 => at.format("%Y-%m-%d %H:%M:%SZ").to_string(),
        _ => "–".to_owned(),
    };
    vec![
        line.company_id.to_string(),
        line.company.clone(),
        grouped(line.kept.share.keys()),
        grouped(line.kept.share.bytes()),
        at(line.kept.oldest_ms),
        at(line.kept.newest_ms),
        line.kept.version.to_string(),
        line.database_version.to_string(),
        line.behind.to_string(),
    ]
}

async fn clear(app: &App, options: &Clear) -> Result<ExitCode, Failure> {
    let operator = OperatorScope::of_program("cache clear");
    let actor = Actor::command_line("cache clear");
    let companies = options.which.companies(&app.db).await?;
    // Versions first: what is taken out of Redis afterwards cannot come back under them.
    match (&options.which.company, options.widget) {
        (None, None) => {
            changes::raise_all(&app.db, &operator, &actor, &app.clock).await?;
        }
        (_, widget) => {
            let topics = widget.map_or(Topics::ALL, |spec| Topics::from(spec.topics));
            for company in &companies {
                let scope = enter(&app.db, company.id, "cache clear").await?;
                changes::raise(&app.db, &scope, &actor, topics, &app.clock).await?;
            }
        }
    }
    let cleared = counted(companies.len(), "company", "companies");
    output::line(format_args!("Nothing that was kept of {cleared} holds any longer, on any node."))?;
    if app.config.cache.redis.is_some() {
        connected(app).await?;
        let mut keys = 0;
        for prefix in prefixes(options, &companies) {
            let cleared = app.cache.clear(&prefix).await;
            if !cleared.complete {
                output::remark(
                    "Redis could not be asked to the end; what is left there is never served, and goes by itself.",
                );
                return Ok(ExitCode::FAILURE);
            }
            keys += cleared.redis;
        }
        output::line(format_args!(
            "{} taken out of Redis.",
            counted(usize::try_from(keys).unwrap_or(usize::MAX), "key", "keys")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the names in Redis begin with that are to go. A widget's dashboards hold it, and go too.
fn prefixes(options: &Clear, companies: &[Company]) -> Vec<String> {
    let of = |company: &Company| {
        let prefix = Name::prefix(company.id);
        let Some(spec) = options.widget else { return vec![prefix] };
        let of_widget = [Kind::Widget, Kind::Json].map(|kind| format!("{prefix}{}:{}:", kind.as_str(), spec.key));
        of_widget.into_iter().chain([format!("{prefix}{}:", Kind::Dashboard.as_str())]).collect()
    };
    match (&options.which.company, options.widget) {
        (None, None) => vec!["rollcall:company_".to_owned()],
        _ => companies.iter().flat_map(of).collect(),
    }
}

impl Which {
    async fn companies(&self, db: &Database) -> Result<Vec<Company>, Failure> {
        match &self.company {
            Some(name) => Ok(vec![named_company(db, name).await?]),
            None => Ok(accounts::companies(db).await?),
        }
    }
}
