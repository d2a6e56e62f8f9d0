//! Error classes: what failed messages have in common once numbers, addresses and ids are folded away.
//!
//! `550 mailbox anna@example.de full (id 4f2a91)` and `550 mailbox jo@example.org full (id 90cc1e)` are the same
//! failure, `# mailbox @ full (id #)`: `#` stands for numbers and ids, `@` for addresses.

use std::net::{IpAddr, SocketAddr};

/// The class of a message without words.
pub const UNKNOWN: &str = "unknown";

/// The most characters that a class has.
pub const MAX_CHARS: usize = 120;

/// How much of a message is looked at, in characters: a class never needs more.
const LOOKED_AT: usize = 1_000;

/// The class of an error message: at most [`MAX_CHARS`] characters, [`UNKNOWN`] where the message is blank.
///
/// Numbers, mail addresses, telephone numbers, URLs, hosts, IP addresses, UUIDs, hexadecimal and other opaque ids are
/// folded away, blanks are single. The class of a class is itself.
#[must_use]
pub fn error_class(message: &str) -> String {
    let mut class = fold(&message.chars().take(LOOKED_AT).collect::<String>());
    loop {
        class = shortened(&class);
        let again = fold(&class);
        if again == class {
            break;
        }
        class = again;
    }
    if class.is_empty() { UNKNOWN.to_owned() } else { class }
}

fn shortened(class: &str) -> String {
    if class.chars().count() <= MAX_CHARS {
        return class.to_owned();
    }
    let mut cut: String = class.chars().take(MAX_CHARS - 1).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

fn fold(message: &str) -> String {
    let printable: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let spaced = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut folded = String::with_capacity(spaced.len());
    for piece in without_phones(&spaced).split_inclusive(is_delimiter) {
        let word = piece.trim_end_matches(is_delimiter);
        folded.push_str(&fold_word(word));
        folded.push_str(&piece[word.len()..]);
    }
    merged(&merged(&folded, '#', " .,:/-"), '@', " ,;")
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || "<>()[]{}\"'`,;|“”„«»".contains(c)
}

/// Folds numbers that are written as only telephone numbers are: with `+` or a part in parentheses. Others are
/// numbers like any.
fn without_phones(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let inside_word = out.ends_with(char::is_alphanumeric);
        if let Some(length) = phone_length(rest).filter(|_| !inside_word) {
            out.push('#');
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The length in bytes of the telephone number that `text` starts with.
fn phone_length(text: &str) -> Option<usize> {
    if !text.starts_with(|c: char| c == '+' || c == '(' || c.is_ascii_digit()) {
        return None;
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && !" +()/.-".contains(c)).unwrap_or(text.len());
    let number = text[..end].trim_end_matches(|c: char| !c.is_ascii_digit());
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let balanced = number.matches('(').count() == number.matches(')').count();
    let ends_in_word = text[number.len()..].starts_with(char::is_alphanumeric);
    let marked = number.starts_with('+') || number.contains('(');
    (marked && balanced && !ends_in_word && (7..=17).contains(&digits)).then_some(number.len())
}

fn fold_word(word: &str) -> String {
    let core = word.trim_matches(|c: char| ".:!?…".contains(c));
    let (before, after) = word.split_once(core).filter(|_| !core.is_empty()).unwrap_or((word, ""));
    let folded = fold_core(core);
    format!("{before}{folded}{after}")
}

fn fold_core(core: &str) -> String {
    if let Some(colon) = core.find("://") {
        let scheme = core[..colon].trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len();
        return format!("{}@", &core[..scheme]);
    }
    if let Some((name, value)) = core.split_once('=') {
        return format!("{}={}", fold_core(name), fold_core(value));
    }
    if is_ip(core) || is_host(core) {
        return "@".to_owned();
    }
    if let Some((user, domain)) = core.rsplit_once('@')
        && !user.is_empty()
        && !domain.is_empty()
    {
        let label = user.rfind(':').map_or("", |colon| &user[..=colon]);
        return format!("{label}@");
    }
    if is_opaque(core) { "#".to_owned() } else { fold_ids(core) }
}

fn is_ip(core: &str) -> bool {
    let bare = core.split(['/', '%']).next().unwrap_or_default();
    bare.parse::<IpAddr>().is_ok() || bare.parse::<SocketAddr>().is_ok()
}

/// Whether it reads as a host name, with port and path or without. Class names such as `java.net.ConnectException`
/// and sentences without a blank after their full stop do not.
fn is_host(core: &str) -> bool {
    let name = core.split(['/', ':']).next().unwrap_or_default();
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let Some((labels, top)) = name.rsplit_once('.') else { return false };
    let same_case = top.bytes().all(|b| b.is_ascii_lowercase()) || top.bytes().all(|b| b.is_ascii_uppercase());
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    top.len() >= 2 && same_case && labels.split('.').all(is_label) && !FILE_ENDINGS.contains(&top)
}

/// What stands after the last point of a file's name; none of them is a top-level domain in use for mail or APIs.
const FILE_ENDINGS: [&str; 12] = ["php", "js", "ts", "json", "xml", "html", "txt", "log", "yml", "yaml", "exe", "env"];

/// Whether it is a token of a provider: long, unbroken, with digits and both cases.
fn is_opaque(core: &str) -> bool {
    core.len() >= 24
        && !(0..core.len()).any(|at| core.get(at..).is_some_and(starts_with_uuid))
        && core.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b':')
        && core.bytes().any(|b| b.is_ascii_digit())
        && core.bytes().any(|b| b.is_ascii_uppercase())
        && core.bytes().any(|b| b.is_ascii_lowercase())
}

/// Folds UUIDs, then the numbers and ids among the alphanumeric runs of a word.
fn fold_ids(core: &str) -> String {
    let mut out = String::with_capacity(core.len());
    let mut rest = core;
    while let Some(c) = rest.chars().next() {
        let length =
            if starts_with_uuid(rest) { 36 } else { rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()) };
        if length == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            out.push_str(&if length == 36 && starts_with_uuid(rest) {
                "#".to_owned()
            } else {
                fold_run(&rest[..length])
            });
            rest = &rest[length..];
        }
    }
    out
}

