//! What Chromium sees: first paint, layout shift, and the size of the first view, of pages over 1,000,000 appointments.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rollcall::demo::Plan;

use super::Options;
use super::report::Report;
use super::served::Server;
use super::stock::{self, PASSWORD, Place, Stock};

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (appointments, times) = if options.quick { (20_000, 1) } else { (200_000, 5) };
    let (folder, _held) = stock::folder(options)?;
    let plan = Plan { companies: 1, ..stock::plan(appointments).await? };
    let stock = Stock::make(&Place::Folder(folder.clone()), "browser", &plan, times, options).await?;
    let server = Server::start("serve", &stock.url, None)?;
    let figures = folder.join("figures");
    let _of_an_earlier_run = std::fs::remove_file(&figures);
    let e2e = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e");
    let status = Command::new("npx")
        .current_dir(&e2e)
        .args(["playwright", "test", "--config", "figures.config.ts"])
        .env("ROLLCALL_URL", format!("http://{}", server.address))
        .env("ROLLCALL_PASSWORD", PASSWORD)
        .env("FIGURES", &figures)
        .status()
        .context("npx cannot be started")?;
    ensure!(status.success(), "the browser's tests failed");
    let measured = std::fs::read_to_string(&figures).context("the browser measured nothing")?;
    for line in measured.lines() {
        let parts: Vec<_> = line.split('\t').collect();
        let [name, value, unit, limit] = parts[..] else { anyhow::bail!("`{line}` is no figure") };
        report.at_most(&format!("browser, {name}"), value.parse()?, unit, limit.parse()?);
    }
    drop(server);
    stock.leave().await
}
