//! Makes a change of what is compiled in a change of the crate, where the macro that reads it does not tell cargo; and gives
//! the sources a number, so that what one build kept in a cache is not taken for another's.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=templates");
    // A release embeds the front end under names that change with every build; a debug build reads the folder.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../../web/dist");
    }
    let mut hash = Fnv::default();
    for folder in ["locales", "src", "templates"] {
        for path in files(Path::new(folder)) {
            hash.add(path.to_string_lossy().as_bytes());
            hash.add(&std::fs::read(&path).unwrap_or_default());
        }
    }
    println!("cargo::rustc-env=SOURCE_HASH={:016x}", hash.0);
}

/// All files below `folder`, in an order that every machine has.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// FNV-1a, 64 bits (Fowler, Noll and Vo): the same on every machine and for every compiler.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}
