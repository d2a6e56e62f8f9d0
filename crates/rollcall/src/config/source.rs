//! Where settings come from, and which of several places wins.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Problem, SETTINGS};
use crate::nearest::nearest;

/// How every variable begins.
pub(super) const PREFIX: &str = "ROLLCALL_";
/// The variable that names the settings file.
const FILE_VARIABLE: &str = "ROLLCALL_CONFIG";
/// Variables that the project's own tests read: no settings, and no mistake.
const TESTS: [&str; 4] =
    ["ROLLCALL_TEST_MARIADB", "ROLLCALL_TEST_POSTGRES", "ROLLCALL_TEST_REDIS", "ROLLCALL_TEST_REQUIRE_ALL"];
/// The settings file that is read where none is named.
const DEFAULT_FILE: &str = "rollcall.toml";
/// Shorter names of variables.
const SHORT: &[(&str, &str)] = &[("ROLLCALL_DATABASE", "database.url")];

/// Where the settings of one run come from. The default is nowhere: all settings have their defaults.
#[derive(Clone, Default)]
pub struct Sources {
    /// The settings file that the command line names.
    pub file: Option<PathBuf>,
    /// Where `rollcall.toml` is looked for when no file is named; none looks nowhere.
    pub folder: Option<PathBuf>,
    /// The environment; variables without the prefix `ROLLCALL_` are passed over.
    pub variables: Vec<(String, String)>,
    /// Command-line options: the setting's key, the option's name, the value.
    pub options: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    /// The present folder and environment.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        };
        Self {
            file: None,
            folder: Some(PathBuf::new()),
            variables: std::env::vars_os().map(text).filter(|(name, _)| name.starts_with(PREFIX)).collect(),
            options: Vec::new(),
        }
    }
}

/// A value as its place wrote it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    /// From a variable, an option or a default: text that stands for any type.
    Written(String),
    /// A TOML string.
    Text(String),
    /// A TOML integer; none where it does not fit.
    Integer(Option<i64>),
    /// A TOML boolean.
    Bool(bool),
    /// A TOML array of strings.
    List(Vec<String>),
    /// Anything else, by the name of its type.
    Other(&'static str),
}

#[derive(Clone, Debug)]
struct Entry {
    raw: Raw,
    place: String,
}

/// All places, the winning one of each setting, and the mistakes found so far.
pub(super) struct Reader<'a> {
    entries: BTreeMap<&'static str, Entry>,
    pub(super) problems: Vec<Problem>,
    sources: &'a Sources,
}

impl<'a> Reader<'a> {
    pub(super) fn of(sources: &'a Sources) -> Self {
        let mut reader = Self { entries: BTreeMap::new(), problems: Vec::new(), sources };
        reader.file();
        reader.variables();
        for (key, option, value) in &sources.options {
            reader.entry(key, &format!("option {option}"), Raw::Written(value.clone()));
        }
        reader
    }

    /// A setting that has a default.
    pub(super) fn get<T>(&mut self, key: &'static str, parse: impl Fn(&Raw) -> Result<T, String>) -> Option<T> {
        match self.opt(key, &parse)? {
            Some(value) => Some(value),
            None => {
                let default = SETTINGS.iter().find(|setting| setting.key == key)?.default?;
                self.parsed(key, "the default", parse(&Raw::Written(default.to_owned())))
            }
        }
    }

    /// A setting that may be absent: the outer none is a mistake, which has been noted.
    pub(super) fn opt<T>(&mut self, key: &'static str, parse: impl Fn(&Raw) -> Result<T, String>) -> Option<Option<T>> {
        match self.entries.get(key).cloned() {
            Some(entry) => self.parsed(key, &entry.place, parse(&entry.raw)).map(Some),
            None => Some(None),
        }
    }

    /// Notes a mistake in a value that by itself is right.
    pub(super) fn complain(&mut self, key: &'static str, message: &str) {
        let place = self.entries.get(key).map_or_else(|| "the default".to_owned(), |entry| entry.place.clone());
        self.problem(key, &place, message);
    }

