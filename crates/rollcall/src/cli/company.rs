//! `rollcall company`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use rollcall::accounts::{self, NewCompany};
use rollcall::audit::Actor;

use super::context::Context;
use super::failure::Failure;
use super::output;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create a company: a tenant of its own
    #[command(after_help = "Example:  rollcall company create --name 'Salon Ada' --timezone Europe/Vienna --locale de")]
    Create(Create),
    /// List all companies
    List(List),
}

#[derive(Args)]
pub(super) struct Create {
    /// Its name, as people read it
    #[arg(long)]
    name: String,
    /// Its name on the command line: a-z, 0-9 and hyphens; made from --name where it is left out
    #[arg(long)]
    slug: Option<String>,
    /// The IANA time zone in which its days begin
    #[arg(long, value_name = "ZONE", default_value = "Europe/Berlin")]
    timezone: String,
    /// Its language: de or en
    #[arg(long, default_value = "de")]
    locale: String,
}

#[derive(Args)]
pub(super) struct List {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Create(create) => make(context, create).await,
        Command::List(options) => list(context, &options).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn make(context: &Context, create: Create) -> Result<(), Failure> {
    let slug = create.slug.or_else(|| accounts::slug_of(&create.name)).ok_or_else(|| {
        Failure::Usage(format!("no slug can be made from the name `{}`; give one with --slug", create.name))
    })?;
    let new = NewCompany { name: create.name, slug, timezone: create.timezone, locale: create.locale };
    // What is written wrongly is said before a database is asked.
    new.check().map_err(|error| Failure::Usage(error.to_string()))?;
    let db = context.open_migrated().await?;
    let company = accounts::create_company(&db, &context.clock, &Actor::command_line("company create"), new).await?;
    output::line(format_args!("Created company {} `{}` ({}).", company.id, company.slug, company.timezone))?;
    output::remark(format_args!(
        "Its first user: rollcall user create --role admin --company {} --email ADDRESS --name NAME",
        company.slug
    ));
    Ok(())
}

async fn list(context: &Context, options: &List) -> Result<(), Failure> {
    let companies = accounts::companies(&context.open_migrated().await?).await?;
    if options.json {
        return output::json(&companies);
    }
    let active = |is_active| if is_active { "yes" } else { "no" };
    let row = |company: accounts::Company| {
        vec![
            company.id.to_string(),
            company.slug,
            company.name,
            company.timezone,
            company.locale,
            active(company.is_active).to_owned(),
        ]
    };
    let rows: Vec<_> = companies.into_iter().map(row).collect();
    output::table(&["id", "slug", "name", "time zone", "language", "active"], &rows)
}
