//! Every setting is documented.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use super::paths::in_backticks;
use super::{Problems, read};

const CODE: &str = "crates/rollcall/src/config.rs";
const DOCUMENT: &str = "docs/configuration.md";

/// Reports settings of the table in config.rs that the document does not name in backticks.
pub(super) fn check(root: &Path) -> Result<Problems> {
    let code = read(root, CODE)?;
    let settings = settings(&code);
    if settings.is_empty() {
        bail!("{CODE}: has no settings in a table `SETTINGS`");
    }
    let document = read(root, DOCUMENT)?;
    let named: BTreeSet<&str> = document.lines().flat_map(in_backticks).collect();
    let missing = settings.iter().filter(|setting| !named.contains(*setting));
    Ok(missing.map(|setting| format!("{DOCUMENT}: the setting `{setting}` is not explained")).collect())
}

/// The keys of the table: what stands first in each `setting(…)` and `optional(…)`.
fn settings(code: &str) -> Vec<&str> {
    let table = code.split_once("SETTINGS: &[Setting] = &[").map_or("", |(_, rest)| rest);
    let table = table.split_once("\n];").map_or("", |(table, _)| table);
    let calls = table.split("setting(").flat_map(|part| part.split("optional("));
    calls.filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::write;

    const CONFIG: &str = "const fn setting(key: &'static str) {}

/// All settings there are.
pub const SETTINGS: &[Setting] = &[
    setting(\"listen\", \"127.0.0.1:8080\", \"where to listen\"),
    setting(
        \"database.url\",
        \"sqlite:rollcall.db\",
        \"the database\",
    ),
    optional(\"secret_key\", \"a secret\"),
];

const OTHER: &[Setting] = &[setting(\"other\")];
";

    #[test]
    fn settings_are_the_keys_of_the_table() {
        assert_eq!(settings(CONFIG), ["listen", "database.url", "secret_key"]);
    }

    #[test]
    fn a_setting_that_is_not_explained_is_named() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), CODE, CONFIG);
        write(root.path(), DOCUMENT, "`listen` and `database.url`; secret_key without its ticks.\n");
        let problems = check(root.path()).unwrap();
        assert_eq!(problems, ["docs/configuration.md: the setting `secret_key` is not explained"]);
    }

    #[test]
    fn settings_that_cannot_be_read_are_an_error() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), CODE, "pub enum Nothing {}\n");
        assert!(check(root.path()).is_err());
    }
}
