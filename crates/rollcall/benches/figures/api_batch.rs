//! Fifty thousand appointments through the batch endpoint, five calls of ten thousand lines.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rollcall::changes;
use rollcall::tenant::OperatorScope;
use serde_json::{Value as Json, json};

use super::kill_load::client::Client;
use super::report::Report;
use super::served::Server;
use super::stock::{self, Place, Stock};
use super::{Options, api_reads};

const SECONDS: f64 = 20.0;
const BATCHES: usize = 5;
/// The largest company.
const COMPANY: i64 = 1;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (folder, _held) = stock::folder(options)?;
    on(&Place::Folder(folder), "sqlite", options, report).await?;
    if let Some(server) = Place::server("ROLLCALL_TEST_MARIADB") {
        on(&server, "mariadb", options, report).await?;
    }
    Ok(())
}

async fn on(place: &Place, name: &str, options: &Options, report: &mut Report) -> Result<()> {
    let lines = if options.quick { 500 } else { 10_000 };
    // Written to: what is kept of it would be another stock.
    let options = &Options { keep: None, ..options.clone() };
    let stock = Stock::make(place, &format!("api_batch_{name}"), &stock::plan(20_000).await?, 1, options).await?;
    let token = api_reads::token(&stock, "write").await?;
    let server = Server::start("api", &stock.url, None)?;
    let mut client = Client::new(server.address, &token);
    let before = stock.appointments().await?;
    let batches = batches(&mut client, lines).await?;
    let (begun, spent) = (Instant::now(), server.cpu_time()?);
    for (at, batch) in batches.into_iter().enumerate() {
        let reply = client.post("/appointments/batch", &format!("b{at}"), "application/x-ndjson", batch).await?;
        let made = reply.body.lines().filter(|line| line.contains("\"status\":201")).count();
        ensure!(made == lines, "{made} of {lines} were made: {}", reply.body.lines().next().unwrap_or_default());
    }
    let took = begun.elapsed().as_secs_f64();
    let spent = (server.cpu_time()? - spent).as_secs_f64();
    let more = stock.appointments().await? - before;
    ensure!(usize::try_from(more)? == lines * BATCHES, "{more} rows");
    let scope = OperatorScope::of_program("benchmark").enter(&stock.db, COMPANY).await?.context("no company")?;
    let differences = changes::verify(&stock.db, &scope, &stock.clock).await?;
    report.at_most(&format!("batch endpoint, {} appointments, {name}", lines * BATCHES), took, "s", SECONDS);
    report.note(&format!("batch endpoint, CPU of the server, {name}"), spent, "s");
    report.at_most(&format!("batch endpoint, summaries that differ, {name}"), differences.len() as f64, "", 0.0);
    drop(server);
    stock.leave().await
}

/// Bodies of so many lines, over half a year, with the company's own customers, staff, services and branches.
async fn batches(client: &mut Client, lines: usize) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for kind in ["customers", "staff", "services", "branches"] {
        let rows = client.get(&format!("/{kind}?limit=200")).await?.json()?;
        let rows = rows["data"].as_array().context("no list")?;
        ids.push(rows.iter().map(|row| row["id"].clone()).collect::<Vec<Json>>());
    }
    let of = |kind: usize, at: usize| ids[kind][at % ids[kind].len()].clone();
    let line = |at: usize| {
        let (day, slot) = (at / 300, at % 300);
        let starts_at =
            format!("2026-{:02}-{:02}T{:02}:{:02}:00Z", day / 28 % 6 + 6, day % 28 + 1, slot / 30 + 7, slot % 30 * 2);
        json!({ "customer_id": of(0, at), "staff_id": of(1, at), "service_id": of(2, at), "branch_id": of(3, at),
            "starts_at": starts_at })
    };
    Ok((0..BATCHES)
        .map(|batch| (batch * lines..(batch + 1) * lines).map(|at| format!("{}\n", line(at))).collect())
        .collect())
}
