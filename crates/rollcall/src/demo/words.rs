//! Names: of companies, people, services and what goes wrong.

use super::dice::Dice;
use super::profiles::Trade::{self, Clinic, Salon, Workshop};

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
            ("Haarschnitt", "Haircut", 45, 3800),
            ("Waschen, Schneiden, Föhnen", "Wash, cut and blow-dry", 60, 5950),
            ("Färben", "Colouring", 120, 9490),
            ("Maniküre", "Manicure", 30, 2900),
            ("Gesichtsbehandlung", "Facial", 60, 7200),
            ("Bart trimmen", "Beard trim", 20, 1800),
            ("Beratung", "Consultation", 15, 0),
        ],
        Clinic => &[
            ("Erstuntersuchung", "First examination", 45, 8500),
            ("Kontrolle", "Check-up", 20, 4250),
            ("Behandlung", "Treatment", 60, 11999),
            ("Impfung", "Vaccination", 15, 2400),
            ("Nachsorge", "Aftercare", 30, 3675),
            ("Sprechstunde am Telefon", "Telephone consultation", 15, 0),
        ],
        Workshop => &[
            ("Inspektion", "Inspection", 90, 18900),
            ("Reifenwechsel", "Tyre change", 45, 4990),
            ("Ölwechsel", "Oil change", 30, 7900),
            ("Bremsen prüfen", "Brake check", 30, 2500),
            ("Reparatur", "Repair", 180, 26000),
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
    }
}
