//! One company never sees, changes or hears of another: every route, for whoever asks, with the victim's ids wherever one may
//! stand. `docs/isolation.md` explains it.
//!
//! Each question is put in two worlds that differ in one thing: in the second one there is no victim. Whoever is not of the
//! victim's company must be answered the same in both, to the byte, and no answer may show what the victim alone has.

mod commands;
mod jobs;
mod kept;
mod log;
mod matrix;
mod mutants;
mod place;
mod probe;
mod rows;
pub mod seed;
mod survivors;
mod work;
pub mod world;
mod worlds;
