//! Reads of the API at 200 a second, by a server on one core, on a million appointments.
//!
//! Requests go out by the clock, whether or not those before them were answered; each one's time counts from when it was due.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rollcall::audit::Actor;
use rollcall::chance::Chance;
use rollcall::config::Config;
use rollcall::db::Database;
use rollcall::tokens::{self, NewToken};
use rollcall::{accounts, changes, web};
use rustix::thread::{CpuSet, sched_setaffinity};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::kill_load::client::Client;
use super::report::Report;
use super::served::Server;
use super::stock::{self, Place, Stock};
use super::{Options, panel};

/// The 95th of a hundred.
const MILLISECONDS: f64 = 20.0;
const A_SECOND: u32 = 200;
/// Connections that take turns.
const CONNECTIONS: usize = 16;
/// More than anybody asks in a minute, whose clock stands still here.
const REQUESTS: u32 = 10_000_000;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (appointments, times, seconds) = if options.quick { (20_000, 1, 5) } else { (200_000, 5, 60) };
    let (folder, _held) = stock::folder(options)?;
    let plan = stock::plan(appointments).await?;
    on(&Place::Folder(folder), "sqlite", &plan, times, seconds, options, report).await?;
    if let Some(server) = Place::server("ROLLCALL_TEST_MARIADB") {
        on(&server, "mariadb", &plan, times, seconds, options, report).await?;
    }
    Ok(())
}

async fn on(
    place: &Place,
    name: &str,
    plan: &rollcall::demo::Plan,
    times: u64,
    seconds: u32,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let stock = Stock::make(place, &format!("api_reads_{name}"), plan, times, options).await?;
    let token = token(&stock, "read").await?;
    let server = Server::start("api", &stock.url, Some(0))?;
    let paths = paths(server.address, &token).await?;
    let (address, spent) = (server.address, server.cpu_time()?);
    let load = std::thread::spawn(move || load(address, &token, &paths, seconds));
    let mut took =
        tokio::task::spawn_blocking(move || load.join()).await?.map_err(|_| anyhow::anyhow!("it panicked"))??;
    let spent = (server.cpu_time()? - spent).as_secs_f64();
    by_kind(&took);
    took.sort_by(|one, other| one.1.total_cmp(&other.1));
    let at = |of_a_thousand: usize| took[(took.len() - 1) * of_a_thousand / 1_000].1;
    println!("{name}: {} requests", took.len());
    report.at_most(&format!("API reads, 95th of a hundred, {name}"), at(950), "ms", MILLISECONDS);
    report.note(&format!("API reads, median, {name}"), at(500), "ms");
    report.note(&format!("API reads, 99th of a hundred, {name}"), at(990), "ms");
    report.note(&format!("API reads, CPU of the server, {name}"), spent * 1e3 / took.len() as f64, "ms");
    drop(server);
    stock.leave().await
}

/// Requests by what they ask for, the slowest kind last.
fn by_kind(took: &[(String, f64)]) {
    let mut kinds: std::collections::BTreeMap<&str, Vec<f64>> = std::collections::BTreeMap::new();
    took.iter().for_each(|(kind, time)| kinds.entry(kind).or_default().push(*time));
    let mut lines: Vec<_> = kinds
        .into_iter()
        .map(|(kind, mut times)| {
            times.sort_by(f64::total_cmp);
            (times[(times.len() - 1) * 95 / 100], kind)
        })
        .collect();
    lines.sort_by(|one, other| one.0.total_cmp(&other.0));
    lines.iter().for_each(|(time, kind)| println!("  {time:.2} ms, the 95th of a hundred: {kind}"));
}

/// A token of the largest company's admin.
pub(crate) async fn token(stock: &Stock, abilities: &str) -> Result<String> {
    let user = accounts::require_user(&stock.db, "admin1@example.test").await?;
    let new = NewToken {
        user_id: user.id,
        company_id: user.company_id,
        name: "benchmark".to_owned(),
        abilities: abilities.parse()?,
        expires_at: None,
    };
    let actor = Actor::command_line("benchmark");
    let (_, secret) = tokens::create(&stock.db, &stock.clock, &Chance::system()?, &actor, new).await?;
    Ok(secret.expose_secret().to_owned())
}

