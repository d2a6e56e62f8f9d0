//! The demo's folder: taken for one demo at a time, and emptied of a former demo's files alone.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use crate::cli::output;

/// Says that a folder was made by a demo.
const MARKER: &str = ".rollcall-demo";
const MARKER_TEXT: &str = "`rollcall demo` made this folder. The next demo here deletes demo.db and starts afresh.\n";
/// What a demo makes, and so may delete.
const FILES: &[&str] = &["demo.db", "demo.db-wal", "demo.db-shm", "demo.db-journal"];

/// The demo's database in `folder`.
pub(super) fn database(folder: &Path) -> PathBuf {
    folder.join("demo.db")
}

/// A folder that this demo alone works in, as long as it lives.
#[derive(Debug)]
pub(super) struct Folder {
    _marker: File,
}

impl Folder {
    /// Takes `folder`, which is made where it is missing, and deletes a former demo's files.
    ///
    /// A folder that holds anything and was not made by a demo is left alone.
    pub(super) fn take(folder: &Path) -> Result<Self> {
        let shown = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {shown}; choose another --dir"))?;
        let marker = folder.join(MARKER);
        if !marker.exists() && fs::read_dir(folder)?.next().is_some() {
            return Err(anyhow!(
                "{shown} holds other files than a former demo's; choose an empty or new folder by --dir"
            ));
        }
        let mut options = File::options();
        let mut file = options.create(true).write(true).truncate(false).open(&marker)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(anyhow!("another demo is running in {shown}; end it, or choose another folder by --dir"));
            }
            // Some file systems know no locks; the port keeps two demos apart in most cases.
            Err(TryLockError::Error(error)) => output::remark(format_args!("{shown} cannot be locked: {error}")),
        }
        file.write_all(MARKER_TEXT.as_bytes())?;
        for name in FILES {
            match fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot delete the former demo's {name} in {shown}"));
                }
                _ => {}
            }
        }
        Ok(Self { _marker: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(result: Result<Folder>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_former_demo_goes_and_everything_else_stays() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        drop(Folder::take(&folder).unwrap());
        for name in ["demo.db", "demo.db-wal", "notes.txt", "demo.db.bak"] {
            fs::write(folder.join(name), "x").unwrap();
        }
        drop(Folder::take(&folder).unwrap());
        let left = |name: &str| folder.join(name).exists();
        assert!(!left("demo.db") && !left("demo.db-wal"));
        assert!(left("notes.txt") && left("demo.db.bak"));
    }

    #[test]
    fn a_folder_that_is_none_of_ours_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("demo.db"), "precious").unwrap();
        assert!(said(Folder::take(root.path())).contains("--dir"));
        assert_eq!(fs::read_to_string(root.path().join("demo.db")).unwrap(), "precious");
        assert!(!root.path().join(MARKER).exists());
    }

    #[test]
    fn two_demos_never_share_a_folder() {
        let root = tempfile::tempdir().unwrap();
        let first = Folder::take(root.path()).unwrap();
        assert!(said(Folder::take(root.path())).contains("another demo is running"));
        drop(first);
        assert!(Folder::take(root.path()).is_ok());
    }
}
