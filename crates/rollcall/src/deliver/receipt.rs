//! Receipts: a provider says what became of a message that it took.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Arg, Dialect, Error, Mode, PlatformSql, TenantSql, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::OperatorScope;

/// What a provider says. `docs/notifications.md` is its manual.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Receipt {
    /// The receipt's own id: it counts once.
    pub(crate) receipt: String,
    /// What the program called the notification.
    pub(crate) id: String,
    pub(crate) status: Status,
    /// Why it failed.
    #[serde(default)]
    pub(crate) error: Option<String>,
}

/// What became of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Delivered,
    Failed,
}

/// What came of a receipt. Whoever sent it is told the same each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The notification says so now.
    Noted,
    /// It had been said, or was said before, or is too late to say.
    Nothing,
    /// There is no such notification under that name.
    Unknown,
}

const SEEN: PlatformSql =
    PlatformSql::new("whether a receipt was taken before is looked up", "SELECT 1 FROM delivery_receipts WHERE id = ?");
const FORGET: PlatformSql = PlatformSql::new(
    "receipts that are too old to be sent again are forgotten",
    "DELETE FROM delivery_receipts WHERE seen_at < ?",
);
const OWNER: PlatformSql = PlatformSql::new(
    "whose notification a receipt speaks of is looked up by its id",
    "SELECT company_id, channel FROM notification_queues WHERE id = ?",
);
const STATUS: &str = "SELECT status FROM notification_queues WHERE company_id = :company AND id = ?";
const DELIVERED: TenantSql = TenantSql::new(
    "UPDATE notification_queues SET status = 'delivered', delivered_at = ?, sent_at = COALESCE(sent_at, ?), updated_at = ? \
     WHERE company_id = :company AND id = ? AND status IN ('processing', 'sent')",
);
const FAILED: TenantSql = TenantSql::new(
    "UPDATE notification_queues SET status = 'failed', failed_at = ?, error_message = ?, updated_at = ? \
     WHERE company_id = :company AND id = ? AND status IN ('processing', 'sent')",
);

/// Notes what a receipt says that came from `address` and whose signature was checked.
///
/// # Errors
/// Where the database fails: the receipt may be sent again.
pub(crate) async fn take(app: &App, receipt: &Receipt, address: Option<IpAddr>) -> Result<Effect, Error> {
    let platform = app.db.platform();
    let nonce = app.keyed_hash("receipt", &receipt.receipt);
    if platform.row(&SEEN, vec![nonce.clone().into()]).await?.is_some() {
        return Ok(Effect::Nothing);
    }
    let effect = note(app, receipt, &nonce, address).await?;
    let now = app.clock.now().timestamp();
    // A receipt that was signed at the end of the window may come once more at the end of its own.
    platform.execute(&FORGET, vec![(now - 3 * super::sign::WINDOW).into()]).await?;
    Ok(effect)
}

async fn note(app: &App, receipt: &Receipt, nonce: &str, address: Option<IpAddr>) -> Result<Effect, Error> {
    let Some(id) = receipt.id.split('-').next().and_then(|id| id.parse::<i64>().ok()) else {
        return Ok(Effect::Unknown);
    };
    let Some(row) = app.db.platform().row(&OWNER, vec![id.into()]).await? else { return Ok(Effect::Unknown) };
    let (company, channel) = (row.int(0)?, row.text(1)?);
    if !same(&super::reference(app, company, id), &receipt.id) {
        return Ok(Effect::Unknown);
    }
    let scope = OperatorScope::of_program("receipts").enter_known(company);
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    // Before the effect, and as long-lived as it: of two at the same time the second waits here for the first.
    let keep = keep(tx.dialect());
    if tx.execute_above(&keep, vec![nonce.into(), app.clock.now().timestamp().into()]).await? == 0 {
        return Ok(Effect::Nothing);
    }
    let effect = change(&tx, app, receipt, id, &Actor::provider(&channel, address)).await?;
    tx.commit().await?;
    if effect == Effect::Noted {
        changes::settle(&app.db, &scope, &app.clock).await?;
    }
    Ok(effect)
}

fn keep(dialect: Dialect) -> PlatformSql {
    let (start, end) = (dialect.insert_or_ignore(), dialect.or_ignore_end());
    PlatformSql::composed(
        "a receipt's own id is kept, so that it counts once",
        format!("{start} INTO delivery_receipts (id, seen_at) VALUES (?, ?) {end}"),
    )
}

/// Writes down what a receipt says of the company's notification `id`.
async fn change(tx: &TenantTx, app: &App, receipt: &Receipt, id: i64, actor: &Actor) -> Result<Effect, Error> {
    let now = || Arg::from(app.clock.now_utc());
    let (sql, args, verb, after) = match receipt.status {
        Status::Delivered => {
            (DELIVERED, vec![now(), now(), now(), id.into()], Verb::Delivered, json!({ "status": "delivered" }))
        }
        Status::Failed => {
            let why = receipt.error.as_deref().unwrap_or("the provider could not deliver it");
            let why: String =
                why.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(500).collect();
            let after = json!({ "status": "failed", "error_message": why });
            (FAILED, vec![now(), why.into(), now(), id.into()], Verb::Failed, after)
        }
    };
    let lock = tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE");
    let was = TenantSql::composed(format!("{STATUS}{lock}"))?;
    let was = tx.rows(&was, vec![id.into()]).await?;
    let Some(was) = was.first() else { return Ok(Effect::Unknown) };
    if tx.execute(&sql, args).await? == 0 {
        return Ok(Effect::Nothing);
    }
    let event = Event::new(Thing::Notification, verb, id).before(json!({ "status": was.text(0)? })).after(after);
    events::announce(tx, actor, &[event], app.clock.now_utc()).await?;
    Ok(Effect::Noted)
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |found, (one, other)| found | (one ^ other)) == 0
}
