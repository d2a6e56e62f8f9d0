//! The index itself: recomputed from the raw rows, never added to.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, words};
use crate::db::{Arg, Error, TenantSql, TenantTx};
use crate::summaries::people::listed;

/// So many subjects are looked at by one statement.
const AT_ONCE: usize = 500;

/// Subjects with their words; those without any are not in it.
type Words = BTreeMap<i64, BTreeSet<String>>;

/// Brings the words of these subjects up to date: of those that are gone, none are left.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn refresh(tx: &TenantTx, kind: Kind, ids: &[i64]) -> Result<(), Error> {
    for ids in ids.chunks(AT_ONCE) {
        let (expected, stored) = (expected(tx, kind, ids).await?, stored(tx, kind, ids).await?);
        let differs = |id: &&i64| expected.get(id) != stored.get(id);
        let gone: Vec<i64> = ids.iter().filter(differs).copied().filter(|id| stored.contains_key(id)).collect();
        if !gone.is_empty() {
            let number = kind.number();
            let head =
                format!("DELETE FROM search_words WHERE company_id = :company AND kind = {number} AND subject_id");
            let (sql, args) = listed(&head, &gone)?;
            tx.execute(&sql, args).await?;
        }
        let rows = |(id, words): (&i64, &BTreeSet<String>)| {
            let row = |word: &String| vec![Arg::from(kind.number()), Arg::from(word.as_str()), Arg::from(*id)];
            words.iter().map(row).collect::<Vec<_>>()
        };
        let new = expected.iter().filter(|(id, words)| stored.get(id) != Some(words)).flat_map(rows).collect();
        tx.insert("search_words", &["kind", "word", "subject_id"], new, "").await?;
    }
    Ok(())
}

/// Brings the words of all staff up to date.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn refresh_staff(tx: &TenantTx) -> Result<(), Error> {
    refresh(tx, Kind::Staff, &staff(tx).await?).await
}

const STAFF: TenantSql = TenantSql::new("SELECT id FROM staff WHERE company_id = :company");

/// All staff, and whoever only the index still names.
async fn staff(tx: &TenantTx) -> Result<Vec<i64>, Error> {
    let rows = tx.rows(&STAFF, vec![]).await?;
    let mut ids = subjects_between(tx, Kind::Staff, i64::MIN, i64::MAX).await?;
    for row in &rows {
        ids.insert(row.int(0)?);
    }
    Ok(ids.into_iter().collect())
}

/// The subjects that the index names, behind `after` and up to `until`.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn subjects_between(
    tx: &TenantTx,
    kind: Kind,
    after: i64,
    until: i64,
) -> Result<BTreeSet<i64>, Error> {
    let number = kind.number();
    let text = format!(
        "SELECT DISTINCT subject_id FROM search_words \
         WHERE company_id = :company AND kind = {number} AND subject_id > ? AND subject_id <= ?"
    );
    let sql = TenantSql::composed(text)?;
    tx.rows(&sql, vec![after.into(), until.into()]).await?.iter().map(|row| row.int(0)).collect()
}

/// What differs between the index and the raw rows: the kind and the subject, its words as stored and as recomputed.
#[derive(Debug)]
pub(crate) struct Differs {
    pub(crate) what: String,
    pub(crate) stored: Option<BTreeSet<String>>,
    pub(crate) expected: Option<BTreeSet<String>>,
}

/// Of these subjects, or of all staff, those whose words are not what the raw rows say.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn differences(tx: &TenantTx, kind: Kind, ids: Option<&[i64]>) -> Result<Vec<Differs>, Error> {
    let all = match (ids, kind) {
        (Some(ids), _) => ids.to_vec(),
        (None, Kind::Staff) => staff(tx).await?,
        (None, Kind::Customer) => subjects_between(tx, kind, i64::MIN, i64::MAX).await?.into_iter().collect(),
    };
    let mut found = Vec::new();
    for ids in all.chunks(AT_ONCE) {
        let (mut expected, mut stored) = (expected(tx, kind, ids).await?, stored(tx, kind, ids).await?);
        for id in ids {
            let (expected, stored) = (expected.remove(id), stored.remove(id));
            if expected != stored {
                found.push(Differs { what: format!("words of {} {id}", kind.table()), stored, expected });
            }
        }
    }
    Ok(found)
}

async fn expected(tx: &TenantTx, kind: Kind, ids: &[i64]) -> Result<Words, Error> {
    let columns = match kind {
        Kind::Customer => "id, name, email, phone",
        Kind::Staff => "id, name, email, ''",
    };
    let head = format!("SELECT {columns} FROM {} WHERE company_id = :company AND id", kind.table());
    let (sql, args) = listed(&head, ids)?;
    let mut all = Words::new();
    for row in tx.rows(&sql, args).await? {
        let text = |at| row.opt_text(at).map(Option::unwrap_or_default);
        let words = words::words(&text(1)?, &text(2)?, &text(3)?);
        if !words.is_empty() {
            all.insert(row.int(0)?, words);
        }
    }
    Ok(all)
}

async fn stored(tx: &TenantTx, kind: Kind, ids: &[i64]) -> Result<Words, Error> {
    let number = kind.number();
    let head = format!(
        "SELECT subject_id, word FROM search_words WHERE company_id = :company AND kind = {number} AND subject_id"
    );
    let (sql, args) = listed(&head, ids)?;
    let mut all = Words::new();
    for row in tx.rows(&sql, args).await? {
        all.entry(row.int(0)?).or_default().insert(row.text(1)?);
    }
    Ok(all)
}
