//! From the text of a mapping to one that fits a file: what a mapping must have, and where its columns are.

use super::mapping::{Choice, Instant, Mapping};
use super::template::Template;

/// At most so many names of columns are shown, and so many characters of each.
const NAMES_SHOWN: usize = 10;
const NAME_SHOWN: usize = 40;

/// A mapping that cannot be used. The message names the key and, where it can, the line.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// It is no TOML, or not of a mapping's shape.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A key is missing or contradicts another.
    #[error("{0}")]
    Shape(&'static str),
    /// It speaks of a column that the file does not have, or has twice.
    #[error("line {line} of the mapping, {key} = \"{template}\": {problem}; it has {header}")]
    Column {
        /// The line on which the template stands.
        line: usize,
        /// The key whose value names the column.
        key: &'static str,
        /// The value.
        template: String,
        /// What is wrong with it.
        problem: String,
        /// The file's columns, the first few of them.
        header: String,
    },
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// [`MappingError`]; its text names the key and shows the line.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let mut mapping: Self = toml::from_str(text)?;
        text.clone_into(&mut mapping.text);
        if mapping.file.dates.is_empty() {
            return Err(MappingError::Shape(
                "file.dates is empty: name at least one pattern, such as `%Y-%m-%d %H:%M`",
            ));
        }
        let appointment = &mapping.appointment;
        if appointment.ends_at.is_none() && appointment.duration_minutes.is_none() && mapping.service.is_none() {
            return Err(MappingError::Shape(
                "nothing says how long an appointment takes: appointment.ends_at, appointment.duration_minutes, \
                 or a [service] with duration_minutes",
            ));
        }
        let keys = [("appointment.key", &appointment.key), ("customer.key", &mapping.customer.key)];
        for (name, key) in keys {
            if !key.has_columns() {
                return Err(MappingError::Shape(match name {
                    "customer.key" => "customer.key names no {column}: all rows would be one customer",
                    _ => "appointment.key names no {column}: all rows would be one appointment",
                }));
            }
        }
        Ok(mapping)
    }

    /// The same mapping with its columns looked up in `header`.
    ///
    /// # Errors
    /// [`MappingError::Column`].
    pub(super) fn bind(&self, header: &[String]) -> Result<Self, MappingError> {
        let mut bound = self.clone();
        let missing = |key, template: &str, problem| MappingError::Column {
            line: self.line_of(template),
            key,
            template: template.to_owned(),
            problem,
            header: shown(header),
        };
        for (key, template) in bound.templates() {
            let shown = template.to_string();
            template.bind(header).map_err(|problem| missing(key, &shown, problem))?;
        }
        if let Some(name) = self.columns.keys().find(|name| !header.contains(name)) {
            let problem = format!("the file has no column `{name}`");
            return Err(missing("columns", name, problem));
        }
        Ok(bound)
    }

    /// The line of the mapping on which `template` stands, from 1.
    fn line_of(&self, template: &str) -> usize {
        self.text.lines().position(|line| line.contains(template)).map_or(1, |index| index + 1)
    }

    fn templates(&mut self) -> impl Iterator<Item = (&'static str, &mut Template)> {
        let customer = &mut self.customer;
        let mut all = vec![
            ("customer.key", Some(&mut customer.key)),
            ("customer.name", Some(&mut customer.name)),
            ("customer.email", customer.email.as_mut()),
            ("customer.phone", customer.phone.as_mut()),
            ("customer.journey_status", customer.journey_status.as_mut().and_then(Choice::template)),
        ];
        if let Some(branch) = &mut self.branch {
            all.extend([("branch.key", Some(&mut branch.key)), ("branch.name", Some(&mut branch.name))]);
            all.push(("branch.city", branch.city.as_mut()));
        }
        if let Some(staff) = &mut self.staff {
            all.extend([("staff.key", Some(&mut staff.key)), ("staff.name", Some(&mut staff.name))]);
            all.push(("staff.email", staff.email.as_mut()));
        }
        if let Some(service) = &mut self.service {
            all.extend([("service.key", Some(&mut service.key)), ("service.name", Some(&mut service.name))]);
            all.push(("service.duration_minutes", Some(&mut service.duration_minutes)));
            all.push(("service.price", service.price.as_mut()));
        }
        let appointment = &mut self.appointment;
        all.extend([
            ("appointment.key", Some(&mut appointment.key)),
            ("appointment.starts_at", Some(&mut appointment.starts_at.value)),
            ("appointment.ends_at", read(appointment.ends_at.as_mut())),
            ("appointment.duration_minutes", appointment.duration_minutes.as_mut()),
            ("appointment.booked_at", read(appointment.booked_at.as_mut())),
            ("appointment.status", appointment.status.template()),
            ("appointment.price", appointment.price.as_mut()),
        ]);
        for reminder in &mut self.reminders {
            all.extend([
                ("reminder.when", reminder.when.as_mut().map(|when| &mut when.value)),
                ("reminder.channel", reminder.channel.template()),
                ("reminder.status", reminder.status.as_mut().and_then(Choice::template)),
                ("reminder.recipient", Some(&mut reminder.recipient)),
                ("reminder.sent_at", read(reminder.sent_at.as_mut())),
            ]);
        }
        all.into_iter().filter_map(|(key, template)| template.map(|template| (key, template)))
    }
}