/// What is asked for: the kind, and addresses of it, so that no two in a row read the same rows.
async fn paths(address: SocketAddr, token: &str) -> Result<Vec<(String, Vec<String>)>> {
    let mut client = Client::new(address, token);
    let mut all = Vec::new();
    for list in ["/appointments", "/appointments?sort=-starts_at", "/appointments?status=no_show", "/customers"] {
        let mut pages = vec![list.to_owned()];
        let mut ids = Vec::new();
        // Some way into the list.
        for _ in 0..40 {
            let page = client.get(pages.last().context("the first is there")?).await?.json()?;
            ids.extend(page["data"].as_array().context("no list")?.iter().filter_map(|row| row["id"].as_i64()));
            let Some(next) = page["next"].as_str() else { break };
            let join = if list.contains('?') { '&' } else { '?' };
            pages.push(format!("{list}{join}cursor={}", urlencoding::encode(next)));
        }
        all.push((list.to_owned(), pages));
        let each = |path: &str, more: &str| ids.iter().map(|id| format!("{path}/{id}{more}")).collect::<Vec<_>>();
        match list {
            "/appointments" => {
                all.push(("/appointments/{id}".to_owned(), each(list, "")));
                all.push(("/appointments/{id}/policy-check".to_owned(), each(list, "/policy-check")));
            }
            "/customers" => {
                all.push(("/customers/{id}".to_owned(), each(list, "")));
                let theirs = ids.iter().map(|id| format!("/appointments?customer_id={id}")).collect();
                all.push(("/appointments?customer_id={id}".to_owned(), theirs));
            }
            _ => {}
        }
    }
    for path in
        ["/notifications?status=failed", "/policies", "/summaries/days?days=30", "/widgets", "/widgets/policy_trend"]
    {
        all.push((path.to_owned(), vec![path.to_owned()]));
    }
    for (kind, paths) in &all {
        let reply = client.get(paths.first().with_context(|| format!("nothing for {kind}"))?).await?;
        ensure!(reply.status.is_success(), "{kind}: {} {}", reply.status, reply.body);
    }
    Ok(all)
}

/// Asks so many seconds long, on the core that is not the server's; answers the milliseconds of each request.
fn load(address: SocketAddr, token: &str, paths: &[(String, Vec<String>)], seconds: u32) -> Result<Vec<(String, f64)>> {
    let mut core = CpuSet::new();
    core.set(1);
    sched_setaffinity(None, &core)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let begun = Instant::now() + Duration::from_millis(100);
        let total = (A_SECOND * seconds) as usize;
        let mut takers = tokio::task::JoinSet::new();
        for first in 0..CONNECTIONS {
            let mut client = Client::new(address, token);
            let paths = paths.to_vec();
            takers.spawn(async move {
                let mut took = Vec::new();
                for number in (first..total).step_by(CONNECTIONS) {
                    let due = begun + Duration::from_secs(1) / A_SECOND * u32::try_from(number)?;
                    tokio::time::sleep_until(due.into()).await;
                    let (kind, addresses) = &paths[number % paths.len()];
                    let path = &addresses[number / paths.len() % addresses.len()];
                    let reply = client.get(path).await?;
                    ensure!(reply.status.is_success(), "{path}: {} {}", reply.status, reply.body);
                    took.push((kind.clone(), due.elapsed().as_secs_f64() * 1e3));
                }
                Ok(took)
            });
        }
        let mut all = Vec::new();
        while let Some(taker) = takers.join_next().await {
            all.extend(taker??);
        }
        Ok(all)
    })
}

/// The server in a process of its own, without a limit for tokens; prints its address and serves until it is killed.
pub(crate) async fn child(url: &str) -> Result<()> {
    let mut config = Config::defaults()?;
    config.api.requests_per_minute = REQUESTS;
    let app = panel::app_with(config, Database::open(url, 8).await?).await?;
    let stop = CancellationToken::new();
    tokio::spawn(changes::Poller::new(app.db.clone(), app.clock.clone(), app.config.changes.poll).run(stop.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(web::serve(app, listener, stop).await?)
}
