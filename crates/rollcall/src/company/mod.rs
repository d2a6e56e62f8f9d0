//! A company itself and its settings: what its admins and the operators may change of it, and what stops where one is closed.

mod change;
mod closing;
mod draft;

pub(crate) use change::{Company, change, read, save, switch};
pub(crate) use closing::{Closing, closing};
pub(crate) use draft::{CAPACITIES, Draft, Settings, Wrong};
