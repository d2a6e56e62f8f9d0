//! What the documents point at exists.

use std::path::{Component, Path};

use anyhow::Result;

use super::{Problems, read, sources};

/// Where a path that ARCHITECTURE.md names may start: it leaves out the long prefix that most share.
const STARTS: &[&str] = &["", "crates", "crates/rollcall", "crates/rollcall/src"];

/// What makes a word with a dot in it a file's name.
const EXTENSIONS: &[&str] = &["rs", "md", "toml", "yml", "yaml", "json", "html", "css", "ts", "js", "sql", "sh", "csv"];

/// Named before they are there, each with its reason.
const NOT_YET: &[(&str, &str)] = &[];

/// Reports paths in ARCHITECTURE.md and links in any document that lead nowhere.
pub(super) fn check(root: &Path) -> Result<Problems> {
    let mut problems = Problems::new();
    let map = read(root, "ARCHITECTURE.md")?;
    let named = numbered(&map).flat_map(|(number, line)| in_backticks(line).map(move |it| (number, it.to_owned())));
    for (number, path) in named.filter(|(_, path)| is_path(root, path)).chain(in_trees(&map)) {
        if !NOT_YET.iter().any(|(name, _)| *name == path) && !exists(root, &path) {
            problems.push(format!("ARCHITECTURE.md:{number}: `{path}` is not there"));
        }
    }
    let there = NOT_YET.iter().filter(|(name, _)| root.join(name).exists());
    problems.extend(there.map(|(name, _)| format!("{name} is there by now: forget the exception")));
    for (name, file) in sources(root, &["md"]) {
        let text = std::fs::read_to_string(&file)?;
        for (number, link) in numbered(&text).flat_map(|(number, line)| links(line).map(move |it| (number, it))) {
            let target = link.split('#').next().unwrap_or_default();
            let outside = link.contains("://") || link.starts_with("mailto:");
            if !outside && !target.is_empty() && !file.with_file_name(target).exists() {
                problems.push(format!("{name}:{number}: the link to {link} leads nowhere"));
            }
        }
    }
    Ok(problems)
}

/// The lines outside fenced blocks, with their numbers.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

/// The paths of trees drawn in fenced blocks: a folder, then what is in it, indented; names are separated by commas, and
/// two blanks come before the explanation.
fn in_trees(text: &str) -> Vec<(usize, String)> {
    let (mut paths, mut fenced, mut parent) = (Vec::new(), false, String::new());
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            parent.clear();
        } else if fenced {
            let indented = line.starts_with(' ');
            let names = line.trim_start().split("  ").next().unwrap_or_default().split(", ").map(str::trim_end);
            for name in names.filter(|name| name.ends_with('/') || has_extension(name)) {
                let path = if indented { format!("{parent}{name}") } else { name.to_owned() };
                paths.push((index + 1, path));
            }
            if !indented {
                parent =
                    line.split_whitespace().next().filter(|name| name.ends_with('/')).unwrap_or_default().to_owned();
            }
        }
    }
    paths
}

/// What stands between backticks.
pub(super) fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}

/// Whether `text` looks like a path in this tree: a file's name, or a folder that the tree has at its top.
fn is_path(root: &Path, text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    if text.is_empty() || text.starts_with('/') || !text.chars().all(plain) {
        return false;
    }
    let top = Path::new(text).components().next().map_or_else(String::new, |part| match part {
        Component::Normal(name) => name.to_string_lossy().into_owned(),
        _ => String::new(),
    });
    let in_a_known_folder = text.contains('/') && STARTS.iter().any(|start| root.join(start).join(&top).is_dir());
    has_extension(text) || in_a_known_folder
}

fn has_extension(text: &str) -> bool {
    text.rsplit_once('.').is_some_and(|(stem, extension)| !stem.is_empty() && EXTENSIONS.contains(&extension))
}

/// Whether `path`, or the module of that name, is there from one of the starts on.
fn exists(root: &Path, path: &str) -> bool {
    STARTS
        .iter()
        .map(|start| root.join(start).join(path))
        .any(|path| path.exists() || path.with_extension("rs").exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::write;

    #[test]
    fn what_is_gone_is_reported_and_what_is_no_path_is_not() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, "crates/rollcall/src/widget/policy_trend.rs", "");
        write(root, "crates/rollcall/src/app.rs", "");
        write(root, "xtask/src/tidy.rs", "");
        let there =
            "`crates/rollcall/src/app.rs`, `app.rs`, `widget/policy_trend`, `widget/`, `rollcall/src`, `xtask/src/`";
        let other = "`/admin`, `text/html`, `a + b`, `App`, `widget/<key>.rs`, `cargo xtask tidy`, `x.y`";
        write(root, "ARCHITECTURE.md", &format!("# Map\n{there}\n{other}\n```\ncp gone.rs x\n`gone.rs`\n```\n"));
        assert_eq!(check(root).unwrap(), Problems::new());

        write(root, "ARCHITECTURE.md", "`gone.rs`\n`widget/gone` and `xtask/gone/`\n");
        let problems = check(root).unwrap();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert_eq!(problems[0], "ARCHITECTURE.md:1: `gone.rs` is not there");
        assert!(problems[1].contains(":2: `widget/gone`"), "{problems:?}");
    }

    #[test]
    fn a_drawn_tree_is_read_as_paths() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for file in ["crates/rollcall/src/main.rs", "crates/rollcall/src/cli/mod.rs", "web/src/app.ts"] {
            write(root, file, "");
        }
        let tree = "```\ncrates/rollcall/src/\n  main.rs, cli/   the command line: a.rs\nweb/   built\n  src/\n```\n";
        write(root, "ARCHITECTURE.md", &format!("{tree}```\ncargo xtask demo\n```\n"));
        assert_eq!(check(root).unwrap(), Problems::new());

        write(root, "ARCHITECTURE.md", &tree.replace("cli/ ", "db/  ").replace("web/", "e2e/"));
        let problems = check(root).unwrap();
        let gone = ["`crates/rollcall/src/db/` is not", "`e2e/` is not", "`e2e/src/` is not"];
        assert!(problems.iter().zip(gone).all(|(problem, gone)| problem.contains(gone)), "{problems:?}");
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn links_lead_somewhere() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, "ARCHITECTURE.md", "[a](docs/a.md#top), [b](#here), [c](https://example.test/x)");
        write(root, "docs/a.md", "[up](../ARCHITECTURE.md)\n[gone](b.md)");
        assert_eq!(check(root).unwrap(), ["docs/a.md:2: the link to b.md leads nowhere"]);
    }

    #[test]
    fn no_map_at_all_is_an_error() {
        assert!(check(tempfile::tempdir().unwrap().path()).unwrap_err().to_string().contains("ARCHITECTURE.md"));
    }
}
