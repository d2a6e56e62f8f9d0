//! `cargo xtask build`: the binary that is deployed.

use std::path::Path;

use anyhow::Result;

use crate::{cargo, front, process, target};

/// Builds the front end and, around it, the release binary.
///
/// # Errors
/// Where a build fails.
pub(crate) fn run(root: &Path) -> Result<()> {
    front::build(root)?;
    process::run(&mut cargo(root, &["build", "--release", "--locked", "--package", "rollcall"]))?;
    println!("{}", target(root).join("release/rollcall").display());
    Ok(())
}
