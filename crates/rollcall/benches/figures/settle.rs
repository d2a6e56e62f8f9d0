//! How long it takes until another application's writes show.

use std::time::Instant;

use anyhow::{Result, ensure};
use rollcall::changes;

use super::Options;
use super::foreign::Foreign;
use super::report::{Report, median};
use super::stock::{self, Place, Stock};

/// Rows of one statement.
const ROWS: u32 = 500;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (appointments, bulk) = if options.quick { (20_000, 5_000) } else { (200_000, 50_000) };
    let (folder, _held) = stock::folder(options)?;
    let plan = stock::plan(appointments).await?;
    let stock = Stock::make(&Place::Folder(folder), "settle", &plan, 1, options).await?;
    let foreign = Foreign::connect(&stock.url).await?;
    let (mut took, mut rows) = (Vec::new(), 1..);
    for row in rows.by_ref().take(40) {
        foreign.run(&insert(row..row + 1)).await?;
        took.push(settle(&stock).await? * 1e3);
    }
    report.note("settled after one row, sqlite, without the poll's wait", median(&mut took), "ms");
    let first = rows.next().unwrap_or(1);
    for start in (first..first + bulk).step_by(ROWS as usize) {
        foreign.run(&insert(start..(start + ROWS).min(first + bulk))).await?;
    }
    report.note(&format!("settled after {bulk} rows, sqlite"), settle(&stock).await?, "s");
    foreign.close().await?;
    stock.leave().await
}

/// Seconds until nothing is pending.
async fn settle(stock: &Stock) -> Result<f64> {
    let start = Instant::now();
    let companies = changes::settle_all(&stock.db, &stock.clock).await?;
    let took = start.elapsed().as_secs_f64();
    ensure!(companies == 1, "{companies} companies had changes, but one was written to");
    Ok(took)
}

/// Appointments of the largest company, on the thirty days up to now.
fn insert(rows: std::ops::Range<u32>) -> String {
    let values = rows.map(|row| {
        let (day, hour) = (23 - row % 22, 8 + row % 10);
        let starts_at = format!("2026-11-{:02} {hour:02}:00:00", day.min(22));
        format!("(1, {}, {}, '{starts_at}', '{starts_at}', 'completed', '{starts_at}')", 1 + row % 20, 1 + row % 2_000)
    });
    format!(
        "INSERT INTO appointments (company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) VALUES {}",
        values.collect::<Vec<_>>().join(", ")
    )
}
