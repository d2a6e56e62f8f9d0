//! Rollcall: a fast, tenant-safe analytics panel for platforms that book appointments on behalf of many companies.
//!
//! `ARCHITECTURE.md` is the map.

pub mod accounts;
pub mod adopt;
pub mod analytics;
pub mod app;
pub mod audit;
pub mod booking;
pub mod bulk;
pub mod cache;
pub mod chance;
pub mod changes;
pub mod channel;
pub mod clock;
mod company;
pub mod config;
pub mod db;
pub mod deliver;
pub mod demo;
pub mod doctor;
pub mod events;
mod export;
pub mod i18n;
pub mod import;
mod inbox;
pub mod jobs;
pub mod nearest;
pub mod notify;
pub mod password;
pub mod people;
pub mod policy;
pub mod reports;
mod resource;
mod search;
pub mod security;
pub mod summaries;
pub mod tenant;
pub mod tokens;
pub mod versions;
pub mod web;
pub mod widget;

/// The database library whose types stand in signatures (`DbErr` above all), for crates that use this one.
pub use sea_orm;

rust_i18n::i18n!("locales");
