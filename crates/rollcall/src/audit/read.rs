//! What a company reads of its audit log.

use chrono::NaiveDateTime;
use serde_json::Value;

use super::ActorKind;
use crate::db::{Arg, Database, Error, PlatformSql, Row, TenantDb, TenantSql};
use crate::tenant::OperatorScope;

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number; newer lines have larger ones.
    pub id: i64,
    /// What kind of somebody it was.
    pub actor_kind: String,
    /// Their id.
    pub actor_id: Option<i64>,
    /// Their name then.
    pub actor_name: String,
    /// The address that the request came from.
    pub address: Option<String>,
    /// What was done.
    pub action: String,
    /// What kind of thing it was done to.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: Option<i64>,
    /// What it was like before.
    pub before: Option<Value>,
    /// What it was like afterwards.
    pub after: Option<Value>,
    /// When, UTC.
    pub at: NaiveDateTime,
}

/// Which lines are wanted; what is not said does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// About this kind of thing.
    pub subject_kind: Option<String>,
    /// About the one with this id; with a kind alone.
    pub subject_id: Option<i64>,
    /// By this kind of somebody.
    pub actor_kind: Option<ActorKind>,
    /// By the one with this id; with a kind alone.
    pub actor_id: Option<i64>,
    /// Older than the line of this number.
    pub before: Option<i64>,
}

/// The newest lines of a company that `filter` wants, at most so many.
///
/// # Errors
/// Where the database fails.
pub async fn lines(db: &TenantDb, filter: &Filter, at_most: u32) -> Result<Vec<Line>, Error> {
    let (text, args) = selection("company_id = :company", filter, at_most);
    db.rows(&TenantSql::composed(text)?, args).await?.iter().map(line).collect()
}

/// The same of what belongs to no company.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn lines_above(
    db: &Database,
    _proof: &OperatorScope,
    filter: &Filter,
    at_most: u32,
) -> Result<Vec<Line>, Error> {
    let (text, args) = selection("company_id IS NULL", filter, at_most);
    let sql = PlatformSql::composed("an operator reads lines of the audit log that belong to no company", text);
    db.platform().rows(&sql, args).await?.iter().map(line).collect()
}

/// What reads the lines of `whose` that `filter` wants.
fn selection(whose: &str, filter: &Filter, at_most: u32) -> (String, Vec<Arg>) {
    let mut text = format!(
        "SELECT id, actor_kind, actor_id, actor_name, address, action, subject_kind, subject_id, \
         state_before, state_after, at FROM audit_log WHERE {whose}"
    );
    let mut args: Vec<Arg> = Vec::new();
    let mut and = |condition: &str, arg: Option<Arg>| {
        if let Some(arg) = arg {
            text.push_str(" AND ");
            text.push_str(condition);
            args.push(arg);
        }
    };
    and("subject_kind = ?", filter.subject_kind.clone().map(Arg::from));
    and("subject_id = ?", filter.subject_id.map(Arg::from));
    and("actor_kind = ?", filter.actor_kind.map(|kind| kind.as_str().into()));
    and("actor_id = ?", filter.actor_id.map(Arg::from));
    and("id < ?", filter.before.map(Arg::from));
    text.push_str(&format!(" ORDER BY id DESC LIMIT {at_most}"));
    (text, args)
}

fn line(row: &Row) -> Result<Line, Error> {
    let state = |text: Option<String>| text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
    Ok(Line {
        id: row.int(0)?,
        actor_kind: row.text(1)?,
        actor_id: row.opt_int(2)?,
        actor_name: row.text(3)?,
        address: row.opt_text(4)?,
        action: row.text(5)?,
        subject_kind: row.text(6)?,
        subject_id: row.opt_int(7)?,
        before: state(row.opt_text(8)?),
        after: state(row.opt_text(9)?),
        at: row.instant(10)?,
    })
}
