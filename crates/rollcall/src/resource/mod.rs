//! The resources: what the API and the panel know of a company's tables, as data, one file each.
//!
//! A [`Resource`] is a table of the contract with its columns; a [`Screen`] says how the panel shows it. Lists, rows, writes
//! and exports follow from the two. Nothing here knows HTTP or words.

mod admins;
mod appointments;
mod attention;
mod audit_log;
mod body;
mod branches;
mod check;
mod companies;
mod config;
mod count;
mod cursor;
mod customers;
mod fault;
mod join;
mod kind;
mod list;
mod mentioned;
mod met;
mod modifications;
mod names;
mod notification_configurations;
mod notifications;
mod page;
mod policies;
mod reason;
mod remove;
mod row;
mod screen;
mod search;
mod security_events;
mod services;
mod staff;
mod tokens;
mod users;
mod violations;
mod write;

pub(crate) use admins::is_last_admin;
pub(crate) use appointments::{APPOINTMENTS, STATUS, is_to_come};
pub(crate) use attention::{ASIDE, Aside, OPEN, aside, forget, retry, set_aside, take_back};
pub(crate) use body::{Form, amount, blank, body, is_typed, is_written, local, typed, value};
pub(crate) use check::references;
pub(crate) use companies::COMPANIES;
pub(crate) use config::limits;
pub(crate) use count::{Matching, count, ids, matching};
pub(crate) use fault::{Fault, Refusal, Wrong, no_type};
pub(crate) use join::{Beside, Joins, has_name};
pub(crate) use kind::{Kind, id, instant, integer, money, whole};
pub(crate) use list::{Listing, parameters, sorts};
pub(crate) use mentioned::{CURRENCY, Mentioned, named_by, told_as};
pub(crate) use names::{Names, few};
pub(crate) use notifications::NOTIFICATIONS;
pub(crate) use page::{Flat, Page, Rows, deleted_one, flat, one, page, page_above, page_of};
pub(crate) use policies::{POLICIES, engine_row};
pub(crate) use reason::{LOOKED_AT, READ, of_reason};
pub(crate) use remove::{COUNTED, KEPT, delete, hanging, is_kept, only_deleted, prune, restore};
pub(crate) use row::{condition, etag, read, selection, statement, values, written_row};
pub(crate) use screen::{
    ABOVE, Action, Condition, History, Related, SCREENS, SIMPLE, Screen, Search, Shown, related, shown,
};
pub(crate) use search::search;
pub(crate) use tokens::SCREEN as TOKENS;
pub(crate) use users::{NEW_USER, USERS};
pub(crate) use write::{Taken, change, checked, locked, make, matches, take};

use serde_json::{Map, Value as Json};

use self::Kind::{Flag, Instant, Text};
use crate::analytics::polymorphic::Configurable;
use crate::db::Dialect;
use crate::events::{Thing, Verb};
use crate::tokens::Area;

/// Every simple resource of the API.
pub(crate) static ALL: [&Resource; 9] = [
    &branches::BRANCHES,
    &services::SERVICES,
    &staff::STAFF,
    &customers::CUSTOMERS,
    &USERS,
    &APPOINTMENTS,
    &policies::POLICIES,
    &notification_configurations::NOTIFICATION_CONFIGURATIONS,
    &NOTIFICATIONS,
];

/// The channels of notifications.
const CHANNELS: &[&str] = &["email", "sms", "whatsapp", "push"];
/// What policies and notification configurations hang on.
const CONFIGURABLE: &[[&str; 2]] = &[
    Configurable::Company.names(),
    Configurable::Branch.names(),
    Configurable::Service.names(),
    Configurable::Staff.names(),
];

const NAME: Column = column("name", Text(255));
const ACTIVE: Column = column("is_active", Flag).or("true").filtered();
const CREATED: Column = column("created_at", Instant).nullable().never();
const UPDATED: Column = column("updated_at", Instant).nullable().never();

/// Who may write a column, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// The program alone.
    Never,
    /// Whoever makes the row.
    Once,
    /// Whoever makes or changes it.
    Ever,
}

/// A column that is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) write: Write,
    /// What stands there where nobody says; as JSON. Without it the column is required.
    pub(crate) default: Option<&'static str>,
    /// Whether a list of the API can be narrowed by it.
    pub(crate) filter: bool,
    /// What is read in its place where the table of a row `t` has no such column, and something else writes it.
    pub(crate) beside: Option<fn(Dialect) -> String>,
}

