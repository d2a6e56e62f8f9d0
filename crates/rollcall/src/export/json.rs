//! Rows as objects of JSON: one array of them, or one a line.

use std::io::{self, Write};

use chrono_tz::Tz;

use super::{Field, told};

/// Objects, each with the names of the columns already quoted.
#[derive(Debug)]
struct Objects {
    zone: Option<Tz>,
    names: Vec<String>,
    text: Vec<u8>,
}

impl Objects {
    fn new(zone: Option<Tz>) -> Self {
        Self { zone, names: Vec::new(), text: Vec::new() }
    }

    fn table(&mut self, columns: &[String]) -> io::Result<()> {
        let quoted = columns.iter().map(serde_json::to_string);
        self.names = quoted.collect::<Result<_, _>>()?;
        Ok(())
    }

    fn object(&mut self, row: &[Field]) -> io::Result<()> {
        for (at, (name, field)) in self.names.iter().zip(row).enumerate() {
            self.text.push(if at == 0 { b'{' } else { b',' });
            write!(self.text, "{name}:")?;
            match field {
                Field::Nothing => self.text.extend_from_slice(b"null"),
                Field::Text(text) => serde_json::to_writer(&mut self.text, text)?,
                Field::Whole(number) => write!(self.text, "{number}")?,
                // As text: not every reader of JSON has decimals.
                Field::Amount(amount) => write!(self.text, "\"{amount:.2}\"")?,
                Field::Flag(flag) => write!(self.text, "{flag}")?,
                Field::Instant(at) => write!(self.text, "\"{}\"", told(*at, self.zone))?,
                Field::Json(json) => serde_json::to_writer(&mut self.text, json)?,
            }
        }
        self.text.push(b'}');
        Ok(())
    }
}

/// An object a line.
#[derive(Debug)]
pub(crate) struct Lines(Objects);

impl Lines {
    pub(super) fn new(zone: Option<Tz>) -> Self {
        Self(Objects::new(zone))
    }

    pub(super) fn table(&mut self, columns: &[String]) -> io::Result<()> {
        self.0.table(columns)
    }

    pub(super) fn rows(&mut self, rows: &[Vec<Field>]) -> io::Result<()> {
        for row in rows {
            self.0.object(row)?;
            self.0.text.push(b'\n');
        }
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0.text)
    }
}

/// One array of objects.
#[derive(Debug)]
pub(crate) struct Array {
    objects: Objects,
    begun: bool,
}

impl Array {
    pub(super) fn new(zone: Option<Tz>) -> Self {
        Self { objects: Objects::new(zone), begun: false }
    }

    pub(super) fn table(&mut self, columns: &[String]) -> io::Result<()> {
        self.objects.table(columns)
    }

    pub(super) fn rows(&mut self, rows: &[Vec<Field>]) -> io::Result<()> {
        for row in rows {
            let before: &[u8] = if self.begun { b",\n" } else { b"[" };
            self.objects.text.extend_from_slice(before);
            self.begun = true;
            self.objects.object(row)?;
        }
        Ok(())
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        let end: &[u8] = if self.begun { b"]\n" } else { b"[]\n" };
        self.objects.text.extend_from_slice(end);
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.objects.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn rows_are_objects_whatever_stands_in_them() {
        let row = |text: &str| vec![Field::from(text), Field::Amount("7.5".parse().unwrap()), Field::Json(json!([1]))];
        let names = ["a\"b".to_owned(), "fee".to_owned(), "more".to_owned()];
        let mut array = Array::new(None);
        array.table(&names).unwrap();
        array.rows(&[row("x\n\"y\"")]).unwrap();
        let mut text = array.take();
        array.rows(&[row("z")]).unwrap();
        array.finish().unwrap();
        text.extend(array.take());
        let read: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(
            read,
            json!([{"a\"b": "x\n\"y\"", "fee": "7.50", "more": [1]}, {"a\"b": "z", "fee": "7.50", "more": [1]}])
        );
        let mut lines = Lines::new(None);
        lines.table(&names).unwrap();
        lines.rows(&[row("x\n"), row("y")]).unwrap();
        assert_eq!(String::from_utf8(lines.take()).unwrap().lines().count(), 2);
        let mut empty = Array::new(None);
        empty.finish().unwrap();
        assert_eq!(empty.take(), b"[]\n");
    }
}
