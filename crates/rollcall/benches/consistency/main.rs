//! Is every answer right, whatever fails? `cargo xtask check-consistency`, explained in `docs/consistency.md`.
//!
//! Several `serve` processes on one MariaDB and one Redis are read and written at random while faults come and go. `oracle`
//! knows what an answer must at least contain, `browser` holds it against that, `fault` is what goes wrong, and `seeded` are
//! mistakes in the protocol itself, which must be found.

#![expect(clippy::print_stdout, reason = "a command-line tool speaks to its terminal")]

mod browser;
mod client;
mod dice;
mod facts;
mod fault;
#[path = "../figures/foreign.rs"]
#[expect(dead_code, reason = "the other program that shares this uses more of it")]
mod foreign;
mod node;
mod oracle;
mod redis_side;
mod report;
mod run;
mod scenario;
mod seeded;
mod stage;
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "shared with tests, which use more of it and may panic"
)]
mod support;
mod tasks;
mod titles;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Checks that no answer is stale and none is another's.
#[derive(Debug, Parser)]
struct Options {
    /// Check so many answers.
    #[arg(long, default_value_t = 1_000_000)]
    operations: u64,
    /// Repeat the run of this seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Faults that last half a second instead of two.
    #[arg(long)]
    quick: bool,
    /// Only this scenario.
    #[arg(long)]
    scenario: Option<String>,
    /// Make this mistake in the protocol, and see whether it is found; can be given more than once.
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,
    /// Make every mistake that there is, one at a time.
    #[arg(long)]
    all_faults: bool,
    /// The program to check.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_rollcall"))]
    program: PathBuf,
    /// The program knows no cache yet.
    #[arg(long)]
    without_cache: bool,
    /// What `cargo bench` says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    let fine = runtime.block_on(stage::check(&options))?;
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
