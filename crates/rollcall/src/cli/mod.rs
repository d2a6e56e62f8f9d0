//! The command line: one file a command.
//!
//! Results go to stdout, progress and log lines to stderr. Exit codes: 0 done, 1 failed (a difference or an error was
//! found among them), 2 a mistake in the usage or the settings.

mod adopt;
mod cache;
mod company;
mod context;
mod demo;
mod doctor;
mod failure;
mod import;
mod log;
mod migrate;
mod notifications;
mod output;
mod password;
mod release;
mod serve;
mod setup;
mod summaries;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};

use context::Context;
use failure::Failure;

/// A fast, tenant-safe analytics panel for platforms that book appointments on behalf of many companies.
#[derive(Parser)]
#[command(name = "rollcall", version, max_term_width = 110, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Settings come from options, else from ROLLCALL_* variables, else from the file
that --config or ROLLCALL_CONFIG names (./rollcall.toml where there is one), else
from defaults. docs/configuration.md explains each.

Exit codes: 0 done, 1 failed, 2 a mistake in the usage or the settings.

A first look:
  rollcall demo
For real, in the browser (it prints the link by which you begin):
  rollcall serve
The same by commands, on your own database (MySQL, MariaDB, PostgreSQL; without ROLLCALL_DATABASE a file):
  export ROLLCALL_DATABASE=mysql://app:PASSWORD@db/app
  rollcall migrate up
  rollcall company create --name 'Salon Ada' --timezone Europe/Berlin
  rollcall user create --role admin --company salon-ada --name Ada \\
      --email ada@example.com
  rollcall serve
Beside an application that owns the database:
  rollcall adopt --dry-run
When in doubt:
  rollcall doctor";

#[derive(Args)]
struct Global {
    /// The settings file, in TOML
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    config: Option<PathBuf>,
    /// The database: sqlite:PATH, mysql://USER:PASSWORD@HOST/NAME or postgres://USER:PASSWORD@HOST/NAME.
    /// A password is better kept in ROLLCALL_DATABASE, where other users of the host do not see it
    #[arg(long, global = true, value_name = "URL", help_heading = "Everywhere")]
    database: Option<String>,
    /// Pins the program's clock, e.g. 2026-11-22T12:00:00Z: for demos and comparisons
    #[arg(long, global = true, value_name = "INSTANT", value_parser = instant, help_heading = "Everywhere")]
    at: Option<DateTime<Utc>>,
    /// How log lines look: text or json
    #[arg(long, global = true, value_name = "FORMAT", help_heading = "Everywhere")]
    log_format: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Make a fresh database full of figures and serve it: for a first look
    Demo(demo::Options),
    /// Serve the panel until a signal stops it
    Serve(serve::Options),
    /// Print a link by which Rollcall is set up in a browser, where there is no operator yet
    Setup(setup::Options),
    /// Make, list and take back the database's tables, indexes and triggers
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Stand beside an application that owns the database, such as a Laravel one: look at it, and add what the panel needs
    Adopt(adopt::Options),
    /// Take away everything that `adopt` added, and leave the application's database as it was
    Release(release::Options),
    /// Import real data from CSV files, columns mapped as you say
    #[command(subcommand)]
    Import(import::Command),
    /// Create and list companies
    #[command(subcommand)]
    Company(company::Command),
    /// Create and list users, and reset a password
    #[command(subcommand)]
    User(user::Command),
    /// Create, list and revoke tokens of the API
    #[command(subcommand)]
    Token(token::Command),
    /// Verify, rebuild and look at the summaries that the panel reads
    #[command(subcommand)]
    Summaries(summaries::Command),
    /// Fill, look at and clear the cache that nodes share
    #[command(subcommand)]
    Cache(cache::Command),
    /// Show the queue of notifications, and send again what was set aside
    #[command(subcommand)]
    Notifications(notifications::Command),
    /// Check database, schema, time zones, clock and settings, and say what to do
    Doctor(doctor::Options),
}

fn instant(written: &str) -> Result<DateTime<Utc>, String> {
    written.parse().map_err(|_| "write an instant with its offset, such as 2026-11-22T12:00:00Z".to_owned())
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::Demo(_)) && cli.global.database.is_some() {
        return Failure::Usage("the demo makes a database of its own; choose its folder by --dir".to_owned()).report();
    }
    let outcome = Context::of(&cli.global, cli.command.settings()).and_then(|context| {
        // The demo's hostile rows would drown its progress in warnings: its log begins when it is ready.
        if !matches!(cli.command, Command::Demo(_)) {
            log::start(&context.config, matches!(cli.command, Command::Serve(_)));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let outcome = run(&context, cli.command).await;
            context.close().await;
            outcome
        })
    });
    outcome.unwrap_or_else(Failure::report)
}

impl Command {
    /// The command's own options that stand for settings: key, option, value.
    fn settings(&self) -> Vec<(&'static str, &'static str, String)> {
        match self {
            Self::Demo(options) => options.settings(),
            Self::Serve(options) => options.settings(),
            _ => Vec::new(),
        }
    }
}

async fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(options) => demo::run(context, &options).await,
        Command::Serve(_) => serve::run(context).await,
        Command::Setup(_) => setup::run(context).await,
        Command::Migrate(command) => migrate::run(context, command).await,
        Command::Adopt(options) => adopt::run(context, &options).await,
        Command::Release(options) => release::run(context, &options).await,
        Command::Import(command) => import::run(context, command).await,
        Command::Company(command) => company::run(context, command).await,
        Command::User(command) => user::run(context, command).await,
        Command::Token(command) => token::run(context, command).await,
        Command::Summaries(command) => summaries::run(context, command).await,
        Command::Cache(command) => cache::run(context, command).await,
        Command::Notifications(command) => notifications::run(context, command).await,
        Command::Doctor(options) => doctor::run(context, &options).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_instant_needs_its_offset() {
        assert!(instant("2026-11-22T12:00:00Z").is_ok());
        assert!(instant("2026-11-22T13:00:00+01:00").is_ok());
        assert!(instant("2026-11-22 12:00").unwrap_err().contains("2026-11-22T12:00:00Z"));
    }

    #[test]
    fn every_command_says_what_it_does() {
        fn each(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some_and(|about| about.to_string().len() > 15), "{path}");
            for option in command.get_arguments() {
                assert!(option.get_help().is_some(), "{path} {}", option.get_id());
            }
            command.get_subcommands().for_each(|inner| each(inner, &path));
        }
        each(&Cli::command(), "");
    }
}
