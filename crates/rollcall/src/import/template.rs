//! Templates such as `Patient {PatientId}`: how a mapping says what a value is made of.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// Text with the names of columns in braces; a brace itself is doubled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A column's name, and where it is once the file's header is known.
    Column(String, usize),
}

impl Template {
    /// Reads a template.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
            } else if brace == "}" {
                return Err(format!("`}}` without `{{` in `{text}`: write `}}}}` for the brace itself"));
            } else {
                let Some((name, after)) = rest.split_once('}') else {
                    return Err(format!("`{{` without `}}` in `{text}`: write `{{{{` for the brace itself"));
                };
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Column(name.trim().to_owned(), usize::MAX));
                rest = after;
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// Looks up its columns in a file's header; the name of the first that is not there, or there twice, as an error.
    pub(super) fn bind(&mut self, header: &[String]) -> Result<(), String> {
        for part in &mut self.0 {
            let Part::Column(name, at) = part else { continue };
            let mut found = (0..header.len()).filter(|index| header[*index] == *name);
            *at = match (found.next(), found.next()) {
                (Some(index), None) => index,
                (None, _) => return Err(format!("the file has no column `{name}`")),
                (Some(_), Some(_)) => return Err(format!("the file has two columns `{name}`")),
            };
        }
        Ok(())
    }

    /// The text for a row; none where all its columns are empty, or the text itself is.
    pub(super) fn fill(&self, cells: &[String]) -> Option<String> {
        let cell = |at: &usize| cells.get(*at).map_or("", String::as_str);
        let mut columns = self.0.iter().filter_map(|part| match part {
            Part::Column(_, at) => Some(cell(at)),
            Part::Text(_) => None,
        });
        if self.has_columns() && columns.all(str::is_empty) {
            return None;
        }
        let pieces = self.0.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Column(_, at) => cell(at),
        });
        let text: String = pieces.collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Whether a row has a say in it.
    pub(super) fn has_columns(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Column(..)))
    }
}

/// As in the mapping.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Column(name, _) => write!(f, "{{{name}}}"),
        })
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Template;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text with {columns} in braces, or a number")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Template, E> {
                Template::parse(text).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Template, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Template, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, cells: &[&str]) -> Option<String> {
        let header = ["Name", "No-show"].map(str::to_owned);
        let mut template = Template::parse(template).unwrap();
        template.bind(&header).unwrap();
        template.fill(&cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn columns_stand_in_braces() {
        assert_eq!(filled("Patient {Name} ({No-show})", &["Zoë", "Yes"]).as_deref(), Some("Patient Zoë (Yes)"));
        assert_eq!(filled("{{{Name}}}", &["x", ""]).as_deref(), Some("{x}"));
        assert_eq!(filled("constant", &["", ""]).as_deref(), Some("constant"));
    }

    #[test]
    fn a_row_without_the_columns_has_no_value() {
        assert_eq!(filled("Patient {Name}", &["", "Yes"]), None);
        assert_eq!(filled("{Name} {No-show}", &["", "Yes"]).as_deref(), Some("Yes"), "one of two is enough");
        assert_eq!(filled("", &["a", "b"]), None);
    }

    #[test]
    fn a_mistake_is_named() {
        assert!(Template::parse("{Name").unwrap_err().contains("`{` without `}`"));
        assert!(Template::parse("Name}").unwrap_err().contains("`}` without `{`"));
        let mut template = Template::parse("{Nmae}").unwrap();
        assert_eq!(template.bind(&["Name".to_owned()]).unwrap_err(), "the file has no column `Nmae`");
        let twice = ["a".to_owned(), "a".to_owned()];
        assert_eq!(Template::parse("{a}").unwrap().bind(&twice).unwrap_err(), "the file has two columns `a`");
    }
}
