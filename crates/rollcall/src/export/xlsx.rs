//! Rows as a workbook of Office Open XML (ECMA-376), written as a stream: sheets first, and what lists them at the end.
//!
//! The libraries that write workbooks want to go back in the file, and so keep all of it somewhere until it is done; this
//! writes the little that a table needs, into a ZIP file that never goes back. Text is text in it, never a formula.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

use super::Field;

/// The rows of a sheet, its headings included: what Excel can open.
const ROWS: usize = 1_048_576;
/// The characters of a cell.
const CHARACTERS: usize = 32_767;
/// The characters of a sheet's name.
const NAME: usize = 31;
/// As fast as compression gets: a file is read once.
const LEVEL: i64 = 1;
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// A workbook that grows.
pub(crate) struct Xlsx {
    zone: Option<Tz>,
    out: Shared,
    /// None where it failed, or is done.
    zip: Option<ZipWriter<StreamWriter<Shared>>>,
    sheets: Vec<String>,
    table: String,
    columns: Vec<String>,
    /// So many rows has a sheet at most.
    most: usize,
    /// Rows of the sheet that is open.
    rows: usize,
    text: String,
}

/// Where the file's bytes wait until they are taken.
#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    // Bytes are added or taken: no panic leaves them half-done.
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Xlsx {
    pub(super) fn new(zone: Option<Tz>) -> Self {
        let out = Shared::default();
        let zip = Some(ZipWriter::new_stream(out.clone()));
        let (sheets, table, columns, text) = (Vec::new(), String::new(), Vec::new(), String::new());
        Self { zone, out, zip, sheets, table, columns, most: ROWS, rows: 0, text }
    }

    pub(super) fn table(&mut self, name: &str, columns: &[String]) -> io::Result<()> {
        self.close()?;
        name.clone_into(&mut self.table);
        self.columns = columns.to_vec();
        self.sheet()
    }

    pub(super) fn rows(&mut self, rows: &[Vec<Field>]) -> io::Result<()> {
        for row in rows {
            if self.rows == self.most {
                self.close()?;
                self.sheet()?;
            }
            self.rows += 1;
            // To a string, nothing fails.
            let _ = write!(self.text, "<row r=\"{}\">", self.rows);
            for field in row {
                cell(&mut self.text, field, self.zone);
            }
            self.text.push_str("</row>");
        }
        self.write()
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.close()?;
        let numbers = || 1..=self.sheets.len();
        let sheets: String = numbers()
            .zip(&self.sheets)
            .map(|(at, name)| format!("<sheet name=\"{name}\" sheetId=\"{at}\" r:id=\"r{at}\"/>"))
            .collect();
        let related: String = numbers()
            .map(|at| {
                format!(
                    "<Relationship Id=\"r{at}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{at}.xml\"/>"
                )
            })
            .collect();
        let types: String = numbers()
            .map(|at| {
                format!(
                    "<Override PartName=\"/xl/worksheets/sheet{at}.xml\" ContentType=\"{}.worksheet+xml\"/>",
                    type_of()
                )
            })
            .collect();
        let relationships = "http://schemas.openxmlformats.org/package/2006/relationships";
        for (name, text) in [
            (
                "xl/workbook.xml",
                format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>{sheets}</sheets></workbook>"),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{relationships}\">{related}\
                     <Relationship Id=\"styles\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
                ),
            ),
            ("xl/styles.xml", STYLES.replace("{MAIN}", MAIN)),
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{relationships}\"><Relationship Id=\"r1\" \
                     Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            ("[Content_Types].xml", CONTENT_TYPES.replace("{types}", &types).replace("{type}", type_of())),
        ] {
            self.begin(name)?;
            self.text.push_str(&text);
            self.write()?;
        }
        if let Some(zip) = self.zip.take() {
            zip.finish()?;
        }
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out.bytes())
    }

    /// Begins a file in the file.
    fn begin(&mut self, name: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .last_modified_time(zip::DateTime::default());
        self.zip()?.start_file(name, options)?;
        self.text.push_str(HEAD);
        Ok(())
    }

    /// Begins a sheet: the headings stay where they are when one scrolls.
    fn sheet(&mut self) -> io::Result<()> {
        let name = self.free_name();
        self.sheets.push(name);
        self.begin(&format!("xl/worksheets/sheet{}.xml", self.sheets.len()))?;
        let _ = write!(
            self.text,
            "<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" \
             topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>\
             <sheetFormatPr defaultRowHeight=\"15\"/><cols><col min=\"1\" max=\"{}\" width=\"20\" \
             customWidth=\"1\"/></cols><sheetData><row r=\"1\">",
            self.columns.len().max(1)
        );
        for column in &self.columns {
            text(&mut self.text, column, " s=\"3\"");
        }
        self.text.push_str("</row>");
        self.rows = 1;
        self.write()
    }

    /// The table's name as a sheet may have it, which no other sheet has.
    fn free_name(&self) -> String {
        let plain: String =
            self.table.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
        let named = |end: &str| {
            let begin: String = plain.trim().chars().take(NAME - end.len()).collect();
            format!("{begin}{end}")
        };
        let others = (2..).map(|number: usize| named(&format!(" {number}")));
        let mut names = std::iter::once(named("")).chain(others);
        names.find(|name| !name.is_empty() && !self.sheets.contains(name)).unwrap_or_default()
    }

    /// Ends the sheet that is open.
    fn close(&mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.rows = 0;
            self.text.push_str("</sheetData></worksheet>");
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        self.zip()?.write_all(text.as_bytes())?;
        self.text = text;
        self.text.clear();
        Ok(())
    }

    fn zip(&mut self) -> io::Result<&mut ZipWriter<StreamWriter<Shared>>> {
        self.zip.as_mut().ok_or_else(|| io::Error::other("the workbook is at its end"))
    }
}

