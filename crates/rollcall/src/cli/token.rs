//! `rollcall token`.

use std::process::ExitCode;

use anyhow::anyhow;
use chrono::{NaiveDateTime, TimeDelta};
use clap::{Args, Subcommand};
use rollcall::accounts;
use rollcall::audit::Actor;
use rollcall::tokens::{self, Abilities, NewToken, Token, TokenError, Whose};
use secrecy::ExposeSecret;

use super::context::{Context, named_company};
use super::failure::Failure;
use super::output;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token for a user; it is shown once
    #[command(after_help = "\
Examples:
  rollcall token create --user ada@example.com --name till --abilities write --days 90
  rollcall token create --user ada@example.com --name reports \\
      --abilities widgets:read,summaries:read

Abilities: read and write mean everything; else an area and one of them, such as
customers:read. Areas: companies, branches, services, staff, customers, appointments,
policies, notification-configurations, notifications, widgets, summaries.")]
    Create(Create),
    /// List tokens, without their secrets
    List(List),
    /// Revoke a token: the very next request with it is refused
    Revoke(Revoke),
}

#[derive(Args)]
pub(super) struct Create {
    /// Whose it is to be: the address they sign in with
    #[arg(long, value_name = "ADDRESS")]
    user: String,
    /// What it is called
    #[arg(long)]
    name: String,
    /// What it may be used for, separated by commas
    #[arg(long, default_value = "read")]
    abilities: Abilities,
    /// After how many days it expires; without, it holds until it is revoked
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: Option<u32>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct List {
    /// One user's alone, by the address they sign in with
    #[arg(long, value_name = "ADDRESS", conflicts_with = "company")]
    user: Option<String>,
    /// One company's alone, by slug or id
    #[arg(long, value_name = "SLUG|ID")]
    company: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Revoke {
    /// Its id, as `rollcall token list` shows it
    id: i64,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Create(create) => make(context, create).await,
        Command::List(options) => list(context, &options).await,
        Command::Revoke(revoke) => end(context, &revoke).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn make(context: &Context, create: Create) -> Result<(), Failure> {
    accounts::name(&create.name).map_err(|error| Failure::Usage(error.to_string()))?;
    let db = context.open_migrated().await?;
    let user = accounts::require_user(&db, &create.user).await?;
    let expires_at = create.days.map(|days| context.clock.now_utc() + TimeDelta::days(days.into()));
    let new = NewToken {
        user_id: user.id,
        company_id: user.company_id,
        name: create.name,
        abilities: create.abilities,
        expires_at,
    };
    let actor = Actor::command_line("token create");
    let (token, secret) = tokens::create(&db, &context.clock, &context.chance, &actor, new).await?;
    if create.json {
        return output::json(&serde_json::json!({ "id": token.id, "token": secret.expose_secret() }));
    }
    output::line(format_args!("Created token {} of {}: {}.", token.id, user.email, token.abilities))?;
    output::line(format_args!("Token: {}", secret.expose_secret()))
}

async fn list(context: &Context, options: &List) -> Result<(), Failure> {
    let db = context.open_migrated().await?;
    let whose = match (&options.user, &options.company) {
        (Some(address), _) => Whose::User(accounts::require_user(&db, address).await?.id),
        (None, Some(name)) => Whose::Company(named_company(&db, name).await?.id),
        (None, None) => Whose::Anybody,
    };
    let found = tokens::list(&db, whose).await?;
    if options.json {
        return output::json(&found);
    }
    let day = |at: Option<NaiveDateTime>| at.map_or_else(|| "–".to_owned(), |at| at.format("%Y-%m-%d").to_string());
    let row = |token: Token| {
        let state = if token.revoked_at.is_some() { "revoked" } else { "" };
        vec![
            token.id.to_string(),
            token.email.unwrap_or_else(|| format!("user {}, who is gone", token.user_id)),
            token.name,
            token.abilities,
            day(token.expires_at),
            day(token.last_used_at),
            state.to_owned(),
        ]
    };
    let rows: Vec<_> = found.into_iter().map(row).collect();
    output::table(&["id", "user", "name", "abilities", "expires", "last used", ""], &rows)
}

async fn end(context: &Context, revoke: &Revoke) -> Result<(), Failure> {
    let db = context.open_migrated().await?;
    let actor = Actor::command_line("token revoke");
    match tokens::revoke(&db, &context.clock, &actor, Whose::Anybody, revoke.id).await? {
        Some(true) => output::line(format_args!("Token {} is revoked.", revoke.id)),
        Some(false) => output::line(format_args!("Token {} was revoked already.", revoke.id)),
        None => {
            let message = format!("there is no token {}; `rollcall token list` names them all", revoke.id);
            Err(Failure::Failed(anyhow!(message)))
        }
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Database(error) => Self::from(error),
            other => Self::Usage(other.to_string()),
        }
    }
}
