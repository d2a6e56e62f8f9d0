//! `cargo xtask new-widget`: a widget that works, to be changed into what it is for.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

const WIDGETS: &str = "crates/rollcall/src/widget";
const LIST: &str = "crates/rollcall/src/widget/mod.rs";
const WORDS: &str = "crates/rollcall/locales/widgets.yml";

/// Options of `cargo xtask new-widget`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Its stable name, part of URLs and cache keys: small letters, digits and underscores.
    key: String,
    /// How it is laid out.
    #[arg(long, value_enum, default_value = "stats")]
    kind: Kind,
    /// Its title in English; made from its key where there is none.
    #[arg(long)]
    title: Option<String>,
    /// Its title in German; the English one where there is none.
    #[arg(long)]
    title_de: Option<String>,
}

/// How a widget is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Stat cards.
    Stats,
    /// A chart.
    Chart,
    /// A table.
    Table,
}

/// Writes the widget's file, its line in the list, and its words.
///
/// # Errors
/// Where the key will not do or is taken, or the tree is not as it should be; then nothing is written.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    create(root, args)?;
    let key = &args.key;
    println!(
        "\
{WIDGETS}/{key}.rs      what it shows: change SPEC and render, and its test
{WORDS}  its words, in both languages
{LIST}        its place on the dashboard: move its line in ALL

Then:
  cargo test -p rollcall --lib widget   its own test, and what holds for every widget
  cargo xtask demo                      a look at it"
    );
    Ok(())
}

fn create(root: &Path, args: &Args) -> Result<()> {
    let key = args.key.as_str();
    check(key)?;
    let file = root.join(WIDGETS).join(format!("{key}.rs"));
    let (list, words) = (read(root, LIST)?, read(root, WORDS)?);
    if file.exists() || root.join(WIDGETS).join(key).exists() || list.contains(&format!("mod {key};")) {
        bail!("`{key}` is taken: {WIDGETS}/{key}.rs");
    }
    let list = with_line_in_all(&with_module(&list, key), key)?;
    let words = with_words(&words, args);
    write(&file, &args.kind.template().replace("{key}", key))?;
    write(&root.join(LIST), &list)?;
    write(&root.join(WORDS), &words)
}

/// Whether `key` can be a widget's: a module's name, and plain in a URL.
fn check(key: &str) -> Result<()> {
    const KEYWORDS: &[&str] = &[
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
        "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
        "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
        "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
    ];
    let plain = key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !plain || !key.starts_with(|c: char| c.is_ascii_lowercase()) || key.len() > 40 {
        bail!("`{key}` is no key: a small letter, then small letters, digits and underscores, at most 40");
    }
    if KEYWORDS.contains(&key) {
        bail!("`{key}` is a word of Rust's own");
    }
    Ok(())
}

impl Kind {
    fn template(self) -> &'static str {
        match self {
            Self::Stats => include_str!("../templates/stats.rs"),
            Self::Chart => include_str!("../templates/chart.rs"),
            Self::Table => include_str!("../templates/table.rs"),
        }
    }

    /// What it counts, in English and German.
    fn hint(self) -> (&'static str, &'static str) {
        match self {
            Self::Stats => (
                "Appointments that start in the last 30 days, and how many of them were completed.",
                "Termine, die in den letzten 30 Tagen beginnen, und wie viele davon abgeschlossen wurden.",
            ),
            Self::Chart => (
                "Appointments and completed appointments by the day they start, in the last 30 days.",
                "Termine und abgeschlossene Termine nach dem Tag, an dem sie beginnen, in den letzten 30 Tagen.",
            ),
            Self::Table => (
                "Appointments and completed appointments of the last 7 days, newest day first.",
                "Termine und abgeschlossene Termine der letzten 7 Tage, der neueste Tag zuerst.",
            ),
        }
    }

    /// Words beside title, hint and empty text: key, English, German.
    fn terms(self, key: &str) -> Vec<(String, &'static str, &'static str)> {
        let prefix = match self {
            Self::Stats => format!("stat.{key}"),
            Self::Chart => "term.series".to_owned(),
            Self::Table => "column".to_owned(),
        };
        let day = (self == Self::Table).then(|| (format!("{prefix}.day"), "Day", "Tag"));
        let appointments = (format!("{prefix}.appointments"), "Appointments", "Termine");
        day.into_iter().chain([appointments, (format!("{prefix}.completed"), "Completed", "Abgeschlossen")]).collect()
    }
}

