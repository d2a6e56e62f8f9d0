//! A full rebuild of all summaries, in a process that does nothing else.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rollcall::db::Database;

use super::report::Report;
use super::stock::{self, Place, Stock};
use super::{Options, process};

const SECONDS: f64 = 60.0;
const MEGABYTES: f64 = 300.0;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (appointments, times) = if options.quick { (10_000, 5) } else { (200_000, 5) };
    let (folder, _held) = stock::folder(options)?;
    let plan = stock::plan(appointments).await?;
    let stock = Stock::make(&Place::Folder(folder), "rebuild", &plan, times, options).await?;
    let output = std::process::Command::new(std::env::current_exe()?)
        .args(["--child", "rebuild", &stock.url])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the rebuild failed ({})", output.status);
    let text = String::from_utf8(output.stdout)?;
    let mut values = text.split_whitespace().map(str::parse::<f64>);
    let mut next = || values.next().context("the child said too little")?.map_err(anyhow::Error::from);
    report.at_most(&format!("rebuild of {} appointments, sqlite", appointments * times), next()?, "s", SECONDS);
    report.note("rebuild, CPU", next()?, "s");
    report.at_most("rebuild, peak memory", next()?, "MB", MEGABYTES);
    stock.leave().await
}

/// The rebuild itself; prints seconds, seconds of CPU, and the most memory in MB.
pub(crate) async fn child(url: &str) -> Result<()> {
    let start = Instant::now();
    let db = Database::open(url, 8).await?;
    stock::rebuild_all(&db).await?;
    db.close().await?;
    let took = start.elapsed().as_secs_f64();
    println!("{took} {} {}", process::cpu_time().as_secs_f64(), process::megabytes("self", "VmHWM")?);
    Ok(())
}
