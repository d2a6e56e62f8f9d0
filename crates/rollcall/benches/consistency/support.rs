//! Servers of Redis, and a proxy that lies: what the cache's own tests have.

#[path = "../../../tiercache/tests/it/support/proxy.rs"]
pub(crate) mod proxy;
#[path = "../../../tiercache/tests/it/support/server.rs"]
pub(crate) mod server;
