//! Rows as CSV (RFC 4180), with nothing in it that a spreadsheet runs.

use serde_json::{Map, Value as Json};

/// The rows, after the names of their columns where they are the `first`.
pub(crate) fn table(names: &[String], rows: &[Map<String, Json>], first: bool) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if first {
        writer.write_record(names)?;
    }
    for row in rows {
        writer.write_record(names.iter().map(|name| cell(row.get(name))))?;
    }
    writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))
}

/// Records, the first of which are the headings.
pub(crate) fn records(records: &[Vec<Json>]) -> std::io::Result<String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer.write_record(record.iter().map(|value| cell(Some(value))))?;
    }
    let bytes = writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

fn cell(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => defused(text),
        Some(other) => other.to_string(),
    }
}

/// A cell that begins like a formula is one to a spreadsheet, unless an apostrophe stands before it.
fn defused(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_no_formula() {
        for (value, written) in [
            (json!("=1+1"), "'=1+1"),
            (json!("+49"), "'+49"),
            (json!("-1"), "'-1"),
            (json!("@a"), "'@a"),
            (json!("\ta"), "'\ta"),
            (json!("a=b"), "a=b"),
            (json!(-1), "-1"),
            (json!(null), ""),
        ] {
            assert_eq!(cell(Some(&value)), written);
        }
    }
}
