//! What somebody chose on the screen, and the mapping that comes of it.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::super::Mapping;
use super::fields::{DATES, FIELDS, STATES};
use super::guess::read_on;
use super::sheet::{DELIMITERS, Sheet};

/// What a file's columns are taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// What separates columns.
    pub delimiter: String,
    /// `utf-8` or `windows-1252`.
    pub encoding: String,
    /// The zone of instants that say none.
    pub timezone: String,
    /// Whether amounts are written `12,50`.
    pub decimal_comma: bool,
    /// Where the rows come from: keys are told apart by it.
    pub source: String,
    /// A field's column.
    pub columns: BTreeMap<String, String>,
    /// How a field's instants are written.
    pub dates: BTreeMap<String, String>,
    /// When days without a time begin, `09:00`.
    pub time: String,
    /// How long an appointment takes where nothing says so, in minutes.
    pub minutes: u32,
    /// What became of all appointments, where no column says so.
    pub status: String,
    /// What the values of the column mean that says what became of them; nothing: such rows are left out.
    pub states: BTreeMap<String, String>,
    /// The columns that hold whole numbers which a spreadsheet spoilt.
    pub whole: Vec<String>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            delimiter: ",".to_owned(),
            encoding: "utf-8".to_owned(),
            timezone: "UTC".to_owned(),
            decimal_comma: false,
            source: "csv".to_owned(),
            columns: BTreeMap::new(),
            dates: BTreeMap::new(),
            time: "09:00".to_owned(),
            minutes: 30,
            status: "scheduled".to_owned(),
            states: BTreeMap::new(),
            whole: Vec::new(),
        }
    }
}

/// Why no mapping comes of what was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No column says when appointments begin.
    NoStart,
    /// It is not said how those instants are written.
    NoPattern(&'static str),
    /// No column says who the customer is.
    NoCustomer,
    /// No value says what became of an appointment.
    NoStates,
    /// Something else does not fit.
    Other(String),
}

impl Choices {
    /// So many different values of a state are offered.
    pub const MOST_STATES: usize = 40;

    /// What a form says, on a sheet that has these columns. What it does not say stays as it was; what there is not is nothing.
    #[must_use]
    pub fn changed(&self, form: &[(String, String)], sheet: &Sheet) -> Self {
        let said = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        let mut it = self.clone();
        for field in FIELDS {
            if let Some(column) = said(&format!("column.{}", field.key)) {
                let before = it.columns.remove(field.key);
                if sheet.columns().any(|known| known == column) {
                    it.columns.insert(field.key.to_owned(), column.to_owned());
                }
                // Another column is written in its own way.
                if before.as_deref() != Some(column).filter(|column| !column.is_empty()) {
                    it.dates.remove(field.key);
                    if field.key == "status" {
                        it.states.clear();
                    }
                    continue;
                }
            }
            if let Some(pattern) = said(&format!("date.{}", field.key)) {
                it.dates.remove(field.key);
                if DATES.iter().any(|(known, _)| *known == pattern) {
                    it.dates.insert(field.key.to_owned(), pattern.to_owned());
                }
            }
        }
        it.settings(&said);
        let values = form.iter().filter(|(key, _)| key == "value").map(|(_, value)| value);
        let means = form.iter().filter(|(key, _)| key == "means").map(|(_, value)| value);
        for (value, means) in values.zip(means) {
            if let Some(state) = it.states.get_mut(value) {
                *state = if STATES.contains(&means.as_str()) { means.clone() } else { String::new() };
            }
        }
        read_on(sheet, &mut it);
        if let Some(comma) = said("decimal") {
            it.decimal_comma = comma == "comma";
        }
        it
    }

