//! The cache as its users see it, with real redis-server processes and without.
//!
//! Where redis-server is missing, the tests that need it are passed over, unless `ROLLCALL_TEST_REQUIRE_ALL` is set.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test binary: a panic is its answer, and what it measured is worth a line"
)]

mod cluster;
mod failover;
mod faults;
mod lies;
mod listing;
mod local;
mod log;
mod shared;
mod support;
mod tls;
