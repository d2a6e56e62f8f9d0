//! `rollcall migrate`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use rollcall::events::{self, Event, Thing, Verb};
use serde::Serialize;
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::output;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Apply all pending migrations; a SQLite file is made where it is missing
    Up,
    /// Take migrations back, newest first. Data in the tables that go is lost
    #[command(after_help = "Example:  rollcall migrate down --steps 1 --yes")]
    Down(Down),
    /// List all migrations and whether the database has them
    Status(Status),
}

#[derive(Args)]
pub(super) struct Down {
    /// How many to take back; all of them where it is left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Confirms that the data in the dropped tables may go
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub(super) struct Status {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    name: String,
    applied: bool,
    /// Whether it is Rollcall's: on an adopted database the contract's tables and indexes are the application's.
    own: bool,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Up => up(context).await,
        Command::Down(down) => take_back(context, &down).await,
        Command::Status(options) => status(context, &options).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn up(context: &Context) -> Result<(), Failure> {
    let db = context.open_or_make().await?;
    let pending: Vec<_> = db.migrations().await?.into_iter().filter(|step| !step.applied).collect();
    if pending.is_empty() {
        return output::line("All migrations were applied already.");
    }
    db.migrate_up().await?;
    let names: Vec<_> = pending.iter().map(|step| step.name.as_str()).collect();
    let event = Event::new(Thing::Database, Verb::Migrated, None).after(json!({ "migrations": names }));
    events::tell_command(&db, &context.clock, "migrate up", None, &event).await?;
    for step in &pending {
        output::line(format_args!("applied {}", step.name))?;
    }
    Ok(())
}

async fn take_back(context: &Context, down: &Down) -> Result<(), Failure> {
    let db = context.open().await?;
    let applied: Vec<_> = db.migrations().await?.into_iter().filter(|step| step.applied && step.own).collect();
    let count =
        down.steps.map_or(applied.len(), |steps| usize::try_from(steps).unwrap_or(usize::MAX).min(applied.len()));
    let going: Vec<_> = applied.iter().rev().take(count).collect();
    if going.is_empty() {
        return output::line("No migration is applied: there is nothing to take back.");
    }
    let names: Vec<_> = going.iter().map(|step| step.name.as_str()).collect();
    if !down.yes {
        return Err(Failure::Usage(format!(
            "this takes back {} on {} and drops what they made, with all data in it; confirm with --yes",
            names.join(", "),
            context.config.database.url
        )));
    }
    db.migrate_down(down.steps).await?;
    let event = Event::new(Thing::Database, Verb::TakenBack, None).before(json!({ "migrations": names }));
    events::tell_command(&db, &context.clock, "migrate down", None, &event).await?;
    for step in going {
        output::line(format_args!("took back {}", step.name))?;
    }
    Ok(())
}

async fn status(context: &Context, options: &Status) -> Result<(), Failure> {
    let steps = context.open().await?.migrations().await?;
    let lines: Vec<_> =
        steps.into_iter().map(|step| Line { name: step.name, applied: step.applied, own: step.own }).collect();
    if options.json {
        return output::json(&lines);
    }
    let state = |line: &Line| match (line.own, line.applied) {
        (false, _) => "theirs",
        (true, true) => "applied",
        (true, false) => "pending",
    };
    let rows: Vec<_> = lines.into_iter().map(|line| vec![state(&line).to_owned(), line.name]).collect();
    output::table(&["state", "migration"], &rows)
}
