//! `rollcall doctor`.

mod tenants;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use rollcall::doctor::{self, Finding, Level};
use rollcall::events::{self, Event, Thing, Verb};
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::output;

#[derive(Subcommand)]
enum Command {
    /// Check that every company sees its own rows and nothing else, and print a report of it
    Tenants(tenants::Options),
}

#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Each finding is ok, a warning (it works, but not as well or as safely as it could) or an error (it does not work, or
shows wrong figures). Exit code 1 where there is an error."
)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// Put back triggers and indexes that went missing, and have the summaries recomputed where changes went unseen
    #[arg(long)]
    repair: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, options: &Options) -> Result<ExitCode, Failure> {
    if let Some(Command::Tenants(options)) = &options.command {
        return tenants::run(context, options).await;
    }
    // What is wrong beyond repair is among the findings, which follow.
    if options.repair
        && let Err(failure) = repair(context).await
    {
        let _exit_code = failure.report();
    }
    let missing = context.config.database.url.sqlite_path().filter(|path| !path.exists());
    let findings = match missing {
        // Opening it would make an empty file, which is more than a look.
        Some(path) => doctor::without_database(&context.config, &path),
        None => doctor::examine(&context.config, &context.clock).await,
    };
    if options.json {
        output::json(&findings)?;
    } else {
        findings.iter().try_for_each(show)?;
        output::line(sum(&findings))?;
    }
    let failed = findings.iter().any(|finding| finding.level == Level::Error);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn repair(context: &Context) -> Result<(), Failure> {
    let db = context.open_migrated().await?;
    let repaired = doctor::repair(&db).await?;
    repaired.iter().for_each(|name| output::remark(format_args!("put back {name}")));
    if repaired.is_empty() {
        output::remark("No trigger and no index is missing.");
        return Ok(());
    }
    let event = Event::new(Thing::Database, Verb::Repaired, None).after(json!({ "put_back": repaired }));
    Ok(events::tell_command(&db, &context.clock, "doctor --repair", None, &event).await?)
}

fn show(finding: &Finding) -> Result<(), Failure> {
    let level = match finding.level {
        Level::Ok => "ok",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    output::line(format_args!("{level:<8} {:<11} {}", finding.area, finding.what))?;
    match &finding.advice {
        Some(advice) => output::line(format_args!("{:<20} → {advice}", "")),
        None => Ok(()),
    }
}

fn sum(findings: &[Finding]) -> String {
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    match (count(Level::Error), count(Level::Warning)) {
        (0, 0) => "All is well.".to_owned(),
        (errors, warnings) => {
            let errors = output::counted(errors, "error", "errors");
            format!("{errors}, {}.", output::counted(warnings, "warning", "warnings"))
        }
    }
}
