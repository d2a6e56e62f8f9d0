//! The integration suite: one binary, real databases, the real router.

#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test binary: nobody outside, and a panic is its answer"
)]

mod above;
mod accounts;
mod adopt;
mod api;
mod audit_log;
mod audit_pages;
mod booking;
mod cache_command;
mod checker;
mod cli;
mod comforts;
mod company;
mod compile_fail;
mod concurrency;
mod connection;
mod dashboard;
mod deep_pages;
mod deliver;
mod demo;
mod departed;
mod doctor;
mod explain;
mod first;
mod import;
mod inbox;
mod invalidation;
mod isolation;
mod kept;
mod kills;
mod list_plans;
mod live;
mod mixed;
mod narrow;
mod nodes;
mod odd;
mod operations;
mod oracle;
mod panel;
mod people;
mod process;
mod property;
mod reports;
mod search;
mod settle;
mod sign_in;
mod statements;
mod support;
mod verify;
mod warm;
