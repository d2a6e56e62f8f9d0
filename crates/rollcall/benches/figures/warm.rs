//! How many companies' dashboards are warmed in a second: in both languages, for every role that sees something different.

use std::time::Instant;

use anyhow::{Result, ensure};
use rollcall::app::App;
use rollcall::chance::Chance;
use rollcall::config::Config;
use rollcall::demo::Plan;
use rollcall::jobs::Warmer;
use tokio_util::sync::CancellationToken;

use super::report::{Report, median};
use super::stock::{self, Place, Stock};
use super::{Options, process};

/// Appointments of an average company: a small one, with ninety days behind it.
const APPOINTMENTS: u64 = 200;
/// Room for all of it: what is measured is drawing, not pushing out.
const MEMORY: u64 = 1 << 30;
/// A tick of companies between the Azores and India.
const NOON: &str = "2026-11-22T12:00:00Z";
/// Dashboards a second.
const SQLITE: f64 = 500.0;
const MARIADB: f64 = 200.0;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (folder, _held) = stock::folder(options)?;
    on(&Place::Folder(folder), "sqlite", SQLITE, options, report).await?;
    if let Some(server) = Place::server("ROLLCALL_TEST_MARIADB") {
        on(&server, "mariadb", MARIADB, options, report).await?;
    }
    Ok(())
}

async fn on(place: &Place, name: &str, limit: f64, options: &Options, report: &mut Report) -> Result<()> {
    let companies = if options.quick { 100 } else { 1_000 };
    let plan = Plan {
        companies,
        staff: u64::from(companies) * 3,
        customers: u64::from(companies) * 20,
        ..stock::plan(u64::from(companies) * APPOINTMENTS).await?
    };
    let stock = Stock::make(place, &format!("warm_{name}"), &plan, 1, options).await?;
    let (mut rates, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let mut config = Config::defaults()?;
        config.cache.memory = MEMORY;
        // A program that was just started: nothing is kept, and the tick is due.
        let clock = rollcall::clock::Clock::pinned(NOON.parse()?);
        let app = App::new(config, stock.db.clone(), clock, Chance::seeded(7)).await?;
        stock.forget_runs().await?;
        let mut warmer = Warmer::new(app);
        let (begun, before) = (Instant::now(), process::cpu_time());
        let outcomes = warmer.look(&CancellationToken::new()).await?;
        let took = begun.elapsed().as_secs_f64();
        let warmed: u64 = outcomes.iter().map(|outcome| outcome.companies).sum();
        let missing: u64 = outcomes.iter().map(|outcome| outcome.failed + outcome.warmth.missing).sum();
        ensure!(missing == 0 && warmed > 0, "{warmed} companies warmed, {missing} values missing");
        println!(
            "{name}: {warmed} companies in {took:.2} s, {} values made",
            outcomes.iter().map(|o| o.warmth.made).sum::<u64>()
        );
        rates.push(warmed as f64 / took);
        cpu.push((process::cpu_time() - before).as_secs_f64() * 1e3 / warmed as f64);
    }
    report.at_least(&format!("companies' dashboards warmed, {name}"), median(&mut rates), "/s", limit);
    report.note(&format!("CPU of warming a company, {name}"), median(&mut cpu), "ms");
    stock.leave().await
}