/// Names of columns for a message: few and short, for what stands on a file's first line may be anything.
fn shown(header: &[String]) -> String {
    let short = |name: &String| {
        let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
        let mut short: String = name.chars().take(NAME_SHOWN).map(plain).collect();
        if name.chars().nth(NAME_SHOWN).is_some() {
            short.push('…');
        }
        short
    };
    let mut names: Vec<_> = header.iter().take(NAMES_SHOWN).map(short).collect();
    if header.len() > NAMES_SHOWN {
        names.push(format!("… and {} more", header.len() - NAMES_SHOWN));
    }
    names.join(", ")
}

impl<T> Choice<T> {
    fn template(&mut self) -> Option<&mut Template> {
        match self {
            Self::By(by) => Some(&mut by.value),
            Self::Always(_) => None,
        }
    }
}

fn read(instant: Option<&mut Instant>) -> Option<&mut Template> {
    instant.map(|instant| &mut instant.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
source = "test"
[file]
timezone = "UTC"
dates = ["%Y-%m-%d %H:%M"]
[customer]
key = "{Customer}"
name = "{Customer}"
[appointment]
key = "{Nr}"
starts_at = "{Start}"
duration_minutes = 30
status = { value = "{State}", map = { yes = "completed" } }
"#;

    /// What parsing says of the mapping with `from` replaced by `to`.
    fn mistake(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        Mapping::parse(&GOOD.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn a_mistake_is_told_with_its_key_and_line() {
        for (from, to, line, problem) in [
            ("timezone =", "timezon =", "line 4", "unknown field `timezon`, expected one of"),
            ("\"UTC\"", "\"Mars\"", "line 4", "`Mars` is not a time zone"),
            ("%H:%M", "%H:%!", "line 5", "is not a date pattern"),
            ("\"{Nr}\"", "\"{Nr\"", "line 10", "`{` without `}`"),
            ("\"{Start}\"", "{ valu = \"{Start}\" }", "line 11", "unknown field `valu`"),
            ("\"{Start}\"", "{ value = \"{Start}\", timezone = \"Moon\" }", "line 11", "`Moon` is not a time zone"),
            ("\"completed\"", "\"done\"", "line 13", "`done` is no status of an appointment: use one of scheduled"),
            ("30", "[30]", "line 12", "expected text with {columns} in braces, or a number"),
            ("source = \"test\"", "source = \"a b\"", "line 2", "without spaces"),
            ("name = \"{Customer}\"", "", "line 6", "missing field `name`"),
        ] {
            let told = mistake(from, to);
            assert!(told.contains(line) && told.contains(problem), "{to}: {told}");
        }
    }

    #[test]
    fn a_mapping_that_cannot_work_is_refused() {
        assert!(mistake("duration_minutes = 30", "").contains("how long an appointment takes"));
        assert!(mistake("key = \"{Nr}\"", "key = \"1\"").contains("all rows would be one appointment"));
        assert!(mistake("\"%Y-%m-%d %H:%M\"", "").contains("file.dates is empty"));
    }

    #[test]
    fn a_column_that_the_file_lacks_is_named_with_the_line_that_wants_it() {
        let header = |names: &str| names.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mapping = Mapping::parse(GOOD).unwrap();
        assert!(mapping.bind(&header("Nr,Customer,Start,State,More")).is_ok());
        let told = mapping.bind(&header("Nr,Customer,Begin,State")).unwrap_err().to_string();
        let expected = "line 11 of the mapping, appointment.starts_at = \"{Start}\": the file has no column `Start`; \
                        it has Nr, Customer, Begin, State";
        assert_eq!(told, expected);
        let ruled = Mapping::parse(&format!("{GOOD}[columns.Phon]\nnormalise = \"digits\"\n")).unwrap();
        let told = ruled.bind(&header("Nr,Customer,Start,State")).unwrap_err().to_string();
        assert!(told.contains("line 14") && told.contains("no column `Phon`"), "{told}");
    }
    #[test]
    fn of_many_or_long_columns_only_some_are_shown() {
        let header: Vec<String> = (1..=200).map(|number| format!("column {number}\u{1b} {}", "ä".repeat(60))).collect();
        let told = Mapping::parse(GOOD).unwrap().bind(&header).unwrap_err().to_string();
        assert!(told.ends_with(&format!("column 10  {}…, … and 190 more", "ä".repeat(29))), "{told}");
        assert!(told.chars().count() < 700 && !told.contains(char::is_control), "{told}");
    }
}
