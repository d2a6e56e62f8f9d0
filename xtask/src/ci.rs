//! `cargo xtask ci`: what must pass before a change lands.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process;

/// Runs `.ci/run`, which is the list.
///
/// # Errors
/// Where one of its checks fails.
pub(crate) fn run(root: &Path) -> Result<()> {
    process::run(Command::new("bash").current_dir(root).arg(".ci/run"))
}
