//! `cargo xtask`: the project's own commands.
//!
//! One file a command. `process` runs children that never outlive this process, `servers` starts private databases,
//! `front` builds the front end, `apt` installs what is missing.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks to its terminal")]

mod apt;
mod bench;
mod build;
mod check_consistency;
mod check_isolation;
mod ci;
mod demo;
mod folder;
mod front;
mod new_widget;
mod process;
mod servers;
mod steps;
mod test;
mod tidy;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// Build, try, test and measure Rollcall.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build what is needed and start a demo: a fresh database of figures, and the panel on it.
    Demo(demo::Args),
    /// Build the front end and `target/release/rollcall`, which needs nothing else.
    Build,
    /// Run every test on all three databases, then in a browser.
    Test(test::Args),
    /// Run what must pass before a change lands: `.ci/run`.
    Ci,
    /// Check that code, documents and translations have not drifted apart.
    Tidy,
    /// Write a new widget that works, to be changed into what it is for.
    NewWidget(new_widget::Args),
    /// Measure, and compare with the limits that the project set itself.
    Bench(bench::Args),
    /// Check that no answer is stale and none is another's, whatever fails: `docs/consistency.md`.
    CheckConsistency(check_consistency::Args),
    /// Check that a tenant predicate which is missing would be found: `docs/isolation.md`.
    CheckIsolation(check_isolation::Args),
    /// Start private databases and print how to reach them; Ctrl-C ends them.
    Servers(servers::Args),
    /// End what this process leaves behind; started by the other commands alone.
    #[command(hide = true)]
    Reap,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Reap => process::reap(std::io::stdin().lock()),
        command => process::handle_signals().and_then(|()| run(command)),
    };
    process::finish();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let root = root()?;
    match command {
        Command::Demo(args) => demo::run(&root, &args),
        Command::Build => build::run(&root),
        Command::Test(args) => test::run(&root, &args),
        Command::Ci => ci::run(&root),
        Command::Tidy => tidy::run(&root),
        Command::NewWidget(args) => new_widget::run(&root, &args),
        Command::Bench(args) => bench::run(&root, &args),
        Command::CheckConsistency(args) => check_consistency::run(&root, &args),
        Command::CheckIsolation(args) => check_isolation::run(&root, &args),
        Command::Servers(args) => servers::run(&args),
        Command::Reap => Ok(()),
    }
}

/// The folder of the workspace: that of the source tree this was built from.
fn root() -> Result<PathBuf> {
    let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&manifest).parent().map(Path::to_path_buf).context("xtask has no parent folder")
}

/// The folder that cargo builds into.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir))
}

/// The cargo that started this process, to run in `root`.
fn cargo(root: &Path, args: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(args);
    command
}
