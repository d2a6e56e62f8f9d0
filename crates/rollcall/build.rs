//! Makes a change of what is compiled in a change of the crate, where the macro that reads it does not tell cargo.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    // A release embeds the front end under names that change with every build; a debug build reads the folder.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../../web/dist");
    }
}
