//! Why a row of a file would be left out, in words: on the screen, and in the rejects of an import that was begun there.

use crate::web::view::words::Words;

/// What the import says, with gaps for what it speaks of, and the name of the words for it.
const REASONS: [(&str, &str); 23] = [
    ("{} is empty", "empty"),
    ("{} is longer than {} characters", "long"),
    ("{}: `{}` fits none of the date patterns", "pattern"),
    ("{}: `{}` is a day without a time, and the mapping gives no `time`", "time"),
    ("{}: `{}` does not exist in {}: the clocks skip it", "gap"),
    ("{}: `{}` lies outside the years 1900 to 2200", "year"),
    ("{}: the mapping says nothing about the value `{}`", "state"),
    ("{}: `{}` is not an amount such as 12.50 (or 12,50 with `decimal_comma = true`)", "amount"),
    ("{}: `{}` has more than two decimals", "decimals"),
    ("{}: `{}` is more than 99,999,999.99", "large"),
    ("{}: `{}` is not a number of minutes from 1 to 44640", "minutes"),
    ("{}: `{}` is not a whole number", "whole"),
    ("it ends before it begins", "order"),
    ("it was booked after it began", "booked"),
    ("nothing says how long it takes", "length"),
    ("it has {} fields, the header has {}", "fields"),
    ("{} is not UTF-8", "utf8"),
    ("{} holds a NUL byte", "nul"),
    ("more rows were left out than fit in this file", "more"),
    ("the record is longer than 256 KiB", "record"),
    ("a quote is not closed within 200 lines", "quote"),
    ("a quote is never closed", "quote"),
    ("text follows a closing quote", "after_quote"),
];

/// The reason in the language of the page; as it stands where it is none of those.
pub(super) fn reason(w: Words, said: &str) -> String {
    let found = REASONS.iter().find_map(|(pattern, key)| Some((*key, gaps(pattern, said)?)));
    let Some((key, gaps)) = found else { return said.to_owned() };
    let words = w.t(&format!("ui.import.reason.{key}"));
    let first = gaps.first().map_or_else(String::new, |name| field(w, name));
    let rest = gaps.get(1).copied().unwrap_or_default();
    words.replace("%{field}", &first).replace("%{value}", rest)
}

/// What stands in the gaps of a pattern; none where it is another one.
fn gaps<'t>(pattern: &str, said: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split("{}");
    let mut rest = said.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let parts: Vec<_> = parts.collect();
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        let end = if last { rest.len().checked_sub(part.len())? } else { rest.find(part)? };
        let (gap, behind) = rest.split_at_checked(end)?;
        rest = behind.strip_prefix(part)?;
        found.push(gap);
    }
    rest.is_empty().then_some(found)
}

/// What the mapping calls something, as the form does; a column by its own name.
fn field(w: Words, name: &str) -> String {
    let key = match name {
        "appointment.starts_at" => "start",
        "appointment.ends_at" => "end",
        "appointment.duration_minutes" | "service.duration_minutes" => "minutes",
        "appointment.booked_at" => "booked",
        "customer.key" => "customer",
        "customer.name" => "name",
        "service.key" | "service.name" => "service",
        "staff.key" | "staff.name" => "staff",
        "branch.key" | "branch.name" => "branch",
        other => other.rsplit('.').next().filter(|_| other.contains('.')).unwrap_or_default(),
    };
    w.maybe(&format!("ui.import.field.{key}")).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn every_reason_has_words_in_both_languages() {
        for w in Lang::ALL.map(Words::of) {
            for (pattern, key) in REASONS {
                let said = pattern.replace("{}", "x");
                let words = reason(w, &said);
                assert!(
                    w.maybe(&format!("ui.import.reason.{key}")).is_some() && !words.contains("%{"),
                    "{key}: {words}"
                );
            }
        }
    }

    #[test]
    fn what_it_speaks_of_stands_in_it() {
        let w = Words::of(Lang::De);
        let told = reason(w, "appointment.starts_at: `bald: `x`` fits none of the date patterns");
        assert!(told.contains("Beginn") && told.contains("bald"), "{told}");
        assert_eq!(reason(w, "something new"), "something new");
        assert!(reason(w, "appointment.key is empty").contains("Nummer des Termins"));
    }
}
