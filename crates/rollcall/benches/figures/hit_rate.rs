//! How often a page is kept, where some companies are looked at far more than others and one request in a hundred is a
//! write.

use std::collections::HashMap;

use anyhow::{Context, Result};
use rand::distr::Distribution;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rollcall::cache::Kind;
use rollcall::changes;
use rollcall::demo::Plan;
use rollcall::tenant::OperatorScope;

use super::Options;
use super::foreign::Foreign;
use super::panel::Panel;
use super::report::Report;
use super::stock::{self, Place, Stock};

const PERCENT: f64 = 99.0;
/// One request in so many is a write.
const WRITES: usize = 101;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (companies, requests): (u32, usize) = if options.quick { (20, 1_000) } else { (200, 60_000) };
    let (folder, _held) = stock::folder(options)?;
    let appointments = u64::from(companies) * 100;
    let plan = Plan { companies, staff: 800, customers: 8_000, ..stock::plan(appointments).await? };
    let stock = Stock::make(&Place::Folder(folder), "hit_rate", &plan, 1, options).await?;
    let panel = Panel::open(&stock).await?;
    let mut sessions = Vec::new();
    for company in 1..=companies {
        sessions.push(panel.sign_in(&format!("admin{company}")).await?);
    }
    let writer = Foreign::connect(&stock.url).await?;
    let mut chance = ChaCha20Rng::seed_from_u64(7);
    let popular = zipf(companies);
    // Of each company: whether a page is to be made anew, for the first time or because of a write.
    let mut due: HashMap<usize, Due> = HashMap::new();
    let (mut reads, mut forced, mut first) = (0_u64, 0_u64, 0_u64);
    let before = made(&panel);
    for number in 0..requests {
        let at = popular.sample(&mut chance);
        if number % WRITES == WRITES - 1 {
            write(&panel, &writer, at + 1, chance.random_range(1..=28)).await?;
            due.entry(at).and_modify(|due| *due = Due::Write);
            continue;
        }
        reads += 1;
        match due.insert(at, Due::Nothing) {
            None => first += 1,
            Some(Due::Write) => forced += 1,
            Some(Due::Nothing) => {}
        }
        panel.open_as(&sessions[at]).await?;
    }
    let missed = made(&panel) - before;
    let unforced = missed.saturating_sub(forced + first);
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let share = |part: u64| part as f64 * 100.0 / reads as f64;
    report.note("hit rate, misses forced by a write", share(forced), "%");
    report.note("hit rate, first looks", share(first), "%");
    report.note("hit rate, all misses", share(missed), "%");
    report.at_least("hit rate, Zipf, one write in a hundred reads", 100.0 - share(unforced + first), "%", PERCENT);
    writer.close().await?;
    stock.leave().await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    Nothing,
    Write,
}

/// Zipf's law with exponent 1 over so many companies.
fn zipf(companies: u32) -> rand::distr::weighted::WeightedIndex<f64> {
    let weights = (1..=companies).map(|rank| 1.0 / f64::from(rank));
    rand::distr::weighted::WeightedIndex::new(weights).unwrap_or_else(|_| unreachable!("there are companies"))
}

/// Whole pages that were made rather than kept.
fn made(panel: &Panel) -> u64 {
    let counts = panel.app.cache.tally().read();
    counts.iter().filter(|count| (count.kind, count.subject) == (Kind::Answer, "page")).map(|count| count.loaded).sum()
}

/// A write of another application, settled as the poll does.
async fn write(panel: &Panel, writer: &Foreign, company: usize, day: u32) -> Result<()> {
    writer
        .run(&format!(
            "INSERT INTO appointments (company_id, customer_id, starts_at, ends_at, status, created_at) VALUES ({company}, \
             (SELECT MIN(id) FROM customers WHERE company_id = {company}), '2026-11-{day:02} 10:00:00', \
             '2026-11-{day:02} 11:00:00', 'completed', '2026-11-{day:02} 09:00:00')"
        ))
        .await?;
    let company = i64::try_from(company)?;
    let scope = OperatorScope::of_program("benchmark").enter(&panel.app.db, company).await?.context("it is gone")?;
    changes::settle(&panel.app.db, &scope, &panel.app.clock).await?;
    Ok(())
}