fn starts_with_uuid(text: &str) -> bool {
    let Some(uuid) = text.get(..36) else { return false };
    let groups_match = uuid.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    groups_match
        && uuid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        && !text[36..].starts_with(char::is_alphanumeric)
}

/// Folds a run of letters and digits: whole where it is an id, else its digits alone.
fn fold_run(run: &str) -> String {
    let digits = run.chars().filter(|c| c.is_numeric()).count();
    let changes = run.chars().zip(run.chars().skip(1)).filter(|(a, b)| a.is_numeric() != b.is_numeric()).count();
    let is_hex = run.bytes().all(|b| b.is_ascii_hexdigit());
    let is_id =
        (is_hex && digits > 0 && run.len() >= 6) || (is_hex && run.len() >= 8) || (changes > 1 && run.len() >= 8);
    if is_id {
        return "#".to_owned();
    }
    let mut out = String::with_capacity(run.len());
    for c in run.chars() {
        match c {
            c if !c.is_numeric() => out.push(c),
            _ if !out.ends_with('#') => out.push('#'),
            _ => {}
        }
    }
    out
}

/// Makes one of several `mark`s with nothing but `joiners` between them: the parts of a date, a version, a list.
fn merged(text: &str, mark: char, joiners: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == mark {
            let before = out.trim_end_matches(|c| joiners.contains(c)).len();
            if out[..before].ends_with(mark) {
                out.truncate(before);
                continue;
            }
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn assert_class(message: &str, class: &str) {
        assert_eq!(error_class(message), class, "{message:?}");
    }

    #[test]
    fn numbers_are_folded() {
        assert_class("Timeout after 30 seconds", "Timeout after # seconds");
        assert_class("Timeout after 30s", "Timeout after #s");
        assert_class("Attempt 3/5 failed, 1.5 s left", "Attempt # failed, # s left");
        assert_class("SMTP 550 5.1.1 rejected", "SMTP # rejected");
        assert_class("Quota of 1,000,000 reached at 2026-11-22 12:00:05", "Quota of # reached at #");
        assert_class("errno-104", "errno-#");
        assert_class("٣ attempts", "# attempts");
    }

    #[test]
    fn addresses_are_folded() {
        assert_class("Mailbox anna.muster+x@mail.example.de is full", "Mailbox @ is full");
        assert_class("550 <jo@example.org>: Recipient rejected", "# <@>: Recipient rejected");
        assert_class("rcpt to:jo@example.org refused.", "rcpt to:@ refused.");
        assert_class("a@example.org, b@example.org bounced", "@ bounced");
        assert_class("GET https://api.example.com/v1/x?id=7: 502", "GET @: #");
        assert_class("url=https://example.com/x?y=1 host=mail.example.com refused", "url=@ host=@ refused");
        assert_class("Could not connect to smtp.example.com:587", "Could not connect to @");
        assert_class("Could not connect to 10.0.0.17:587", "Could not connect to @");
        assert_class("Could not connect to [2001:db8::1]:587", "Could not connect to [@]:#");
        assert_class("Could not connect to localhost.", "Could not connect to @.");
        assert_class("No route to fe80::1%eth0", "No route to @");
    }

    #[test]
    fn telephone_numbers_are_folded_however_they_are_written() {
        for phone in
            ["+49 170 1234567", "+491701234567", "0170 1234567", "0170/1234567", "(030) 123-4567", "+49 (0)30 1234567"]
        {
            assert_class(&format!("Number {phone} is not reachable"), "Number # is not reachable");
        }
    }

    #[test]
    fn ids_are_folded() {
        assert_class("Message 550e8400-e29b-41d4-a716-446655440000 expired", "Message # expired");
        assert_class("msg_550E8400-E29B-41D4-A716-446655440000: expired", "msg_#: expired");
        assert_class("Message 4f2a91 expired", "Message # expired");
        assert_class("Message deadbeef expired", "Message # expired");
        assert_class("SID SM0a1b2c3d4e5f60718293a4b5c6d7e8f9 expired", "SID # expired");
        assert_class("Token cXkq9AAAA-bbbbCCCC:APA91bHun4MxP5egoKMwt2 expired", "Token # expired");
        assert_class("request 01ARZ3NDEKTSV4RRFFQ69G5FAV failed", "request # failed");
    }

    #[test]
    fn words_stay() {
        for words in [
            "Connection refused",
            "java.net.SocketTimeoutException: connect timed out",
            "Sentence one.Sentence two, e.g. this",
            "Facade cache added",
            "Empfänger unbekannt – Zustellung abgelehnt",
            "Fehler in Mailer.php",
            "and/or",
            "宛先不明",
        ] {
            assert_class(words, words);
        }
    }

    #[test]
    fn blanks_and_control_characters_are_single_blanks() {
        assert_class("  Connection\r\n\trefused\0 ", "Connection refused");
    }

    #[test]
    fn a_message_without_words_is_unknown() {
        for blank in ["", "   ", "\n\0"] {
            assert_class(blank, UNKNOWN);
        }
    }

    #[test]
    fn a_class_is_bounded_on_a_character_boundary() {
        assert_class(&"ä".repeat(120), &"ä".repeat(120));
        assert_class(&"ä".repeat(121), &format!("{}…", "ä".repeat(119)));
        assert_eq!(error_class(&"😀 ".repeat(100_000)).chars().count(), 120);
    }

    proptest! {
        #[test]
        fn the_class_of_a_class_is_itself(message in r"([a-fA-F0-9+@.:/# ()<>,;=-]|\PC){0,300}") {
            let class = error_class(&message);
            prop_assert_eq!(error_class(&class), class);
        }

        #[test]
        fn a_class_has_no_digit_and_is_never_long(message in r"[a-zA-Z0-9@.:/ ()_ßé-]{0,400}") {
            let class = error_class(&message);
            prop_assert!(!class.contains(|c: char| c.is_ascii_digit()), "{}", class);
            prop_assert!((1..=MAX_CHARS).contains(&class.chars().count()));
        }

        #[test]
        fn whatever_the_figures_the_class_is_the_same(code in 0u32..100_000, id: u64, user in "[a-z]{1,9}", port in 1u16..) {
            let message = format!("{code} <{user}@example.org> via mx{port}.example.net:{port}, id {id:016x}");
            prop_assert_eq!(error_class(&message), "# <@> via @, id #");
        }
    }
}
