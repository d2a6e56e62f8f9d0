//! Asking the index: each statement reads ranges of it, and only so much of them.

use std::collections::BTreeSet;

use super::Kind;
use crate::db::{Arg, Error, TenantDb, TenantSql};

/// A word that begins more subjects than these is frequent: how many exactly nobody counts.
const FREQUENT: i64 = 5_000;
/// So many of a frequent word's subjects are asked for the other words at most.
const LOOKED_THROUGH: i64 = 20_000;
/// Stands behind every word that begins with what is in front of it, in the order of bytes and of code points.
const END: char = '\u{10FFFF}';

/// Whom some words mean.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// These and no others.
    Few(Vec<i64>),
    /// So many that each row is better asked by [`condition`].
    Many,
}

/// Somebody who was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) kind: Kind,
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
}

/// What was found of people, the nearest first.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) found: Vec<Person>,
    /// Whether only some of those whom a word means were asked for the others.
    pub(crate) partly: bool,
}

/// Words in the order in which they are looked up.
struct Plan {
    /// Of few subjects, as far as one knows.
    first: String,
    others: Vec<String>,
    /// How many rows of the index `first` has, [`FREQUENT`] at most; none where nobody counted.
    rows: Option<i64>,
}

/// The subjects that the words mean, by one statement.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn subjects(db: &TenantDb, kind: Kind, words: &[String], at_most: i64) -> Result<Found, Error> {
    // Most subjects have a word in two spellings at most; where one has more, the rows themselves are asked sooner than need be.
    let limit = 2 * at_most + 2;
    let plans: Vec<_> = match words {
        [] => return Ok(Found::Few(Vec::new())),
        [word] => vec![alone(word)],
        words => (0..words.len()).filter_map(|at| beginning_with(words, at, None)).collect(),
    };
    let counted = plans.len() > 1;
    let (mut parts, mut args) = (Vec::new(), Vec::new());
    for (at, plan) in plans.iter().enumerate() {
        let (found, of_found) = candidates(kind, plan, if counted { FREQUENT } else { limit }, limit);
        parts.push(format!("SELECT {at}, f.subject_id FROM ({found}) f"));
        args.extend(of_found);
        if counted {
            let count = db.dialect().integer("COUNT(*)");
            parts.push(format!("SELECT {}, {count} FROM ({}) c", plans.len() + at, begun(kind)));
            args.extend(range(&plan.first));
        }
    }
    let (mut found, mut counts) = (vec![Vec::new(); plans.len()], vec![0; plans.len()]);
    for row in db.rows(&TenantSql::composed(parts.join(" UNION ALL "))?, args).await? {
        let at = usize::try_from(row.int(0)?).unwrap_or_default();
        match (found.get_mut(at), counts.get_mut(at.saturating_sub(plans.len()))) {
            (Some(found), _) => found.push(row.int(1)?),
            (None, Some(count)) => *count = row.int(1)?,
            (None, None) => {}
        }
    }
    // What the rarest word found: of a frequent one not all subjects were asked for the others.
    let rarest = (0..plans.len()).min_by_key(|at| counts[*at]).unwrap_or_default();
    let rows = std::mem::take(&mut found[rarest]);
    let whole = counts[rarest] < FREQUENT && i64::try_from(rows.len()).is_ok_and(|rows| rows < limit);
    let ids: BTreeSet<i64> = rows.into_iter().collect();
    let few = i64::try_from(ids.len()).is_ok_and(|ids| ids <= at_most);
    Ok(if whole && few { Found::Few(ids.into_iter().collect()) } else { Found::Many })
}

/// The condition that all of the words begin words of the subject whose id stands in `column`.
pub(crate) fn condition(kind: Kind, words: &[String], column: &str) -> (String, Vec<Arg>) {
    let number = kind.number();
    // Asked for by value: MariaDB may answer EXISTS by reading all that the word means first.
    let one = format!(
        "(SELECT w.kind FROM search_words w WHERE w.company_id = :company AND w.kind = {number} \
         AND w.subject_id = {column} AND w.word >= ? AND w.word < ? LIMIT 1) IS NOT NULL"
    );
    let conditions = vec![one; words.len()].join(" AND ");
    (conditions, words.iter().flat_map(|word| range(word)).collect())
}

/// The people whom the words mean, `at_most` of each kind, by three statements at most: what is rare is looked up first.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn people(db: &TenantDb, words: &[String], at_most: usize) -> Result<People, Error> {
    let mut people = People::default();
    let (mut parts, mut args) = (Vec::new(), Vec::new());
    let wanted = i64::try_from(at_most).unwrap_or(i64::MAX);
    let mut frequent_kinds = Vec::new();
    let plans = plans(db, words).await?;
    for (kind, plan) in &plans {
        let frequent = plan.rows.is_some_and(|rows| rows >= FREQUENT);
        let bound = match plan.rows {
            None => 2 * wanted,
            Some(_) if frequent => LOOKED_THROUGH,
            Some(_) => FREQUENT,
        };
        let (candidates, of_candidates) = candidates(*kind, plan, bound, 2 * wanted);
        let (table, number) = (kind.table(), kind.number());
        let phone = if *kind == Kind::Customer { "p.phone" } else { "p.email" };
        parts.push(format!(
            "SELECT {number}, f.word, p.id, p.name, p.email, {phone} FROM ({candidates}) f \
             JOIN {table} p ON p.id = f.subject_id AND p.company_id = :company"
        ));
        args.extend(of_candidates);
        frequent_kinds.extend(frequent.then_some(*kind));
    }
    if parts.is_empty() {
        return Ok(people);
    }
    let rows = db.rows(&TenantSql::composed(parts.join(" UNION ALL "))?, args).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let kind = if row.int(0)? == Kind::Staff.number() { Kind::Staff } else { Kind::Customer };
        let phone = row.opt_text(5)?.filter(|_| kind == Kind::Customer);
        let person = Person { kind, id: row.int(2)?, name: row.text(3)?, email: row.opt_text(4)?, phone };
        found.push((row.text(1)?, person));
    }
    found.sort_by(|a, b| (a.1.kind, &a.0, a.1.id).cmp(&(b.1.kind, &b.0, b.1.id)));
    for kind in Kind::ALL {
        let mut known = BTreeSet::new();
        let of_kind = found.iter().map(|(_, person)| person).filter(|person| person.kind == kind);
        let each: Vec<_> = of_kind.filter(|person| known.insert(person.id)).take(at_most).cloned().collect();
        people.partly |= each.len() < at_most && frequent_kinds.contains(&kind);
        people.found.extend(each);
    }
    Ok(people)
}

