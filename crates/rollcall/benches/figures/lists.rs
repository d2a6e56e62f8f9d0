//! Pages of a list with a hundred times the rows: the first one, deep ones, filtered ones.

use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::Options;
use super::panel::Panel;
use super::report::{Report, median};
use super::stock::{self, Place, Stock};

/// Statements of a page at most.
const STATEMENTS: f64 = 5.0;
/// Pages behind the first one that are turned before the deep one.
const DEPTH: usize = 20;

/// What is asked for, with the word for it.
const LISTS: [(&str, &str); 7] = [
    ("newest first", "/admin/appointments"),
    ("oldest first", "/admin/appointments?sort=starts_at"),
    ("of a status", "/admin/appointments?status=cancelled"),
    ("of a customer", "/admin/appointments?customer_id={customer}"),
    ("of a month", "/admin/appointments?starts_at_from=2026-09-01&starts_at_until=2026-09-30"),
    ("customers by name", "/admin/customers?sort=name"),
    ("failed notifications", "/admin/notifications?status=failed"),
];

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (small, times, requests) = if options.quick { (10_000, 10, 5) } else { (100_000, 100, 41) };
    let (folder, _held) = stock::folder(options)?;
    on("sqlite", &Place::Folder(folder), (small, times, requests), options, report).await?;
    for (variable, name) in [("ROLLCALL_TEST_MARIADB", "mariadb"), ("ROLLCALL_TEST_POSTGRES", "postgres")] {
        if let Some(server) = Place::server(variable) {
            on(name, &server, (small, times, requests), options, report).await?;
        }
    }
    Ok(())
}

async fn on(
    on: &str,
    place: &Place,
    (small, times, requests): (u64, u64, usize),
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    // The same databases as for `growth`, which may have kept them.
    let plan = rollcall::demo::Plan { notifications_per_100: 10, ..stock::plan(small).await? };
    let few = Stock::make(place, "growth_small", &plan, 1, options).await?;
    let many = Stock::make(place, "growth_large", &plan, times, options).await?;
    let panels = [Panel::open(&few).await?, Panel::open(&many).await?];
    let customers = [somebody(&panels[0]).await?, somebody(&panels[1]).await?];
    for (name, path) in LISTS {
        for depth in [0, DEPTH] {
            let mut paths = Vec::new();
            for (panel, customer) in panels.iter().zip(&customers) {
                paths.push(behind(panel, &path.replace("{customer}", customer), depth).await?);
            }
            let mut took = [Vec::new(), Vec::new()];
            for number in 0..requests {
                for which in [number % 2, 1 - number % 2] {
                    let start = Instant::now();
                    panels[which].read(&paths[which]).await?;
                    took[which].push(start.elapsed().as_secs_f64() * 1e3);
                }
            }
            panels[1].counter.take();
            panels[1].read(&paths[1]).await?;
            let (statements, _) = panels[1].counter.take();
            let name = format!("lists, {on}, {name}{}", if depth > 0 { ", deep" } else { "" });
            let [mut few, mut many] = took;
            report.note(&format!("{name}, {} rows", small * times), median(&mut many), "ms");
            report.note(&format!("{name}, {small} rows"), median(&mut few), "ms");
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            report.at_most(&format!("{name}, statements"), statements as f64, "", STATEMENTS);
        }
    }
    few.leave().await?;
    many.leave().await
}

/// The id of a customer of the company who has appointments: another's would be a security event, which is written down.
async fn somebody(panel: &Panel) -> Result<String> {
    let page = panel.read("/admin/appointments").await?;
    let id = page.split("href=\"/admin/customers/").skip(1).find_map(|rest| {
        let id = rest.split(['"', '?']).next()?;
        id.parse::<i64>().is_ok().then(|| id.to_owned())
    });
    id.context("the company has no customers")
}

/// The address of the page so many pages behind the first, or of the last one before it.
async fn behind(panel: &Panel, path: &str, depth: usize) -> Result<String> {
    let mut path = path.to_owned();
    for _ in 0..depth {
        let page = panel.read(&path).await?;
        let next = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        let Some(next) = next else { break };
        path = next.replace("&#38;", "&").replace("&amp;", "&");
        ensure!(path.starts_with("/admin/"), "{path}");
    }
    Ok(path)
}