    fn settings<'a>(&mut self, said: &impl Fn(&str) -> Option<&'a str>) {
        if let Some(zone) = said("timezone").filter(|zone| zone.parse::<Tz>().is_ok()) {
            zone.clone_into(&mut self.timezone);
        }
        if let Some(source) = said("source") {
            let plain = |sign: char| if sign.is_ascii_graphic() { sign } else { '-' };
            self.source = source.chars().map(plain).take(64).collect();
        }
        if let Some(time) = said("time") {
            self.time = time.chars().take(5).collect();
        }
        if let Some(minutes) = said("minutes").and_then(|minutes| minutes.parse().ok()) {
            self.minutes = minutes;
        }
        if let Some(status) = said("status").filter(|status| STATES.contains(status)) {
            status.clone_into(&mut self.status);
        }
    }

    /// How the file is written, as a form says; none: as it seems.
    #[must_use]
    pub fn written(form: &[(String, String)]) -> (Option<char>, Option<String>) {
        let said = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let delimiter = said("delimiter").and_then(delimiter_named);
        (delimiter, said("encoding").map(str::to_owned))
    }

    /// The mapping.
    ///
    /// # Errors
    /// [`Wrong`] says what is missing.
    pub fn mapping(&self) -> Result<Mapping, Wrong> {
        let text = self.toml()?.to_string();
        Mapping::parse(&text).map_err(|error| Wrong::Other(error.to_string()))
    }

    fn column(&self, key: &str) -> Option<String> {
        self.columns.get(key).map(|column| format!("{{{column}}}"))
    }

    fn toml(&self) -> Result<Table, Wrong> {
        let start = self.column("start").ok_or(Wrong::NoStart)?;
        let patterns = self.patterns("start")?;
        let timed = self.column("time").filter(|_| patterns.iter().all(|pattern| !pattern.contains("%H")));
        let (start, patterns) = match timed {
            Some(time) => (format!("{start} {time}"), with_times(&patterns)),
            None => (start, patterns),
        };
        let (customer, customer_key) = self.customer()?;
        let mut file =
            table(&[("delimiter", &self.delimiter), ("encoding", &self.encoding), ("timezone", &self.timezone)]);
        file.insert("dates".to_owned(), Value::from(patterns));
        file.insert("decimal_comma".to_owned(), Value::from(self.decimal_comma));
        if !self.time.is_empty() {
            file.insert("time".to_owned(), Value::from(self.time.as_str()));
        }
        let mut appointment = self.appointment()?;
        let key = self.column("key").unwrap_or_else(|| format!("{start} {customer_key}"));
        appointment.insert("key".to_owned(), Value::from(key));
        appointment.insert("starts_at".to_owned(), Value::from(start));
        let mut mapping = table(&[("source", &self.source)]);
        for (name, part) in [("file", file), ("customer", customer), ("appointment", appointment)] {
            mapping.insert(name.to_owned(), Value::Table(part));
        }
        for name in ["branch", "staff", "service"] {
            if let Some(column) = self.column(name) {
                let mut part = table(&[("key", &column), ("name", &column)]);
                if name == "service" {
                    part.insert("duration_minutes".to_owned(), Value::from(i64::from(self.minutes)));
                }
                mapping.insert(name.to_owned(), Value::Table(part));
            }
        }
        let rule = || Value::Table(table(&[("normalise", "integer")]));
        let rules: Table = self.whole.iter().map(|column| (column.clone(), rule())).collect();
        mapping.insert("columns".to_owned(), Value::Table(rules));
        Ok(mapping)
    }

    /// Who came, and by what they are told from others.
    fn customer(&self) -> Result<(Table, String), Wrong> {
        let name = match (self.column("name"), self.column("last_name")) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (first, last) => first.or(last),
        };
        let (email, phone) = (self.column("email"), self.column("phone"));
        let key = self.column("customer").or_else(|| email.clone()).or_else(|| phone.clone()).or_else(|| name.clone());
        let key = key.ok_or(Wrong::NoCustomer)?;
        let mut customer = table(&[("key", &key), ("name", name.as_ref().unwrap_or(&key))]);
        for (part, column) in [("email", email), ("phone", phone)] {
            customer.extend(column.map(|column| (part.to_owned(), Value::from(column))));
        }
        Ok((customer, key))
    }

    fn appointment(&self) -> Result<Table, Wrong> {
        let mut it = Table::new();
        let minutes = self.column("minutes").map_or_else(|| Value::from(i64::from(self.minutes)), Value::from);
        it.insert("duration_minutes".to_owned(), minutes);
        for (field, part) in [("end", "ends_at"), ("booked", "booked_at")] {
            if let Some(column) = self.column(field) {
                let mut instant = table(&[("value", &column)]);
                instant.insert("dates".to_owned(), Value::from(self.patterns(field)?));
                it.insert(part.to_owned(), Value::Table(instant));
            }
        }
        it.extend(self.column("price").map(|column| ("price".to_owned(), Value::from(column))));
        let status = match self.column("status") {
            None => Value::from(self.status.as_str()),
            Some(column) => {
                let means: Table = self
                    .states
                    .iter()
                    .filter(|(_, state)| !state.is_empty())
                    .map(|(value, state)| (value.clone(), Value::from(state.as_str())))
                    .collect();
                if means.is_empty() {
                    return Err(Wrong::NoStates);
                }
                let mut by = table(&[("value", &column)]);
                by.insert("map".to_owned(), Value::Table(means));
                Value::Table(by)
            }
        };
        it.insert("status".to_owned(), status);
        Ok(it)
    }

    fn patterns(&self, field: &'static str) -> Result<Vec<String>, Wrong> {
        self.dates.get(field).map(|pattern| vec![pattern.clone()]).ok_or(Wrong::NoPattern(field))
    }
}

