//! Redis by TLS.

use std::path::Path;
use std::process::{Command, Stdio};

use tiercache::{Config, RedisFault, RedisUrl};

use crate::redis_or_return;
use crate::support::server::{Server, free_port};
use crate::support::{Source, ask, cache, key, roomy, until, until_stored, until_up};

fn openssl(folder: &Path, words: &str) -> bool {
    let mut command = Command::new("openssl");
    command.args(words.split(' ')).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// An authority of our own, and a certificate for 127.0.0.1 signed by it.
fn certificates(folder: &Path) -> bool {
    std::fs::write(folder.join("san"), "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(folder, &format!("req -x509 {key} -keyout ca.key -out ca.pem -days 3 -subj /CN=authority"))
        && openssl(folder, &format!("req {key} -keyout key.pem -out request.pem -subj /CN=redis"))
        && openssl(
            folder,
            "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 3 -extfile san -out cert.pem",
        )
}

#[tokio::test]
async fn only_the_authority_that_was_named_is_trusted() {
    redis_or_return!();
    let folder = tempfile::tempdir().unwrap();
    if !certificates(folder.path()) {
        assert!(std::env::var_os("ROLLCALL_TEST_REQUIRE_ALL").is_none(), "openssl is missing");
        return;
    }
    let port = free_port();
    let arguments = format!(
        "--port 0 --tls-port {port} --tls-cert-file cert.pem --tls-key-file key.pem --tls-ca-cert-file ca.pem \
         --tls-auth-clients no --bind 127.0.0.1"
    );
    let pem = std::fs::read(folder.path().join("ca.pem")).unwrap();
    let _server = Server::run(port, folder, arguments.split(' ').map(str::to_owned).collect());
    let url: RedisUrl = format!("rediss://127.0.0.1:{port}").parse().unwrap();

    let trusting = Config { redis: Some(url.clone().with_root_certificate(pem)), ..roomy("redis://unused") };
    let (one, other) = (cache(trusting.clone()), cache(trusting));
    until_up(&one).await;
    until_up(&other).await;
    let source = Source::default();
    ask(&one, &key(), 1, &source).await;
    until_stored(&one, &key(), 1).await;
    assert_eq!(ask(&other, &key(), 1, &source).await, "load 1");

    let distrusting = cache(Config { redis: Some(url), ..Config::default() });
    until("it was refused", || async { distrusting.stats().await.redis.unwrap().last_fault.is_some() }).await;
    assert_eq!(distrusting.stats().await.redis.unwrap().last_fault, Some(RedisFault::Connection));
}
