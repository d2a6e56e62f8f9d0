//! What a file's columns can be taken for, and by which names they usually go, in German and English.

/// Something of ours that a column can hold.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name, in forms and in what is kept.
    pub key: &'static str,
    /// Whether its cells are instants, so that it has a way of writing them.
    pub is_date: bool,
    /// What such columns are called: small letters and digits alone, the surest first.
    names: &'static [&'static str],
}

const fn field(key: &'static str, names: &'static [&'static str]) -> Field {
    Field { key, is_date: false, names }
}

const fn date(key: &'static str, names: &'static [&'static str]) -> Field {
    Field { key, is_date: true, names }
}

/// All of them, in the order of the form.
pub const FIELDS: [Field; 16] = [
    date(
        "start",
        &[
            "startsat",
            "start",
            "starttime",
            "startzeit",
            "beginn",
            "begin",
            "terminbeginn",
            "appointmentday",
            "appointmentdate",
            "appointment",
            "termin",
            "termindatum",
            "datum",
            "date",
            "tag",
            "day",
            "von",
            "zeitpunkt",
        ],
    ),
    field("time", &["uhrzeit", "startuhrzeit", "time", "zeit", "hour"]),
    date("end", &["endsat", "end", "ende", "endtime", "endzeit", "terminende", "bis"]),
    field("minutes", &["durationminutes", "duration", "dauer", "dauermin", "dauerminuten", "minuten", "minutes"]),
    field("status", &["status", "state", "zustand", "terminstatus", "noshow", "nichterschienen", "ergebnis"]),
    field(
        "key",
        &[
            "appointmentid",
            "terminid",
            "terminnummer",
            "terminnr",
            "bookingid",
            "buchungsid",
            "buchungsnummer",
            "buchungsnr",
            "id",
            "nr",
            "nummer",
            "reference",
            "referenz",
        ],
    ),
    field(
        "name",
        &[
            "customername",
            "customer",
            "kundenname",
            "kunde",
            "kundin",
            "clientname",
            "client",
            "patientname",
            "patient",
            "gast",
            "vollername",
            "fullname",
            "name",
            "vorname",
            "firstname",
        ],
    ),
    field("last_name", &["nachname", "lastname", "surname", "familienname"]),
    field(
        "customer",
        &[
            "customerid",
            "kundenid",
            "kundennummer",
            "kundennr",
            "clientid",
            "patientid",
            "patientennummer",
            "patientennr",
        ],
    ),
    field("email", &["email", "customeremail", "mail", "emailadresse", "kundenemail"]),
    field(
        "phone",
        &["phone", "customerphone", "telefon", "telefonnummer", "mobil", "mobile", "handy", "tel", "phonenumber"],
    ),
    field("service", &["service", "servicename", "leistung", "dienstleistung", "behandlung", "treatment", "terminart"]),
    field(
        "staff",
        &[
            "staff",
            "staffname",
            "employee",
            "mitarbeiter",
            "mitarbeiterin",
            "mitarbeitende",
            "mitarbeiterinnen",
            "behandler",
            "behandlerin",
            "therapist",
            "stylist",
            "arzt",
            "aerztin",
        ],
    ),
    field("branch", &["branch", "branchname", "filiale", "standort", "location", "praxis", "neighbourhood", "ort"]),
    field("price", &["price", "preis", "betrag", "amount", "umsatz", "kosten", "honorar"]),
    date(
        "booked",
        &["bookedat", "gebuchtam", "buchungsdatum", "scheduledday", "createdat", "erstelltam", "angelegtam", "created"],
    ),
];

/// How instants and days are written: a pattern, and an example for people.
pub const DATES: [(&str, &str); 20] = [
    ("%Y-%m-%dT00:00:00Z", "2026-11-22T00:00:00Z"),
    ("%+", "2026-11-22T13:05:00Z"),
    ("%Y-%m-%d %H:%M:%S", "2026-11-22 13:05:00"),
    ("%Y-%m-%d %H:%M", "2026-11-22 13:05"),
    ("%Y-%m-%dT%H:%M:%S", "2026-11-22T13:05:00"),
    ("%Y-%m-%dT%H:%M", "2026-11-22T13:05"),
    ("%Y-%m-%d", "2026-11-22"),
    ("%d.%m.%Y %H:%M:%S", "22.11.2026 13:05:00"),
    ("%d.%m.%Y %H:%M", "22.11.2026 13:05"),
    ("%d.%m.%Y", "22.11.2026"),
    ("%d.%m.%y %H:%M", "22.11.26 13:05"),
    ("%d.%m.%y", "22.11.26"),
    ("%d/%m/%Y %H:%M:%S", "22/11/2026 13:05:00"),
    ("%d/%m/%Y %H:%M", "22/11/2026 13:05"),
    ("%d/%m/%Y", "22/11/2026"),
    ("%m/%d/%Y %H:%M:%S", "11/22/2026 13:05:00"),
    ("%m/%d/%Y %H:%M", "11/22/2026 13:05"),
    ("%m/%d/%Y %I:%M %p", "11/22/2026 1:05 PM"),
    ("%m/%d/%Y", "11/22/2026"),
    ("%d-%m-%Y %H:%M", "22-11-2026 13:05"),
];

/// What can become of an appointment, as the database names it.
pub const STATES: [&str; 5] = ["scheduled", "confirmed", "completed", "cancelled", "no_show"];

/// What a value of a file usually means, in small letters; of a column that says by yes and no whether somebody missed it, yes
/// and no are told apart by [`missed`].
const MEANINGS: [(&str, &[&str]); 5] = [
    (
        "scheduled",
        &["scheduled", "planned", "pending", "open", "booked", "geplant", "offen", "gebucht", "angefragt", "neu"],
    ),
    ("confirmed", &["confirmed", "accepted", "bestätigt", "bestaetigt", "zugesagt"]),
    (
        "completed",
        &[
            "completed",
            "done",
            "finished",
            "attended",
            "show",
            "showed",
            "erledigt",
            "abgeschlossen",
            "erschienen",
            "wahrgenommen",
            "durchgeführt",
            "durchgefuehrt",
            "bezahlt",
        ],
    ),
    (
        "cancelled",
        &["cancelled", "canceled", "storniert", "abgesagt", "abgebrochen", "storno", "absage", "gelöscht", "declined"],
    ),
    (
        "no_show",
        &["no_show", "no-show", "no show", "noshow", "missed", "nicht erschienen", "verpasst", "unentschuldigt"],
    ),
];

impl Field {
    /// The field of that key.
    #[must_use]
    pub fn named(key: &str) -> Option<Self> {
        FIELDS.into_iter().find(|field| field.key == key)
    }

    /// How likely a column of that name is this; none: not at all. Less is likelier.
    pub(super) fn fits(self, column: &str) -> Option<usize> {
        let plain = plain(column);
        self.names.iter().position(|name| *name == plain)
    }
}

/// A name in small letters and digits alone.
pub(super) fn plain(name: &str) -> String {
    let spelt = name.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
    spelt.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// What a value probably means; `by_absence`: in a column that says by yes and no whether somebody missed it.
pub(super) fn meaning(value: &str, by_absence: bool) -> Option<&'static str> {
    let value = value.trim().to_lowercase();
    if by_absence {
        return match value.as_str() {
            "yes" | "ja" | "true" | "1" | "y" | "j" => Some("no_show"),
            "no" | "nein" | "false" | "0" | "n" => Some("completed"),
            _ => None,
        };
    }
    let known = MEANINGS.into_iter().find(|(_, words)| words.contains(&value.as_str()));
    known.map(|(state, _)| state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_their_german_and_english_names() {
        let fits = |key: &str, column: &str| Field::named(key).unwrap().fits(column).is_some();
        for (key, column) in [
            ("start", "Starts at"),
            ("start", "Termin-Datum"),
            ("minutes", "Dauer (Min)"),
            ("staff", "Ärztin"),
            ("customer", "PatientId"),
            ("email", "E-Mail"),
        ] {
            assert!(fits(key, column), "{key}: {column}");
        }
        assert!(!fits("start", "Enddatum"));
    }

    #[test]
    fn values_mean_what_people_mean_by_them() {
        assert_eq!(meaning(" Storniert ", false), Some("cancelled"));
        assert_eq!((meaning("Yes", true), meaning("No", true)), (Some("no_show"), Some("completed")));
        assert_eq!(meaning("Yes", false), None);
        for (state, _) in MEANINGS {
            assert!(STATES.contains(&state));
        }
    }
}
