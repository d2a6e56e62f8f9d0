//! Programs that must not compile: no query without a proven company.
//!
//! Each names its errors in lines of `//~`. The compiler takes the libraries that this test was linked with: `trybuild` would
//! build all of them once more, for minutes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// What begins the line of an error that a program expects.
const EXPECTED: &str = "//~ ";

#[test]
fn no_query_is_possible_without_a_scope() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    let mut looked_at = 0;
    for case in cases.read_dir().unwrap() {
        let case = case.unwrap().path();
        let program = std::fs::read_to_string(&case).unwrap();
        let expected: Vec<_> = program.lines().filter_map(|line| line.strip_prefix(EXPECTED)).collect();
        let said = compiled(&case).expect_err("it compiles, and must not");
        let errors: Vec<_> = said.lines().filter(|line| line.starts_with("error[")).collect();
        assert_eq!(errors, expected, "{}: {said}", case.display());
        assert!(!expected.is_empty(), "{} expects nothing", case.display());
        looked_at += 1;
    }
    assert!(looked_at >= 20, "{looked_at}");
}

#[test]
fn a_query_with_a_scope_compiles() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("scoped.rs");
    let program = include_str!("../compile_fail/unscoped_sql.rs")
        .replace("FROM appointments", "FROM appointments WHERE company_id = :company");
    std::fs::write(&case, program).unwrap();
    compiled(&case).unwrap();
}

/// Checks a program as its own crate; an error is what the compiler says.
fn compiled(program: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let test = std::env::current_exe().unwrap();
    let libraries = test.parent().unwrap();
    let answer = Command::new(option_env!("RUSTC").unwrap_or("rustc"))
        .args(["--edition=2024", "--emit=metadata", "--color=never", "--out-dir"])
        .arg(folder.path())
        .arg(format!("-Ldependency={}", libraries.display()))
        .args(["rollcall", "serde_json"].map(|name| format!("--extern={name}={}", newest(libraries, name).display())))
        .arg(program)
        .output()
        .unwrap();
    if answer.status.success() { Ok(()) } else { Err(String::from_utf8(answer.stderr).unwrap()) }
}

/// The library that was built last under this name: there is one for each choice of packages that are built together.
fn newest(libraries: &Path, name: &str) -> PathBuf {
    let start = format!("lib{name}-");
    let of = |path: &PathBuf| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        file.starts_with(&start) && file.ends_with(".rlib")
    };
    let built = |path: &PathBuf| path.metadata().and_then(|of| of.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let all = libraries.read_dir().unwrap().map(|entry| entry.unwrap().path());
    all.filter(of).max_by_key(built).unwrap_or_else(|| panic!("{name} is not in {}", libraries.display()))
}
