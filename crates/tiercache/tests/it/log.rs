//! One line in the log for each change of state, and never a password.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::redis_or_return;
use crate::support::server::Server;
use crate::support::{Source, ask, cache, key, on, until_down, until_up};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn up_down_and_up_again_are_three_lines() {
    redis_or_return!();
    let lines = Lines::default();
    let writer = lines.clone();
    // For all threads: one that is set for this thread alone is at times passed over, as the other tests' threads decide whether
    // anybody listens. Their lines are told from ours by the port.
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let mut server = Server::start(&["--requirepass", "geheim"]);
    let cache = cache(on(&format!("redis://:geheim@127.0.0.1:{}", server.port)));
    until_up(&cache).await;
    server.kill();
    until_down(&cache).await;
    let source = Source::default();
    for version in 0..100 {
        ask(&cache, &key(), version, &source).await;
    }
    server.start_again();
    until_up(&cache).await;
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let peer = format!("redis://127.0.0.1:{}", server.port);
    let ours: Vec<_> = text.lines().filter(|line| line.contains(&peer)).collect();
    assert_eq!(ours.len(), 3, "{text}");
    assert!(ours[0].contains("INFO") && ours[0].contains("redis is up"), "{text}");
    assert!(ours[1].contains("WARN") && ours[1].contains("redis is down") && ours[1].contains("connection"), "{text}");
    assert!(ours[2].contains("redis is up"), "{text}");
    assert!(!text.contains("geheim"), "{text}");
}
