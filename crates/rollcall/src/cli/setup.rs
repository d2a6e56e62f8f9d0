//! `rollcall setup`: the link by which Rollcall is set up in a browser, which `serve` prints too.

use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::Args;
use rollcall::config::Config;
use rollcall::db::Database;
use rollcall::people::setup;
use secrecy::ExposeSecret;

use super::context::Context;
use super::failure::Failure;
use super::output;

#[derive(Args)]
#[command(after_help = "\
Whoever opens the link becomes the first operator. It works once, for 24 hours; the one that was printed before holds no
longer. Where there is an operator, there is no link: operators invite and make all others.

Example:  rollcall setup")]
pub(super) struct Options {}

pub(super) async fn run(context: &Context) -> Result<ExitCode, Failure> {
    let db = context.open_migrated().await?;
    match tell(context, &db, context.config.listen).await? {
        Told::Link(said) => said?,
        Told::Nothing => output::line("There is an operator: Rollcall is set up. Sign in at /login.")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What was said.
pub(super) enum Told {
    /// A link; whether anybody could read it.
    Link(Result<(), Failure>),
    /// Nothing: there is an operator.
    Nothing,
}

/// The same at a start: where somebody reads it, or nothing is there yet that it would open. What a service prints is kept in logs.
pub(super) async fn tell_here(context: &Context, db: &Database, address: SocketAddr) -> Result<Told, Failure> {
    if std::io::stdout().is_terminal() || setup::is_empty(db).await? {
        return tell(context, db, address).await;
    }
    Ok(Told::Nothing)
}

/// Prints a link where there is no operator yet; `address` is where the panel listens. Never by the log, which others may read.
pub(super) async fn tell(context: &Context, db: &Database, address: SocketAddr) -> Result<Told, Failure> {
    let Some(secret) = setup::renew(db, &context.clock, &context.chance).await? else { return Ok(Told::Nothing) };
    let origin = origin(&context.config, address);
    Ok(Told::Link(output::line(format_args!(
        "\nThere is no operator yet. Open this link to set Rollcall up; it works once, for {} hours:\n\n  \
         {origin}/setup/{}\n\nAnother one: rollcall setup\n",
        setup::HOURS,
        secret.expose_secret()
    ))))
}

/// How a browser reaches the panel: as the settings say, else on this host.
fn origin(config: &Config, address: SocketAddr) -> String {
    if let Some(url) = &config.public_url {
        return url.origin().ascii_serialization();
    }
    let here = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    format!("http://{}", SocketAddr::new(here, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_leads_to_this_host_unless_the_settings_know_better() {
        let config = Config::defaults().unwrap();
        for (listens, origin_is) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:81", "http://127.0.0.1:81"),
            ("[::1]:82", "http://[::1]:82"),
        ] {
            assert_eq!(origin(&config, listens.parse().unwrap()), origin_is);
        }
    }
}
