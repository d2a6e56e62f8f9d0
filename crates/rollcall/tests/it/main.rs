//! The integration suite: one binary, real databases, the real router.

#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test binary: nobody outside, and a panic is its answer"
)]

mod concurrency;
mod dashboard;
mod odd;
mod oracle;
mod property;
mod settle;
mod sign_in;
mod support;
mod verify;
