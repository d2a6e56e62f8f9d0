//! `rollcall notifications`.

use std::process::ExitCode;

use anyhow::anyhow;
use chrono::NaiveDateTime;
use clap::{Args, Subcommand};
use rollcall::app::App;
use rollcall::audit::Actor;
use rollcall::deliver::queue::{self, Standing};
use rollcall::deliver::{Channel, configured};
use rollcall::tenant::TenantScope;

use super::context::{Context, enter, named_company};
use super::failure::Failure;
use super::output::{self, counted};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show what waits, what is being sent and what was set aside, by channel
    Status(Status),
    /// List the newest hundred of a company that were set aside, and why
    List(Which),
    /// Send again what was set aside: one, a channel's, or all of a company's
    #[command(after_help = "\
Examples:
  rollcall notifications retry --company salon-ada --id 4711
  rollcall notifications retry --company salon-ada --channel sms
  rollcall notifications retry --company salon-ada --all")]
    Retry(Retry),
}

#[derive(Args)]
pub(super) struct Status {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Which {
    /// The company, by slug or id
    #[arg(long, value_name = "SLUG|ID")]
    company: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Retry {
    /// The company, by slug or id
    #[arg(long, value_name = "SLUG|ID")]
    company: String,
    /// The notification with that id
    #[arg(long, value_name = "ID", required_unless_present_any = ["channel", "all"])]
    id: Option<i64>,
    /// Those of that channel: email, sms, whatsapp or push
    #[arg(long, value_name = "CHANNEL", value_parser = channel, conflicts_with = "id")]
    channel: Option<Channel>,
    /// All of them
    #[arg(long, conflicts_with_all = ["id", "channel"])]
    all: bool,
}

fn channel(written: &str) -> Result<Channel, String> {
    Channel::parse(written).ok_or_else(|| "write email, sms, whatsapp or push".to_owned())
}

pub(super) async fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    let db = context.open_migrated().await?;
    let app = App::new(context.config.clone(), db, context.clock.clone(), context.chance.clone()).await?;
    match command {
        Command::Status(options) => status(&app, &options).await,
        Command::List(which) => list(&app, &which).await,
        Command::Retry(options) => retry(&app, &options).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn status(app: &App, options: &Status) -> Result<(), Failure> {
    let standing = queue::standing(app).await?;
    let configured: Vec<_> = configured(&app.config).map(Channel::as_str).collect();
    if options.json {
        let lines = standing.iter().map(|line| {
            serde_json::json!({
                "channel": line.channel, "status": line.status, "count": line.count, "later": line.later,
                "oldest": line.oldest.map(utc), "provider": configured.contains(&line.channel.as_str()),
            })
        });
        return output::json(&lines.collect::<Vec<_>>());
    }
    if standing.is_empty() {
        return output::line("nothing waits, and nothing was set aside");
    }
    let row = |line: &Standing| {
        let provider = if configured.contains(&line.channel.as_str()) { "yes" } else { "none" };
        let (count, later) = (line.count.to_string(), line.later.to_string());
        vec![line.channel.clone(), line.status.clone(), count, later, age(app, line.oldest), provider.to_owned()]
    };
    let rows: Vec<_> = standing.iter().map(row).collect();
    output::table(&["channel", "status", "count", "for later", "oldest", "provider"], &rows)
}

/// How long ago that was, in the largest unit that says something.
fn age(app: &App, at: Option<NaiveDateTime>) -> String {
    let Some(at) = at else { return String::new() };
    let age = app.clock.now_utc() - at;
    match (age.num_days(), age.num_hours(), age.num_minutes()) {
        (days @ 2.., _, _) => format!("{days} d"),
        (_, hours @ 2.., _) => format!("{hours} h"),
        (_, _, minutes @ 2..) => format!("{minutes} min"),
        _ => format!("{} s", age.num_seconds()),
    }
}

fn utc(at: NaiveDateTime) -> String {
    at.and_utc().to_rfc3339()
}

async fn scope(app: &App, company: &str) -> Result<TenantScope, Failure> {
    let company = named_company(&app.db, company).await?;
    enter(&app.db, company.id, "notifications").await
}

async fn list(app: &App, which: &Which) -> Result<(), Failure> {
    let all = queue::set_aside(app, &scope(app, &which.company).await?).await?;
    if which.json {
        let lines = all.iter().map(|one| {
            serde_json::json!({
                "id": one.id, "channel": one.channel, "recipient": one.recipient,
                "failed_at": one.failed_at.map(utc), "error": one.error,
            })
        });
        return output::json(&lines.collect::<Vec<_>>());
    }
    if all.is_empty() {
        return output::line("nothing was set aside");
    }
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            let at = one.failed_at.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
            vec![one.id.to_string(), one.channel.clone(), one.recipient.clone(), at, one.error.clone()]
        })
        .collect();
    output::table(&["id", "channel", "recipient", "set aside (UTC)", "why"], &rows)
}

async fn retry(app: &App, options: &Retry) -> Result<(), Failure> {
    let scope = scope(app, &options.company).await?;
    let changed =
        queue::retry(app, &scope, &Actor::command_line("notifications retry"), options.id, options.channel).await?;
    if let (Some(id), 0) = (options.id, changed) {
        return Err(Failure::Failed(anyhow!("no notification {id} of this company was set aside")));
    }
    tracing::info!(target: "audit", company_id = scope.company_id(), changed, "set-aside notifications are sent again");
    let count = usize::try_from(changed).unwrap_or(usize::MAX);
    output::line(format_args!("{} will be sent again", counted(count, "notification", "notifications")))
}
