//! Every translation is there in both languages.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Problems;
use crate::tree;

const FOLDER: &str = "crates/rollcall/locales";
const LANGUAGES: &[&str] = &["en", "de"];

/// Reports translations that are missing, empty, given twice, or whose placeholders differ between the languages.
pub(super) fn check(root: &Path) -> Result<Problems> {
    let files = tree::files(&root.join(FOLDER), &[]);
    if files.is_empty() {
        bail!("{FOLDER}: there are no translations");
    }
    let mut problems = Problems::new();
    let mut seen = BTreeMap::new();
    for file in files {
        let path = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        for (index, line) in std::fs::read_to_string(&file)?.lines().enumerate() {
            let place = format!("{path}:{}", index + 1);
            if line.trim().is_empty() || line.starts_with('#') || line == "_version: 2" {
                continue;
            }
            let Some((key, words)) = entry(line) else {
                problems.push(format!("{place}: is not of the form `key: {{ en: \"…\", de: \"…\" }}` on one line"));
                continue;
            };
            problems.extend(judge(&words).err().map(|error| format!("{place}: `{key}` {error}")));
            if let Some(before) = seen.insert(key.to_owned(), place.clone()) {
                problems.push(format!("{place}: `{key}` stands in {before} already"));
            }
        }
    }
    Ok(problems)
}

/// What is wrong with the words of a key, by language.
fn judge(words: &BTreeMap<&str, String>) -> Result<()> {
    for language in LANGUAGES {
        let text = words.get(language).with_context(|| format!("has no `{language}`"))?;
        if text.trim().is_empty() {
            bail!("is empty in `{language}`");
        }
    }
    if let Some(unknown) = words.keys().find(|language| !LANGUAGES.contains(language)) {
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

/// Reads `key: { en: "words", de: "words" }`.
fn entry(line: &str) -> Option<(&str, BTreeMap<&str, String>)> {
    let (key, rest) = line.split_once(": {")?;
    let mut rest = rest.trim().strip_suffix('}')?.trim();
    let mut words = BTreeMap::new();
    while !rest.is_empty() {
        let (language, after) = rest.split_once(':')?;
        let (text, after) = quoted(after.trim_start())?;
        words.insert(language.trim(), text);
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    key.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)).then_some((key, words))
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

    fn problems(text: &str) -> Problems {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "crates/rollcall/locales/a.yml", &format!("_version: 2\n# words\n\n{text}"));
        check(root.path()).unwrap().into_iter().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect()
    }

    #[test]
    fn complete_words_pass() {
        let none = Problems::new();
        assert_eq!(
            problems("a.b: { en: \"One, two: {x}\", de: \"Eins \\\"zwei\\\"\" }\nc: { de: \"C\", en: \"C\" }\n"),
            none
        );
        assert_eq!(problems("a: { en: \"%{n} of %{all}\", de: \"von %{all} sind es %{n}\" }\n"), none);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(problems("a: { en: \"A\" }"), ["`a` has no `de`"]);
        assert_eq!(problems("a: { de: \"A\" }"), ["`a` has no `en`"]);
        assert_eq!(problems("a: { en: \"A\", de: \" \" }"), ["`a` is empty in `de`"]);
        assert_eq!(
            problems("a: { en: \"A\", de: \"A\", fr: \"A\" }"),
            ["`a` has words in `fr`, which the panel does not speak"]
        );
        assert_eq!(
            problems("a: { en: \"%{n} times\", de: \"%{m}-mal\" }"),
            ["`a` has other placeholders in one language than in the other"]
        );
        assert_eq!(
            problems("a: { en: \"A\", de: \"A\" }\na: { en: \"B\", de: \"B\" }"),
            ["`a` stands in crates/rollcall/locales/a.yml:4 already"]
        );
    }

    #[test]
    fn another_form_is_refused_rather_than_skipped() {
        for text in ["a:\n", "a: \"A\"\n", "  a: { en: \"A\", de: \"A\" }\n", "a: { en: A, de: A }\n"] {
            assert_eq!(problems(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn no_translations_at_all_are_an_error() {
        assert!(check(tempfile::tempdir().unwrap().path()).is_err());
    }
}
