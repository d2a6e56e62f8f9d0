//! A word that is looked for, as a condition.

use super::row::table_of;
use super::{Kind, Listing, Resource, Screen, Search};
use crate::analytics::polymorphic::{Configurable, Notifiable};
use crate::db::{Arg, Dialect, Error, TenantDb};
use crate::i18n::{Lang, t};
use crate::search::{self, Found, asked, condition, subjects};

/// So many customers or members of staff are named one by one; where a word means more, each row is asked.
const FEW: i64 = 200;

/// So many words are looked for among the names of places.
const WORDS: usize = 5;

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
        (Search::Customer { .. } | Search::Placed(_), None) => return Ok(()),
        (Search::Placed(columns), Some(_)) => {
            for word in text.split_whitespace().take(WORDS) {
                let (condition, args) = placed(dialect, screen.resource, columns, word);
                listing.when(&condition, args);
            }
            return Ok(());
        }
        (Search::Columns(columns), db) => match db.zip(search::Kind::of_table(table).filter(|_| !words.is_empty())) {
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
            (db, search::Kind::Customer, column)
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

/// The condition that the word occurs in what one of these columns says, in either language, or in the name of what the row hangs on.
fn placed(dialect: Dialect, resource: &Resource, columns: &[&str], word: &str) -> (String, Vec<Arg>) {
    let (mut conditions, mut args) = (vec!["1 = 0".to_owned()], Vec::new());
    for column in columns.iter().filter_map(|name| resource.column(name)) {
        let Kind::OneOf(all) = column.kind else { continue };
        let said = |of: &str| Lang::ALL.map(|lang| t(lang, &format!("term.{}.{of}", column.name)).to_lowercase());
        let meant = all.iter().filter(|of| said(of).iter().any(|said| said.contains(&word.to_lowercase())));
        for of in meant {
            conditions.push(format!("{} = ?", column.sql(dialect)));
            args.push(Arg::from(*of));
        }
    }
    let stored = dialect.exact("t.configurable_type");
    for names in Configurable::ALL.map(Configurable::names) {
        let name = match table_of(names[0]) {
            "companies" => "(SELECT r.name FROM companies r WHERE r.id = :company)".to_owned(),
            table => {
                format!("(SELECT r.name FROM {table} r WHERE r.id = t.configurable_id AND r.company_id = :company)")
            }
        };
        let (named, of_name) = any([name].into_iter(), word);
        conditions.push(format!("({stored} IN (?, ?) AND {named})"));
        args.extend(names.map(Arg::from).into_iter().chain(of_name));
    }
    (format!("({})", conditions.join(" OR ")), args)
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
