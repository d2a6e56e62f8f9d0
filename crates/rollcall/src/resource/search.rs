//! A word that is looked for, as a condition.

use super::{Listing, Screen, Search};
use crate::analytics::polymorphic::Notifiable;
use crate::db::{Arg, Dialect, Error, TenantDb};
use crate::search::{Found, Kind, asked, condition, subjects};

/// So many customers or members of staff are named one by one; where a word means more, each row is asked.
const FEW: i64 = 200;

/// Leaves those rows in a list that the words mean: customers, staff and what is theirs by the index of words, all else by reading.
/// One statement goes before the list's own. What stands above tenants has no such index: without `db` all is read.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn search(
    (db, dialect): (Option<&TenantDb>, Dialect),
    listing: &mut Listing,
    screen: &Screen,
    text: &str,
) -> Result<(), Error> {
    let words = asked(text);
    let table = screen.resource.table;
    let (db, kind, column) = match (screen.search, db) {
        (Search::None, _) | (Search::Customer { .. }, None) => return Ok(()),
        (Search::Columns(columns), db) => match db.zip(Kind::of_table(table).filter(|_| !words.is_empty())) {
            Some((db, kind)) => (db, kind, "id"),
            None => {
                let columns = columns.iter().filter_map(|name| screen.resource.column(name));
                let (condition, args) = any(columns.map(|column| column.sql(dialect)), text);
                listing.when(&condition, args);
                return Ok(());
            }
        },
        (Search::Customer { column, of }, Some(db)) => {
            if !of.is_empty() {
                listing.when(&format!("t.{of} IN (?, ?)"), Notifiable::Customer.names().map(Arg::from));
            }
            (db, Kind::Customer, column)
        }
    };
    match subjects(db, kind, &words, FEW).await? {
        Found::Few(ids) => listing.among(db.dialect(), (table, column), &ids),
        Found::Many => {
            let (condition, args) = condition(kind, &words, &format!("t.{column}"));
            listing.when(&condition, args);
        }
    }
    Ok(())
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
