//! `rollcall demo`.

mod folder;

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use rollcall::db::Database;
use rollcall::demo;
use rollcall::password::Passwords;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;

use super::context::Context;
use super::failure::Failure;
use super::output::{self, Progress, grouped};
use super::{log, serve};
use folder::Folder;

#[derive(Args)]
#[command(after_help = "\
Makes a fresh SQLite database in --dir and serves it; nothing else is touched. A folder that holds anything but a former
demo is refused. The same --seed and --at make the same figures again.

Examples:
  rollcall demo
  rollcall demo --companies 3 --appointments 5000 --listen 127.0.0.1:9000
  rollcall demo --seed 7 --at 2026-11-22T12:00:00Z")]
pub(super) struct Options {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The folder of the demo's database; a former demo in it is replaced
    #[arg(long, value_name = "FOLDER", default_value = "rollcall-demo")]
    dir: std::path::PathBuf,
    /// How many companies
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    companies: u32,
    /// How many appointments, all companies together
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(..=100_000_000))]
    appointments: u64,
    /// The seed of all chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// A Redis to keep pages in, such as redis://127.0.0.1; without it they are kept in memory alone
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Every user's password
    #[arg(long, default_value = "rollcall-demo", value_parser = password)]
    password: SecretString,
}

fn password(written: &str) -> Result<SecretString, String> {
    if written.is_empty() { Err("give at least one character".to_owned()) } else { Ok(written.into()) }
}

impl Options {
    /// What the demo settles by itself, whatever the settings say: its own database, and cookies that work by http.
    pub(super) fn settings(&self) -> Vec<(&'static str, &'static str, String)> {
        let database = format!("sqlite:{}", folder::database(&self.dir).display());
        let mut settings =
            vec![("database.url", "--dir", database), ("cookies.secure", "--listen", "false".to_owned())];
        // Nobody whom the demo makes up is to be written to.
        settings.push(("deliver.enabled", "demo", "off".to_owned()));
        settings.extend(self.redis.iter().map(|url| ("redis.url", "--redis", url.clone())));
        settings.extend(self.listen.iter().map(|listen| ("listen", "--listen", listen.clone())));
        settings
    }
}

pub(super) async fn run(context: &Context, options: &Options) -> Result<ExitCode, Failure> {
    let listener = serve::listen(context.config.listen).await?;
    // Held to the end, so that no second demo replaces the database under this one.
    let _folder = Folder::take(&options.dir)?;
    let started = Instant::now();
    let db = context.open_or_make().await?;
    db.migrate_up().await?;
    let made = generate(context, options, &db).await?;
    summarise(context, &db, &made).await?;
    log::start(&context.config, true);
    show(options, &made, started, &listener)?;
    serve::until_stopped(context, db, listener).await
}

async fn generate(context: &Context, options: &Options, db: &Database) -> Result<demo::Generated, Failure> {
    let hash = Passwords::new(context.chance.clone()).hash(options.password.clone()).await?;
    let plan = demo::Plan {
        companies: options.companies,
        seed: options.seed,
        ..demo::Plan::new(context.clock.now(), hash).sized(options.appointments)
    };
    let progress = Progress::start("making appointments", Some(options.appointments));
    let made = demo::generate(db, &plan, &mut |done, _| progress.reach(done)).await?;
    progress.finish();
    Ok(made)
}

async fn summarise(context: &Context, db: &Database, made: &demo::Generated) -> Result<(), Failure> {
    let progress = Progress::start("summarising appointments", Some(made.appointments));
    demo::finish(db, &context.clock, made, &mut |done, _| progress.reach(done)).await?;
    progress.finish();
    Ok(())
}

fn show(options: &Options, made: &demo::Generated, started: Instant, at: &TcpListener) -> Result<(), Failure> {
    let of = |count, one, many| format!("{} {}", grouped(count), if count == 1 { one } else { many });
    let text = format!(
        "
The demo is ready: {companies}, {appointments}, {notifications}, made in {took:.0} s.

  Open       http://{address}
  Sign in    operator@example.test   all companies
             admin1@example.test     company 1; so do manager1@ and viewer1@,
                                     and admin2@ … for company 2, and so on
  Password   {password}
  Database   {database}

Ctrl-C ends it; the next demo in the same folder starts afresh.",
        companies = output::counted(usize::try_from(made.companies).unwrap_or(0), "company", "companies"),
        appointments = of(made.appointments, "appointment", "appointments"),
        notifications = of(made.notifications, "notification", "notifications"),
        took = started.elapsed().as_secs_f64(),
        address = at.local_addr()?,
        password = options.password.expose_secret(),
        database = folder::database(&options.dir).display(),
    );
    output::line(text.trim_start())
}
