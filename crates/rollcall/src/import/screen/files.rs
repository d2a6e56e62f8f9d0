//! The files that wait to be imported: in a folder of this node's, readable for its user alone, for a week.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::app::App;
use crate::config::Config;
use crate::db::{Error, PlatformSql};

/// How long a file, what was chosen of it and what came of it are kept, in days.
const DAYS: i64 = 7;
const DAY: Duration = Duration::from_secs(24 * 3_600);

const FORGET: PlatformSql = PlatformSql::new(
    "imports that nobody touched for a week are forgotten",
    "DELETE FROM rollcall_imports WHERE changed_at <= ?",
);

/// Where files wait.
#[must_use]
pub fn folder(config: &Config) -> PathBuf {
    config.import.folder.clone().unwrap_or_else(|| std::env::temp_dir().join("rollcall-imports"))
}

/// How many times as long as it may be packed a file may be unpacked.
const UNPACKED: u64 = 20;

/// How long a file may be at most once it is unpacked, in bytes.
#[must_use]
pub fn unpacked(config: &Config) -> u64 {
    UNPACKED.saturating_mul(u64::try_from(config.import.max_file).unwrap_or(u64::MAX))
}

/// The companies that a file of is on its way to this node: one at a time of each, so that none gets in beyond what may be.
#[derive(Clone, Debug, Default)]
pub struct Arriving(Arc<Mutex<BTreeSet<i64>>>);

/// A company's file is the only one on its way until this is dropped.
#[derive(Debug)]
pub struct Alone {
    of: Arriving,
    company: i64,
}

impl Arriving {
    /// A file of that company is on its way; none where another one is.
    #[must_use]
    pub fn begin(&self, company: i64) -> Option<Alone> {
        let first = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(company);
        first.then(|| Alone { of: self.clone(), company })
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.of.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.company);
    }
}

/// A file on its way in; gone again unless it is kept.
#[derive(Debug)]
pub struct Incoming {
    path: PathBuf,
    file: File,
    bytes: u64,
    kept: bool,
}

impl Incoming {
    /// Begins a file of that name.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn begin(folder: &Path, name: &str) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // A folder that was there may be anybody's: only what is its owner's alone will do.
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        let path = folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(Self { path, file: File::from_std(file), bytes: 0, kept: false })
    }

    /// How much of it is there.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds what came.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub async fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).await
    }

    /// Makes sure that it is all there; answers its length.
    ///
    /// # Errors
    /// Where it is not.
    pub async fn end(mut self) -> io::Result<u64> {
        self.file.flush().await?;
        self.kept = true;
        Ok(self.bytes)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            // Whoever cannot be rid of it now is so in a week.
            let _later = std::fs::remove_file(&self.path);
        }
    }
}

/// Deletes files of this node's that are a week old, and forgets what was to be done with them.
///
/// # Errors
/// Where the database fails.
pub async fn prune(app: &App) -> Result<(), Error> {
    let old = app.clock.now_utc() - chrono::TimeDelta::days(DAYS);
    app.db.platform().execute(&FORGET, vec![old.into()]).await?;
    let folder = folder(&app.config);
    let pruned = tokio::task::spawn_blocking(move || prune_files(&folder)).await;
    if let Ok(Err(error)) = pruned {
        tracing::warn!(%error, "old files of imports could not be deleted");
    }
    Ok(())
}

/// By the system's clock, which is the one that dated them.
fn prune_files(folder: &Path) -> io::Result<()> {
    let entries = match folder.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let ours = entry.path().extension().is_some_and(|end| end == "csv");
        let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
        if ours && age > DAY * u32::try_from(DAYS).unwrap_or(7) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
