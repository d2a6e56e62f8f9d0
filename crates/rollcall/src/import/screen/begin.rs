//! How much a company may bring, and whether an import begins.

use chrono::TimeDelta;
use serde_json::json;

use super::store::{SILENT, State, Upload, recent};
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Error, Mode, TenantDb, TenantSql};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::TenantScope;

const BEGIN: TenantSql = TenantSql::new(
    "UPDATE rollcall_imports SET state = 'running', report = NULL, changed_at = ? \
     WHERE company_id = :company AND id = ? AND (state <> 'running' OR changed_at < ?)",
);

/// How much more a company may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// So many files.
    pub files: usize,
    /// So many bytes.
    pub bytes: u64,
}

/// How much more the company may bring to this node; `but`: an import whose rejects are about to be replaced.
///
/// # Errors
/// Where the database fails.
pub async fn room(app: &App, db: &TenantDb, but: Option<i64>) -> Result<Room, Error> {
    let all = recent(db).await?;
    let mut taken = 0_u64;
    for upload in &all {
        let rejects = match but == Some(upload.id) {
            true => 0,
            false => tokio::fs::metadata(upload.rejects(app)).await.map_or(0, |file| file.len()),
        };
        taken = taken.saturating_add(upload.bytes).saturating_add(rejects);
    }
    let settings = &app.config.import;
    let (most, total) = (usize::try_from(settings.max_files).unwrap_or(usize::MAX), settings.max_total);
    let bytes = u64::try_from(total).unwrap_or(u64::MAX).saturating_sub(taken);
    Ok(Room { files: most.saturating_sub(all.len()), bytes })
}

/// Whether an import begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It does.
    Yes,
    /// It runs already: of two who begin it at once, one does.
    Already,
    /// Another one of the company is at work.
    Other,
}

/// Lets it begin, where no other import of the company is at work.
///
/// # Errors
/// Where the database fails.
pub async fn begin(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    upload: &Upload,
    dry_run: bool,
) -> Result<Begun, Error> {
    let now = app.clock.now_utc();
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let silent = now - TimeDelta::seconds(SILENT);
    // All of the company's are locked: of two that begin at once, the second one finds that the first is at work.
    let lock = tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE");
    let all = TenantSql::composed(format!(
        "SELECT id, state, changed_at FROM rollcall_imports WHERE company_id = :company ORDER BY id{lock}"
    ))?;
    for row in tx.rows(&all, vec![]).await? {
        if row.int(0)? != upload.id && row.text(1)? == State::Running.as_str() && row.instant(2)? >= silent {
            return Ok(Begun::Other);
        }
    }
    if tx.execute(&BEGIN, vec![now.into(), upload.id.into(), silent.into()]).await? == 0 {
        return Ok(Begun::Already);
    }
    let event = Event::new(Thing::Import, Verb::Begun, upload.id);
    let event = event.after(json!({ "file": upload.name, "writes": !dry_run }));
    events::announce(&tx, actor, &[event], now).await?;
    tx.commit().await?;
    Ok(Begun::Yes)
}
