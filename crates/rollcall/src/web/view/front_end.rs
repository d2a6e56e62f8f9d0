//! What the front end's sources must keep, as far as it can be told without a browser: colours that everybody can tell
//! from their ground, and an icon for every name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// The colours of `tokens.css`: `--name: light-dark(#light, #dark)`.
fn palette() -> BTreeMap<String, [String; 2]> {
    let css = read("web/src/tokens.css");
    let pairs = css.lines().filter_map(|line| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
        let (light, dark) = value.trim_end_matches(");").split_once(", ")?;
        light.starts_with('#').then(|| (name.to_owned(), [light.to_owned(), dark.to_owned()]))
    });
    pairs.collect()
}

/// WCAG 2's relative luminance.
fn luminance(hex: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[track_caller]
fn assert_contrast(colours: &BTreeMap<String, [String; 2]>, ink: &str, ground: &str, least: f64) {
    for (theme, name) in ["light", "dark"].into_iter().enumerate() {
        let found = contrast(&colours[ink][theme], &colours[ground][theme]);
        assert!(found >= least, "--{ink} on --{ground} in the {name} theme: {found:.2} < {least}");
    }
}

#[test]
fn text_and_charts_stand_off_their_ground_in_both_themes() {
    let colours = palette();
    for ground in ["page", "surface", "raised", "sunken", "hover"] {
        for ink in ["ink", "muted"] {
            assert_contrast(&colours, ink, ground, 4.5);
        }
    }
    for meaning in ["good", "warning", "bad"] {
        assert_contrast(&colours, meaning, &format!("{meaning}-soft"), 4.5);
        assert_contrast(&colours, meaning, "surface", 4.5);
    }
    assert_contrast(&colours, "on-accent", "accent", 4.5);
    assert_contrast(&colours, "accent", "accent-soft", 4.5);
    assert_contrast(&colours, "line-strong", "surface", 3.0);
    let series: Vec<&String> = colours.keys().filter(|name| name.starts_with("c-")).collect();
    assert!(series.len() >= 11, "the palette was read");
    for colour in series {
        assert_contrast(&colours, colour, "surface", 3.0);
    }
}

#[test]
fn every_icon_that_is_named_is_in_the_sprite() {
    let sprite = read("web/build/icons.ts");
    let mut files = files("crates/rollcall/templates", "html");
    files.extend(files_of_view());
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for name in text.split("icon(\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            seen += 1;
            assert!(sprite.contains(&format!("\"{name}\",")), "{name} of {}", file.display());
        }
    }
    assert!(seen > 25, "the templates were read");
    for screen in crate::resource::SCREENS {
        assert!(sprite.contains(&format!("\"{}\",", screen.icon)), "{}", screen.icon);
    }
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect()
}

fn files_of_view() -> Vec<PathBuf> {
    let folders = ["", "/first", "/people", "/resource"].map(|folder| format!("crates/rollcall/src/web/view{folder}"));
    let files = folders.into_iter().flat_map(|folder| files(&folder, "rs"));
    files.filter(|path| !path.ends_with("front_end.rs")).collect()
}
