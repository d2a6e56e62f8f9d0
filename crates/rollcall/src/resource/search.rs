//! A word that is looked for, as a condition.

use super::{Listing, Screen, Search};
use crate::analytics::polymorphic::Notifiable;
use crate::db::Arg;

/// So many customers at most are meant by a word.
const CUSTOMERS: u32 = 200;

/// Leaves those rows in a list in which `word` occurs.
pub(crate) fn search(listing: &mut Listing, screen: &Screen, word: &str) {
    let pattern = || Arg::from(pattern(word));
    match screen.search {
        Search::None => {}
        Search::Columns(columns) => {
            let conditions: Vec<_> = columns.iter().map(|name| like(&format!("t.{name}"))).collect();
            listing.when(&format!("({})", conditions.join(" OR ")), columns.iter().map(|_| pattern()));
        }
        Search::Customer { column, of } => {
            // The customers first, who are few, and then theirs by an index of company and customer.
            let found = format!(
                "SELECT f.id FROM (SELECT c.id FROM customers c WHERE c.company_id = :company AND ({} OR {}) \
                 ORDER BY c.id DESC LIMIT {CUSTOMERS}) f",
                like("c.name"),
                like("c.email")
            );
            listing.when(&format!("t.{column} IN ({found})"), [pattern(), pattern()]);
            if !of.is_empty() {
                listing.when(&format!("t.{of} IN (?, ?)"), Notifiable::Customer.names().map(Arg::from));
            }
        }
    }
}

fn like(expression: &str) -> String {
    format!("LOWER({expression}) LIKE ? ESCAPE '!'")
}

/// Anything with the word in it.
fn pattern(word: &str) -> String {
    let escaped = word.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_no_pattern() {
        assert_eq!(pattern("100%_A!"), "%100!%!_a!!%");
    }
}
