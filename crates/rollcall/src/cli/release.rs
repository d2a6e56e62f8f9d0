//! `rollcall release`.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;
use rollcall::adopt;
use rollcall::events::{self, Event, Thing, Verb};

use super::context::Context;
use super::failure::Failure;
use super::output::{self, counted};

#[derive(Args)]
#[command(after_help = "\
Stop every `rollcall serve` on this database first: one at work would miss its tables. What goes is exactly what `adopt`
noted; sessions, summaries, settings of companies and the secret key go with Rollcall's tables. The application's rows,
users among them, stay.

Example:  rollcall release --dry-run")]
pub(super) struct Options {
    /// Say what would go, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirms that what Rollcall keeps in this database may go
    #[arg(long)]
    yes: bool,
    /// Answer in JSON what goes
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, options: &Options) -> Result<ExitCode, Failure> {
    let db = context.open().await?;
    let url = &context.config.database.url;
    let Some(leaving) = adopt::leaving(&db).await? else {
        return Err(Failure::Failed(anyhow!("{url} is not adopted: there is nothing to take away")));
    };
    if options.json {
        output::json(&leaving)?;
    } else if options.dry_run || !options.yes {
        leaving.triggers.iter().try_for_each(|table| output::line(format_args!("to drop  triggers on {table}")))?;
        for (index, table) in &leaving.indexes {
            output::line(format_args!("to drop  index {index} on {table}"))?;
        }
        leaving.tables.iter().try_for_each(|table| output::line(format_args!("to drop  table {table}")))?;
    }
    if options.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !options.yes {
        return Err(Failure::Usage(format!(
            "this takes {}, {} and all triggers of Rollcall away from {url}; stop every `rollcall serve` there first, and \
             confirm with --yes",
            counted(leaving.tables.len(), "table", "tables"),
            counted(leaving.indexes.len(), "index", "indexes"),
        )));
    }
    // Before: the audit log goes with the rest, and what is interrupted half-way stands in it.
    let event = Event::new(Thing::Database, Verb::Released, None);
    events::tell_command(&db, &context.clock, "release", None, &event).await?;
    adopt::release(&db, &mut |what| output::remark(format_args!("dropping {what} …"))).await?;
    if !options.json {
        output::line("Rollcall has left; the application's database is as it was.")?;
    }
    Ok(ExitCode::SUCCESS)
}
