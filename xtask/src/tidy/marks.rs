//! Nothing is left for later.

use std::path::Path;

use anyhow::Result;

use super::{Problems, sources};

/// Written in pieces, or this file would find itself.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!"), concat!("db", "g!")];

/// Reports the marks of unfinished work in sources of every kind.
pub(super) fn check(root: &Path) -> Result<Problems> {
    let mut problems = Problems::new();
    for (path, file) in sources(root, &["rs", "ts", "js", "css", "html", "toml", "yml", "yaml", "sh", "sql"]) {
        let text = String::from_utf8_lossy(&std::fs::read(&file)?).into_owned();
        for (number, line) in text.lines().enumerate() {
            for mark in MARKS.iter().filter(|mark| has_word(line, mark)) {
                problems.push(format!("{path}:{}: `{mark}`: finish it, or file an issue", number + 1));
            }
        }
    }
    Ok(problems)
}

/// Whether `word` stands in `line`, and not inside a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + word.len()..].chars().next());
        !before.is_some_and(part) && (word.ends_with('!') || !after.is_some_and(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::write;

    #[test]
    fn marks_are_found_in_the_projects_own_sources_alone() {
        let root = tempfile::tempdir().unwrap();
        let later = MARKS[0];
        write(root.path(), "crates/a/src/lib.rs", &format!("fn a() {{}}\n// {later}: later\n"));
        write(root.path(), "web/src/b.ts", &format!("const METHODS = 'MA{later}'; // no {later}S\n"));
        write(root.path(), "web/node_modules/x/c.ts", &format!("// {later}\n"));
        write(root.path(), "target/debug/d.rs", MARKS[3]);
        let problems = check(root.path()).unwrap();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("crates/a/src/lib.rs:2: "), "{problems:?}");
    }

    #[test]
    fn every_mark_is_found() {
        for mark in MARKS {
            assert!(has_word(&format!("  {mark}(x)"), mark), "{mark}");
        }
    }
}
