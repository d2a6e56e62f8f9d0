//! What a server's settings mean for standing beside an application.

use super::catalog::Catalog;
use super::check::Difference;
use crate::db::migrate::contract::TABLES;
use crate::db::{Database, Dialect, Error, PlatformSql, Row};
use crate::doctor::Level;

const SETTINGS: PlatformSql = PlatformSql::new(
    "an adopted database's server is asked for its settings",
    "SELECT CAST(@@global.time_zone AS CHAR), CAST(@@system_time_zone AS CHAR), CAST(@@global.log_bin AS SIGNED), \
     CAST(@@global.log_bin_trust_function_creators AS SIGNED)",
);

/// What may go wrong with the server as it is set.
pub(super) async fn differences(db: &Database, catalog: &Catalog) -> Result<Vec<Difference>, Error> {
    if db.dialect() != Dialect::MySql {
        return Ok(vec![]);
    }
    let Some(row) = db.platform().row(&SETTINGS, vec![]).await? else { return Ok(vec![]) };
    Ok(zone(&row, catalog)?.into_iter().chain(binary_log(&row)?).collect())
}

fn zone(row: &Row, catalog: &Catalog) -> Result<Option<Difference>, Error> {
    let (global, system) = (row.text(0)?, row.text(1)?);
    let zone = if global == "SYSTEM" { &system } else { &global };
    let is_utc = ["UTC", "+00:00", "Etc/UTC", "GMT", "Etc/GMT"].contains(&zone.as_str());
    let stamped = TABLES.iter().find(|(table, columns)| {
        let of = catalog.tables.get(*table).map(|table| &table.columns);
        let stamp = |name: &str| of.and_then(|of| of.get(name)).is_some_and(|column| column.kind == "timestamp");
        columns.iter().any(|(column, _)| stamp(column))
    });
    let Some((table, _)) = stamped.filter(|_| !is_utc) else { return Ok(None) };
    let what = format!(
        "sessions are in the zone {zone} unless they choose another, and columns of type timestamp ({table} has some) hold \
         another instant than the application means, unless it chooses UTC"
    );
    let hint = "let the application's sessions be in UTC: 'timezone' => '+00:00' in Laravel's config/database.php; else \
                Rollcall shows its instants shifted";
    Ok(Some(Difference::new(Level::Warning, "", None, what).hint(hint)))
}

fn binary_log(row: &Row) -> Result<Option<Difference>, Error> {
    if row.int(2)? == 0 || row.int(3)? != 0 {
        return Ok(None);
    }
    let what =
        "the binary log is on and log_bin_trust_function_creators is off: only a user with SUPER may make triggers";
    let mut found = Difference::new(Level::Warning, "", None, what).hint("unless Rollcall's user has SUPER");
    found.remedy = vec!["SET GLOBAL log_bin_trust_function_creators = 1".to_owned()];
    Ok(Some(found))
}