fn type_of() -> &'static str {
    "application/vnd.openxmlformats-officedocument.spreadsheetml"
}

/// Styles by number: as it is, an instant, an amount, a heading.
const STYLES: &str = "<styleSheet xmlns=\"{MAIN}\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" \
    formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>\
    <font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/>\
    </fill><fill><patternFill patternType=\"gray125\"/></fill></fills><borders count=\"1\"><border><left/><right/><top/><bottom/>\
    <diagonal/></border></borders><cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>\
    </cellStyleXfs><cellXfs count=\"4\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
    <xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
    <xf numFmtId=\"2\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
    <xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/></cellXfs>\
    <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";
const CONTENT_TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default \
    Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" \
    ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{type}.sheet.main+xml\"/>{types}\
    <Override PartName=\"/xl/styles.xml\" ContentType=\"{type}.styles+xml\"/></Types>";

fn cell(out: &mut String, field: &Field, zone: Option<Tz>) {
    // To a string, nothing fails.
    let _ = match field {
        Field::Nothing => write!(out, "<c/>"),
        Field::Text(value) => return text(out, value, ""),
        Field::Json(value) => return text(out, &value.to_string(), ""),
        Field::Whole(number) => write!(out, "<c><v>{number}</v></c>"),
        Field::Amount(amount) => write!(out, "<c s=\"2\"><v>{amount:.2}</v></c>"),
        Field::Flag(flag) => write!(out, "<c t=\"b\"><v>{}</v></c>", u8::from(*flag)),
        Field::Instant(at) => write!(out, "<c s=\"1\"><v>{}</v></c>", serial(*at, zone)),
    };
}

/// An instant as a spreadsheet has it: days since 30 December 1899, on the clocks of the zone.
fn serial(at: NaiveDateTime, zone: Option<Tz>) -> f64 {
    let local = zone.map_or(at, |zone| zone.from_utc_datetime(&at).naive_local());
    let epoch = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default().and_time(chrono::NaiveTime::MIN);
    (local - epoch).num_seconds() as f64 / 86_400.0
}

