//! `import.*`: files that people bring by the browser.

use std::path::PathBuf;

use super::{Reader, value};

/// `import.*`
#[derive(Clone, Debug)]
pub struct ImportSettings {
    /// `import.folder`; without it a folder among the system's temporary ones.
    pub folder: Option<PathBuf>,
    /// `import.max_file`, in bytes
    pub max_file: usize,
}

impl ImportSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let folder =
            from.opt("import.folder", |raw| value::full_path(raw, "a folder, such as /var/lib/rollcall/imports"));
        let max_file = from.get("import.max_file", value::size);
        Some(Self { folder: folder?, max_file: max_file? })
    }
}
