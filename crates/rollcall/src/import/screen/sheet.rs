//! The beginning of a file: how it is written, its columns, and its first rows.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::super::clean;
use super::super::input;
use super::super::mapping::Encoding;
use super::super::records::{Records, holds_foreign_ends};
use super::super::rejects::as_meant;

/// So much of a file is looked at.
const SAMPLE: u64 = 1024 * 1024;
/// And at most so many rows of that.
const ROWS: usize = 1_000;
/// A file of more columns is none that anybody would map by hand.
const COLUMNS: usize = 200;
/// What may separate columns.
pub(super) const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// How every ZIP file begins, and so every workbook.
const ZIP: &[u8] = b"PK\x03\x04";

/// The beginning of a file.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What separates its columns.
    pub delimiter: char,
    /// `utf-8` or `windows-1252`.
    pub encoding: &'static str,
    /// The names of its columns, trimmed.
    pub names: Vec<String>,
    /// Its first rows.
    pub rows: Vec<Vec<String>>,
}

/// Why a file cannot be mapped on a screen.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The file is not here: another node has it, or its time is over.
    #[error("the file is not here")]
    Gone,
    /// It is a workbook.
    #[error("it is a workbook and no CSV file")]
    Workbook,
    /// It holds nothing, or no line of names.
    #[error("it does not begin with the names of its columns")]
    NoHeader,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
}

impl Sheet {
    /// Looks at a file; `delimiter` and `encoding` as somebody chose them, else as they seem to be.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn open(path: &Path, delimiter: Option<char>, encoding: Option<&str>) -> Result<Self, SheetError> {
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SheetError::Gone,
            _ => SheetError::Unreadable(error),
        })?;
        let mut sample = Vec::new();
        input::open(file, None)?.take(SAMPLE).read_to_end(&mut sample)?;
        Self::of(&sample, delimiter, encoding)
    }

    fn of(sample: &[u8], delimiter: Option<char>, encoding: Option<&str>) -> Result<Self, SheetError> {
        if sample.starts_with(ZIP) {
            return Err(SheetError::Workbook);
        }
        let known = |name: &&str| ["utf-8", "windows-1252"].contains(name);
        let encoding = match encoding.filter(known) {
            Some("windows-1252") => Encoding::Windows1252,
            Some(_) => Encoding::Utf8,
            None => encoding_of(sample),
        };
        let delimiter = delimiter.filter(|it| DELIMITERS.contains(it)).unwrap_or_else(|| delimiter_of(sample));
        let mut rows = rows(sample, delimiter, ROWS + 1);
        if rows.is_empty() || rows[0].iter().any(|name| holds_foreign_ends(name)) {
            return Err(SheetError::NoHeader);
        }
        let text = |field: Vec<u8>| {
            let whole = clean::decode(&field, encoding);
            let whole = whole.unwrap_or_else(|_| String::from_utf8_lossy(&field).replace('\0', ""));
            as_meant(whole.trim()).to_owned()
        };
        let header = rows.remove(0);
        let names: Vec<_> = header.into_iter().map(text).collect();
        if names.len() > COLUMNS || names.iter().all(String::is_empty) {
            return Err(SheetError::NoHeader);
        }
        let rows = rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect();
        let encoding = if encoding == Encoding::Utf8 { "utf-8" } else { "windows-1252" };
        Ok(Self { delimiter, encoding, names, rows })
    }

    /// The columns that can be chosen: they have a name, and no other has the same. Braces mean something in mappings.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let once = |name: &&str| self.names.iter().filter(|other| other == name).count() == 1;
        let names = self.names.iter().map(String::as_str);
        names.filter(|name| !name.is_empty() && !name.contains(['{', '}'])).filter(once)
    }

    /// What stands in a column, without what is empty.
    pub fn values<'a>(&'a self, column: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let at = self.names.iter().position(|name| name == column);
        let cells = self.rows.iter().filter_map(move |row| row.get(at?)).map(String::as_str);
        cells.filter(|cell| !cell.is_empty())
    }
}

/// The first records, but those that are broken, and the last one of a sample that may break off in it.
fn rows(sample: &[u8], delimiter: char, most: usize) -> Vec<Vec<Vec<u8>>> {
    let whole = if sample.len() as u64 == SAMPLE {
        sample.iter().rposition(|byte| *byte == b'\n').map_or(sample, |end| &sample[..=end])
    } else {
        sample
    };
    let delimiter = u8::try_from(delimiter).unwrap_or(b',');
    let mut records = Records::new(whole, delimiter);
    let mut rows = Vec::new();
    while rows.len() < most
        && let Ok(Some(record)) = records.next()
    {
        rows.extend(record.fields);
    }
    rows
}

/// Text that is UTF-8 as far as it goes is UTF-8.
fn encoding_of(sample: &[u8]) -> Encoding {
    match std::str::from_utf8(sample) {
        Err(error) if error.error_len().is_some() => Encoding::Windows1252,
        _ => Encoding::Utf8,
    }
}

/// What separates most columns, as many in each row as in the first.
fn delimiter_of(sample: &[u8]) -> char {
    let columns = |delimiter: char| {
        let rows = rows(sample, delimiter, 20);
        let first = rows.first().map_or(0, Vec::len);
        let even = rows.iter().filter(|row| row.len() == first).count();
        if even * 10 >= rows.len() * 8 { first } else { 1 }
    };
    let mut best = (',', columns(','));
    for delimiter in DELIMITERS.into_iter().skip(1) {
        let count = columns(delimiter);
        if count > best.1 {
            best = (delimiter, count);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &[u8]) -> Sheet {
        Sheet::of(text, None, None).unwrap()
    }

    #[test]
    fn how_a_file_is_written_is_seen() {
        let german = sheet(b"Nr;Kunde;Preis\n1;M\xfcller;12,50\n2;Zo\xeb;7,00\n");
        assert_eq!((german.delimiter, german.encoding), (';', "windows-1252"));
        assert_eq!(german.values("Kunde").collect::<Vec<_>>(), ["Müller", "Zoë"]);
        let english = sheet("id,name,text\n1,Zoë,\"a; b; c; d\"\n".as_bytes());
        assert_eq!((english.delimiter, english.encoding, english.names.len()), (',', "utf-8", 3));
        assert_eq!(sheet(b"a\tb\n1\t2\n").delimiter, '\t');
        assert_eq!(sheet(b"alone\n1\n").names, ["alone"]);
        let asked = Sheet::of(b"a;b\n1;2\n", Some(','), Some("utf-8")).unwrap();
        assert_eq!(asked.names, ["a;b"], "as somebody chose");
    }

    #[test]
    fn what_is_no_sheet_says_why() {
        for (text, why) in
            [(&b""[..], "names"), (b"PK\x03\x04...", "workbook"), (b";;\n1;2;3\n", "names"), (b"a\rb\rc", "names")]
        {
            let told = Sheet::of(text, None, None).unwrap_err().to_string();
            assert!(told.contains(why), "{told}");
        }
        assert!(matches!(Sheet::open(Path::new("/nowhere/at/all"), None, None), Err(SheetError::Gone)));
    }

    #[test]
    fn a_column_that_cannot_be_named_is_not_offered() {
        let odd = sheet(b"a,a,b,,{c}\n1,2,3,4,5\n");
        assert_eq!(odd.columns().collect::<Vec<_>>(), ["b"]);
    }
}
