//! How long the demo takes until it is ready: all its rows, through the triggers, and all summaries.

use std::time::Instant;

use anyhow::Result;
use rollcall::db::Database;

use super::Options;
use super::report::Report;
use super::stock::{self, Place};

const SECONDS: f64 = 30.0;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let appointments = if options.quick { 20_000 } else { 200_000 };
    let (folder, _held) = stock::folder(options)?;
    let place = Place::Folder(folder);
    let plan = stock::plan(appointments).await?;
    let url = place.create("demo").await?;
    let start = Instant::now();
    let db = Database::open(&url, 8).await?;
    db.migrate_up().await?;
    rollcall::demo::generate(&db, &plan, &mut |_, _| {}).await?;
    let made = start.elapsed().as_secs_f64();
    stock::rebuild_all(&db).await?;
    let ready = start.elapsed().as_secs_f64();
    db.close().await?;
    place.drop("demo").await?;
    report.note("demo, rows made", made, "s");
    report.at_most(&format!("demo of {appointments} appointments, ready"), ready, "s", SECONDS);
    Ok(())
}
