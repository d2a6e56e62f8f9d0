//! Appointments: made, cancelled, given another time, completed, missed, reopened.
//!
//! Each change is one transaction: the appointment's row is locked first, so that of two who change it at once the second
//! sees what the first did; then the [policy](crate::policy) that applies decides, and the change, its row in
//! `appointment_modifications`, the customer's stats, the notifications and the line of the audit log are written together.
//! The company is settled before the answer.
//!
//! ```text
//! scheduled, confirmed ──cancel──▶ cancelled
//!                      ──complete─▶ completed
//!                      ──no_show──▶ no_show      (not before the start)
//!                      ──reschedule─▶ as it was, at another time
//! completed, no_show   ──reopen──▶ as it was before its end
//! ```

mod appointment;
mod change;
mod check;
mod close;
mod create;
mod error;
mod past;
mod reopen;
mod rules;
mod write;

pub(crate) use appointment::tag_of;
pub use appointment::{Appointment, Status};
pub use change::{By, Cancel, Changed, Reschedule, cancel, reschedule};
pub(crate) use change::{cancel_within, reschedule_within};
pub use check::{Check, check};
pub(crate) use close::close_within;
pub use close::{Close, Closed, complete, no_show};
pub(crate) use create::create_within;
pub use create::{NewAppointment, create, create_unsettled};
pub use error::Error;
pub use past::{MOST, PastChanges, past};
pub(crate) use reopen::reopen_within;
pub use reopen::{Reopened, Reopening, reopen, reopening};
pub use rules::active as active_policies;
