//! The cold dashboard of the largest company, with a hundred times the appointments.

use std::time::Instant;

use anyhow::Result;
use rollcall::demo::Plan;

use super::Options;
use super::foreign::Foreign;
use super::panel::Panel;
use super::report::{Report, median};
use super::stock::{self, Place, Stock};

/// How many times as long the larger one may take.
const LIMIT: f64 = 1.2;

struct Sizes {
    small: u64,
    /// The larger database has so many times as many appointments, and all that belongs to them.
    times: u64,
    /// Slices of each database; they alternate, so that whatever else the machine does meets both.
    slices: u32,
    /// Dashboards in a slice.
    requests: u32,
}

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let sizes = if options.quick {
        Sizes { small: 10_000, times: 10, slices: 5, requests: 10 }
    } else {
        Sizes { small: 100_000, times: 100, slices: 41, requests: 20 }
    };
    let (folder, _held) = stock::folder(options)?;
    compare("sqlite", &Place::Folder(folder), &sizes, options, report).await?;
    if let Some(mariadb) = Place::server("ROLLCALL_TEST_MARIADB") {
        compare("mariadb", &mariadb, &sizes, options, report).await?;
    }
    Ok(())
}

async fn compare(on: &str, place: &Place, sizes: &Sizes, options: &Options, report: &mut Report) -> Result<()> {
    // The same companies, staff, customers and days at either size.
    let plan = Plan { notifications_per_100: 10, ..stock::plan(sizes.small).await? };
    let small = Stock::make(place, "growth_small", &plan, 1, options).await?;
    let large = Stock::make(place, "growth_large", &plan, sizes.times, options).await?;
    let appointments = [sizes.small, sizes.small * sizes.times];
    let panels = [Panel::open(&small).await?, Panel::open(&large).await?];
    for panel in &panels {
        slice(panel, sizes.requests).await?;
        panel.counter.take();
    }
    let (mut ratios, mut medians) = (Vec::new(), [Vec::new(), Vec::new()]);
    for number in 0..sizes.slices {
        // Who comes first alternates too.
        let first = usize::try_from(number % 2)?;
        let mut took = [0.0; 2];
        for which in [first, 1 - first] {
            took[which] = slice(&panels[which], sizes.requests).await?;
            medians[which].push(took[which]);
        }
        ratios.push(took[1] / took[0]);
    }
    let [counted_small, counted_large] = panels.each_ref().map(|panel| panel.counter.take());
    let requests = f64::from(sizes.slices * sizes.requests);
    let [mut median_small, mut median_large] = medians;
    report.note(&format!("growth, {on}, {} appointments", appointments[0]), median(&mut median_small), "ms");
    report.note(&format!("growth, {on}, {} appointments", appointments[1]), median(&mut median_large), "ms");
    report.at_most(&format!("growth, {on}"), median(&mut ratios), "times", LIMIT);
    report.note(&format!("growth, {on}, statements a request"), to_f64(counted_large.0) / requests, "");
    report.note(&format!("growth, {on}, rows a request"), to_f64(counted_large.1) / requests, "");
    let more = |small: u64, large: u64| (to_f64(large) - to_f64(small)) / requests;
    report.at_most(&format!("growth, {on}, more statements"), more(counted_small.0, counted_large.0), "", 0.0);
    report.at_most(&format!("growth, {on}, more rows"), more(counted_small.1, counted_large.1), "", 0.0);
    if on == "mariadb" {
        for (stock, panel, size) in [(&small, &panels[0], appointments[0]), (&large, &panels[1], appointments[1])] {
            let reads = reads(stock, panel).await?;
            report.note(&format!("growth, {on}, rows the server reads a request, {size} appointments"), reads, "");
        }
    }
    small.leave().await?;
    large.leave().await
}

/// The median of some dashboards, in milliseconds.
async fn slice(panel: &Panel, requests: u32) -> Result<f64> {
    let mut took = Vec::new();
    for _ in 0..requests {
        panel.forget().await;
        let start = Instant::now();
        panel.dashboard().await?;
        took.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(&mut took))
}

/// Rows that the server itself reads for a dashboard, by its own counters (`Handler_read_%`).
async fn reads(stock: &Stock, panel: &Panel) -> Result<f64> {
    const REQUESTS: u32 = 50;
    let foreign = Foreign::connect(&stock.url).await?;
    // Asking reads rows itself.
    let (start, asked) = (handler_reads(&foreign).await?, handler_reads(&foreign).await?);
    for _ in 0..REQUESTS {
        panel.forget().await;
        panel.dashboard().await?;
    }
    let done = handler_reads(&foreign).await?;
    foreign.close().await?;
    Ok(((done - asked) - (asked - start)) / f64::from(REQUESTS))
}

async fn handler_reads(foreign: &Foreign) -> Result<f64> {
    let mut sum = 0.0;
    for row in foreign.query("SHOW GLOBAL STATUS LIKE 'Handler_read_%'").await? {
        sum += row.try_get_by_index::<String>(1)?.parse::<f64>()?;
    }
    Ok(sum)
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn to_f64(count: u64) -> f64 {
    count as f64
}
