//! How much memory the server holds after the dashboards of a thousand companies were opened.

use anyhow::Result;
use rollcall::changes::Poller;
use rollcall::db::Database;
use rollcall::demo::Plan;
use rollcall::web;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::report::Report;
use super::served::Server;
use super::stock::{self, Place, Stock};
use super::{Options, panel};

const MEGABYTES: f64 = 150.0;
/// Browsers at once.
const BROWSERS: u32 = 8;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let companies = if options.quick { 40 } else { 1_000 };
    let (folder, _held) = stock::folder(options)?;
    let appointments = u64::from(companies) * 200;
    let plan = Plan { companies, staff: 4_000, customers: 40_000, ..stock::plan(appointments).await? };
    let stock = Stock::make(&Place::Folder(folder), "memory", &plan, 1, options).await?;
    let server = Server::start("serve", &stock.url, None)?;
    let session = server.sign_in("operator")?;
    let idle = server.megabytes("VmRSS")?;
    std::thread::scope(|scope| {
        let browsers: Vec<_> = (0..BROWSERS)
            .map(|first| {
                let (server, session) = (&server, &session);
                scope.spawn(move || {
                    (first + 1..=companies)
                        .step_by(BROWSERS as usize)
                        .try_for_each(|company| server.open(session, &format!("/admin?company={company}")))
                })
            })
            .collect();
        browsers.into_iter().try_for_each(|browser| browser.join().unwrap_or_else(|_| anyhow::bail!("it panicked")))
    })?;
    report.note("memory, signed in", idle, "MB");
    report.at_most(&format!("memory, {companies} dashboards opened"), server.megabytes("VmRSS")?, "MB", MEGABYTES);
    report.note("memory, peak", server.megabytes("VmHWM")?, "MB");
    drop(server);
    stock.leave().await
}

/// The server in a process of its own; prints its address and serves until it is killed.
pub(crate) async fn child(url: &str) -> Result<()> {
    let db = Database::open(url, 8).await?;
    let app = panel::app(db).await?;
    let stop = CancellationToken::new();
    let poller = Poller::new(app.db.clone(), app.clock.clone(), app.config.changes.poll);
    tokio::spawn(poller.run(stop.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(web::serve(app, listener, stop).await?)
}
