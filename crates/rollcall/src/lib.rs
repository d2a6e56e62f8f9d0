//! Rollcall: a fast, tenant-safe analytics panel for platforms that book appointments on behalf of many companies.
//!
//! `ARCHITECTURE.md` is the map.

pub mod analytics;
pub mod changes;
pub mod clock;
pub mod db;
pub mod i18n;
pub mod summaries;
pub mod tenant;
pub mod widget;

rust_i18n::i18n!("locales");
