//! Words, folded: what is stored and what is typed meet without case, accents and blanks.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest word that is kept, in characters.
const LONGEST: usize = 40;
/// So many words of a name, an address and a number are kept at most.
const MOST: usize = 24;
/// So many words that are typed count.
const ASKED: usize = 6;

/// How `ä` and its like are written without their dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Umlauts {
    /// `ae`, as Germans write it.
    Written,
    /// `a`, as others read it.
    Bare,
}

/// Lower case without accents, `ä` as `ae` and `ß` as `ss`.
pub(crate) fn fold(text: &str) -> String {
    folded(text, Umlauts::Written)
}

fn folded(text: &str, umlauts: Umlauts) -> String {
    let mut plain = String::with_capacity(text.len() + 8);
    for letter in text.nfc().flat_map(char::to_lowercase) {
        match (letter, umlauts) {
            ('ä' | 'æ', Umlauts::Written) | ('æ', _) => plain.push_str("ae"),
            ('ö' | 'ø' | 'œ', Umlauts::Written) | ('œ', _) => plain.push_str("oe"),
            ('ü', Umlauts::Written) => plain.push_str("ue"),
            ('å', Umlauts::Written) => plain.push_str("aa"),
            ('ß', _) => plain.push_str("ss"),
            ('ø', _) => plain.push('o'),
            ('ł', _) => plain.push('l'),
            ('đ' | 'ð', _) => plain.push('d'),
            ('þ', _) => plain.push_str("th"),
            ('ı', _) => plain.push('i'),
            (letter, _) => plain.push(letter),
        }
    }
    plain.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase).collect()
}

/// The words of a folded text.
fn split(folded: &str) -> impl Iterator<Item = String> {
    folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(cut)
}

fn cut(word: &str) -> String {
    word.chars().take(LONGEST).collect()
}

/// The words by which somebody is found.
pub(super) fn words(name: &str, email: &str, phone: &str) -> BTreeSet<String> {
    let (local, domain) = email.trim().split_once('@').unwrap_or_default();
    let mut words = Vec::new();
    for umlauts in [Umlauts::Written, Umlauts::Bare] {
        words.extend(split(&folded(name, umlauts)));
    }
    if !local.is_empty() {
        words.push(cut(&email.trim().to_lowercase()));
        words.push(cut(&format!("@{}", domain.to_lowercase())));
        words.extend(split(&fold(local)));
    }
    words.extend(numbers(phone));
    let mut kept = BTreeSet::new();
    for word in words {
        if kept.len() < MOST {
            kept.insert(word);
        }
    }
    kept
}

/// A telephone number as it is dialled from abroad and at home, both without what stands in front of them.
fn numbers(phone: &str) -> Vec<String> {
    let digits = dialled(phone);
    if digits.is_empty() {
        return Vec::new();
    }
    let abroad = phone.trim_start().starts_with('+') || phone.trim_start().starts_with("00");
    let home = abroad.then(|| digits.get(country(&digits)..).unwrap_or_default().trim_start_matches('0').to_owned());
    let home = home.filter(|home| home.len() > 2);
    std::iter::once(digits).chain(home).map(|number| cut(&number)).collect()
}

/// The digits of a number without what one dials to get out: `+49 170`, `0049 170` and `0170` begin with 49, 49 and 170.
fn dialled(phone: &str) -> String {
    // (0) behind a country's code is dialled at home alone.
    let phone = phone.replace("(0)", "");
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

/// How many digits a country's code has. Those of two digits are these; 1 and 7 stand alone, all others have three.
fn country(digits: &str) -> usize {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
        "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    match digits.get(..2) {
        Some(code) if TWO.contains(&code) => 2,
        Some(code) if code.starts_with(['1', '7']) => 1,
        _ => 3,
    }
}

/// The words of what was typed, each the beginning of one that is looked for; none where it has neither letter nor digit.
pub(crate) fn asked(text: &str) -> Vec<String> {
    if is_number(text) {
        return Some(cut(&dialled(text))).filter(|number| !number.is_empty()).into_iter().collect();
    }
    let mut words = Vec::new();
    for part in text.split_whitespace() {
        match part.contains('@') && part.chars().any(char::is_alphanumeric) {
            true => words.push(cut(&part.to_lowercase())),
            false => words.extend(split(&fold(part))),
        }
    }
    // A word that another one begins with says nothing more.
    let all = words.clone();
    let mut at = 0;
    words.retain(|word| {
        at += 1;
        let said = |(other, known): (usize, &String)| {
            other + 1 != at && known.starts_with(word) && (known != word || other + 1 < at)
        };
        !all.iter().enumerate().any(said)
    });
    words.truncate(ASKED);
    words
}

