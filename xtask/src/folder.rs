//! Temporary folders that go with the program, however it ends.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::reaper;

/// What a folder in memory must have free, in bytes: all servers of the tests together stay below half of it.
const ROOM: u64 = 8 << 30;

/// How many bytes are free there, as `df` says; none where it says nothing.
fn free(place: &Path) -> Option<u64> {
    let said = Command::new("df").args(["--output=avail", "--block-size=1"]).arg(place).output().ok()?;
    String::from_utf8_lossy(&said.stdout).lines().last()?.trim().parse().ok()
}

/// A temporary folder that is removed when dropped, or by the reaper.
#[derive(Debug)]
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// Makes one whose name begins with `rollcall-` and `purpose`, readable by every user of this machine.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(crate) fn new(purpose: &str) -> Result<Self> {
        Self::within(&std::env::temp_dir(), purpose)
    }

    /// The same in memory, where there is room: what nobody keeps need not wait for a disk.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(crate) fn in_memory(purpose: &str) -> Result<Self> {
        let memory = Path::new("/dev/shm");
        match free(memory) {
            Some(bytes) if bytes >= ROOM => Self::within(memory, purpose),
            _ => Self::new(purpose),
        }
    }

    fn within(place: &Path, purpose: &str) -> Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let mut reaper = reaper()?;
        let dir = tempfile::Builder::new()
            .prefix(&format!("rollcall-{purpose}-"))
            .permissions(std::fs::Permissions::from_mode(0o755))
            .tempdir_in(place)
            .context("cannot make a temporary folder")?;
        reaper.tell(&format!("folder {}", dir.path().display()))?;
        Ok(Self(dir))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}
