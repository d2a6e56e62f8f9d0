//! The list of a company's first steps: what of them the database knows, and that nobody wants to see it any more.

use serde_json::json;

use super::{lock, raise_version};
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Error, Mode, TenantDb, TenantSql};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::TenantScope;
use crate::versions::{Topic, Topics};

const KNOWN: TenantSql = TenantSql::new(
    "SELECT COUNT(*), (SELECT COUNT(*) FROM rollcall_first_steps f WHERE f.company_id = :company) \
     FROM users u WHERE u.company_id = :company",
);
const DISMISSED: TenantSql =
    TenantSql::new("SELECT dismissed_at FROM rollcall_first_steps WHERE company_id = :company");

/// Whether the company has people beside the first; none where the list was closed.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn people(db: &TenantDb) -> Result<Option<bool>, Error> {
    let rows = db.rows(&KNOWN, vec![]).await?;
    let Some(row) = rows.first() else { return Ok(Some(false)) };
    Ok((row.int(1)? == 0).then_some(row.int(0)? > 1))
}

/// Closes the list, for everybody in the company. Whoever closes it twice does so once.
///
/// # Errors
/// Where the database fails: nothing has changed then.
pub(crate) async fn dismiss(app: &App, scope: &TenantScope, actor: &Actor) -> Result<(), Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let locked = lock(&tx).await?;
    if !tx.rows(&DISMISSED, vec![]).await?.is_empty() {
        return Ok(());
    }
    let now = app.clock.now_utc();
    tx.insert("rollcall_first_steps", &["dismissed_at"], vec![vec![now.into()]], "").await?;
    // Dashboards that are kept show it.
    let raised = raise_version(&tx, locked.versions, Topics::from(&[Topic::Settings][..]), &app.clock).await?;
    let event = Event::new(Thing::Settings, Verb::Updated, None).after(json!({ "first_steps": "closed" }));
    events::announce(&tx, actor, &[event], now).await?;
    tx.commit().await?;
    app.db.versions().tell(scope.company_id(), raised);
    Ok(())
}
