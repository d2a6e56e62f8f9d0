//! `cargo xtask tidy`: code, documents and translations have not drifted apart.
//!
//! Each check reads the tree as text and answers with what is wrong, a line each; there is one file a check.

mod commands;
mod length;
mod marks;
mod paths;
mod settings;
pub(crate) mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::tree;

/// What is wrong, a line each.
type Problems = Vec<String>;

const CHECKS: &[fn(&Path) -> Result<Problems>] =
    &[paths::check, settings::check, words::check, length::check, marks::check, commands::check];

/// Runs every check on the tree at `root`.
///
/// # Errors
/// Where something is wrong; each thing is printed.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut problems = Problems::new();
    for check in CHECKS {
        problems.extend(check(root).unwrap_or_else(|error| vec![format!("{error:#}")]));
    }
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("one thing is untidy"),
        many => bail!("{many} things are untidy"),
    }
}

fn read(root: &Path, path: &str) -> Result<String> {
    std::fs::read_to_string(root.join(path)).with_context(|| format!("{path}: cannot be read"))
}

/// The project's own files with one of `extensions`, with their paths in the tree.
fn sources(root: &Path, extensions: &[&str]) -> Vec<(String, PathBuf)> {
    let not_ours = [".git", "target", "node_modules", "dist", "test-results", "playwright-report"];
    let files = tree::files(root, &not_ours).into_iter();
    files
        .filter(|file| file.extension().is_some_and(|it| extensions.iter().any(|extension| it == *extension)))
        .map(|file| (file.strip_prefix(root).unwrap_or(&file).display().to_string(), file))
        .collect()
}
