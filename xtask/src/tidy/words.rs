//! Every translation is there in both languages.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Problems;
use crate::tree;

const FOLDER: &str = "crates/rollcall/locales";
const LANGUAGES: &[&str] = &["en", "de"];

/// A key's words, by language, and where they stand.
#[derive(Debug)]
struct Entry {
    key: String,
    place: String,
    words: BTreeMap<String, String>,
}

/// Reports translations that are missing, empty, given twice, or whose placeholders differ between the languages.
pub(crate) fn check(root: &Path) -> Result<Problems> {
    let files = tree::files(&root.join(FOLDER), &[]);
    if files.is_empty() {
        bail!("{FOLDER}: there are no translations");
    }
    let mut problems = Problems::new();
    let mut seen = BTreeMap::new();
    for file in files {
        let path = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        for Entry { key, place, words } in entries(&path, &std::fs::read_to_string(&file)?)? {
            problems.extend(judge(&words).err().map(|error| format!("{place}: `{key}` {error}")));
            if let Some(before) = seen.insert(key.clone(), place.clone()) {
                problems.push(format!("{place}: `{key}` stands in {before} already"));
            }
        }
    }
    Ok(problems)
}

/// Reads the two forms that are in use: `key: { en: "…", de: "…" }`, and `key:` with a line for each language below it.
fn entries(path: &str, text: &str) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let place = format!("{path}:{}", index + 1);
        if line.trim().is_empty() || line.starts_with('#') || line == "_version: 2" {
            continue;
        }
        let read = match (line.strip_prefix("  "), line.strip_suffix(':'), line.split_once(": {")) {
            (Some(words), _, _) => match (entries.last_mut(), translations(words)) {
                (Some(entry), Some(words)) => {
                    entry.words.extend(words);
                    continue;
                }
                _ => None,
            },
            (_, Some(key), _) => Some((key, BTreeMap::new())),
            (_, _, Some((key, rest))) => rest.trim().strip_suffix('}').and_then(translations).map(|words| (key, words)),
            _ => None,
        };
        let read = read.filter(|(key, _)| key.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)));
        let (key, words) =
            read.with_context(|| format!("{place}: is not of the form `key: {{ en: \"…\", de: \"…\" }}`"))?;
        entries.push(Entry { key: key.to_owned(), place, words });
    }
    Ok(entries)
}

/// What is wrong with the words of a key, by language.
fn judge(words: &BTreeMap<String, String>) -> Result<()> {
    for language in LANGUAGES {
        let text = words.get(*language).with_context(|| format!("has no `{language}`"))?;
        if text.trim().is_empty() {
            bail!("is empty in `{language}`");
        }
    }
    if let Some(unknown) = words.keys().find(|language| !LANGUAGES.contains(&language.as_str())) {
        bail!("has words in `{unknown}`, which the panel does not speak");
    }
    let mut placeholders = words.values().map(|text| placeholders(text));
    let first = placeholders.next();
    if placeholders.any(|other| Some(other) != first) {
        bail!("has other placeholders in one language than in the other");
    }
    Ok(())
}

fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<_> = text.split("%{").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    names.sort_unstable();
    names
}

/// Reads `en: "words", de: "words"`.
fn translations(text: &str) -> Option<BTreeMap<String, String>> {
    let mut rest = text.trim();
    let mut words = BTreeMap::new();
    while !rest.is_empty() {
        let (language, after) = rest.split_once(':')?;
        let (text, after) = quoted(after.trim_start())?;
        words.insert(language.trim().to_owned(), text);
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(words)
}

/// Takes a text in double quotes off the front.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut taken = String::new();
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            '"' if !escaped => return Some((taken, &inner[at + 1..])),
            '\\' if !escaped => escaped = true,
            c => {
                escaped = false;
                taken.push(c);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::write;

    fn problems(text: &str) -> Result<Problems> {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "crates/rollcall/locales/a.yml", &format!("_version: 2\n# words\n\n{text}"));
        let problems = check(root.path())?;
        Ok(problems.into_iter().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect())
    }

    #[test]
    fn complete_words_pass() {
        for text in [
            "a.b: { en: \"One, two: {x}\", de: \"Eins \\\"zwei\\\"\" }\nc: { de: \"C\", en: \"C\" }\n",
            "a: { en: \"%{n} of %{all}\", de: \"von %{all} sind es %{n}\" }\n",
            "a.b:\n  en: \"A\"\n  de: \"B\"\n\nc: { en: \"C\", de: \"C\" }\n",
        ] {
            assert_eq!(problems(text).unwrap(), Problems::new(), "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, problem) in [
            ("a: { en: \"A\" }", "`a` has no `de`"),
            ("a: { de: \"A\" }", "`a` has no `en`"),
            ("a:\n  en: \"A\"\nb: { en: \"B\", de: \"B\" }", "`a` has no `de`"),
            ("a:", "`a` has no `en`"),
            ("a: { en: \"A\", de: \" \" }", "`a` is empty in `de`"),
            ("a: { en: \"A\", de: \"A\", fr: \"A\" }", "`a` has words in `fr`, which the panel does not speak"),
            (
                "a: { en: \"%{n} times\", de: \"%{m}-mal\" }",
                "`a` has other placeholders in one language than in the other",
            ),
            (
                "a: { en: \"A\", de: \"A\" }\na: { en: \"B\", de: \"B\" }",
                "`a` stands in crates/rollcall/locales/a.yml:4 already",
            ),
        ] {
            assert_eq!(problems(text).unwrap(), [problem], "{text}");
        }
    }

    #[test]
    fn another_form_is_refused_rather_than_skipped() {
        for text in
            ["a: \"A\"", "  en: \"A\"", "a: { en: A, de: A }", "a b: { en: \"A\", de: \"A\" }", "a:\n  en: >-\n    A"]
        {
            assert!(problems(text).unwrap_err().to_string().contains("a.yml:"), "{text}");
        }
    }

    #[test]
    fn no_translations_at_all_are_an_error() {
        assert!(check(tempfile::tempdir().unwrap().path()).is_err());
    }
}
