//! The front end: `web/` is built by Vite into `web/dist`, which the binary embeds.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{apt, process, tree};

/// Outside `web/`, what the built style sheet depends on: Tailwind looks there for class names.
const ALSO_READ: &[&str] = &["crates/rollcall/templates"];

/// Builds the front end, unless what stands in `web/dist` was built from the present sources.
///
/// # Errors
/// Where node is missing, or npm or Vite fail.
pub(crate) fn build(root: &Path) -> Result<()> {
    let web = root.join("web");
    if !web.join("package.json").exists() {
        bail!("there is no front end: {} is missing", web.join("package.json").display());
    }
    install(&web)?;
    let stamp = web.join("node_modules/.rollcall-built");
    if std::fs::read_to_string(&stamp).is_ok_and(|built| built == state(root)) {
        return Ok(());
    }
    process::run(npm()?.current_dir(&web).args(["run", "--silent", "build"]))?;
    std::fs::write(&stamp, state(root)).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Installs the packages of `folder` as its lock file says, unless they are there.
///
/// # Errors
/// Where node is missing or npm fails.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let lock = std::fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("there is no package-lock.json in {}", folder.display()))?;
    let stamp = folder.join("node_modules/.rollcall-installed");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut command = npm()?;
    command.current_dir(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    // The browser is the system's: tests name it themselves.
    process::run(command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    std::fs::create_dir_all(folder.join("node_modules"))?;
    std::fs::write(&stamp, lock).with_context(|| format!("cannot write {}", stamp.display()))
}

/// npm.
///
/// # Errors
/// Where it or node is missing.
fn npm() -> Result<Command> {
    if apt::program(&["node"]).is_none() || apt::program(&["npm"]).is_none() {
        bail!("the front end needs Node.js 20 or later with npm, and they are not in the path: see https://nodejs.org");
    }
    Ok(Command::new("npm"))
}

/// A fingerprint of the sources and of what was built from them.
fn state(root: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    let folders = std::iter::once("web").chain(ALSO_READ.iter().copied());
    let files = folders.flat_map(|folder| tree::files(&root.join(folder), &["node_modules"]));
    for file in files {
        file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
        std::fs::read(&file).unwrap_or_default().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::write;

    #[test]
    fn only_sources_and_what_was_built_make_it_build_again() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, "web/src/main.ts", "1");
        write(root, "web/dist/app.js", "1");
        write(root, "crates/rollcall/templates/layout.html", "<p>");
        let built = state(root);

        write(root, "web/node_modules/vite/index.js", "2");
        write(root, "README.md", "2");
        assert_eq!(state(root), built, "packages and documents are no sources");

        for changed in ["web/src/main.ts", "web/dist/app.js", "crates/rollcall/templates/layout.html", "web/new.css"] {
            let before = std::fs::read_to_string(root.join(changed)).ok();
            write(root, changed, "changed");
            assert_ne!(state(root), built, "{changed}");
            match before {
                Some(text) => write(root, changed, &text),
                None => std::fs::remove_file(root.join(changed)).unwrap(),
            }
        }
        assert_eq!(state(root), built);
    }

    #[test]
    fn a_checkout_without_a_front_end_says_so() {
        let root = tempfile::tempdir().unwrap();
        let error = build(root.path()).unwrap_err().to_string();
        assert!(error.contains("web/package.json"), "{error}");
    }
}
