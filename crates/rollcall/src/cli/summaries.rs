//! `rollcall summaries`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use rollcall::accounts::{self, Company};
use rollcall::changes;
use rollcall::db::Database;
use rollcall::events::{self, Event, Thing, Verb};

use super::context::{Context, enter, named_company};
use super::failure::Failure;
use super::output::{self, Progress, counted};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Recompute everything from the raw rows and report each difference to what is stored; exit code 1 if there is one
    #[command(after_help = "\
Changes that are pending are settled first. Nothing else is written: `rollcall summaries rebuild` mends differences.")]
    Verify(Options),
    /// Throw the stored summaries away and compute them anew; the panel may go on running
    Rebuild(Which),
    /// Show each company's version, pending changes and stored rows
    Status(Options),
}

#[derive(Args)]
pub(super) struct Which {
    /// One company alone, by slug or id
    #[arg(long, value_name = "SLUG|ID")]
    company: Option<String>,
}

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    which: Which,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Verify(options) => verify(context, &options).await,
        Command::Rebuild(which) => rebuild(context, &which).await.map(|()| ExitCode::SUCCESS),
        Command::Status(options) => status(context, &options).await.map(|()| ExitCode::SUCCESS),
    }
}

async fn verify(context: &Context, options: &Options) -> Result<ExitCode, Failure> {
    let db = context.open_migrated().await?;
    let companies = options.which.companies(&db).await?;
    let progress = Progress::start("verifying companies", Some(companies.len() as u64));
    let mut differences = Vec::new();
    for company in &companies {
        let scope = enter(&db, company.id, "summaries verify").await?;
        differences.extend(changes::verify(&db, &scope, &context.clock).await?);
        progress.advance(1);
    }
    progress.finish();
    if options.json {
        output::json(&differences)?;
    } else {
        differences.iter().try_for_each(output::line)?;
        let verified = counted(companies.len(), "company", "companies");
        let found = counted(differences.len(), "difference", "differences");
        output::line(format_args!("{verified} verified, {found}."))?;
    }
    if differences.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    output::remark("`rollcall summaries rebuild` computes the stored summaries anew.");
    Ok(ExitCode::FAILURE)
}

async fn rebuild(context: &Context, which: &Which) -> Result<(), Failure> {
    let db = context.open_migrated().await?;
    let companies = which.companies(&db).await?;
    for company in &companies {
        let scope = enter(&db, company.id, "summaries rebuild").await?;
        let progress = Progress::start(&format!("rebuilding {}: appointments", company.slug), None);
        changes::rebuild(&db, &scope, &context.clock, &mut |appointments| progress.advance(appointments)).await?;
        progress.finish();
        let event = Event::new(Thing::Summaries, Verb::Rebuilt, None);
        events::tell_command(&db, &context.clock, "summaries rebuild", Some(company.id), &event).await?;
    }
    output::line(format_args!("{} rebuilt.", counted(companies.len(), "company", "companies")))
}

async fn status(context: &Context, options: &Options) -> Result<(), Failure> {
    let db = context.open_migrated().await?;
    let wanted = options.which.companies(&db).await?;
    let mut all = changes::status(&db).await?;
    all.retain(|status| wanted.iter().any(|company| company.id == status.company_id));
    if options.json {
        return output::json(&all);
    }
    let row = |status: changes::CompanyStatus| {
        vec![
            status.company_id.to_string(),
            status.slug,
            status.version.to_string(),
            status.changed_at.map_or_else(|| "–".to_owned(), |at| format!("{at}Z")),
            status.pending.to_string(),
            if status.rebuild_due { "due" } else { "no" }.to_owned(),
            status.days.to_string(),
            status.customers.to_string(),
        ]
    };
    let rows: Vec<_> = all.into_iter().map(row).collect();
    output::table(&["id", "company", "version", "changed", "pending", "rebuild", "days", "customers"], &rows)
}

impl Which {
    async fn companies(&self, db: &Database) -> Result<Vec<Company>, Failure> {
        match &self.company {
            Some(name) => Ok(vec![named_company(db, name).await?]),
            None => Ok(accounts::companies(db).await?),
        }
    }
}
