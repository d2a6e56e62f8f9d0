//! Names: of companies, people, services and what goes wrong.

use super::dice::Dice;

/// What a company does for its customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trade {
    Salon,
    Clinic,
    Workshop,
}

/// A company as the demo knows it; further ones repeat these with a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    pub(super) name: &'static str,
    pub(super) slug: &'static str,
    pub(super) zone: chrono_tz::Tz,
    pub(super) locale: &'static str,
    pub(super) currency: &'static str,
    pub(super) trade: Trade,
    pub(super) cities: &'static [&'static str],
}

const fn profile(
    name: &'static str,
    slug: &'static str,
    zone: chrono_tz::Tz,
    locale: &'static str,
    currency: &'static str,
    trade: Trade,
    cities: &'static [&'static str],
) -> Profile {
    Profile { name, slug, zone, locale, currency, trade, cities }
}

use Trade::{Clinic, Salon, Workshop};
use chrono_tz::{America, Asia, Australia, Europe, Pacific};

/// Zones with half hours, quarter hours and clock changes of half an hour among them.
pub(super) const PROFILES: &[Profile] = &[
    profile(
        "Salon Sonnenschein",
        "salon-sonnenschein",
        Europe::Berlin,
        "de",
        "EUR",
        Salon,
        &["Berlin", "Hamburg", "München", "Köln"],
    ),
    profile(
        "Praxis Dr. Lindner & Kollegen",
        "praxis-lindner",
        Europe::Berlin,
        "de",
        "EUR",
        Clinic,
        &["Leipzig", "Dresden"],
    ),
    profile(
        "Himalaya Dental Care",
        "himalaya-dental-care",
        Asia::Kathmandu,
        "en",
        "NPR",
        Clinic,
        &["Kathmandu", "Pokhara"],
    ),
    profile(
        "Kfz-Werkstatt Krüger & Söhne",
        "werkstatt-krueger",
        Europe::Berlin,
        "de",
        "EUR",
        Workshop,
        &["Bochum", "Dortmund"],
    ),
    profile(
        "Hudson Street Barbers",
        "hudson-street-barbers",
        America::New_York,
        "en",
        "USD",
        Salon,
        &["New York", "Hoboken"],
    ),
    profile(
        "Physiotherapie Lagune",
        "physiotherapie-lagune",
        Europe::Berlin,
        "de",
        "EUR",
        Clinic,
        &["Rostock", "Lübeck"],
    ),
    profile(
        "Lord Howe Island Wellness",
        "lord-howe-wellness",
        Australia::Lord_Howe,
        "en",
        "AUD",
        Salon,
        &["Lord Howe Island"],
    ),
    profile(
        "Signal Hill Veterinary Clinic",
        "signal-hill-vet",
        America::St_Johns,
        "en",
        "CAD",
        Clinic,
        &["St. John's", "Mount Pearl"],
    ),
    profile("Tierarztpraxis Pfotenglück", "pfotenglueck", Europe::Berlin, "de", "EUR", Clinic, &["Freiburg"]),
    profile("Fahrradwerkstatt Speiche", "fahrrad-speiche", Europe::Vienna, "de", "EUR", Workshop, &["Wien", "Graz"]),
    profile("Chatham Opticians", "chatham-opticians", Pacific::Chatham, "en", "NZD", Clinic, &["Waitangi"]),
    profile("Kosmetikstudio Belle", "kosmetik-belle", Europe::Zurich, "de", "CHF", Salon, &["Zürich", "Basel"]),
];

const FIRST_NAMES: &[&str] = &[
    "Anna",
    "Lukas",
    "Mia",
    "Jonas",
    "Emma",
    "Leon",
    "Sophie",
    "Finn",
    "Lena",
    "Paul",
    "Marie",
    "Elias",
    "Clara",
    "Noah",
    "Ayşe",
    "Mehmet",
    "Zoë",
    "Björn",
    "Chloé",
    "José",
    "Siân",
    "Olga",
    "Dmitri",
    "Priya",
    "Rajesh",
    "Sita",
    "Grace",
    "Henry",
    "Olivia",
    "Liam",
    "Ava",
    "Mateo",
    "Noor",
    "Yusuf",
    "Ingrid",
    "Søren",
    "Małgorzata",
    "Tomáš",
    "Giulia",
    "Aoife",
];

const LAST_NAMES: &[&str] = &[
    "Müller",
    "Schmidt",
    "Schneider",
    "Fischer",
    "Weber",
    "Meyer",
    "Wagner",
    "Becker",
    "Schulz",
    "Hoffmann",
    "Schäfer",
    "Koch",
    "Bauer",
    "Richter",
    "Klein",
    "Wolf",
    "Schröder",
    "Neumann",
    "Schwarz",
    "Zimmermann",
    "Braun",
    "Krüger",
    "Yılmaz",
    "Demir",
    "Nguyen",
    "O'Brien",
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "García",
    "Sharma",
    "Gurung",
    "Shrestha",
    "MacDonald",
    "Murphy",
    "Kowalski",
    "Novák",
    "Rossi",
    "d'Arcy",
    "van der Berg",
    "St. Clair",
];

/// A person's name.
pub(super) fn person(chance: &mut Dice) -> String {
    format!("{} {}", chance.pick(FIRST_NAMES), chance.pick(LAST_NAMES))
}

