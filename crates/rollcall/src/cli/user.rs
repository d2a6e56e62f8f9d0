//! `rollcall user`.

mod access;

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use rollcall::accounts::{self, NewAccount};
use rollcall::audit::Actor;
use rollcall::password::Passwords;
use rollcall::tenant::Role;
use secrecy::ExposeSecret;

use super::context::{Context, named_company};
use super::failure::Failure;
use super::{output, password};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create a user: of a company, or a platform operator (super_admin)
    #[command(after_help = "\
Examples:
  rollcall user create --role super_admin --email op@example.com --name 'On call'
  rollcall user create --role manager --company salon-ada \\
      --name Ada --email ada@example.com --generate")]
    Create(Create),
    /// Invite a person to a company: by e-mail, or by a link that is printed once
    Invite(access::Invite),
    /// Let a user in again
    Activate(access::Whom),
    /// Keep a user out: their sessions end, and their tokens hold no longer
    Deactivate(access::Whom),
    /// Take a user's second step of signing in away, for who lost their phone
    ResetTotp(access::Whom),
    /// Give a user a new password, end their sessions and revoke their tokens
    ResetPassword(Reset),
    /// List all users, or one company's
    List(List),
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum RoleName {
    /// A platform operator: all companies
    SuperAdmin,
    /// All of the own company
    Admin,
    /// All but users and settings
    Manager,
    /// Reads
    Viewer,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::SuperAdmin => Self::SuperAdmin,
            RoleName::Admin => Self::Admin,
            RoleName::Manager => Self::Manager,
            RoleName::Viewer => Self::Viewer,
        }
    }
}

#[derive(Args)]
pub(super) struct Create {
    /// The address they sign in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Their name
    #[arg(long)]
    name: String,
    /// What they may do
    #[arg(long)]
    role: RoleName,
    /// Their company, by slug or id; every role but super_admin needs one
    #[arg(long, value_name = "SLUG|ID")]
    company: Option<String>,
    #[command(flatten)]
    password: password::Source,
}

#[derive(Args)]
pub(super) struct Reset {
    /// The address they sign in with
    #[arg(value_name = "ADDRESS")]
    email: String,
    #[command(flatten)]
    password: password::Source,
}

#[derive(Args)]
pub(super) struct List {
    /// One company's users alone, by slug or id
    #[arg(long, value_name = "SLUG|ID")]
    company: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Create(create) => make(context, create).await,
        Command::Invite(invite) => access::invite(context, &invite).await,
        Command::Activate(whom) => access::switch(context, &whom, true).await,
        Command::Deactivate(whom) => access::switch(context, &whom, false).await,
        Command::ResetTotp(whom) => access::reset_totp(context, &whom).await,
        Command::ResetPassword(reset) => reset_password(context, &reset).await,
        Command::List(options) => list(context, &options).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn make(context: &Context, create: Create) -> Result<(), Failure> {
    let role = Role::from(create.role);
    // What is written wrongly is said before a password is asked for.
    accounts::email(&create.email).map_err(|error| Failure::Usage(error.to_string()))?;
    accounts::role_fits(role, create.company.is_some())?;
    let db = context.open_migrated().await?;
    let company_id = match &create.company {
        Some(name) => Some(named_company(&db, name).await?.id),
        None => None,
    };
    accounts::require_free_email(&db, &create.email).await?;
    let new = create.password.read(&context.chance)?;
    let password_hash = Passwords::of(&db, &context.chance).await?.hash(new.password.clone()).await?;
    let account = NewAccount { company_id, name: create.name, email: create.email, role, password_hash };
    let account = accounts::create_user(&db, &context.clock, &Actor::command_line("user create"), account).await?;
    let of = account.company.map_or_else(|| "all companies".to_owned(), |company| format!("company `{company}`"));
    output::line(format_args!("Created {} {} of {of}.", account.role, account.email))?;
    show(&new)
}

async fn reset_password(context: &Context, reset: &Reset) -> Result<(), Failure> {
    let db = context.open_migrated().await?;
    accounts::require_user(&db, &reset.email).await?;
    let new = reset.password.read(&context.chance)?;
    let hash = Passwords::of(&db, &context.chance).await?.hash(new.password.clone()).await?;
    let actor = Actor::command_line("user reset-password");
    let account = accounts::reset_password(&db, &context.clock, &actor, &reset.email, hash).await?;
    output::line(format_args!(
        "{} has a new password; their sessions have ended, their tokens are revoked.",
        account.email
    ))?;
    show(&new)
}

/// Prints a password that the program made: nobody knows it otherwise.
fn show(new: &password::New) -> Result<(), Failure> {
    if new.generated { output::line(format_args!("Password: {}", new.password.expose_secret())) } else { Ok(()) }
}

async fn list(context: &Context, options: &List) -> Result<(), Failure> {
    let db = context.open_migrated().await?;
    let company_id = match &options.company {
        Some(name) => Some(named_company(&db, name).await?.id),
        None => None,
    };
    let users = accounts::users(&db, company_id).await?;
    if options.json {
        return output::json(&users);
    }
    let row = |user: accounts::Account| {
        let state = if user.is_active { "active" } else { "inactive" };
        let company = user.company.unwrap_or_else(|| "–".to_owned());
        vec![user.id.to_string(), user.email, user.name, user.role, company, state.to_owned()]
    };
    let rows: Vec<_> = users.into_iter().map(row).collect();
    output::table(&["id", "email", "name", "role", "company", "state"], &rows)
}