/// Whether a number is typed as people write telephone numbers.
fn is_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= 2 && text.chars().all(|it| it.is_ascii_digit() || " +-/().".contains(it))
}

/// Whether each of the words begins a word of the text: what is few enough is not indexed.
pub(crate) fn begins(text: &str, asked: &[String]) -> bool {
    let words: Vec<String> = [Umlauts::Written, Umlauts::Bare]
        .into_iter()
        .flat_map(|it| split(&folded(text, it)).collect::<Vec<_>>())
        .collect();
    asked.iter().all(|asked| words.iter().any(|word| word.starts_with(asked.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, email: &str, phone: &str) -> Vec<String> {
        words(name, email, phone).into_iter().collect()
    }

    /// Whether the typed words find somebody.
    fn finds(typed: &str, name: &str, email: &str, phone: &str) -> bool {
        let (asked, words) = (asked(typed), words(name, email, phone));
        !asked.is_empty() && asked.iter().all(|asked| words.iter().any(|word| word.starts_with(asked.as_str())))
    }

    #[test]
    fn a_name_is_kept_as_germans_and_as_others_write_it() {
        assert_eq!(of("Anna  Müller-Groß", "", ""), ["anna", "gross", "mueller", "muller"]);
        assert_eq!(of("Łukasz Ångström", "", ""), ["aangstroem", "angstrom", "lukasz"]);
        assert_eq!(of("Ｗｉｄｅ İpek", "", ""), ["ipek", "wide"]);
        assert_eq!(of("Анна Петрова", "", ""), ["анна", "петрова"]);
        assert_eq!(of(" – ", "no address", "n/a"), [""; 0]);
    }

    #[test]
    fn a_name_is_found_in_any_order_case_and_spelling() {
        for typed in ["anna müll", "Müller Anna", "MULLER", "mueller a", "ann", "Anna Mueller", "mü"] {
            assert!(finds(typed, "Anna Müller", "", ""), "{typed}");
        }
        for typed in ["anna meier", "nna", "mullers", "", " – "] {
            assert!(!finds(typed, "Anna Müller", "", ""), "{typed}");
        }
        assert!(finds("strasse", "Haus an der Straße", "", "") && finds("Straße", "Strasse", "", ""));
        assert!(finds("e\u{301}mile", "Émile", "", ""), "in either form of Unicode");
    }

    #[test]
    fn an_address_is_found_by_its_beginning_its_parts_and_its_host() {
        for typed in ["anna.m@ex", "anna", "mueller", "@example.org", "Anna.M@EXAMPLE.org"] {
            assert!(
                finds(typed, "", "anna.m.mueller@example.org", "") == !typed.to_lowercase().starts_with("anna.m@"),
                "{typed}"
            );
        }
        assert!(finds("anna@ex", "", "Anna@Example.org", ""));
    }

    #[test]
    fn a_number_is_found_from_home_and_from_abroad() {
        for typed in ["+49 170 123", "0049170123", "0170 123", "0170/1234567", "170 12"] {
            assert!(finds(typed, "", "", "+49 (0) 170 / 123 45 67"), "{typed}");
        }
        assert!(finds("0170 123", "", "", "01701234567") && finds("+1 555", "", "", "+1 (555) 0100"));
        assert!(finds("555", "", "", "+1 (555) 0100") && finds("21 5", "", "", "+351 21 55 55"));
        assert!(!finds("5550", "", "", "01701234567"));
    }

    #[test]
    fn nobody_has_more_words_than_there_is_room_for() {
        let name: String = (0..100).map(|n| format!("w{n:03} ")).collect();
        assert_eq!(words(&name, "", "").len(), MOST);
        assert!(
            words(&"x".repeat(300), &format!("{}@y.z", "ä".repeat(200)), &"1".repeat(64))
                .iter()
                .all(|word| word.chars().count() <= LONGEST)
        );
        assert!(finds(&"x".repeat(100), &"x".repeat(300), "", ""));
    }

    #[test]
    fn a_word_that_another_begins_with_is_not_asked_twice() {
        assert_eq!(asked("an anna anna"), ["anna"]);
        assert_eq!(asked("a b c d e f g").len(), ASKED);
    }

    #[test]
    fn what_is_few_is_looked_through() {
        assert!(begins("Stornierung Gebühr", &asked("gebuhr stor")) && !begins("Stornierung", &asked("gebuhr")));
    }
}
