//! The files of the source tree.

use std::path::{Path, PathBuf};

/// All files below `folder`, sorted, without what stands in folders whose names begin with one of `but`.
pub(crate) fn files(folder: &Path, but: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(folder, but, &mut files);
    files.sort();
    files
}

fn collect(folder: &Path, but: &[&str], files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_file() {
            files.push(path);
        } else if !but.iter().any(|but| name.to_string_lossy().starts_with(but)) {
            collect(&path, but, files);
        }
    }
}

/// Builds small trees for tests.
#[cfg(test)]
pub(crate) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
