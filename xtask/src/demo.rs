//! `cargo xtask demo`: from a fresh checkout to a panel full of figures.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Error, Result};

use crate::{cargo, front, process, target};

/// Options of `cargo xtask demo`.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// Passed on to `rollcall demo`; `--help` lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

/// Builds what is needed, then becomes `rollcall demo`.
///
/// # Errors
/// Where a build fails, or the binary cannot be started.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    front::build(root)?;
    process::run(&mut cargo(root, &["build", "--profile", "demo", "--locked", "--package", "rollcall"]))?;
    process::finish();
    let mut demo = Command::new(target(root).join("demo/rollcall"));
    Err(Error::new(demo.arg("demo").args(&args.options).exec()).context("cannot start rollcall demo"))
}
