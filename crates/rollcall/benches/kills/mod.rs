//! A server that is killed again and again in the middle of a load of writes: is all there that it acknowledged, once?
//!
//! Writers send each write under a key of its own and, when the server dies before it answered, send the same again to the
//! next one. In the end, and now and then, the database is held against what was acknowledged, row by row.

pub(crate) mod client;
#[path = "../consistency/dice.rs"]
mod dice;
pub(crate) mod judge;
mod program;
pub(crate) mod stage;
pub(crate) mod writer;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::foreign;
use dice::Dice;
use program::Program;
use stage::Stage;
use writer::Writer;

/// So many of a hundred servers are killed before they listen.
const EARLY: usize = 5;
/// A server that listens is killed within so many microseconds.
const LIFE: usize = 60_000;
/// The database is looked through after so many kills.
const INSPECTED: usize = 1_000;

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The program `rollcall`.
    pub(crate) program: PathBuf,
    /// An empty, migrated database.
    pub(crate) database: String,
    pub(crate) kills: usize,
    pub(crate) seed: u64,
}

/// What came of it; nothing was lost or doubled, or it would be an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Writes that were acknowledged.
    pub(crate) acknowledged: usize,
    /// Those of them that a server died over, and the next one answered.
    pub(crate) repeated: usize,
}

/// Does it.
///
/// # Errors
/// Where an acknowledged write is lost or doubled, half of one is there, a summary differs, or a server does not start.
pub(crate) async fn run(plan: &Plan) -> Result<Outcome> {
    let stage = Stage::set(&plan.database).await?;
    let mut writers: Vec<_> =
        (0..stage.companies.len()).map(|at| Writer::new(&stage.companies[at], plan.seed)).collect();
    let mut dice = Dice::new(plan.seed, 0);
    for kill in 1..=plan.kills {
        if dice.percent(EARLY) {
            let program = Program::start(plan)?;
            pause(dice.below(LIFE / 4)).await;
            drop(program);
            continue;
        }
        let mut program = Program::start(plan)?;
        let address = program.address()?;
        let load = writers.into_iter().map(|writer| tokio::spawn(writer.write(address, None)));
        let load: Vec<_> = load.collect();
        pause(dice.below(LIFE)).await;
        drop(program);
        writers = all(load).await?;
        if kill % INSPECTED == 0 {
            judge::inspect(&stage.foreign, &writers).await?;
        }
    }
    let mut program = Program::start(plan)?;
    let address = program.address()?;
    let last: Vec<_> = writers.into_iter().map(|writer| tokio::spawn(writer.write(address, Some(1)))).collect();
    let writers = all(last).await?;
    drop(program);
    judge::inspect(&stage.foreign, &writers).await?;
    judge::verify(plan)?;
    stage.foreign.close().await?;
    let sum = |count: fn(&Writer) -> usize| writers.iter().map(count).sum();
    Ok(Outcome { acknowledged: sum(Writer::acknowledged), repeated: sum(Writer::repeated) })
}

/// A moment at random is what this is about: nothing waits for something here.
async fn pause(microseconds: usize) {
    tokio::time::sleep(Duration::from_micros(microseconds as u64)).await;
}

async fn all(load: Vec<tokio::task::JoinHandle<Result<Writer>>>) -> Result<Vec<Writer>> {
    let mut writers = Vec::new();
    for writer in load {
        writers.push(writer.await??);
    }
    Ok(writers)
}
