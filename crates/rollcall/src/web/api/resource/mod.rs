//! The simple resources: what is the same for all of them stands here, what is different in [`all`], as data.
//!
//! A [`Resource`] is a table of the contract with the columns that the API shows. Lists, rows, writes, exports and the
//! description of all of them follow from it.

mod admins;
mod all;
mod bodies;
mod check;
mod describe;
mod handlers;
mod kind;
mod list;
mod row;
mod users;
mod write;

pub(super) use all::{ALL, APPOINTMENTS, COMPANIES, NOTIFICATIONS};
pub(super) use bodies::{BOOKING, CANCELLATION, RESCHEDULING};
pub(super) use describe::{body, describe, object};
pub(super) use handlers::{answered, body_of, export, id_of, mount, tag};
pub(super) use kind::{Kind, instant, integer, money};
pub(super) use list::paging;
pub(super) use row::{etag, read, selection, values, written_row};
pub(super) use users::{NEW_USER, USERS};
pub(super) use write::{Making, Taken, locked, matches, take};

use serde_json::{Map, Value as Json};

use super::problem::Fault;
use crate::events::{Thing, Verb};
use crate::tokens::Area;

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

/// A column that the API shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) write: Write,
    /// What stands there where nobody says; as JSON. Without it the column is required.
    default: Option<&'static str>,
    /// Whether a list can be narrowed by it.
    filter: bool,
}

/// A resource.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) area: Area,
    pub(crate) table: &'static str,
    pub(crate) thing: Thing,
    /// One of them, as the description calls it.
    pub(crate) one: &'static str,
    pub(crate) columns: &'static [Column],
    /// Whether a row that is deleted stays, marked as such.
    soft: bool,
    /// A condition on `t` that rows must meet: what points elsewhere shows nowhere.
    valid: Option<Valid>,
    /// By what a list can be ordered besides the id; there is an index of company and column.
    sorts: &'static [&'static str],
    /// What happens to a row that is made by the resource itself; none where something else makes them.
    made: Option<Verb>,
    /// Whether its rows may be changed, and deleted.
    changes: bool,
    deletes: bool,
    /// Columns of other tables that must not name a row that is deleted.
    in_use: &'static [(&'static str, &'static str)],
    /// Whether one of the company's admins must stay one.
    keeps_an_admin: bool,
    /// What is wrong with a row as a whole.
    check: fn(&Map<String, Json>) -> Vec<Fault>,
}

/// What a row hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Valid {
    /// `configurable_type` and `configurable_id`.
    Configurable,
    /// `notifiable_type` and `notifiable_id`.
    Notifiable,
}

impl Resource {
    pub(crate) fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Its address.
    pub(crate) fn path(&self) -> String {
        format!("/api/v1/{}", self.area.as_str())
    }
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: false, write: Write::Ever, default: None, filter: false }
}

impl Column {
    const fn nullable(self) -> Self {
        Self { nullable: true, default: Some("null"), ..self }
    }

    const fn or(self, default: &'static str) -> Self {
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

    fn default(&self) -> Option<Json> {
        self.default.map(|text| serde_json::from_str(text).unwrap_or(Json::Null))
    }
}
