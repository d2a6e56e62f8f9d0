//! `rollcall user invite`, `activate`, `deactivate` and `reset-totp`: who comes in, and how.

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use rollcall::accounts;
use rollcall::app::App;
use rollcall::audit::Actor;
use rollcall::events::Verb;
use rollcall::i18n::Lang;
use rollcall::people::invitation::{self, InvitationError, Invited};
use rollcall::people::{self, LinkKind, factor, letter};

use super::super::context::{Context, enter, named_company};
use super::super::failure::Failure;
use super::super::output;

/// What an invited person may be.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum InvitedRole {
    /// All of the own company
    Admin,
    /// All but users and settings
    Manager,
    /// Reads
    Viewer,
}

#[derive(Args)]
pub(in crate::cli) struct Invite {
    /// The address they are to sign in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Their name
    #[arg(long)]
    name: String,
    /// What they may do
    #[arg(long)]
    role: InvitedRole,
    /// Their company, by slug or id
    #[arg(long, value_name = "SLUG|ID")]
    company: String,
}

#[derive(Args)]
pub(in crate::cli) struct Whom {
    /// The address they sign in with
    #[arg(value_name = "ADDRESS")]
    email: String,
}

async fn app(context: &Context) -> Result<App, Failure> {
    let db = context.open_migrated().await?;
    Ok(App::new(context.config.clone(), db, context.clock.clone(), context.chance.clone()).await?)
}

/// Sends an invitation, or prints its link where there is no mail.
pub(super) async fn invite(context: &Context, invite: &Invite) -> Result<(), Failure> {
    let app = app(context).await?;
    let company = named_company(&app.db, &invite.company).await?;
    let scope = enter(&app.db, company.id, "user invite").await?;
    let role = match invite.role {
        InvitedRole::Admin => "admin",
        InvitedRole::Manager => "manager",
        InvitedRole::Viewer => "viewer",
    };
    let invited = Invited { email: invite.email.clone(), name: invite.name.clone(), role: role.to_owned() };
    let made = invitation::invite(&app, &scope, &Actor::command_line("user invite"), &invited).await;
    let (pending, secret) = made.map_err(|error| match error {
        InvitationError::Email(_) | InvitationError::Name(_) => Failure::Usage(error.to_string()),
        InvitationError::Database(error) => error.into(),
        other => Failure::Failed(anyhow!(other)),
    })?;
    let lang = company.locale.parse().unwrap_or(Lang::En);
    if letter::invitation(&app, &company.name, &pending, &secret, lang).await {
        return output::line(format_args!("Invited {} to company `{}` by e-mail.", pending.email, company.slug));
    }
    let path = LinkKind::Invitation.path(&secret);
    let link = letter::url(&app, LinkKind::Invitation, &secret);
    let link = link.unwrap_or_else(|| format!("{path} (behind the address of the panel)"));
    output::line(format_args!(
        "Invited {} to company `{}`. No e-mail was sent: hand this link on; it works once, for 72 hours.",
        pending.email, company.slug
    ))?;
    output::line(format_args!("Link: {link}"))
}

/// Lets somebody in again, or keeps them out.
pub(super) async fn switch(context: &Context, whom: &Whom, active: bool) -> Result<(), Failure> {
    let app = app(context).await?;
    let command = if active { "user activate" } else { "user deactivate" };
    let account = people::switch(&app, &Actor::command_line(command), &whom.email, active).await?;
    match active {
        true => output::line(format_args!("{} may sign in again.", account.email)),
        false => output::line(format_args!(
            "{} is deactivated: their sessions have ended, and their tokens hold no longer.",
            account.email
        )),
    }
}

/// Takes somebody's second step of signing in away, and tells them by mail where that can be sent.
pub(super) async fn reset_totp(context: &Context, whom: &Whom) -> Result<(), Failure> {
    let app = app(context).await?;
    let account = accounts::require_user(&app.db, &whom.email).await?;
    let actor = Actor::command_line("user reset-totp");
    let whose = (account.id, account.company_id);
    if !factor::turn_off(&app, &actor, whose, Verb::SecondFactorReset).await? {
        return output::line(format_args!("{} uses no second step; nothing was changed.", account.email));
    }
    letter::tell_reset(&app, account.id, "Rollcall", Lang::En).await?;
    output::line(format_args!(
        "{} signs in by password alone until they set up a second step anew; their sessions have ended.",
        account.email
    ))
}
