//! Programs from outside: where they are, and how they get here.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// A program that a command needs.
#[derive(Debug)]
pub(crate) struct Need {
    /// What it is for people.
    pub(crate) name: &'static str,
    /// Finds it.
    pub(crate) find: fn() -> Option<PathBuf>,
    /// The packages that bring it, the first that exists is taken: Debian's name, then Ubuntu's.
    pub(crate) packages: &'static [&'static str],
}

/// MariaDB's server.
pub(crate) const MARIADB: Need = Need { name: "MariaDB", find: mariadbd, packages: &["mariadb-server"] };
/// PostgreSQL's server.
pub(crate) const POSTGRES: Need = Need { name: "PostgreSQL", find: postgres, packages: &["postgresql"] };
/// Redis.
pub(crate) const REDIS: Need = Need { name: "Redis", find: redis, packages: &["redis-server"] };
/// Chromium.
pub(crate) const CHROMIUM: Need =
    Need { name: "Chromium", find: chromium, packages: &["chromium", "chromium-browser"] };

/// LibreOffice's spreadsheet, which must open our workbooks.
pub(crate) const LIBREOFFICE: Need =
    Need { name: "LibreOffice", find: libreoffice, packages: &["libreoffice-calc-nogui", "libreoffice-calc"] };

/// The folder of PostgreSQL's programs: Debian keeps them out of the path, a folder for each version.
pub(crate) fn postgres() -> Option<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort_by_key(|bin| {
        bin.parent().and_then(Path::file_name).and_then(|version| version.to_str()?.parse::<u32>().ok())
    });
    versions.pop().or_else(|| program(&["initdb"]).and_then(|initdb| Some(initdb.parent()?.to_path_buf())))
}

/// `mariadbd`.
pub(crate) fn mariadbd() -> Option<PathBuf> {
    program(&["mariadbd"])
}

/// `redis-server`.
pub(crate) fn redis() -> Option<PathBuf> {
    program(&["redis-server"])
}

/// `soffice`.
pub(crate) fn libreoffice() -> Option<PathBuf> {
    program(&["soffice"])
}

/// The browser that `CHROMIUM` names, or the one that is installed.
pub(crate) fn chromium() -> Option<PathBuf> {
    std::env::var_os("CHROMIUM")
        .map(PathBuf::from)
        .or_else(|| program(&["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]))
}

/// The first of `names` in the path, or where servers stand that only root's path has.
pub(crate) fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> =
        std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from)).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}

/// Installs those of `needs` that are missing, where this user may; else says how.
///
/// # Errors
/// Where something is missing and cannot be installed: the message holds the command that would.
pub(crate) fn provide(needs: &[&Need]) -> Result<()> {
    let missing: Vec<_> = needs.iter().filter(|need| (need.find)().is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(|need| need.name).collect::<Vec<_>>().join(", ");
    if program(&["apt-get"]).is_none() {
        bail!("{names} must be installed, with this system's package manager");
    }
    if !rustix::process::geteuid().is_root() {
        let packages = missing.iter().filter_map(|need| need.packages.first().copied()).collect::<Vec<_>>();
        bail!(
            "{names} must be installed:\n  sudo apt-get update && sudo apt-get install --yes --no-install-recommends {}",
            packages.join(" ")
        );
    }
    println!("installing {names} …");
    process::run(apt().args(["update", "--quiet=2"]))?;
    let packages: Vec<_> = missing.iter().map(|need| choose(need.packages)).collect();
    process::run(apt().args(["install", "--yes", "--no-install-recommends", "--quiet=2"]).args(packages))?;
    match missing.iter().find(|need| (need.find)().is_none()) {
        Some(need) => bail!("{} was installed, but is still not to be found", need.name),
        None => Ok(()),
    }
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    // Run level 1: the packages' scripts start no services, which nothing here would use.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").args(["-o", "DPkg::Lock::Timeout=300"]);
    command
}

/// The first of `packages` that this release of the distribution has.
fn choose(packages: &'static [&'static str]) -> &'static str {
    let known = |package: &&&str| {
        let policy = Command::new("apt-cache").args(["policy", package]).output();
        policy.is_ok_and(|policy| {
            let policy = String::from_utf8_lossy(&policy.stdout);
            policy.contains("Candidate:") && !policy.contains("Candidate: (none)")
        })
    };
    packages.iter().find(known).or(packages.first()).copied().unwrap_or_default()
}
