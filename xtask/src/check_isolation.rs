//! `cargo xtask check-isolation`: would a tenant predicate that is missing be found? See `docs/isolation.md`.
//!
//! The mutants are made by the tests in `crates/rollcall/tests/it/isolation/`, on SQLite, in a debug build: no other has them. The
//! suite makes a sample of them; this makes them all.

use std::path::Path;

use anyhow::Result;

use crate::{cargo, process};

/// Options of `cargo xtask check-isolation`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the statements that have this in them, such as the name of a table; `works`: those that jobs and commands alone run.
    #[arg(value_name = "PART", default_value = "all")]
    part: String,
}

/// Takes each predicate out in turn.
///
/// # Errors
/// Where a mutant was not found, or it does not compile.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let test = ["test", "--locked", "--package", "rollcall", "--test", "it", "isolation::mutants", "--", "--nocapture"];
    process::run(cargo(root, &test).env("ROLLCALL_MUTANTS", &args.part))
}