fn text(out: &mut String, value: &str, style: &str) {
    let _ = write!(out, "<c{style} t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    for letter in value.chars().take(CHARACTERS) {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' => out.push(letter),
            '\r' => out.push_str("&#13;"),
            // XML has none of these.
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out.push_str("</t></is></c>");
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    fn file(bytes: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_workbook_comes_in_pieces_and_holds_no_formula() {
        let mut book = Xlsx::new(Some(Tz::Europe__Berlin));
        book.table("Kunden/innen", &["name".into(), "at".into()]).unwrap();
        book.rows(&[vec!["=1+1 <&>\u{1}".into(), Field::Instant("2026-11-22T11:00:00".parse().unwrap())]]).unwrap();
        let mut bytes = book.take();
        book.table("Kunden innen", &["fee".into()]).unwrap();
        book.rows(&[vec![Field::Amount("7.5".parse().unwrap())], vec![Field::Flag(true)]]).unwrap();
        book.finish().unwrap();
        bytes.extend(book.take());
        let sheet = file(&bytes, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains("<t xml:space=\"preserve\">=1+1 &lt;&amp;&gt;\u{fffd}</t>"), "{sheet}");
        assert!(sheet.contains("<c s=\"1\"><v>46348.5</v></c>") && !sheet.contains("<f>"), "{sheet}");
        let sheet = file(&bytes, "xl/worksheets/sheet2.xml");
        assert!(
            sheet.contains("<row r=\"2\"><c s=\"2\"><v>7.50</v></c></row><row r=\"3\"><c t=\"b\"><v>1</v></c></row>"),
            "{sheet}"
        );
        let workbook = file(&bytes, "xl/workbook.xml");
        assert!(
            workbook.contains("name=\"Kunden innen\"") && workbook.contains("name=\"Kunden innen 2\""),
            "{workbook}"
        );
        assert!(file(&bytes, "[Content_Types].xml").contains("/xl/worksheets/sheet2.xml"));
    }

    #[test]
    fn a_spreadsheet_opens_it_and_reads_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.xlsx");
        let mut book = Xlsx::new(Some(Tz::America__New_York));
        book.table("customers", &["name".into(), "at".into(), "fee".into(), "count".into(), "on".into()]).unwrap();
        let at: NaiveDateTime = "2026-11-22T03:00:01".parse().unwrap();
        let rows = ["=1+1", "Zoë \"Z\" <b>, & Söhne", "-2", " blank ", "\u{1f600}\u{1}"];
        let rows = rows.map(|name| {
            let fee = Field::Amount("1094.5".parse().unwrap());
            vec![name.into(), Field::Instant(at), fee, Field::Whole(-7), Field::Flag(true)]
        });
        book.rows(&rows).unwrap();
        book.rows(&[vec!["last".into(), Field::Nothing, Field::Nothing, Field::Nothing, Field::Nothing]]).unwrap();
        book.finish().unwrap();
        std::fs::write(&path, book.take()).unwrap();
        let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
        let office = std::process::Command::new("soffice")
            .args([
                &profile,
                "--headless",
                "--convert-to",
                "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
                "--outdir",
            ])
            .args([folder.path(), path.as_path()])
            .output();
        let Ok(office) = office else {
            assert!(std::env::var_os("ROLLCALL_TEST_REQUIRE_ALL").is_none(), "LibreOffice is missing");
            return;
        };
        let said = String::from_utf8_lossy(&office.stderr);
        let csv = std::fs::read_to_string(folder.path().join("book.csv"));
        let csv = csv.unwrap_or_else(|error| panic!("{error}: {said}"));
        let line = |name: &str| format!("{name},2026-11-21 22:00:01,1094.5,-7,TRUE");
        assert_eq!(
            csv.lines().collect::<Vec<_>>(),
            [
                "name,at,fee,count,on".to_owned(),
                line("=1+1"),
                line("\"Zoë \"\"Z\"\" <b>, & Söhne\""),
                line("-2"),
                line(" blank "),
                line("\u{1f600}\u{fffd}"),
                "last,,,,".to_owned(),
            ],
            "{said}"
        );
    }

    #[test]
    fn rows_that_no_sheet_can_hold_go_on_in_another_one() {
        let mut book = Xlsx::new(None);
        book.table("t", &["n".into()]).unwrap();
        book.most = 10;
        let rows: Vec<_> = (0..6).map(|n| vec![Field::Whole(n)]).collect();
        book.rows(&rows).unwrap();
        book.rows(&rows).unwrap();
        book.finish().unwrap();
        let bytes = book.take();
        let (first, second) = (file(&bytes, "xl/worksheets/sheet1.xml"), file(&bytes, "xl/worksheets/sheet2.xml"));
        assert_eq!(
            (first.matches("<row ").count(), second.matches("<row ").count()),
            (10, 4),
            "with headings of its own"
        );
    }
}