/// Looks at a row, and at what it was before.
type Check = fn(&Map<String, Json>, Option<&Map<String, Json>>) -> Vec<Fault>;

/// A resource.
#[derive(Debug)]
pub(crate) struct Resource {
    /// Its part of the API.
    pub(crate) area: Area,
    pub(crate) table: &'static str,
    pub(crate) thing: Thing,
    /// One of them, as the API's description calls it.
    pub(crate) one: &'static str,
    pub(crate) columns: &'static [Column],
    /// Whether a row that is deleted stays, marked as such.
    pub(crate) soft: bool,
    /// What rows `t` must be like to be any of it; none: all of the table are.
    pub(crate) only: Option<fn(Dialect) -> String>,
    /// The column that this holds to one value, if it does, and an index may begin with.
    pub(crate) only_of: Option<&'static str>,
    /// A condition on `t` that rows must meet: what points elsewhere shows nowhere.
    pub(crate) valid: Option<Valid>,
    /// By what a list can be ordered besides the id.
    pub(crate) sorts: &'static [&'static str],
    /// What happens to a row that is made by the resource itself; none where something else makes them.
    pub(crate) made: Option<Verb>,
    /// Whether its rows may be changed, and deleted.
    pub(crate) changes: bool,
    pub(crate) deletes: bool,
    /// Columns of other tables that must not name a row that is deleted.
    pub(crate) in_use: &'static [(&'static str, &'static str)],
    /// What it is to the policies and notification configurations that hang on its rows; they must not either.
    pub(crate) configured: Option<Configurable>,
    /// Whether one of the company's admins must stay one.
    pub(crate) keeps_an_admin: bool,
    /// What is wrong with a row as a whole; behind it what it was before, where it is changed.
    pub(crate) check: Check,
}

/// What a row hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Valid {
    /// `configurable_type` and `configurable_id`.
    Configurable,
    /// `notifiable_type` and `notifiable_id`.
    Notifiable,
}

/// What most resources have in common.
pub(crate) const PLAIN: Resource = Resource {
    area: Area::Branches,
    table: "branches",
    thing: Thing::Branch,
    one: "Branch",
    columns: &[],
    soft: false,
    only: None,
    only_of: None,
    valid: None,
    sorts: &[],
    made: Some(Verb::Created),
    changes: true,
    deletes: true,
    in_use: &[],
    configured: None,
    keeps_an_admin: false,
    check: anything,
};

fn anything(_: &Map<String, Json>, _: Option<&Map<String, Json>>) -> Vec<Fault> {
    Vec::new()
}

impl Resource {
    pub(crate) fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column by which rows are switched on and off.
    pub(crate) fn switch(&self) -> Option<&'static str> {
        ["is_active", "is_enabled"].into_iter().find(|name| self.column(name).is_some())
    }

    /// Its address in the API.
    pub(crate) fn path(&self) -> String {
        format!("/api/v1/{}", self.area.as_str())
    }
}

pub(crate) const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: false, write: Write::Ever, default: None, filter: false, beside: None }
}

impl Column {
    pub(crate) const fn nullable(self) -> Self {
        Self { nullable: true, default: Some("null"), ..self }
    }

    pub(crate) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    const fn once(self) -> Self {
        Self { write: Write::Once, ..self }
    }

    const fn never(self) -> Self {
        Self { write: Write::Never, ..self }
    }

    const fn filtered(self) -> Self {
        Self { filter: true, ..self }
    }

    /// What it is in a statement on rows `t`.
    pub(crate) fn sql(&self, dialect: Dialect) -> String {
        self.beside.map_or_else(|| format!("t.{}", self.name), |beside| format!("({})", beside(dialect)))
    }

    pub(crate) fn default(&self) -> Option<Json> {
        self.default.map(|text| serde_json::from_str(text).unwrap_or(Json::Null))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_resources_are_the_same_and_each_can_be_made_as_its_columns_say() {
        for (at, resource) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(at + 1).all(|other| other.area != resource.area && other.table != resource.table));
            for column in resource.columns {
                assert!(!column.nullable || column.default.is_some(), "{} {}", resource.one, column.name);
                let default = column.default().filter(|value| !value.is_null());
                assert!(default.is_none_or(|value| column.kind.take(&value).is_ok()), "{}", column.name);
            }
            assert!(resource.sorts.iter().all(|name| resource.column(name).is_some()));
        }
    }
}
