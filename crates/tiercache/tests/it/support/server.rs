//! Real servers, on free ports and in a temporary folder, ended on drop.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    pub(crate) port: u16,
    arguments: Vec<String>,
}

/// Whether to go on: where there is no redis-server, tests that need it are passed over.
pub(crate) fn available() -> bool {
    let there = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
    assert!(there || std::env::var_os("ROLLCALL_TEST_REQUIRE_ALL").is_none(), "redis-server is missing");
    if !there {
        eprintln!("passed over: there is no redis-server");
    }
    there
}

/// Leaves the test where there is no redis-server.
#[macro_export]
macro_rules! redis_or_return {
    () => {
        if !$crate::support::server::available() {
            return;
        }
    };
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let port = free_port();
        let port_text = port.to_string();
        let mut all = vec!["--port", &port_text, "--save", "", "--bind", "127.0.0.1"];
        all.extend(arguments);
        Self::run(port, tempfile::tempdir().unwrap(), all.into_iter().map(str::to_owned).collect())
    }

    /// A Sentinel that watches the master at `port` under the name `m`.
    pub(crate) fn sentinel(port: u16, quorum: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = free_port();
        let conf = folder.path().join("sentinel.conf");
        let text = format!(
            "port {own}\nbind 127.0.0.1\nsentinel monitor m 127.0.0.1 {port} {quorum}\n\
             sentinel down-after-milliseconds m 1000\nsentinel failover-timeout m 5000\n"
        );
        std::fs::write(&conf, text).unwrap();
        Self::run(own, folder, vec![conf.to_str().unwrap().to_owned(), "--sentinel".to_owned()])
    }

    pub(crate) fn run(port: u16, folder: TempDir, arguments: Vec<String>) -> Self {
        let child = spawn(folder.path(), &arguments);
        let server = Self { child, folder, port, arguments };
        server.wait();
        server
    }

    fn wait(&self) {
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "redis-server does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = spawn(self.folder.path(), &self.arguments);
        self.wait();
    }

    /// Stops it as a machine that hangs: connections stay open, nothing answers.
    pub(crate) fn hang(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// What `redis-cli` would print: one command on a connection of its own.
    pub(crate) fn command(&self, words: &[&str]) -> redis::RedisResult<redis::Value> {
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection()?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).query(&mut connection)
    }
}

fn spawn(folder: &Path, arguments: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL ends a stopped process, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
