//! Whether all who listen still may.

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;

use super::room::{Person, Room};
use crate::app::App;
use crate::db::{Error, PlatformSql, TenantSql};
use crate::summaries::zone::zone;
use crate::tenant::TenantScope;
use crate::web::{presence, session};

/// So many sessions are read by one statement.
const AT_ONCE: usize = 500;

const ZONE: TenantSql = TenantSql::new("SELECT timezone FROM companies WHERE id = :company");

/// Dismisses from a room whoever signed out, may not see the company any more, or is somebody else by now; answers the company's
/// zone, which was `before`. To listen is not to use the panel: it keeps no session alive.
///
/// # Errors
/// Where the database fails; nobody is dismissed then.
pub(super) async fn check(app: &App, room: &Room, scope: &TenantScope, before: Tz) -> Result<Tz, Error> {
    let store = session::store(app);
    let now = app.clock.now().timestamp();
    for people in room.people().chunks(AT_ONCE) {
        let mut unknown: HashMap<String, &Person> = people.iter().map(|one| (store.key(one.session), one)).collect();
        let keys = unknown.keys().map(|key| key.clone().into()).collect();
        for row in app.db.platform().rows(&sessions(people.len()), keys).await? {
            let (key, user) = (row.text(0)?, presence::user_of(&row, 2)?);
            let still = |person: &&Person| user.as_ref().is_some_and(|(user, _)| person.is(user));
            if row.int(1)? > now && unknown.get(&key).is_some_and(still) {
                unknown.remove(&key);
            }
        }
        let gone: HashSet<i128> = unknown.values().map(|person| person.session.0).collect();
        if !gone.is_empty() {
            room.dismiss(|person| gone.contains(&person.session.0));
        }
    }
    let rows = scope.db(&app.db).rows(&ZONE, vec![]).await?;
    rows.first().map_or(Ok(before), |row| Ok(zone(&row.text(0)?)))
}

fn sessions(count: usize) -> PlatformSql {
    let marks = vec!["?"; count].join(", ");
    let text = format!(
        "SELECT s.id, s.expires_at, u.id, u.company_id, u.name, u.email, u.role, c.id, c.name, c.slug, c.timezone, \
         c.is_active FROM rollcall_sessions s JOIN users u ON u.id = s.user_id LEFT JOIN companies c ON c.id = u.company_id \
         LEFT JOIN rollcall_people p ON p.user_id = u.id WHERE s.id IN ({marks}) AND p.deactivated_at IS NULL"
    );
    PlatformSql::composed("whether those who listen still may is read by their sessions' ids", text)
}
