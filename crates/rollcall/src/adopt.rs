//! Standing beside an application that owns the database: what differs from the contract, what is added, and how all of it is
//! taken away again.
//!
//! Rollcall adds tables, triggers and indexes of its own, and notes each in a table of its own. It alters and drops nothing
//! else, and works while the application does.

mod catalog;
mod check;
mod fit;
mod plan;
mod privilege;
mod release;
mod remedy;
mod surroundings;

use serde::Serialize;

use crate::accounts::{self, Company};
use crate::changes;
use crate::clock::Clock;
use crate::db::migrate::beside;
use crate::db::migrate::record::{Kind, Note};
use crate::db::migrate::triggers::{self, WATCHED};
use crate::db::{Database, Error, PlatformSql};
use crate::doctor::Level;
use crate::tenant::OperatorScope;
use catalog::Catalog;
use privilege::refused;

pub use check::Difference;
pub use plan::{NewIndex, Served};
pub use privilege::AdoptError;
pub use release::{Leaving, leaving, release};

/// How a database stands to Rollcall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// None of the contract's tables is there.
    Empty,
    /// Rollcall made its tables by itself.
    Own,
    /// Another application's.
    Foreign,
    /// Another application's, and an adoption was begun and not finished.
    Begun,
    /// Rollcall stands beside the application.
    Adopted,
}

/// What an adoption would find and do.
#[derive(Clone, Debug, Serialize)]
pub struct Survey {
    /// How the database stands to Rollcall.
    pub state: State,
    /// In what it differs from the contract.
    pub differences: Vec<Difference>,
    /// The tables that are to be made.
    pub tables: Vec<String>,
    /// The application's tables that are to have triggers.
    pub triggers: Vec<String>,
    /// The indexes that are to be made.
    pub indexes: Vec<NewIndex>,
    /// The application's indexes that serve.
    pub served: Vec<Served>,
    /// Whether the summaries of all companies are to be built.
    pub summaries: bool,
}

impl Survey {
    /// How many differences stand in the way.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.differences.iter().filter(|difference| difference.level == Level::Error).count()
    }

    /// Whether there is something to add.
    #[must_use]
    pub fn adds(&self) -> bool {
        !self.tables.is_empty() || !self.triggers.is_empty() || !self.indexes.is_empty() || self.summaries
    }
}

/// Looks at the database and changes nothing.
///
/// # Errors
/// Where the database cannot be read.
pub async fn survey(db: &Database) -> Result<Survey, Error> {
    let (catalog, notes) = (Catalog::read(db).await?, db.notes().await?);
    let steps = db.migrations().await?;
    let adds = beside::rehearse().await?;
    let mut differences = check::differences(db, &catalog).await?;
    differences.extend(surroundings::differences(db, &catalog).await?);
    differences.extend(plan::collisions(db.dialect(), &catalog, &notes, &adds));
    let (indexes, served) = plan::indexes(db.dialect(), &catalog, &notes);
    let is_pending = |name: &str| steps.iter().any(|step| step.name == name && !step.applied);
    let pending = adds.iter().filter(|adds| is_pending(&adds.step));
    let tables = pending.flat_map(|adds| adds.tables.clone()).collect();
    let watched = WATCHED.iter().map(|watch| watch.table().to_owned());
    let triggers: Vec<_> = watched.filter(|_| is_pending(triggers::NAME)).collect();
    let summaries = !notes.iter().any(|note| note.kind == Kind::Summaries && note.done);
    let mut survey = Survey { state: State::Foreign, differences, tables, triggers, indexes, served, summaries };
    survey.state = match (notes.is_empty(), steps.first().is_some_and(|step| step.applied)) {
        (false, _) if survey.adds() => State::Begun,
        (false, _) => State::Adopted,
        (true, true) => State::Own,
        (true, false) if catalog.tables.keys().any(|name| name == "companies" || name == "users") => State::Foreign,
        (true, false) => State::Empty,
    };
    Ok(survey)
}

/// How many appointments the summaries are to be built from.
///
/// # Errors
/// Where the database cannot be read.
pub async fn work(db: &Database, survey: &Survey) -> Result<u64, Error> {
    const COUNT: PlatformSql = PlatformSql::new(
        "appointments are counted, to tell how far an adoption came",
        "SELECT COUNT(*) FROM appointments",
    );
    if survey.errors() > 0 || !survey.summaries || matches!(survey.state, State::Own | State::Empty) {
        return Ok(0);
    }
    let row = db.platform().row(&COUNT, vec![]).await?;
    Ok(row.map(|row| row.int(0)).transpose()?.unwrap_or_default().unsigned_abs())
}

