//! What stands in the tables: companies' zones, summaries, accounts, the secret key.

use super::Finding;
use crate::accounts;
use crate::changes;
use crate::config::Config;
use crate::db::{Database, Error};
use crate::tenant::Role;

/// More pending lines than a running server ever leaves for long.
const MANY_PENDING: i64 = 10_000;

pub(super) async fn company_zones(db: &Database) -> Result<Vec<Finding>, Error> {
    let companies = accounts::companies(db).await?;
    let complaint = |company: &accounts::Company| {
        accounts::time_zone(&company.timezone).err().map(|error| {
            let what = format!("company `{}`: {error}", company.slug);
            Finding::error(
                "time zones",
                what,
                "set companies.timezone to an IANA name; its days are cut in UTC until then",
            )
        })
    };
    let wrong: Vec<_> = companies.iter().filter_map(complaint).collect();
    if wrong.is_empty() {
        return Ok(vec![Finding::ok(
            "time zones",
            format!("the zones of all {} companies are known", companies.len()),
        )]);
    }
    Ok(wrong)
}

pub(super) async fn summaries(db: &Database) -> Result<Vec<Finding>, Error> {
    let all = changes::status(db).await?;
    let pending: i64 = all.iter().map(|status| status.pending).sum();
    let due = all.iter().filter(|status| status.rebuild_due).count();
    let mut findings = Vec::new();
    if due > 0 {
        findings.push(Finding::warning(
            "summaries",
            format!("{due} of {} companies wait for a rebuild of their summaries", all.len()),
            "a running server does it by itself; else run `rollcall summaries rebuild`",
        ));
    }
    if pending > MANY_PENDING {
        findings.push(Finding::warning(
            "summaries",
            format!("{pending} changes are pending"),
            "a running server settles them by itself: look for errors in its log where the number does not fall",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("summaries", format!("{} companies, {pending} changes pending", all.len())));
    }
    Ok(findings)
}

pub(super) async fn accounts(db: &Database) -> Result<Vec<Finding>, Error> {
    let users = accounts::users(db, None).await?;
    if users.is_empty() {
        return Ok(vec![Finding::warning(
            "accounts",
            "there is no user: nobody can sign in",
            "run `rollcall user create`",
        )]);
    }
    let mut findings = Vec::new();
    for user in &users {
        let fits =
            Role::parse(&user.role).is_some_and(|role| accounts::role_fits(role, user.company_id.is_some()).is_ok());
        if !fits {
            let of =
                user.company.as_deref().map_or_else(|| "no company".to_owned(), |slug| format!("company `{slug}`"));
            let what = format!("{} of {of} has the role `{}` and can see nothing", user.email, user.role);
            findings.push(Finding::warning("accounts", what, "correct users.role and users.company_id"));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok("accounts", format!("{} users, each with a role that fits", users.len())));
    }
    Ok(findings)
}

pub(super) async fn secret_key(db: &Database, config: &Config) -> Result<Vec<Finding>, Error> {
    let what = match (&config.secret_key, accounts::kept_secret_key(db).await?) {
        (Some(_), _) => "secret_key is set",
        (None, Some(_)) => "the secret key is the program's own, kept in the database",
        (None, None) => "the server will make a secret key when it first starts, and keep it in the database",
    };
    Ok(vec![Finding::ok("settings", what)])
}
