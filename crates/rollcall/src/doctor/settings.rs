//! Settings that work, and still ought to be others; and room on the disk.

use std::path::Path;

use url::Url;

use super::Finding;
use crate::config::Config;

/// Below this, in MiB, a database is about to stop.
const LEAST_ROOM: u64 = 200;
/// Below this, in MiB, somebody should look.
const SCARCE_ROOM: u64 = 1024;

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = vec![cookies(config)];
    findings.extend(database_password(config));
    findings.extend(super::delivery::check(config));
    findings
}

fn cookies(config: &Config) -> Finding {
    let listen = config.listen;
    match (config.secure_cookies(), listen.ip().is_loopback()) {
        (true, _) => Finding::ok("settings", "cookies are sent over https alone"),
        (false, true) => {
            Finding::ok("settings", format!("{listen} is reached from this host alone; cookies need no https"))
        }
        (false, false) => Finding::warning(
            "settings",
            format!("{listen} is reached from other hosts, and cookies travel without https"),
            "put a proxy with TLS in front and set public_url to its https:// address",
        ),
    }
}

fn database_password(config: &Config) -> Option<Finding> {
    let url = Url::parse(config.database.url.reveal()).ok().filter(Url::has_host)?;
    let host = url.host_str().unwrap_or_default();
    let local = matches!(host, "" | "localhost" | "::1" | "[::1]") || host.starts_with("127.");
    let complaint = match url.password() {
        None | Some("") => "no password",
        Some(password) if password == url.username() => "its name as its password",
        Some(password) if password.chars().count() < 12 => "a password of fewer than 12 characters",
        Some(password) if crate::password::check(&password.into()).is_err() => "a password that is easily guessed",
        Some(_) => return Some(Finding::ok("settings", "the database's password is no obvious one")),
    };
    let what = format!("the database user {} has {complaint}", url.username());
    let advice = if local {
        "give it a long, random password; whoever is on this host can reach the database"
    } else {
        "give it a long, random password; whoever reaches that host can reach the database"
    };
    Some(Finding::warning("settings", what, advice))
}

pub(super) fn disk(config: &Config) -> Option<Finding> {
    let path = config.database.url.sqlite_path()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(folder) {
        Ok(room) => Some(judge_room(room.f_bavail.saturating_mul(room.f_frsize) >> 20, folder)),
        Err(error) => Some(Finding::warning(
            "disk",
            format!("the room in {} cannot be read: {error}", folder.display()),
            "check that the folder exists",
        )),
    }
}

fn judge_room(free: u64, folder: &Path) -> Finding {
    let what = format!("{free} MiB are free in {}", folder.display());
    match free {
        ..LEAST_ROOM => Finding::error("disk", what, "make room: writes fail when the disk is full"),
        LEAST_ROOM..SCARCE_ROOM => Finding::warning("disk", what, "make room before the disk is full"),
        _ => Finding::ok("disk", what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;
    use crate::doctor::Level;

    fn with(variables: &[(&str, &str)]) -> Config {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::load(&Sources { variables, ..Sources::default() }).unwrap()
    }

    #[test]
    fn cookies_without_https_are_a_warning_beyond_this_host() {
        let open = ("ROLLCALL_LISTEN", "0.0.0.0:8080");
        assert_eq!(cookies(&with(&[])).level, Level::Ok);
        assert_eq!(cookies(&with(&[open])).level, Level::Warning);
        assert_eq!(cookies(&with(&[open, ("ROLLCALL_PUBLIC_URL", "https://panel.example.com")])).level, Level::Ok);
    }

    #[test]
    fn a_weak_database_password_is_a_warning_that_does_not_show_it() {
        for weak in
            ["mysql://app@db/x", "mysql://app:app@db/x", "mysql://app:s3cr3t@db/x", "postgres://app:password1234@db/x"]
        {
            let finding = database_password(&with(&[("ROLLCALL_DATABASE", weak)])).unwrap();
            assert_eq!(finding.level, Level::Warning, "{weak}");
            assert!(!format!("{finding:?}").contains("s3cr3t") && !format!("{finding:?}").contains("password1234"));
        }
        let strong = database_password(&with(&[("ROLLCALL_DATABASE", "postgres://app:vK7pQ2mZ9xLr4T@db/x")])).unwrap();
        assert_eq!(strong.level, Level::Ok);
        assert!(database_password(&with(&[])).is_none(), "a file has no password");
    }

    #[test]
    fn little_room_is_told_before_there_is_none() {
        let level = |free| judge_room(free, Path::new(".")).level;
        assert_eq!((level(100), level(500), level(5000)), (Level::Error, Level::Warning, Level::Ok));
    }
}
