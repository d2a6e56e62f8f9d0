//! A word that is looked for, as a condition.

use super::{Listing, Screen, Search};
use crate::analytics::polymorphic::Notifiable;
use crate::db::Arg;

/// So many customers at most are meant by a word.
const CUSTOMERS: u32 = 200;

/// Leaves those rows in a list in which `word` occurs.
pub(crate) fn search(listing: &mut Listing, screen: &Screen, word: &str) {
    match screen.search {
        Search::None => {}
        Search::Columns(columns) => {
            let (condition, args) = any(columns.iter().map(|name| format!("t.{name}")), word);
            listing.when(&condition, args);
        }
        Search::Customer { column, of } => {
            // The customers first, who are few, and then theirs by an index of company and customer.
            let (condition, args) = any(["c.name", "c.email"].map(str::to_owned).into_iter(), word);
            let found = format!(
                "SELECT f.id FROM (SELECT c.id FROM customers c WHERE c.company_id = :company AND {condition} \
                 ORDER BY c.id DESC LIMIT {CUSTOMERS}) f"
            );
            listing.when(&format!("t.{column} IN ({found})"), args);
            if !of.is_empty() {
                listing.when(&format!("t.{of} IN (?, ?)"), Notifiable::Customer.names().map(Arg::from));
            }
        }
    }
}

/// The condition that the word occurs in one of these, and its values.
fn any(expressions: impl Iterator<Item = String>, word: &str) -> (String, Vec<Arg>) {
    let (mut conditions, mut args) = (Vec::new(), Vec::new());
    for expression in expressions {
        conditions.push(format!("LOWER({expression}) LIKE ? ESCAPE '!'"));
        args.push(pattern(&word.to_lowercase()).into());
        // SQLite folds ASCII alone, so beyond that a word is also looked for as it was typed, and as names are written.
        if !word.is_ascii() {
            for spelling in [word.to_owned(), capitalised(word)] {
                conditions.push(format!("{expression} LIKE ? ESCAPE '!'"));
                args.push(pattern(&spelling).into());
            }
        }
    }
    (format!("({})", conditions.join(" OR ")), args)
}

/// In lower case but for the first letter of each word.
fn capitalised(text: &str) -> String {
    let mut begins = true;
    let mut written = String::with_capacity(text.len());
    for letter in text.to_lowercase().chars() {
        if begins {
            written.extend(letter.to_uppercase());
        } else {
            written.push(letter);
        }
        begins = !letter.is_alphanumeric();
    }
    written
}

/// Anything with the text in it.
fn pattern(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_no_pattern() {
        assert_eq!(pattern("100%_a!"), "%100!%!_a!!%");
    }

    #[test]
    fn a_name_begins_with_a_capital() {
        assert_eq!(["özdemir", "ANNA ÖZ", "émile-élan", ""].map(capitalised), ["Özdemir", "Anna Öz", "Émile-Élan", ""]);
    }
}