/// What separates columns, by the name that forms give it.
fn delimiter_named(name: &str) -> Option<char> {
    let sign = if name == "tab" { '\t' } else { name.chars().next()? };
    DELIMITERS.contains(&sign).then_some(sign)
}

/// A day by each pattern, and the time of another column behind it.
fn with_times(patterns: &[String]) -> Vec<String> {
    let times = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%H.%M"];
    patterns.iter().flat_map(|pattern| times.map(|time| format!("{pattern} {time}"))).collect()
}

fn table(pairs: &[(&str, &str)]) -> Table {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(columns: &[(&str, &str)]) -> Choices {
        let columns = columns.iter().map(|(key, name)| ((*key).to_owned(), (*name).to_owned())).collect();
        let dates = BTreeMap::from([("start".to_owned(), "%d.%m.%Y".to_owned())]);
        Choices { columns, dates, ..Choices::default() }
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(chosen(&[("name", "Kunde")]).mapping().unwrap_err(), Wrong::NoStart);
        assert_eq!(chosen(&[("start", "Tag")]).mapping().unwrap_err(), Wrong::NoCustomer);
        let end = chosen(&[("start", "Tag"), ("name", "Kunde"), ("end", "Ende")]);
        assert_eq!(end.mapping().unwrap_err(), Wrong::NoPattern("end"));
        assert_eq!(chosen(&[("start", "T"), ("name", "K"), ("status", "S")]).mapping().unwrap_err(), Wrong::NoStates);
        let late = Choices { time: "25:99".to_owned(), ..chosen(&[("start", "Tag"), ("name", "Kunde")]) };
        assert!(matches!(late.mapping().unwrap_err(), Wrong::Other(_)));
    }

    #[test]
    fn whatever_stands_in_a_name_is_a_name() {
        let odd = "Kunde \"]\n[file]\ntimezone = 'x' # \\";
        assert!(chosen(&[("start", "Tag"), ("name", odd)]).mapping().is_ok());
    }

    #[test]
    fn a_form_chooses_among_what_there_is() {
        let sheet = Sheet {
            delimiter: ';',
            encoding: "utf-8",
            names: vec!["Tag".into(), "Kunde".into(), "Stand".into()],
            rows: vec![vec!["24.11.2026".into(), "Zoë".into(), "kam".into()]],
        };
        let form = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let first = Choices::default().changed(
            &form(&[("column.start", "Tag"), ("column.name", "Nobody"), ("column.status", "Stand"), ("minutes", "x")]),
            &sheet,
        );
        assert_eq!((first.columns.len(), first.minutes), (2, 30), "{first:?}");
        assert_eq!((first.dates["start"].as_str(), first.states["kam"].as_str()), ("%d.%m.%Y", ""));
        let form =
            form(&[("column.name", "Kunde"), ("value", "kam"), ("means", "completed"), ("value", "x"), ("means", "y")]);
        let then = first.changed(&form, &sheet);
        assert_eq!(then.states, BTreeMap::from([("kam".to_owned(), "completed".to_owned())]));
        assert!(then.mapping().is_ok());
    }
}
