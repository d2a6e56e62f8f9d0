//! The integration suite: one binary, real databases, the real router.

#![expect(unreachable_pub, reason = "a test binary has no outside")]

mod settle;
mod support;
