//! The tests in a browser: a demo of a pinned day on a free port, and Playwright with the system's Chromium.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::binary;
use crate::folder::Folder;
use crate::process::{self, End, Group};
use crate::{apt, front, servers, target};

/// How long the demo may take to make its data, in a debug build.
const PATIENCE: Duration = Duration::from_secs(180);
const PASSWORD: &str = "quiet-harbour-lantern-42";

/// Starts a demo and runs `e2e/` against it.
///
/// # Errors
/// Where the demo does not come up, or a test fails.
pub(super) fn run(root: &Path) -> Result<()> {
    let e2e = root.join("e2e");
    if !e2e.join("package.json").exists() {
        bail!("there are no browser tests: {} is missing", e2e.join("package.json").display());
    }
    apt::provide(&[&apt::CHROMIUM])?;
    let chromium = apt::chromium().context("Chromium is missing")?;
    front::install(&e2e)?;
    let folder = Folder::in_memory("browser")?;
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let log = target(root).join("xtask/demo.log");
    let demo = start(root, address, folder.path(), &log)?;
    wait_until_ready(&demo, address).with_context(|| format!("the demo said:\n{}", servers::tail(&log)))?;
    let mut tests = Command::new("npx");
    tests.current_dir(&e2e).args(["playwright", "test"]);
    tests.env("ROLLCALL_URL", format!("http://{address}")).env("ROLLCALL_PASSWORD", PASSWORD);
    // One test starts a server of its own, on an empty folder.
    tests.env("ROLLCALL_BINARY", binary(root)?);
    process::run(tests.env("CHROMIUM", chromium))?;
    if let Some(status) = demo.ended()? {
        bail!("the demo ended during the tests ({status}):\n{}", servers::tail(&log));
    }
    Ok(())
}

fn start(root: &Path, address: SocketAddr, folder: &Path, log: &Path) -> Result<Group> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let output = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut demo = Command::new(binary(root)?);
    demo.current_dir(root).arg("demo").arg("--listen").arg(address.to_string());
    demo.arg("--dir").arg(folder.join("demo")).args(["--appointments", "20000", "--at", "2026-11-22T12:00:00Z"]);
    super::clean(&mut demo).args(["--password", PASSWORD]).stdout(output.try_clone()?).stderr(output);
    Group::spawn(&mut demo, End::Term)
}

fn wait_until_ready(demo: &Group, address: SocketAddr) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = demo.ended()? {
            bail!("the demo ended before it was ready ({status})");
        }
        if ready(address).unwrap_or(false) {
            return Ok(());
        }
        sleep(Duration::from_millis(100));
    }
    bail!("the demo was not ready within {} s", PATIENCE.as_secs())
}

fn ready(address: SocketAddr) -> Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    Ok(status.ends_with(b" 200"))
}
