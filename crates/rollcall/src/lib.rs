//! Rollcall: a fast, tenant-safe analytics panel for platforms that book appointments on behalf of many companies.
//!
//! `ARCHITECTURE.md` is the map.

pub mod analytics;
pub mod clock;
pub mod db;
pub mod demo;
pub mod summaries;
pub mod tenant;
pub mod widget;
