//! What a file's columns probably are, by their names and by what stands in them.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::super::clean;
use super::choices::Choices;
use super::fields::{DATES, FIELDS, Field, meaning, plain};
use super::sheet::Sheet;

/// What the columns of a sheet probably are. Whoever brought it changes what is wrong.
#[must_use]
pub fn guess(sheet: &Sheet, timezone: &str) -> Choices {
    let mut choices = Choices { timezone: timezone.to_owned(), ..Choices::default() };
    let mut taken = BTreeSet::new();
    // What a name says for sure comes before what it may say: "Termin-ID" is a number and no date.
    let mut fits: Vec<_> = FIELDS
        .into_iter()
        .flat_map(|field| sheet.columns().filter_map(move |column| Some((field.fits(column)?, field, column))))
        .collect();
    fits.sort_by_key(|(rank, field, _)| (*rank, FIELDS.iter().position(|it| it.key == field.key)));
    for (_, field, column) in fits {
        let free = !taken.contains(column) && !choices.columns.contains_key(field.key);
        if free && could_be(sheet, field, column) {
            taken.insert(column);
            choices.columns.insert(field.key.to_owned(), column.to_owned());
        }
    }
    read_on(sheet, &mut choices);
    choices
}

/// What the columns that were chosen say by what stands in them: how dates are written, what states mean.
pub(super) fn read_on(sheet: &Sheet, choices: &mut Choices) {
    choices.delimiter = sheet.delimiter.to_string();
    sheet.encoding.clone_into(&mut choices.encoding);
    for field in FIELDS.into_iter().filter(|field| field.is_date) {
        let Some(column) = choices.columns.get(field.key) else { continue };
        if !choices.dates.contains_key(field.key)
            && let Some(pattern) = pattern_of(sheet, column)
        {
            choices.dates.insert(field.key.to_owned(), pattern.to_owned());
        }
    }
    if let Some(column) = choices.columns.get("status") {
        let by_absence = ["noshow", "nichterschienen"].iter().any(|word| plain(column).contains(word));
        let values: BTreeSet<&str> = sheet.values(column).take(1_000).collect();
        choices.states.retain(|value, _| values.contains(value.as_str()));
        for value in values.into_iter().take(Choices::MOST_STATES) {
            let state = meaning(value, by_absence).unwrap_or_default();
            choices.states.entry(value.to_owned()).or_insert_with(|| state.to_owned());
        }
    }
    if let Some(column) = choices.columns.get("price") {
        let sound = |comma| sheet.values(column).filter(|text| clean::amount(text, comma).is_ok()).count();
        choices.decimal_comma = sound(true) > sound(false);
    }
    choices.whole = ["customer", "key"]
        .into_iter()
        .filter_map(|key| choices.columns.get(key))
        .filter(|column| is_spoilt_number(sheet, column))
        .cloned()
        .collect();
}

/// Whether a spreadsheet made `2.98725E+13` or `17.0` of whole numbers.
fn is_spoilt_number(sheet: &Sheet, column: &str) -> bool {
    let mut values = sheet.values(column).peekable();
    let spoilt = |text: &str| text.contains(['E', 'e', '.']) && text.starts_with(|sign: char| sign.is_ascii_digit());
    values.peek().is_some()
        && sheet.values(column).all(|text| clean::integer(text, false).is_some())
        && sheet.values(column).any(spoilt)
}

/// Whether what stands in a column could be that.
fn could_be(sheet: &Sheet, field: Field, column: &str) -> bool {
    if !field.is_date || sheet.values(column).next().is_none() {
        return true;
    }
    pattern_of(sheet, column).is_some()
}

/// The way of writing dates that most of a column's values have; at least half of them.
fn pattern_of(sheet: &Sheet, column: &str) -> Option<&'static str> {
    let values: Vec<&str> = sheet.values(column).take(200).collect();
    let count = |pattern: &str| values.iter().filter(|text| reads(text, pattern)).count();
    let mut best = None;
    for (pattern, _) in DATES {
        let fit = count(pattern);
        // Of two that fit alike the first is taken: the day before the month, where nothing says otherwise.
        if fit * 2 > values.len() && best.is_none_or(|(_, most)| fit > most) {
            best = Some((pattern, fit));
        }
    }
    best.map(|(pattern, _)| pattern)
}

fn reads(text: &str, pattern: &str) -> bool {
    DateTime::parse_from_str(text, pattern).is_ok()
        || NaiveDateTime::parse_from_str(text, pattern).is_ok()
        || NaiveDate::parse_from_str(text, pattern).is_ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn guessed(text: &str) -> Choices {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        guess(&Sheet::open(file.path(), None, None).unwrap(), "Europe/Berlin")
    }

    fn column<'a>(choices: &'a Choices, key: &str) -> &'a str {
        choices.columns.get(key).map_or("", String::as_str)
    }

    #[test]
    fn a_german_file_is_understood() {
        let it = guessed(
            "Termin-Nr;Datum;Uhrzeit;Dauer;Vorname;Nachname;E-Mail;Leistung;Mitarbeiterin;Filiale;Preis;Status\n\
             1;24.11.2026;09:30;45;Zoë;Müller;z@example.test;Schnitt;Ada;Mitte;39,50;Erledigt\n\
             2;25.11.2026;10:00;45;Max;Meier;;Schnitt;Ada;Mitte;39,50;Storniert\n",
        );
        for (key, name) in [
            ("key", "Termin-Nr"),
            ("start", "Datum"),
            ("time", "Uhrzeit"),
            ("minutes", "Dauer"),
            ("name", "Vorname"),
            ("last_name", "Nachname"),
            ("email", "E-Mail"),
            ("service", "Leistung"),
            ("staff", "Mitarbeiterin"),
            ("branch", "Filiale"),
            ("price", "Preis"),
            ("status", "Status"),
        ] {
            assert_eq!(column(&it, key), name, "{key}");
        }
        assert_eq!(it.dates["start"], "%d.%m.%Y");
        assert!(it.decimal_comma);
        assert_eq!((it.states["Erledigt"].as_str(), it.states["Storniert"].as_str()), ("completed", "cancelled"));
    }

    #[test]
    fn a_file_with_numbers_that_a_spreadsheet_spoilt_is_understood() {
        let it = guessed(
            "PatientId,AppointmentID,ScheduledDay,AppointmentDay,No-show\n\
             2.98725E+13,5642903,2016-04-29T18:38:08Z,2016-04-29T00:00:00Z,No\n\
             558997776694438,5642503,2016-04-29T16:08:27Z,2016-04-29T00:00:00Z,Yes\n",
        );
        assert_eq!((column(&it, "customer"), column(&it, "key")), ("PatientId", "AppointmentID"));
        assert_eq!((column(&it, "start"), column(&it, "booked")), ("AppointmentDay", "ScheduledDay"));
        assert_eq!((it.dates["start"].as_str(), it.dates["booked"].as_str()), ("%Y-%m-%dT00:00:00Z", "%+"));
        assert_eq!((it.states["Yes"].as_str(), it.states["No"].as_str()), ("no_show", "completed"));
        assert_eq!(it.whole, ["PatientId"]);
    }

    #[test]
    fn the_day_comes_before_the_month_unless_something_speaks_against_it() {
        assert_eq!(guessed("Date\n03/04/2026\n05/06/2026\n").dates["start"], "%d/%m/%Y");
        assert_eq!(guessed("Date\n03/04/2026\n05/26/2026\n").dates["start"], "%m/%d/%Y");
        assert!(guessed("Date\nsoon\nlater\n").columns.is_empty(), "what is no date is not taken for one");
    }
}
