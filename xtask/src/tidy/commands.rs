//! The commands in the documents exist.

use std::path::Path;

use anyhow::Result;
use clap::CommandFactory;

use super::{Problems, read};
use crate::tree;

const DOCUMENTS: &[&str] = &["README.md", "CONTRIBUTING.md"];

/// Reports commands in the README and CONTRIBUTING that `cargo xtask` or `rollcall` do not have.
pub(super) fn check(root: &Path) -> Result<Problems> {
    let xtask: Vec<String> = crate::Cli::command().get_subcommands().map(|it| it.get_name().to_owned()).collect();
    let rollcall = variants(root)?;
    let mut problems = Problems::new();
    for document in DOCUMENTS {
        for (index, line) in read(root, document)?.lines().enumerate() {
            let place = format!("{document}:{}", index + 1);
            let unknown = after(line, "cargo xtask ").filter(|word| !xtask.iter().any(|known| known == word));
            problems.extend(unknown.map(|word| format!("{place}: there is no `cargo xtask {word}`")));
            let unknown = commands(line).filter(|word| !rollcall.iter().any(|known| known == word));
            problems.extend(unknown.map(|word| format!("{place}: there is no `rollcall {word}`")));
        }
    }
    Ok(problems)
}

/// The commands of `rollcall` in a line: what follows its name in backticks, at a prompt or as a path.
fn commands(line: &str) -> impl Iterator<Item = &str> {
    ["`rollcall ", "$ rollcall ", "/rollcall "]
        .into_iter()
        .flat_map(move |start| after(line, start))
        .chain(line.strip_prefix("rollcall ").into_iter().filter_map(|rest| first_word(rest)))
}

/// The words that follow `start`.
fn after<'a>(line: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(start).filter_map(move |(at, _)| first_word(&line[at + start.len()..]))
}

/// The word at the front, where it is one and no option or placeholder.
fn first_word(rest: &str) -> Option<&str> {
    let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '-')).unwrap_or(rest.len());
    (end > 0 && !rest.starts_with('-')).then_some(&rest[..end])
}

/// The variants of all enums of the command line, as clap spells them: `ResetPassword` is `reset-password`.
fn variants(root: &Path) -> Result<Vec<String>> {
    let source = root.join("crates/rollcall/src");
    let mut variants = vec!["help".to_owned()];
    let files =
        tree::files(&source.join("cli"), &[]).into_iter().chain([source.join("cli.rs"), source.join("main.rs")]);
    for file in files.filter(|file| file.is_file()) {
        let text = std::fs::read_to_string(&file)?;
        let lines = text.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "));
        let names = lines.map(|line| line.trim().trim_end_matches(|c: char| !c.is_alphanumeric()));
        let names = names.map(|line| line.split(['(', ' ', '{', ',']).next().unwrap_or_default());
        variants.extend(names.filter(|name| name.starts_with(char::is_uppercase)).map(kebab));
    }
    Ok(variants)
}

fn kebab(name: &str) -> String {
    name.chars().enumerate().fold(String::new(), |mut kebab, (at, c)| {
        if c.is_uppercase() && at > 0 {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
        kebab
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::write;

    fn problems(readme: &str) -> Problems {
        let root = tempfile::tempdir().unwrap();
        let cli = "enum Command {\n    /// Serve.\n    Serve(serve::Args),\n    #[command(subcommand)]\n    User(User),\n    \
                   ResetPassword {\n        email: String,\n    },\n    Doctor,\n}\n";
        write(root.path(), "crates/rollcall/src/cli/mod.rs", cli);
        write(root.path(), "README.md", readme);
        write(root.path(), "CONTRIBUTING.md", "");
        check(root.path()).unwrap()
    }

    #[test]
    fn what_exists_passes() {
        let none = Problems::new();
        assert_eq!(problems("`cargo xtask demo` and `cargo xtask new-widget KEY`, `cargo xtask --help`"), none);
        assert_eq!(problems("$ rollcall serve\n`rollcall doctor`, ./rollcall user create, `rollcall --help`"), none);
        assert_eq!(problems("rollcall reset-password\nRollcall is quick; the rollcall binary is small."), none);
    }

    #[test]
    fn what_does_not_exist_is_named() {
        assert_eq!(problems("\n`cargo xtask dance`"), ["README.md:2: there is no `cargo xtask dance`"]);
        assert_eq!(problems("target/release/rollcall dance"), ["README.md:1: there is no `rollcall dance`"]);
        assert_eq!(problems("`rollcall email`"), ["README.md:1: there is no `rollcall email`"]);
    }
}