/// Adds the module, in the order that rustfmt keeps.
fn with_module(list: &str, key: &str) -> String {
    let mut lines: Vec<&str> = list.lines().collect();
    let name = |line: &str| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';').map(str::to_owned)
    };
    let after = lines.iter().position(|line| name(line).is_some_and(|name| name.as_str() > key));
    let last = lines.iter().rposition(|line| name(line).is_some());
    let mut at = after.or(last.map(|last| last + 1)).unwrap_or(lines.len());
    // What belongs to the module after it stays with that.
    while after.is_some() && at > 0 && (lines[at - 1].starts_with("#[") || lines[at - 1].starts_with("//")) {
        at -= 1;
    }
    let module = format!("pub mod {key};");
    lines.insert(at, &module);
    lines.join("\n") + "\n"
}

fn with_line_in_all(list: &str, key: &str) -> Result<String> {
    const START: &str = "pub static ALL: &[&Spec] = &[";
    let (before, after) = list.split_once(START).with_context(|| format!("{LIST}: there is no `{START}`"))?;
    let (entries, rest) = after.split_once("];").with_context(|| format!("{LIST}: the list does not end"))?;
    let entries = entries.trim_end();
    Ok(format!("{before}{START}{entries}\n    &{key}::SPEC,\n];{rest}"))
}

/// Adds the words that are not there yet, each after the last of its kind.
fn with_words(words: &str, args: &Args) -> String {
    let Args { key, kind, .. } = args;
    let title = args.title.clone().unwrap_or_else(|| in_words(key));
    let title_de = args.title_de.as_deref().unwrap_or(&title);
    let (hint, hint_de) = kind.hint();
    let empty = "The company's appointments appear here as soon as there are some.";
    let empty_de = "Hier stehen die Termine des Unternehmens, sobald es welche gibt.";
    let entries = [("title", title.as_str(), title_de), ("hint", hint, hint_de), ("empty", empty, empty_de)];
    let entries = entries.map(|(what, en, de)| (format!("widget.{key}.{what}"), en, de));
    entries.into_iter().chain(kind.terms(key)).fold(words.to_owned(), |words, (key, en, de)| {
        if words.lines().any(|line| line.strip_prefix(&key).is_some_and(|rest| rest.starts_with(':'))) {
            return words;
        }
        let (en, de) = (quoted(en), quoted(de));
        let first = key.split('.').next().unwrap_or(&key);
        let gap = if key.ends_with(".title") { "\n" } else { "" };
        insert(&words, &format!("{first}."), &format!("{gap}{key}: {{ en: {en}, de: {de} }}"))
    })
}

/// Puts `line` after the last entry that begins with `prefix`, at the end where there is none.
fn insert(words: &str, prefix: &str, line: &str) -> String {
    let mut lines: Vec<&str> = words.lines().collect();
    let last = lines.iter().rposition(|line| line.starts_with(prefix)).map(|last| last + 1);
    let at = last.map(|at| at + lines[at..].iter().take_while(|line| line.starts_with(' ')).count());
    lines.insert(at.unwrap_or(lines.len()), line);
    lines.join("\n") + "\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `no_show_rate` as a title: "No show rate".
fn in_words(key: &str) -> String {
    let (first, rest) = key.split_at(1);
    first.to_uppercase() + &rest.replace('_', " ")
}

fn read(root: &Path, path: &str) -> Result<String> {
    std::fs::read_to_string(root.join(path)).with_context(|| format!("{path}: cannot be read"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests;
