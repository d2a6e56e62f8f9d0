//! An import that somebody puts together on a screen: a file that they brought, what its columns are taken for, what would come
//! of it, and the import itself, in the background.
//!
//! The file waits in the folder `import.folder` of the node that took it; all else is a row of `rollcall_imports`, so that every
//! node shows how far it is. What is chosen becomes a [`Mapping`](super::Mapping) as one reads it from a file, so that both ways
//! check the same and remember the same keys.

mod begin;
mod choices;
mod fields;
mod files;
mod guess;
mod job;
mod preview;
mod sheet;
mod store;

pub use begin::{Begun, Room, begin, room};
pub use choices::{Choices, Wrong};
pub use fields::{DATES, FIELDS, Field, STATES};
pub use files::{Arriving, Incoming, folder, prune, unpacked};
pub use guess::guess;
pub use job::{Beginner, start};
pub use preview::{Preview, PreviewRow, preview};
pub use sheet::{Sheet, SheetError};
pub use store::{Outcome, State, Upload, create, find, keep_choices, recent, remove};