/// What an adoption does at a moment.
#[derive(Debug)]
pub enum Doing<'a> {
    /// It makes an index.
    Index(&'a NewIndex),
    /// It makes what belongs to a migration of Rollcall's own.
    Step(&'a str),
    /// It begins with a company's summaries.
    Summaries(&'a Company),
    /// It has read so many more appointments.
    Appointments(u64),
}

/// Stands beside the application, or goes on where an earlier run stopped; `told` hears what it does.
///
/// # Errors
/// [`AdoptError`]. What was added before stays, and is noted.
pub async fn adopt(
    db: &Database,
    clock: &Clock,
    survey: &Survey,
    told: &mut (dyn FnMut(Doing<'_>) + Send),
) -> Result<(), AdoptError> {
    match survey.state {
        State::Own => {
            return Err(AdoptError::State("Rollcall made this database by itself: there is nothing to adopt"));
        }
        State::Empty => {
            return Err(AdoptError::State(
                "this database has none of an application's tables; `rollcall migrate up` makes one of Rollcall's own",
            ));
        }
        State::Foreign | State::Begun | State::Adopted => {}
    }
    match survey.errors() {
        0 => {}
        1 => return Err(AdoptError::Differences("1 difference".to_owned())),
        errors => return Err(AdoptError::Differences(format!("{errors} differences"))),
    }
    let failed = |error| refused("Rollcall's record cannot be made".to_owned(), None, error);
    db.begin_adoption().await.map_err(failed)?;
    add_indexes(db, survey, told).await?;
    let mut step = String::new();
    let mut next = |name: &str| {
        name.clone_into(&mut step);
        told(Doing::Step(name));
    };
    let applied = db.apply_own(&mut next).await;
    applied.map_err(|error| refused(format!("{step} cannot be made"), None, error))?;
    Ok(build_summaries(db, clock, told).await?)
}

/// Makes the indexes that are missing.
///
/// # Errors
/// [`AdoptError`]. Those made before stay, and are noted.
pub async fn add_indexes(
    db: &Database,
    survey: &Survey,
    told: &mut (dyn FnMut(Doing<'_>) + Send),
) -> Result<(), AdoptError> {
    for index in &survey.indexes {
        told(Doing::Index(index));
        let (name, table, columns) = (&index.name, &index.table, &index.columns);
        let failed = |error| {
            let statement = format!("CREATE INDEX {name} ON {table} ({columns})");
            refused(format!("the index {name} on {table} cannot be made"), Some(&statement), error)
        };
        add_index(db, index).await.map_err(failed)?;
    }
    // Those that an interrupted run had made, but not noted as made.
    for note in db.notes().await?.iter().filter(|note| note.kind == Kind::Index && !note.done) {
        db.note(Kind::Index, &note.table, &note.name, true).await?;
    }
    Ok(())
}

async fn add_index(db: &Database, index: &NewIndex) -> Result<(), Error> {
    let (name, table) = (index.name.as_str(), index.table.as_str());
    let before = catalog::indexes(db).await?;
    db.note(Kind::Index, table, name, false).await?;
    if index.is_half {
        db.drop_index(name, table).await?;
    }
    for pin in &index.pins {
        db.pin_key(pin, table).await?;
    }
    if let Err(error) = db.make_index(name, table, &index.columns).await {
        // Somebody else may make it now, and then it is theirs.
        if !catalog::indexes(db).await?.iter().any(|index| index.table == table && index.name == name) {
            db.forget_note(&Note { kind: Kind::Index, table: table.to_owned(), name: name.to_owned(), done: false })
                .await?;
        }
        return Err(error);
    }
    db.note(Kind::Index, table, name, true).await?;
    // A server that drops one of the application's in favour of the new one all the same must not have its way.
    let after = catalog::indexes(db).await?;
    let gone = |old: &&catalog::Index| {
        old.table == table && old.name != name && !after.iter().any(|new| new.table == table && new.name == old.name)
    };
    for old in before.iter().filter(gone) {
        tracing::warn!(table, index = %old.name, "the server dropped an index of the application; it is put back");
        db.make_index(&old.name, table, &old.columns.join(", ")).await?;
    }
    Ok(())
}

const MISSING_VERSIONS: PlatformSql = PlatformSql::new(
    "companies that were there before the triggers have summaries to come",
    "INSERT INTO company_versions (company_id, version, state) SELECT id, 0, 1 FROM companies \
     WHERE NOT EXISTS (SELECT 1 FROM company_versions v WHERE v.company_id = companies.id)",
);
const ALL_DUE: PlatformSql = PlatformSql::new(
    "what was written before the triggers is in no summary yet",
    "UPDATE company_versions SET state = version + 1, version = version + 1",
);

async fn build_summaries(db: &Database, clock: &Clock, told: &mut (dyn FnMut(Doing<'_>) + Send)) -> Result<(), Error> {
    let note = |notes: &[Note]| notes.iter().find(|note| note.kind == Kind::Summaries).map(|note| note.done);
    match note(&db.notes().await?) {
        Some(true) => return Ok(()),
        Some(false) => {}
        None => {
            // The triggers are at work: what is written from here on leaves lines of its own.
            db.platform().execute(&MISSING_VERSIONS, vec![]).await?;
            db.platform().execute(&ALL_DUE, vec![]).await?;
            db.note(Kind::Summaries, "", "", false).await?;
        }
    }
    let due: Vec<i64> = changes::status(db).await?.iter().filter(|it| it.rebuild_due).map(|it| it.company_id).collect();
    for company in accounts::companies(db).await?.iter().filter(|company| due.contains(&company.id)) {
        told(Doing::Summaries(company));
        let Some(scope) = OperatorScope::of_program("adopt").enter(db, company.id).await? else { continue };
        changes::rebuild(db, &scope, clock, &mut |appointments| told(Doing::Appointments(appointments))).await?;
    }
    db.note(Kind::Summaries, "", "", true).await
}
