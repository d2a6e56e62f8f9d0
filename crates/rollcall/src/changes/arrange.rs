//! A person's own arrangement of their dashboard. It raises the version of the company's users: whoever remembers the person
//! reads them anew, and so finds their pages under other names.

use serde_json::json;

use super::{lock, raise_version};
use crate::audit::Actor;
use crate::clock::Clock;
use crate::db::{Database, Error, Mode, TenantSql};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::TenantScope;
use crate::versions::{Topic, Topics};
use crate::widget::Arrangement;

const FORGET: TenantSql =
    TenantSql::new("DELETE FROM rollcall_arrangements WHERE company_id = :company AND user_id = ?");

/// What an arrangement was and what it becomes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'a> {
    pub(crate) before: &'a Arrangement,
    pub(crate) after: &'a Arrangement,
}

/// Keeps the arrangement of a user of the company; the usual one is none.
///
/// # Errors
/// Where the database fails: nothing has changed then.
pub(crate) async fn keep(
    db: &Database,
    scope: &TenantScope,
    actor: &Actor,
    user: i64,
    change: Change<'_>,
    clock: &Clock,
) -> Result<(), Error> {
    let tx = scope.db(db).begin(Mode::Write).await?;
    let locked = lock(&tx).await?;
    tx.execute(&FORGET, vec![user.into()]).await?;
    if change.after.mark().is_some() {
        let row = vec![vec![user.into(), change.after.written().into()]];
        tx.insert("rollcall_arrangements", &["user_id", "widgets"], row, "").await?;
    }
    let raised = raise_version(&tx, locked.versions, Topics::from(&[Topic::Users][..]), clock).await?;
    let event = Event::new(Thing::User, Verb::Updated, user)
        .before(json!({ "dashboard": change.before.written() }))
        .after(json!({ "dashboard": change.after.written() }));
    events::announce(&tx, actor, &[event], clock.now_utc()).await?;
    tx.commit().await?;
    db.versions().tell(scope.company_id(), raised);
    Ok(())
}
