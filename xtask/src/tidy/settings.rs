//! Every setting is documented, and every documented one exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, bail};

use super::paths::in_backticks;
use super::{Problems, read};

const CODE: &str = "crates/rollcall/src/config.rs";
const DOCUMENT: &str = "docs/configuration.md";

/// A struct's fields, with the names of their types.
type Structs = BTreeMap<String, Vec<(String, String)>>;

/// Reports settings of config.rs, as dotted paths from `Config`, that the document does not name in backticks.
pub(super) fn check(root: &Path) -> Result<Problems> {
    let settings = settings(&read(root, CODE)?);
    if settings.is_empty() {
        bail!("{CODE}: has no settings in a `struct Config`");
    }
    let document = read(root, DOCUMENT)?;
    let named: BTreeSet<&str> = document.lines().flat_map(in_backticks).collect();
    let missing = settings.iter().filter(|setting| !named.contains(setting.as_str()));
    Ok(missing.map(|setting| format!("{DOCUMENT}: the setting `{setting}` is not explained")).collect())
}

fn settings(code: &str) -> Vec<String> {
    let structs = structs(code);
    let mut settings = Vec::new();
    collect(&structs, "Config", "", &mut settings);
    settings
}

fn collect(structs: &Structs, name: &str, prefix: &str, settings: &mut Vec<String>) {
    for (field, kind) in structs.get(name).into_iter().flatten() {
        if structs.contains_key(kind) && kind != name {
            collect(structs, kind, &format!("{prefix}{field}."), settings);
        } else {
            settings.push(format!("{prefix}{field}"));
        }
    }
}

/// Reads the structs with named fields as rustfmt writes them; a field under `#[serde(skip)]` is no setting.
fn structs(code: &str) -> Structs {
    let mut structs = Structs::new();
    let mut current: Option<String> = None;
    let mut skipped = false;
    for line in code.lines() {
        let text = line.trim();
        let item = text.strip_prefix("pub(crate) ").or_else(|| text.strip_prefix("pub ")).unwrap_or(text);
        match &current {
            None => {
                let name = item.strip_prefix("struct ").and_then(|rest| rest.strip_suffix(" {"));
                current = name.map(str::to_owned);
                if let Some(name) = name {
                    structs.insert(name.to_owned(), Vec::new());
                }
            }
            Some(_) if line == "}" => current = None,
            Some(_) if text.starts_with("#[") => skipped |= text.starts_with("#[serde(skip"),
            Some(_) if text.starts_with("//") => {}
            Some(name) => {
                if let (Some((field, kind)), false) = (item.split_once(": "), skipped) {
                    let kind = kind.trim_end_matches([',', '>']).rsplit('<').next().unwrap_or(kind);
                    structs.entry(name.clone()).or_default().push((field.to_owned(), kind.to_owned()));
                }
                skipped = false;
            }
        }
    }
    structs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::write;

    const CONFIG: &str = "/// All.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    #[serde(default)]
    pub listen: SocketAddr,
    /// The database.
    pub database: Database,
    pub mail: Option<Mail>,
    #[serde(skip)]
    pub origin: String,
}

pub struct Database {
    // A comment.
    pub url: SecretString,
    pub(crate) pool: u32,
}

struct Mail {
    host: String,
}

struct Other {
    nothing: u8,
}

impl Config {
    fn new() -> Self {
        Self { listen: x, database: y }
    }
}
";

    #[test]
    fn settings_are_dotted_paths_from_the_root() {
        assert_eq!(settings(CONFIG), ["listen", "database.url", "database.pool", "mail.host"]);
    }

    #[test]
    fn a_setting_that_is_not_explained_is_named() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), CODE, CONFIG);
        write(root.path(), DOCUMENT, "`listen`, `database.url` and `mail.host`; database.pool without its ticks.\n");
        let problems = check(root.path()).unwrap();
        assert_eq!(problems, ["docs/configuration.md: the setting `database.pool` is not explained"]);
    }

    #[test]
    fn settings_that_cannot_be_read_are_an_error() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), CODE, "pub enum Nothing {}\n");
        assert!(check(root.path()).is_err());
    }
}
