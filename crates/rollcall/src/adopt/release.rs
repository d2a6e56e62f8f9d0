//! Leaving an application's database as it was.

use serde::Serialize;

use super::privilege::{AdoptError, refused};
use crate::db::migrate::indexes;
use crate::db::migrate::record::{Kind, Note};
use crate::db::migrate::triggers::{self, WATCHED};
use crate::db::{Database, Error};

/// What goes when Rollcall leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Leaving {
    /// The application's tables whose triggers go.
    pub triggers: Vec<String>,
    /// Indexes, each with its table.
    pub indexes: Vec<(String, String)>,
    /// Rollcall's own tables, with all that is in them.
    pub tables: Vec<String>,
}

/// What Rollcall added to the database; none where it is not adopted.
///
/// # Errors
/// Where the database cannot be read.
pub async fn leaving(db: &Database) -> Result<Option<Leaving>, Error> {
    if !db.is_adopted().await? {
        return Ok(None);
    }
    let notes = db.notes().await?;
    let of = |kind| notes.iter().filter(move |note| note.kind == kind);
    let has_triggers = of(Kind::Step).any(|note| note.name == triggers::NAME);
    Ok(Some(Leaving {
        triggers: WATCHED.iter().filter(|_| has_triggers).map(|watch| watch.table().to_owned()).collect(),
        indexes: of(Kind::Index).map(|note| (note.name.clone(), note.table.clone())).collect(),
        tables: of(Kind::Table).map(|note| note.name.clone()).collect(),
    }))
}

/// Takes away everything that was noted when the database was adopted, and nothing else. `told` hears what goes.
///
/// # Errors
/// [`AdoptError`]. What went before is gone; another run goes on from there.
pub async fn release(db: &Database, told: &mut (dyn FnMut(&str) + Send)) -> Result<(), AdoptError> {
    if !db.is_adopted().await? {
        return Err(AdoptError::State("this database is not adopted: there is nothing to take away"));
    }
    let notes = db.notes().await?;
    // The triggers first: without the change log, the application's own writes would fail.
    if notes.iter().any(|note| note.kind == Kind::Step && note.name == triggers::NAME) {
        for watch in WATCHED {
            told(&format!("triggers on {}", watch.table()));
            let failed = |error| refused(format!("the triggers on {} cannot be dropped", watch.table()), None, error);
            db.drop_triggers(watch).await.map_err(failed)?;
        }
    }
    for note in notes.iter().filter(|note| note.kind == Kind::Index) {
        told(&format!("index {} on {}", note.name, note.table));
        drop_index(db, note).await?;
    }
    for note in notes.iter().filter(|note| note.kind == Kind::Table) {
        told(&format!("table {}", note.name));
        let failed = |error| refused(format!("the table {} cannot be dropped", note.name), None, error);
        db.drop_own_table(&note.name).await.map_err(failed)?;
    }
    let failed = |error| refused("Rollcall's record cannot be dropped".to_owned(), None, error);
    db.end_adoption().await.map_err(failed)
}

async fn drop_index(db: &Database, note: &Note) -> Result<(), AdoptError> {
    let (name, table) = (note.name.as_str(), note.table.as_str());
    if is_what_was_made(db, note).await? {
        let statement = format!("DROP INDEX {name}");
        let failed = |error| refused(format!("the index {name} on {table} cannot be dropped"), Some(&statement), error);
        db.drop_index(name, table).await.map_err(failed)?;
    }
    Ok(db.forget_note(note).await?)
}

/// Whether the index of that name still is the one that Rollcall made: somebody may have put another in its place.
async fn is_what_was_made(db: &Database, note: &Note) -> Result<bool, Error> {
    let found = super::catalog::indexes(db).await?;
    let Some(index) = found.iter().find(|index| index.table == note.table && index.name == note.name) else {
        return Ok(false);
    };
    let name = note.name.strip_prefix("rollcall_").unwrap_or(&note.name);
    let made = indexes::all().find(|(known, table, _)| *known == name && *table == note.table);
    // An index of a later version is not known here, but noted: it is Rollcall's.
    Ok(made.is_none_or(|(_, _, columns)| index.columns.join(", ") == *columns))
}
