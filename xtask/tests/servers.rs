//! Private servers answer while `cargo xtask servers` runs, and are gone with it, however it ends.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail by panicking, and says what it skips")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Starts the two databases under a temporary folder of their own; answers with the ports.
fn start(folder: &Path) -> (Child, Vec<u16>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["servers", "--only", "mariadb", "--only", "postgres"])
        .env("TMPDIR", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(2);
    let ports = lines.map(|line| line.unwrap().rsplit(':').next().unwrap().parse().unwrap()).collect();
    (child, ports)
}

fn leaves_nothing_after(signal: Signal) {
    // Installing servers is the suite's business, not a single test's.
    if std::env::var_os("ROLLCALL_TEST_MARIADB").is_none() || std::env::var_os("ROLLCALL_TEST_POSTGRES").is_none() {
        eprintln!("skipped: run by `cargo xtask test`, which installs the servers");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (mut child, ports) = start(folder.path());
    assert_eq!(ports.len(), 2);
    for port in &ports {
        TcpStream::connect(("127.0.0.1", *port)).unwrap();
    }

    kill_process(Pid::from_child(&child), signal).unwrap();
    assert!(!child.wait().unwrap().success());

    let left = || {
        let open = ports.iter().filter(|port| TcpStream::connect(("127.0.0.1", **port)).is_ok()).count();
        (open, std::fs::read_dir(folder.path()).unwrap().count())
    };
    let start = Instant::now();
    while left() != (0, 0) && start.elapsed() < Duration::from_secs(30) {
        sleep(Duration::from_millis(20));
    }
    assert_eq!(left(), (0, 0), "open ports and folders after {signal:?}");
}

#[test]
fn nothing_is_left_after_an_interrupt() {
    leaves_nothing_after(Signal::INT);
}

#[test]
fn nothing_is_left_after_being_killed() {
    leaves_nothing_after(Signal::KILL);
}
