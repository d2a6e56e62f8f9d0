//! The companies that a job goes through, each with the versions under which it is drawn.

use crate::db::{Arg, Database, Error, PlatformSql, Row};
use crate::summaries::zone::zone;
use crate::tenant::OperatorScope;
use crate::versions::Versions;
use crate::web::drawing::Found;

/// How many are read at a time.
pub(super) const CHUNK: usize = 64;

const AFTER: PlatformSql = PlatformSql::new(
    "companies are warmed in the order of their ids",
    "SELECT c.id, c.slug, c.timezone, v.version, v.topics FROM companies c \
     JOIN company_versions v ON v.company_id = c.id WHERE c.is_active = ? AND c.id > ? ORDER BY c.id LIMIT 64",
);
const ONE: PlatformSql = PlatformSql::new(
    "a company is warmed by its id",
    "SELECT c.id, c.slug, c.timezone, v.version, v.topics FROM companies c \
     JOIN company_versions v ON v.company_id = c.id WHERE c.id = ?",
);

/// The next companies whose ids lie above `id`.
pub(super) async fn after(db: &Database, id: i64) -> Result<Vec<Found>, Error> {
    found(db, &AFTER, vec![true.into(), id.into()]).await
}

/// The company of that id.
pub(crate) async fn one(db: &Database, id: i64) -> Result<Option<Found>, Error> {
    Ok(found(db, &ONE, vec![id.into()]).await?.pop())
}

async fn found(db: &Database, sql: &PlatformSql, args: Vec<Arg>) -> Result<Vec<Found>, Error> {
    let program = OperatorScope::of_program("warm");
    let found = |row: &Row| {
        Ok(Found {
            scope: program.enter_known(row.int(0)?),
            slug: row.text(1)?,
            zone: zone(&row.text(2)?),
            versions: Versions::read(row.int(3)?, &row.text(4)?),
        })
    };
    db.platform().rows(sql, args).await?.iter().map(found).collect()
}
