use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::tidy;
use crate::tree::write;

/// A copy of the parts of this tree that a new widget changes.
fn copy() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let root = crate::root().unwrap();
    for path in [LIST, WORDS, "rustfmt.toml"] {
        write(copy.path(), path, &std::fs::read_to_string(root.join(path)).unwrap());
    }
    copy
}

fn args(key: &str, kind: Kind) -> Args {
    Args { key: key.to_owned(), kind, title: None, title_de: Some("Neues \"Feld\"".to_owned()) }
}

#[test]
fn every_kind_is_written_as_the_project_writes_and_added_to_the_list() {
    for kind in [Kind::Stats, Kind::Chart, Kind::Table] {
        for key in ["a_first_one", "no_show_rate", "zz_last"] {
            let copy = copy();
            create(copy.path(), &args(key, kind)).unwrap();

            let file = copy.path().join(WIDGETS).join(format!("{key}.rs"));
            assert!(std::fs::read_to_string(&file).unwrap().contains(&format!("key: \"{key}\",")));
            let list = read(copy.path(), LIST).unwrap();
            assert!(list.contains(&format!("    &{key}::SPEC,\n];")), "{list}");
            assert_eq!(list.matches(&format!("pub mod {key};")).count(), 1, "{list}");
            for file in [file, copy.path().join(LIST)] {
                let config = copy.path().join("rustfmt.toml");
                // Through standard input: from a file, it would look for the list's modules.
                let output = Command::new("rustfmt")
                    .args(["--check", "--edition", "2024", "--config-path"])
                    .arg(&config)
                    .stdin(std::fs::File::open(&file).unwrap())
                    .output()
                    .unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            }
        }
    }
}

#[test]
fn its_words_are_there_in_both_languages_and_shared_ones_once() {
    let copy = copy();
    let before = read(copy.path(), WORDS).unwrap().lines().count();
    for (key, kind) in [("one", Kind::Chart), ("two", Kind::Chart), ("three", Kind::Table), ("four", Kind::Table)] {
        create(copy.path(), &args(key, kind)).unwrap();
    }
    let words = read(copy.path(), WORDS).unwrap();
    assert!(
        words.contains("widget.one.title: { en: \"One\", de: \"Neues \\\"Feld\\\"\" }\nwidget.one.hint: {"),
        "{words}"
    );
    for shared in ["\nterm.series.completed:", "\ncolumn.completed:", "\ncolumn.day:"] {
        assert_eq!(words.matches(shared).count(), 1, "{shared}");
    }
    assert!(words.lines().count() >= before + 12);
    assert_eq!(tidy::words::check(copy.path()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_key_that_will_not_do_changes_nothing() {
    let copy = copy();
    create(copy.path(), &args("mine", Kind::Stats)).unwrap();
    let before = read(copy.path(), LIST).unwrap() + &read(copy.path(), WORDS).unwrap();
    for key in ["", "NoShow", "no-show", "1st", "_x", "../x", "type", "mine", "panel", &"x".repeat(41)] {
        assert!(create(copy.path(), &args(key, Kind::Stats)).is_err(), "{key}");
    }
    assert_eq!(read(copy.path(), LIST).unwrap() + &read(copy.path(), WORDS).unwrap(), before);
}

#[test]
fn a_list_that_is_not_found_is_an_error_before_anything_is_written() {
    let copy = copy();
    write(copy.path(), LIST, "pub mod panel;\n");
    assert!(create(copy.path(), &args("mine", Kind::Stats)).unwrap_err().to_string().contains("ALL"));
    assert!(!copy.path().join(WIDGETS).join("mine.rs").exists());
}
