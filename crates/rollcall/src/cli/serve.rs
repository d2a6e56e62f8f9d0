//! `rollcall serve`.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Args;
use rollcall::app::App;
use rollcall::bulk;
use rollcall::changes::Poller;
use rollcall::config::Migrate;
use rollcall::db::Database;
use rollcall::jobs::{self, Deliverer, Reporter, Warmer};
use rollcall::web;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::context::{Context, require_migrated};
use super::failure::Failure;
use super::{output, setup};

#[derive(Args)]
#[command(after_help = "\
Where there is no operator yet, it prints a link by which Rollcall is set up in a browser.
On a SQLite database pending migrations are applied first; on a server run `rollcall migrate up`, or set
database.migrate_on_start. SIGTERM and Ctrl-C let running requests finish (shutdown.grace); a second one stops at once.

Examples:
  rollcall serve
  ROLLCALL_DATABASE=postgres://app:PASSWORD@db/app rollcall serve --listen 0.0.0.0:8080")]
pub(super) struct Options {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// A Redis that nodes share as a cache: redis://HOST, rediss://HOST, redis+sentinel://HOST,HOST/MASTER or
    /// redis+cluster://HOST. A password is better kept in ROLLCALL_REDIS__URL
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
}

impl Options {
    /// The options that stand for settings.
    pub(super) fn settings(&self) -> Vec<(&'static str, &'static str, String)> {
        let listen = self.listen.iter().map(|listen| ("listen", "--listen", listen.clone()));
        listen.chain(self.redis.iter().map(|url| ("redis.url", "--redis", url.clone()))).collect()
    }
}

pub(super) async fn run(context: &Context) -> Result<ExitCode, Failure> {
    let listener = listen(context.config.listen).await?;
    let db = context.open_or_make().await?;
    migrate(context, &db).await?;
    let address = listener.local_addr()?;
    // Whoever started it may not read on; that is no reason not to serve.
    let _unread = output::line(format_args!("Rollcall listens on http://{address}"));
    let _unread = setup::tell_here(context, &db, address).await?;
    until_stopped(context, db, listener).await
}

/// Takes the address, so that a port in use is known before anything else is done.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    Ok(listener.with_context(|| format!("cannot listen on {address}; choose another address with --listen"))?)
}

async fn migrate(context: &Context, db: &Database) -> Result<(), Failure> {
    let settings = &context.config.database;
    match settings.migrate_on_start {
        Migrate::Always => Ok(db.migrate_up().await?),
        Migrate::Auto if settings.url.is_sqlite() => Ok(db.migrate_up().await?),
        Migrate::Auto | Migrate::Never => require_migrated(db, &settings.url).await,
    }
}

/// Serves until a signal comes, and then until running requests are done.
pub(super) async fn until_stopped(context: &Context, db: Database, listener: TcpListener) -> Result<ExitCode, Failure> {
    let mut signals = Signals::new()?;
    let app = App::new(context.config.clone(), db.clone(), context.clock.clone(), context.chance.clone()).await?;
    let stop = CancellationToken::new();
    let poller = Poller::new(db.clone(), context.clock.clone(), context.config.changes.poll);
    let poller = tokio::spawn(poller.run(stop.clone()));
    let ahead = tokio::spawn(jobs::ahead::run(app.clone(), stop.clone()));
    let bulk = tokio::spawn(bulk::Worker::new(app.clone()).run(stop.clone()));
    let sampler = tokio::spawn(jobs::sample(app.clone(), stop.clone()));
    let warmer = app.config.cache.warming.then(|| tokio::spawn(Warmer::new(app.clone()).run(stop.clone())));
    let deliverer = match app.config.deliver.enabled {
        true => Some(Deliverer::new(app.clone()).context("notifications cannot be delivered")?),
        false => None,
    };
    let deliverer = deliverer.map(|deliverer| tokio::spawn(deliverer.run(stop.clone())));
    let reporter = app.config.deliver.enabled.then(|| tokio::spawn(Reporter::new(app.clone()).run(stop.clone())));
    let mut server = tokio::spawn(web::serve(app, listener, stop.clone()));
    let early = tokio::select! {
        () = signals.next() => None,
        ended = &mut server => Some(ended),
    };
    stop.cancel();
    let drained = async {
        let ended = match early {
            Some(ended) => ended,
            None => server.await,
        };
        ended.context("the server failed")??;
        poller.await.context("the poll for changes failed")?;
        ahead.await.context("drawing ahead failed")?;
        bulk.await.context("changes of many rows failed")?;
        sampler.await.context("sampling failed")?;
        if let Some(warmer) = warmer {
            warmer.await.context("warming failed")?;
        }
        if let Some(deliverer) = deliverer {
            deliverer.await.context("delivering notifications failed")?;
        }
        if let Some(reporter) = reporter {
            reporter.await.context("sending reports failed")?;
        }
        db.close().await?;
        Ok(ExitCode::SUCCESS)
    };
    tokio::select! {
        ended = drained => ended,
        () = signals.next() => Err(Failure::Failed(anyhow!("stopped at once by a second signal"))),
    }
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
