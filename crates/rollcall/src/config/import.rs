//! `import.*`: files that people bring by the browser.

use std::path::PathBuf;

use super::Reader;
use super::source::Raw;
use super::value::{self, Parsed, text};

/// `import.*`
#[derive(Clone, Debug)]
pub struct ImportSettings {
    /// `import.folder`; without it a folder among the system's temporary ones.
    pub folder: Option<PathBuf>,
    /// `import.max_file`, in bytes
    pub max_file: usize,
    /// `import.max_files`, of one company
    pub max_files: u32,
    /// `import.max_total`, of one company, in bytes
    pub max_total: usize,
}

impl ImportSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let folder = from.opt("import.folder", |raw| full_path(raw, "a folder, such as /var/lib/rollcall/imports"));
        let max_file = from.get("import.max_file", super::size::size);
        let max_files = from.get("import.max_files", |raw| value::count(raw, 1, 100));
        let max_total = from.get("import.max_total", super::size::space);
        Some(Self { folder: folder?, max_file: max_file?, max_files: max_files?, max_total: max_total? })
    }
}

/// A path from the root on; `what` says of what, with an example.
pub(super) fn full_path(raw: &Raw, what: &str) -> Parsed<PathBuf> {
    let written = text(raw)?;
    let path = PathBuf::from(written);
    let wrong = || format!("is `{written}`, but must be the full path of {what}");
    if path.is_absolute() { Ok(path) } else { Err(wrong()) }
}