    fn parsed<T>(&mut self, key: &str, place: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.problem(key, place, &message)).ok()
    }

    fn problem(&mut self, key: &str, place: &str, message: &str) {
        self.problems.push(Problem { key: key.to_owned(), place: place.to_owned(), message: message.to_owned() });
    }

    fn entry(&mut self, key: &str, place: &str, raw: Raw) -> bool {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else { return false };
        self.entries.insert(setting.key, Entry { raw, place: place.to_owned() });
        true
    }

    fn variables(&mut self) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, value) in &self.sources.variables {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            if name == FILE_VARIABLE || TESTS.contains(&name.as_str()) {
                continue;
            }
            let short = SHORT.iter().find(|(variable, _)| variable == name).map(|(_, key)| (*key).to_owned());
            let key = short.unwrap_or_else(|| rest.to_lowercase().replace("__", "."));
            let place = format!("variable {name}");
            let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
                let message = format!("is no setting{}", did_you_mean_variable(name));
                self.problem("", &place, &message);
                continue;
            };
            if let Some(other) = seen.insert(setting.key, name) {
                self.problem(setting.key, &place, &format!("is set by {other} too; keep one of them"));
            }
            self.entry(setting.key, &place, Raw::Written(value.clone()));
        }
    }

    fn file(&mut self) {
        let variable = self.sources.variables.iter().find(|(name, _)| name == FILE_VARIABLE);
        let named = match (&self.sources.file, variable) {
            (Some(file), _) => Some((file.clone(), "option --config")),
            (None, Some((_, file))) => Some((PathBuf::from(file), "variable ROLLCALL_CONFIG")),
            (None, None) => None,
        };
        let (path, by) = match (named, &self.sources.folder) {
            (Some((path, by)), _) => (path, Some(by)),
            (None, Some(folder)) => (folder.join(DEFAULT_FILE), None),
            (None, None) => return,
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => self.toml(&path, &text),
            Err(error) if by.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let message = format!("cannot read the settings file {}: {error}", path.display());
                self.problem("", by.unwrap_or(DEFAULT_FILE), &message);
            }
        }
    }

    fn toml(&mut self, path: &Path, text: &str) {
        let line = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
        let place = |at: usize| format!("{} line {}", path.display(), line(at));
        match DeTable::parse(text) {
            // The parser's own display shows the line itself, which may hold a secret.
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                self.problem("", &place(at), &format!("is not TOML: {}", error.message()));
            }
            Ok(table) => self.table("", table.get_ref(), &place),
        }
    }

    fn table(&mut self, prefix: &str, table: &DeTable<'_>, place: &dyn Fn(usize) -> String) {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let section = format!("{key}.");
            let place_here = place(name.span().start);
            match value.get_ref() {
                DeValue::Table(inner) if SETTINGS.iter().any(|setting| setting.key.starts_with(&section)) => {
                    self.table(&section, inner, place);
                }
                value if !self.entry(&key, &place_here, raw(value)) => {
                    self.problem(&key, &place_here, &format!("is no setting{}", did_you_mean(&key)));
                }
                _ => {}
            }
        }
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => Raw::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Boolean(flag) => Raw::Bool(*flag),
        DeValue::Array(items) => {
            let texts: Option<Vec<_>> =
                items.iter().map(Spanned::get_ref).map(|item| item.as_str().map(str::to_owned)).collect();
            texts.map_or(Raw::Other("an array of other things than text"), Raw::List)
        }
        DeValue::Float(_) => Raw::Other("a decimal number"),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Table(_) => Raw::Other("a table"),
    }
}

fn did_you_mean(key: &str) -> String {
    // A key written outside its table is as likely a mistake as a wrong letter.
    let inside = SETTINGS.iter().find(|setting| setting.key.rsplit('.').next() == Some(key));
    let all = SETTINGS.iter().map(|setting| setting.key);
    match inside.map(|setting| setting.key).or_else(|| nearest(key, all)) {
        Some(known) => format!("; did you mean `{known}`?"),
        None => "; docs/configuration.md lists them".to_owned(),
    }
}

fn did_you_mean_variable(name: &str) -> String {
    let all: Vec<_> = SETTINGS.iter().map(super::Setting::variable).collect();
    match nearest(name, all.iter().map(String::as_str)) {
        Some(known) => format!("; did you mean {known}?"),
        None => "; docs/configuration.md lists them".to_owned(),
    }
}
