//! What is done with many rows of a list at once.
//!
//! Whoever wants it has a job, a row of `rollcall_bulk`, with a row of `rollcall_bulk_rows` for each row that is meant: chosen when
//! the job was made, and no others. A node takes a job by a lease, does [`CHUNK`] rows of it, settles the company and leaves it to
//! whoever comes next, so that no long job keeps others waiting and a node that dies is succeeded once its lease has run out. Each
//! row is a transaction of its own, in which its mark is set first: it is done once, whichever nodes are at it, by the same
//! functions as one row alone, with policies, fees, notices and lines of the audit log. Before each chunk whoever wanted it must
//! still be somebody who may.

mod act;
mod store;
mod work;

pub(crate) use act::Act;
#[cfg(test)]
pub(crate) use act::Why;
pub(crate) use store::{Failed, Job, NewJob, Progress, cancel, failed, find, is_foreign, made_of, progress, submit};
pub use work::Worker;

/// So many rows are done before the company is settled and the job is left to whoever comes next.
pub const CHUNK: usize = 25;
/// So many rows are done by a job at most.
pub(crate) const MOST: usize = 20_000;
/// How long a lease lasts, in seconds: longer than any chunk takes.
const LEASE: i64 = 60;
/// How long a job that ended is remembered, in seconds.
const REMEMBERED: i64 = 7 * 86_400;
