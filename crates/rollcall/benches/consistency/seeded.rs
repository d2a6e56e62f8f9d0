//! Mistakes in the protocol, one at a time: a checker that passes over them would pass over real ones.
//!
//! Each is made by a program built with the feature `seeded-faults`, at its real place, when `SEEDED_FAULT` names it. Some are
//! made harmless by a second line of defence; for these, both lines are taken away.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};

use super::Options;
use super::fault::Fault;
use super::report::{Check, Report};
use super::scenario::{BOUNDED, ONE, STRICT, Scenario};
use super::stage::Play;
use super::world::World;

/// After so many answers a mistake that was not found is held for one that is not found.
const ENOUGH: u64 = 60_000;

/// A mistake, and where it should come to light.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seeded {
    pub(crate) name: &'static str,
    /// What the program calls it, or its parts.
    mistakes: &'static str,
    scenario: Scenario,
    faults: &'static [Fault],
    by: &'static [Check],
}

const fn seeded(name: &'static str, mistakes: &'static str, scenario: Scenario, by: &'static [Check]) -> Seeded {
    Seeded { name, mistakes, scenario, faults: &[], by }
}

impl Seeded {
    const fn under(self, faults: &'static [Fault]) -> Self {
        Self { faults, ..self }
    }
}

/// All of them.
pub(crate) const ALL: &[Seeded] = &[
    seeded("version in memory not compared", "version-in-memory-not-compared", STRICT, &[Check::Stale]),
    seeded("version in Redis not compared", "version-in-redis-not-compared", STRICT, &[Check::Stale]),
    seeded("version read after the data", "stamped-with-next-version", STRICT, &[Check::Stale]),
    seeded("single flight by key alone", "flights-by-key-alone", STRICT, &[Check::Stale]),
    seeded(
        "key not compared",
        "key-not-compared",
        STRICT,
        &[Check::Stale, Check::Failed, Check::Language, Check::Role],
    )
    .under(&[Fault::RepliesSwapped]),
    seeded("company stamp and key not compared", "owner-not-compared,key-not-compared", STRICT, &[Check::Foreign])
        .under(&[Fault::RepliesSwapped]),
];

/// Makes each of the named mistakes, or all of them; answers whether all were found.
pub(crate) async fn check(options: &Options, server: &str) -> Result<bool> {
    let chosen: Vec<_> = ALL.iter().filter(|it| options.fault.is_empty() || options.fault.contains(&it.id())).collect();
    if chosen.len() < options.fault.len() {
        bail!("the mistakes that can be made are: {}", ALL.iter().map(Seeded::id).collect::<Vec<_>>().join(", "));
    }
    let mut missed = 0;
    for seeded in &chosen {
        let begun = Instant::now();
        let report = seeded.make(options, server).await?;
        let seconds = begun.elapsed().as_secs_f64();
        match report.first() {
            Some((after, violation)) if seeded.by.contains(&violation.check) => println!(
                "seeded {}: found after {after} answers, {seconds:.0} s, as {}: {}",
                seeded.id(),
                violation.check.name(),
                violation.what
            ),
            other => {
                missed += 1;
                println!(
                    "seeded {}: NOT FOUND in {} answers, {seconds:.0} s: {other:?}",
                    seeded.id(),
                    report.answers()
                );
            }
        }
    }
    println!("{} of {} seeded faults found (seed {})", chosen.len() - missed, chosen.len(), options.seed);
    Ok(missed == 0)
}

impl Seeded {
    /// Its name on the command line.
    pub(crate) fn id(&self) -> String {
        self.name.to_lowercase().replace(' ', "-")
    }

    async fn make(&self, options: &Options, server: &str) -> Result<Arc<Report>> {
        let world = Arc::new(World::make(server).await?);
        let report = Arc::new(Report::quiet());
        let folder = tempfile::Builder::new().prefix("rollcall-seeded-").tempdir()?;
        let play = Play {
            scenario: self.scenario,
            enough: ENOUGH,
            until_wrong: true,
            faults: self.faults.to_vec(),
            mistakes: Some(self.mistakes),
        };
        let played = play.perform(options, Arc::clone(&world), &report, folder.path()).await;
        world.leave().await?;
        played?;
        Ok(report)
    }
}
