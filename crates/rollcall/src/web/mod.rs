//! The panel over HTTP.

pub mod assets;
pub mod view;