/// The subjects of the first word that have the others too, in the order of their words: `bound` of them are asked.
fn candidates(kind: Kind, plan: &Plan, bound: i64, limit: i64) -> (String, Vec<Arg>) {
    let number = kind.number();
    let first = format!(
        "SELECT w.word, w.subject_id FROM search_words w WHERE w.company_id = :company AND w.kind = {number} \
         AND w.word >= ? AND w.word < ? ORDER BY w.word, w.subject_id LIMIT {bound}"
    );
    let mut args: Vec<Arg> = range(&plan.first).into();
    if plan.others.is_empty() {
        return (first, args);
    }
    let (others, of_others) = condition(kind, &plan.others, "d.subject_id");
    args.extend(of_others);
    let text = format!(
        "SELECT d.word, d.subject_id FROM ({first}) d WHERE {others} ORDER BY d.word, d.subject_id LIMIT {limit}"
    );
    (text, args)
}

/// How each kind is looked up; a kind that one of the words means nobody of is left out.
async fn plans(db: &TenantDb, words: &[String]) -> Result<Vec<(Kind, Plan)>, Error> {
    let mut plans = Vec::new();
    match words {
        [] => {}
        [word] => plans.extend(Kind::ALL.map(|kind| (kind, alone(word)))),
        words => {
            let counts = counts(db, &Kind::ALL, words).await?;
            for (kind, counts) in Kind::ALL.into_iter().zip(counts.chunks(words.len())) {
                plans.extend(by_rarity(words, counts).map(|plan| (kind, plan)));
            }
        }
    }
    Ok(plans)
}

fn alone(word: &str) -> Plan {
    Plan { first: word.to_owned(), others: Vec::new(), rows: None }
}

/// The rarest word first; none where there is nobody with one of them.
fn by_rarity(words: &[String], counts: &[i64]) -> Option<Plan> {
    let (at, rows) = counts.iter().copied().enumerate().min_by_key(|(_, rows)| *rows).filter(|(_, rows)| *rows > 0)?;
    beginning_with(words, at, Some(rows))
}

/// The word at that place first.
fn beginning_with(words: &[String], at: usize, rows: Option<i64>) -> Option<Plan> {
    let others = words.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, word)| word.clone()).collect();
    Some(Plan { first: words.get(at)?.clone(), others, rows })
}

/// The index's rows of a word, [`FREQUENT`] at most.
fn begun(kind: Kind) -> String {
    format!(
        "SELECT w.subject_id FROM search_words w WHERE w.company_id = :company AND w.kind = {} AND w.word >= ? \
         AND w.word < ? LIMIT {FREQUENT}",
        kind.number()
    )
}

/// How many rows of the index each word has, kind by kind, [`FREQUENT`] at most.
async fn counts(db: &TenantDb, kinds: &[Kind], words: &[String]) -> Result<Vec<i64>, Error> {
    let count = db.dialect().integer("COUNT(*)");
    let (mut parts, mut args) = (Vec::new(), Vec::new());
    for kind in kinds {
        for word in words {
            parts.push(format!("SELECT {}, {count} FROM ({}) c", parts.len(), begun(*kind)));
            args.extend(range(word));
        }
    }
    let mut counts = vec![0; parts.len()];
    for row in db.rows(&TenantSql::composed(parts.join(" UNION ALL "))?, args).await? {
        if let Some(count) = usize::try_from(row.int(0)?).ok().and_then(|at| counts.get_mut(at)) {
            *count = row.int(1)?;
        }
    }
    Ok(counts)
}

/// Between which bounds the words lie that begin with this one.
fn range(word: &str) -> [Arg; 2] {
    [word.into(), format!("{word}{END}").into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rare_is_looked_up_first_and_what_nobody_has_not_at_all() {
        let words = ["anna", "mueller"].map(str::to_owned);
        let plan = by_rarity(&words, &[5_000, 12]).unwrap();
        assert_eq!((plan.first.as_str(), plan.others, plan.rows), ("mueller", vec!["anna".to_owned()], Some(12)));
        assert!(by_rarity(&words, &[0, 12]).is_none());
    }

    #[test]
    fn a_range_holds_what_begins_with_the_word_and_nothing_else() {
        let end = format!("mull{END}");
        for (word, is_in) in [("mull", true), ("muller", true), ("mullя", true), ("mulm", false), ("mulk", false)] {
            assert_eq!("mull" <= word && word < end.as_str(), is_in, "{word}");
        }
    }
}
