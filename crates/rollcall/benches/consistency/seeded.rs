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

/// Any sign of the wrong value under the right name.
const WRONG_VALUE: &[Check] = &[Check::Stale, Check::Failed, Check::Language, Check::Role, Check::Foreign];

/// All of them.
pub(crate) const ALL: &[Seeded] = &[
    seeded("version read after the data", "version-read-after-data", STRICT, &[Check::Stale]),
    seeded("stamped with the next version", "stamped-with-next-version", STRICT, &[Check::Stale]),
    seeded("version in memory not compared", "version-in-memory-not-compared", STRICT, &[Check::Stale]),
    seeded("version in Redis not compared", "version-in-redis-not-compared", STRICT, &[Check::Stale]),
    seeded("single flight by key alone", "flights-by-key-alone", STRICT, &[Check::Stale]),
    seeded("topic forgotten", "topic-forgotten", STRICT, &[Check::Stale]),
    seeded("not settled before acknowledged", "not-settled", STRICT, &[Check::Stale]),
    seeded("memory trusted beside others", "memory-trusted-beside-others", STRICT, &[Check::Stale, Check::Access]),
    seeded("tag not of the content", "tag-not-of-content", STRICT, &[Check::Stale]),
    seeded("key not compared", "key-not-compared", STRICT, WRONG_VALUE).under(&[Fault::RepliesSwapped]),
    seeded("stamps not compared", "owner-not-compared,key-not-compared", STRICT, WRONG_VALUE)
        .under(&[Fault::RepliesSwapped]),
    seeded("connection kept after a lost reply", "replies-shift,key-not-compared", STRICT, WRONG_VALUE)
        .under(&[Fault::RedisSlow]),
    seeded("company left out of the key", "company-left-out,owner-not-compared", STRICT, &[Check::Foreign]),
    seeded("person left out of the key", "person-left-out", STRICT, &[Check::Person, Check::Foreign]),
    seeded("role left out of the key", "role-left-out", STRICT, &[Check::Role]),
    seeded("language left out of the key", "language-left-out", STRICT, &[Check::Language]),
    seeded("day left out of the key", "day-left-out", STRICT, &[Check::Day]).under(&[Fault::DayAhead]),
    seeded("memory not told after a write", "memory-not-told", ONE, &[Check::Stale]),
    seeded("memory goes back", "memory-goes-back", ONE, &[Check::Stale]),
    seeded("session remembered after its end", "session-remembered", ONE, &[Check::Access]),
    seeded("role remembered after a change", "role-remembered", ONE, &[Check::Access, Check::Role, Check::Foreign]),
    seeded("session believed too long beside others", "believed-too-long", BOUNDED, &[Check::Access]),
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
