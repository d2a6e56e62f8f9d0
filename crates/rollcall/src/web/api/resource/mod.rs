//! The simple resources of the API: lists, rows, writes, exports and the description of all of them follow from what
//! [`crate::resource`] says.

mod bodies;
mod describe;
mod handlers;
mod list;
mod write;

pub(super) use bodies::{BOOKING, CANCELLATION, RESCHEDULING};
pub(super) use describe::{body, describe, object};
pub(super) use handlers::{answered, body_of, export, id_of, mount, tag};
pub(super) use list::listing;
pub(super) use write::Making;

pub(super) use crate::resource::{
    ALL, APPOINTMENTS, COMPANIES, NEW_USER, NOTIFICATIONS, Taken, USERS, etag, instant, integer, locked, matches,
    money, read, selection, take, values, written_row,
};

/// The most rows of a page, and as many as there are where nobody says.
pub(super) const MOST: i64 = 200;
pub(super) const USUAL: i64 = 50;
