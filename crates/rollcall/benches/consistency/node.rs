//! A node: `rollcall serve` in a process of its own, which faults may kill, stop, and start again under another clock.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use rollcall::clock::Clock;
use rustix::process::{Pid, Signal, kill_process};

/// What a node is started with.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) program: PathBuf,
    pub(crate) database: String,
    /// Where what it says goes.
    pub(crate) log: PathBuf,
    /// Settings, as variables.
    pub(crate) settings: Vec<(String, String)>,
}

/// A node.
#[derive(Debug)]
pub(crate) struct Node {
    order: Order,
    running: Mutex<Running>,
    /// Grows when a fault of the node begins and when it ends: a request that failed across a change is excused.
    changes: AtomicU64,
}

#[derive(Debug)]
struct Running {
    child: Option<Child>,
    address: SocketAddr,
    /// Whether it is to answer at present.
    up: bool,
    /// Where its clock was pinned; the system's clock where it was not.
    at: Option<DateTime<Utc>>,
}

/// A node as it was when somebody looked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    pub(crate) address: SocketAddr,
    pub(crate) up: bool,
    pub(crate) changes: u64,
    pub(crate) now: DateTime<Utc>,
}

impl Node {
    /// Starts one.
    pub(crate) fn start(order: Order) -> Result<Self> {
        let (child, address) = spawn(&order, None)?;
        let running = Running { child: Some(child), address, up: true, at: None };
        Ok(Self { order, running: Mutex::new(running), changes: AtomicU64::new(0) })
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it is now.
    pub(crate) fn look(&self) -> Sight {
        let running = self.running();
        let now = running.at.unwrap_or_else(|| Clock::system().now());
        Sight { address: running.address, up: running.up, changes: self.changes.load(Ordering::SeqCst), now }
    }

    /// Whether a request that failed since `sight` may have failed: something was done to the node meanwhile.
    pub(crate) fn is_excused(&self, sight: Sight) -> bool {
        !sight.up || self.changes.load(Ordering::SeqCst) != sight.changes
    }

    /// From here on requests may fail, or must not.
    fn change(&self, up: bool) -> MutexGuard<'_, Running> {
        let mut running = self.running();
        running.up = up;
        self.changes.fetch_add(1, Ordering::SeqCst);
        running
    }

    /// Kills it, as a machine that loses its power.
    pub(crate) fn kill(&self) -> Result<()> {
        if let Some(mut child) = self.change(false).child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Starts it again, its clock moved by so much.
    pub(crate) fn revive(&self, moved: TimeDelta) -> Result<()> {
        let at = (!moved.is_zero()).then(|| Clock::system().now() + moved);
        let (child, address) = spawn(&self.order, at)?;
        let mut running = self.change(true);
        (running.child, running.address, running.at) = (Some(child), address, at);
        Ok(())
    }

    /// Stops it, as a machine that hangs: connections stay open, nothing answers.
    pub(crate) fn hang(&self) -> Result<()> {
        signal(&self.change(false), Signal::STOP)
    }

    /// Lets it go on. What was asked meanwhile is answered now, and must be right.
    pub(crate) fn go_on(&self) -> Result<()> {
        let running = self.change(true);
        signal(&running, Signal::CONT)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // SIGKILL ends a stopped process, too.
        let _ = self.kill();
    }
}

fn signal(running: &Running, signal: Signal) -> Result<()> {
    let child = running.child.as_ref().context("it does not run")?;
    Ok(kill_process(Pid::from_child(child), signal)?)
}

/// Starts the process; answers once it listens.
fn spawn(order: &Order, at: Option<DateTime<Utc>>) -> Result<(Child, SocketAddr)> {
    let log = File::options().create(true).append(true).open(&order.log)?;
    let mut command = Command::new(&order.program);
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", &order.database]);
    if let Some(at) = at {
        command.arg("--at").arg(at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    command.env_clear().envs(order.settings.iter().map(|(name, value)| (name, value)));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("it has no output")?).read_line(&mut line)?;
    let address = line.trim().rsplit_once("http://").and_then(|(_, address)| address.parse().ok());
    match address {
        Some(address) => Ok((child, address)),
        None => {
            let _ = child.kill();
            let _ = child.wait();
            let said = std::fs::read_to_string(&order.log).unwrap_or_default();
            anyhow::bail!("a node did not start: {line}{said}")
        }
    }
}
