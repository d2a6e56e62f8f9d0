//! Makes a change of the words in `locales/` a change of the crate: the macro that reads them does not tell cargo.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
}
