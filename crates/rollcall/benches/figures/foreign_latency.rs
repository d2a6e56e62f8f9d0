//! How long an application waits for its own writes: without Rollcall, with the triggers, and with the refresher at work.
//!
//! Single statements, each committed by itself and timed by itself, as a web request of the application makes them. Slices of the
//! three ways take turns in one run, so that whatever else the machine does meets all of them.

use std::time::Instant;

use anyhow::{Context, Result};
use rollcall::changes::{self, Poller};
use rollcall::config::Config;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::foreign::Foreign;
use super::report::{Report, median};
use super::stock::{self, Place, Stock};

/// The three ways, in the order of their names.
const WAYS: [&str; 3] = ["without triggers", "with triggers", "with triggers and the refresher"];
/// After so many others a row is deleted again.
const KEPT: u32 = 200;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    for (name, variable) in [("mariadb", "ROLLCALL_TEST_MARIADB"), ("postgres", "ROLLCALL_TEST_POSTGRES")] {
        if let Some(server) = Place::server(variable) {
            compare(name, &server, options, report).await?;
        }
    }
    Ok(())
}

async fn compare(on: &str, place: &Place, options: &Options, report: &mut Report) -> Result<()> {
    let (appointments, rounds, writes) = if options.quick { (2_000, 3, 60) } else { (50_000, 40, 300) };
    let plan = stock::plan(appointments).await?;
    let plain = Stock::make(place, "latency_plain", &plan, 1, options).await?;
    stock::take_back(&plain.db, "triggers").await?;
    let watched = Stock::make(place, "latency_watched", &plan, 1, options).await?;
    let mut writers = [Writer::new(&plain.url).await?, Writer::new(&watched.url).await?];
    let mut waits: [Vec<f64>; 3] = Default::default();
    let mut ratios: [Vec<f64>; 3] = Default::default();
    for round in 0..=rounds {
        let mut middle = [0.0; 3];
        for turn in 0..WAYS.len() {
            let way = (turn + round) % WAYS.len();
            let slice = match way {
                0 => writers[0].slice(writes).await?,
                1 => writers[1].slice(writes).await?,
                _ => beside_refresher(&watched, &mut writers[1], writes).await?,
            };
            middle[way] = median(&mut slice.clone());
            // The first round warms all of them up.
            if round > 0 {
                waits[way].extend(slice);
            }
            // What one way leaves behind is not the next one's work.
            changes::settle_all(&watched.db, &watched.clock).await?;
        }
        if round > 0 {
            (0..WAYS.len()).for_each(|way| ratios[way].push(middle[way] / middle[0]));
        }
    }
    for (way, name) in WAYS.iter().enumerate() {
        report.note(&format!("a write, {on}, {name}, median"), percentile(&mut waits[way], 50), "µs");
        report.note(&format!("a write, {on}, {name}, 99th of a hundred"), percentile(&mut waits[way], 99), "µs");
        if way > 0 {
            report.note(&format!("a write, {on}, {name}, to one without"), median(&mut ratios[way]), "times");
        }
    }
    for writer in writers {
        writer.foreign.close().await?;
    }
    plain.leave().await?;
    watched.leave().await
}

/// A slice while the poll looks as often as a server's does, and settles what it finds.
async fn beside_refresher(stock: &Stock, writer: &mut Writer, writes: u32) -> Result<Vec<f64>> {
    let stop = CancellationToken::new();
    let every = Config::defaults()?.changes.poll;
    let poller = tokio::spawn(Poller::new(stock.db.clone(), stock.clock.clone(), every).run(stop.clone()));
    let slice = writer.slice(writes).await;
    stop.cancel();
    poller.await?;
    slice
}

fn percentile(waits: &mut [f64], hundredth: usize) -> f64 {
    waits.sort_by(f64::total_cmp);
    waits.get(waits.len() * hundredth / 100).copied().unwrap_or_default()
}

/// An application that books, changes and deletes appointments, one statement a transaction.
struct Writer {
    foreign: Foreign,
    next: u32,
}

impl Writer {
    async fn new(url: &str) -> Result<Self> {
        Ok(Self { foreign: Foreign::connect(url).await.context("the application cannot connect")?, next: 0 })
    }

    /// Microseconds of each of so many writes.
    async fn slice(&mut self, writes: u32) -> Result<Vec<f64>> {
        let mut waits = Vec::new();
        for _ in 0..writes.div_ceil(3) {
            for statement in self.statements() {
                let start = Instant::now();
                self.foreign.run(&statement).await?;
                waits.push(start.elapsed().as_secs_f64() * 1e6);
            }
        }
        Ok(waits)
    }

    fn statements(&mut self) -> [String; 3] {
        self.next += 1;
        let (row, first) = (self.next, 900_000_000);
        let id = first + row;
        let starts_at = format!("2026-11-{:02} {:02}:00:00", 1 + row % 28, 8 + row % 10);
        [
            format!(
                "INSERT INTO appointments (id, company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) \
                 VALUES ({id}, {}, 1, {}, '{starts_at}', '{starts_at}', 'confirmed', '2026-11-22 11:00:00')",
                1 + row % 12,
                1 + row % 2_000
            ),
            format!("UPDATE appointments SET status = 'completed' WHERE id = {id}"),
            format!("DELETE FROM appointments WHERE id = {}", first + row.saturating_sub(KEPT)),
        ]
    }
}
