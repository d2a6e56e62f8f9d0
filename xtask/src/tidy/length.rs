//! Files stay short enough to be read in one go.

use std::path::Path;

use anyhow::Result;

use super::{Problems, sources};

/// Lines of a Rust file, its tests not counted.
const LIMIT: usize = 300;

/// Files that may be longer, each with its reason.
const MAY_BE_LONGER: &[(&str, &str)] = &[];

/// Reports Rust files that are too long, and exceptions that are needed no more.
pub(super) fn check(root: &Path) -> Result<Problems> {
    judge(root, MAY_BE_LONGER)
}

fn judge(root: &Path, may_be_longer: &[(&str, &str)]) -> Result<Problems> {
    let mut problems = Problems::new();
    let mut long = Vec::new();
    for (path, file) in sources(root, &["rs"]) {
        let lines = product_lines(&std::fs::read_to_string(&file)?);
        if lines > LIMIT && !is_test(&path) {
            if !may_be_longer.iter().any(|(exception, _)| *exception == path) {
                problems.push(format!("{path}: {lines} lines without its tests, {LIMIT} at most: split it"));
            }
            long.push(path);
        }
    }
    let needless = may_be_longer.iter().filter(|(exception, _)| !long.iter().any(|path| path == exception));
    problems.extend(needless.map(|(exception, _)| format!("{exception}: is no longer too long: forget the exception")));
    Ok(problems)
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "benches") || path.ends_with("/tests.rs")
}

/// The lines before the module of tests that ends the file.
fn product_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{'));
    tests.unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::write;

    #[test]
    fn tests_do_not_count() {
        let root = tempfile::tempdir().unwrap();
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    // tested\n".repeat(LIMIT));
        write(root.path(), "src/short.rs", &format!("{}{tests}", "// code\n".repeat(LIMIT)));
        write(root.path(), "src/long.rs", &format!("{}{tests}", "// code\n".repeat(LIMIT + 1)));
        write(root.path(), "src/declared.rs", &format!("#[cfg(test)]\nmod tests;\n{}", "// code\n".repeat(LIMIT)));
        write(root.path(), "tests/it/all.rs", &"// test\n".repeat(LIMIT + 1));
        write(root.path(), "src/x/tests.rs", &"// test\n".repeat(LIMIT + 1));
        let problems = check(root.path()).unwrap();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("src/declared.rs: 302 lines"), "{problems:?}");
        assert!(problems[1].starts_with("src/long.rs: 301 lines"), "{problems:?}");
    }

    #[test]
    fn an_exception_holds_while_it_is_needed() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "src/long.rs", &"// code\n".repeat(LIMIT + 1));
        write(root.path(), "src/short.rs", "// code\n");
        assert_eq!(judge(root.path(), &[("src/long.rs", "a table")]).unwrap(), Problems::new());
        let problems = judge(root.path(), &[("src/long.rs", "a table"), ("src/short.rs", "was long")]).unwrap();
        assert_eq!(problems, ["src/short.rs: is no longer too long: forget the exception"]);
    }
}
