//! Ten thousand servers are killed in the middle of a load of writes; see `benches/kills/`.

use std::time::Instant;

use anyhow::Result;
use rollcall::db::Database;

use super::Options;
use super::kill_load::{self, Plan};
use super::report::Report;
use super::stock::{self, Place};

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (folder, _held) = stock::folder(options)?;
    let kills = if options.quick { 50 } else { 9_000 };
    on(&Place::Folder(folder), "sqlite", kills, report).await?;
    if let Some(server) = Place::server("ROLLCALL_TEST_MARIADB") {
        on(&server, "mariadb", kills / 9, report).await?;
    }
    Ok(())
}

async fn on(place: &Place, name: &str, kills: usize, report: &Report) -> Result<()> {
    let database = place.create("kills").await?;
    let db = Database::open(&database, 2).await?;
    db.migrate_up().await?;
    db.close().await?;
    let begun = Instant::now();
    let outcome =
        kill_load::run(&Plan { program: env!("CARGO_BIN_EXE_rollcall").into(), database, kills, seed: 7 }).await?;
    println!("{name}: {kills} kills in {:.0} s, {outcome:?}", begun.elapsed().as_secs_f64());
    // Had anything been lost, doubled or half done, it would have been an error.
    report.note(&format!("kills, {name}"), kills as f64, "");
    report.note(&format!("kills, writes acknowledged, {name}"), outcome.acknowledged as f64, "");
    report.note(&format!("kills, writes that a server died over, {name}"), outcome.repeated as f64, "");
    place.drop("kills").await
}
