//! The CPU time that a cold dashboard takes: all widgets, nothing cached, on SQLite.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::panel::Panel;
use super::report::{Report, median};
use super::stock::{self, Place, Stock};
use super::{Options, process};

/// Milliseconds of CPU time for one dashboard.
const LIMIT: f64 = 10.0;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (appointments, requests): (u64, u32) = if options.quick { (20_000, 50) } else { (200_000, 400) };
    let (folder, _held) = stock::folder(options)?;
    let plan = stock::plan(appointments).await?;
    let stock = Stock::make(&Place::Folder(folder), "cold_cpu", &plan, 1, options).await?;
    let panel = Panel::open(&stock).await?;
    for _ in 0..20 {
        panel.dashboard().await?;
    }
    panel.counter.take();
    let (mut took, mut length) = (Vec::new(), 0);
    let mut cpu = Duration::ZERO;
    for _ in 0..requests {
        panel.forget().await;
        let (start, before) = (Instant::now(), process::cpu_time());
        length = panel.dashboard().await?;
        cpu += process::cpu_time() - before;
        took.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let cpu = cpu.as_secs_f64() * 1e3 / f64::from(requests);
    let (statements, _) = panel.counter.take();
    println!("a page of {length} bytes, {} statements a request", statements / u64::from(requests));
    report.at_most("cold dashboard, sqlite, CPU", cpu, "ms", LIMIT);
    report.note("cold dashboard, sqlite, median", median(&mut took), "ms");
    stock.leave().await
}