/// `name` as the local part of an address: lower case, ASCII.
pub(super) fn mailbox(name: &str) -> String {
    let plain = |letter: char| match letter {
        'ä' => "ae",
        'ö' | 'ø' => "oe",
        'ü' => "ue",
        'é' | 'ë' => "e",
        'á' | 'â' | 'å' => "a",
        'í' | 'ı' => "i",
        'ş' | 'š' => "s",
        'ł' => "l",
        ' ' | '.' => ".",
        _ => "",
    };
    let mut box_name = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            box_name.push(letter);
        } else if !(plain(letter) == "." && box_name.ends_with('.')) {
            box_name.push_str(plain(letter));
        }
    }
    box_name
}

/// A service: its names in German and English, minutes, price in cents.
pub(super) type Offer = (&'static str, &'static str, i32, i64);

/// What a trade offers.
pub(super) fn offers(trade: Trade) -> &'static [Offer] {
    match trade {
        Salon => &[
            ("Haarschnitt", "Haircut", 45, 38_00),
            ("Waschen, Schneiden, Föhnen", "Wash, cut and blow-dry", 60, 59_50),
            ("Färben", "Colouring", 120, 94_90),
            ("Maniküre", "Manicure", 30, 29_00),
            ("Gesichtsbehandlung", "Facial", 60, 72_00),
            ("Bart trimmen", "Beard trim", 20, 18_00),
            ("Beratung", "Consultation", 15, 0),
        ],
        Clinic => &[
            ("Erstuntersuchung", "First examination", 45, 85_00),
            ("Kontrolle", "Check-up", 20, 42_50),
            ("Behandlung", "Treatment", 60, 119_99),
            ("Impfung", "Vaccination", 15, 24_00),
            ("Nachsorge", "Aftercare", 30, 36_75),
            ("Sprechstunde am Telefon", "Telephone consultation", 15, 0),
        ],
        Workshop => &[
            ("Inspektion", "Inspection", 90, 189_00),
            ("Reifenwechsel", "Tyre change", 45, 49_90),
            ("Ölwechsel", "Oil change", 30, 79_00),
            ("Bremsen prüfen", "Brake check", 30, 25_00),
            ("Reparatur", "Repair", 180, 260_00),
            ("Kostenvoranschlag", "Estimate", 20, 0),
        ],
    }
}

/// Why somebody cancelled or moved an appointment; some say nothing.
pub(super) const REASONS: &[Option<&str>] = &[
    None,
    None,
    Some("Krank"),
    Some("Illness"),
    Some("Termin im Beruf"),
    Some("Work came up"),
    Some("Kind krank, bitte um neuen Termin"),
    Some("Found an earlier date elsewhere"),
    Some("=HYPERLINK(\"http://example.test\")"),
    Some("Zug verpasst – „tut mir leid“, sagt sie"),
    Some("No longer needed"),
    Some("Double booking, our fault"),
];

/// What a channel's failures say; `{n}` is a number, `{to}` the recipient.
pub(super) fn failures(channel: &str) -> &'static [&'static str] {
    match channel {
        "email" => &[
            "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table",
            "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table",
            "452 4.2.2 <{to}>: Mailbox full (quota {n} kB exceeded)",
            "Connection to smtp.example.test:587 timed out after {n} ms",
            "421 4.7.0 Try again later, closing connection (id {n}-smtp)",
            "554 5.7.1 Message {n} rejected: blocked using a list of spam senders",
        ],
        "sms" => &[
            "Invalid phone number: {to}",
            "Invalid phone number: {to}",
            "Rate limit exceeded: {n} messages per minute, retry after 60 s",
            "Gateway gw2.example.test:2775 timed out after {n} ms",
            "Subscriber absent (network code {n})",
        ],
        "whatsapp" => &[
            "Template 'reminder_v{n}' not approved for language de",
            "Template 'reminder_v{n}' not approved for language de",
            "(#131026) Message undeliverable: {to} is not a WhatsApp user",
            "(#80007) Rate limit hit, {n} calls in 60 s",
        ],
        _ => &[
            "Device token expired for subscription {n}",
            "410 Gone: endpoint https://push.example.test/v1/{n} unsubscribed",
            "Payload of {n} bytes exceeds the limit of 4096 bytes",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_plain_ascii() {
        assert_eq!(mailbox("Małgorzata St. Clair"), "malgorzata.st.clair");
        assert_eq!(mailbox("Ayşe Yılmaz"), "ayse.yilmaz");
        for first in FIRST_NAMES {
            for last in LAST_NAMES {
                let name = mailbox(&format!("{first} {last}"));
                assert!(name.is_ascii() && !name.contains("..") && name.contains('.'), "{name}");
            }
        }
    }

    #[test]
    fn every_trade_and_channel_has_its_words() {
        for trade in [Salon, Clinic, Workshop] {
            assert!(offers(trade).iter().all(|(de, en, minutes, cents)| de != en && *minutes > 0 && *cents >= 0));
        }
        for channel in ["email", "sms", "whatsapp", "push"] {
            assert!(failures(channel).iter().any(|text| text.contains("{n}")));
        }
        let mut slugs: Vec<_> = PROFILES.iter().map(|profile| profile.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), PROFILES.len());
    }
}
