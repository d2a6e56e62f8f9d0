//! Child processes that never outlive `xtask`, however it ends.
//!
//! Each child leads a process group of its own. A second process, the reaper (`xtask reap`), is told of every group
//! and every temporary folder over a pipe. When the pipe closes, because `xtask` returned, panicked, was interrupted
//! or was killed, the reaper ends what is left and removes the folders.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How long a group may take to end when asked politely.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a child is told to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// SIGTERM: it ends its own children, such as the tests of a test runner.
    Term,
    /// SIGQUIT: PostgreSQL's immediate shutdown, which takes its back ends along.
    Quit,
    /// SIGKILL: its data is thrown away anyway.
    Kill,
}

impl End {
    fn signal(self) -> Signal {
        match self {
            Self::Term => Signal::TERM,
            Self::Quit => Signal::QUIT,
            Self::Kill => Signal::KILL,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Term => "term",
            Self::Quit => "quit",
            Self::Kill => "kill",
        }
    }

    fn of(word: &str) -> Result<Self> {
        [Self::Term, Self::Quit, Self::Kill]
            .into_iter()
            .find(|end| end.word() == word)
            .with_context(|| format!("`{word}` is no way to end"))
    }
}

/// A child and the group it leads; dropping it ends the group.
#[derive(Debug)]
pub(crate) struct Group {
    leader: u32,
    end: End,
    output: Option<ChildStdout>,
    status: Receiver<std::io::Result<ExitStatus>>,
}

impl Group {
    /// Starts `command` with no standard input, as the leader of a new group that ends by `end`.
    ///
    /// # Errors
    /// Where the program cannot be started.
    pub(crate) fn spawn(command: &mut Command, end: End) -> Result<Self> {
        let mut reaper = reaper()?;
        let mut child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let leader = child.id();
        reaper.tell(&format!("group {} {leader}", end.word()))?;
        let output = child.stdout.take();
        // A thread of its own waits for it at once: a zombie would count as a living member of its group.
        let (send, status) = channel();
        std::thread::spawn(move || send.send(child.wait()));
        Ok(Self { leader, end, output, status })
    }

    /// Its standard output, once, where the command has it piped.
    pub(crate) fn output(&mut self) -> Option<ChildStdout> {
        self.output.take()
    }

    /// How it ended, where it did by itself.
    ///
    /// # Errors
    /// Where the system will not say.
    pub(crate) fn ended(&self) -> Result<Option<ExitStatus>> {
        match self.status.try_recv() {
            Ok(status) => Ok(Some(status?)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => bail!("it ended before"),
        }
    }

    /// Waits until the child ends.
    ///
    /// # Errors
    /// Where the system will not say how it ended.
    pub(crate) fn wait(self) -> Result<ExitStatus> {
        Ok(self.status.recv()??)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        end_groups(&[(self.leader, self.end)]);
        let _ = self.status.recv();
        if let Ok(mut reaper) = reaper() {
            let _ = reaper.tell(&format!("group-gone {}", self.leader));
        }
    }
}

/// Runs `command` to its end.
///
/// # Errors
/// Where it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    let status = Group::spawn(command, End::Term)?.wait()?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// The command line, for people.
pub(crate) fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

/// The link to the reaper, which is started when the first child is.
#[derive(Debug)]
pub(crate) struct Reaper {
    link: Option<(Child, ChildStdin)>,
}

static REAPER: Mutex<Reaper> = Mutex::new(Reaper { link: None });

/// Locks the reaper, starting it where it does not run. While the lock is held, nothing is started.
pub(crate) fn reaper() -> Result<MutexGuard<'static, Reaper>> {
    let mut reaper = REAPER.lock().unwrap_or_else(PoisonError::into_inner);
    if reaper.link.is_none() {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("reap")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start the reaper")?;
        let pipe = child.stdin.take().context("the reaper has no pipe")?;
        reaper.link = Some((child, pipe));
    }
    Ok(reaper)
}

impl Reaper {
    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        let (_, pipe) = self.link.as_mut().context("the reaper is gone")?;
        writeln!(pipe, "{line}").context("cannot reach the reaper")
    }

    /// Lets the reaper do its work and waits for it.
    fn finish(&mut self) {
        if let Some((mut child, pipe)) = self.link.take() {
            drop(pipe);
            let _ = child.wait();
        }
    }
}

/// Ends everything that still runs, and the reaper: to be called before this process becomes another program.
pub(crate) fn finish() {
    REAPER.lock().unwrap_or_else(PoisonError::into_inner).finish();
}

/// From now on, an interrupt ends every child before `xtask` ends.
///
/// # Errors
/// Where the system will not have it.
pub(crate) fn handle_signals() -> Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // Never unlocked again: the main thread starts nothing more.
            let mut reaper = REAPER.lock().unwrap_or_else(PoisonError::into_inner);
            eprintln!("\nxtask: interrupted, ending what was started …");
            reaper.finish();
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// The reaper itself: reads what there is until the pipe closes, then ends it.
///
/// # Errors
/// Where a line is not of the form that [`Group`] and [`Folder`] write, or a folder cannot be removed.
pub(crate) fn reap(lines: impl BufRead) -> Result<()> {
    let mut groups = BTreeMap::new();
    let mut folders: Vec<PathBuf> = Vec::new();
    for line in lines.lines() {
        let line = line?;
        let (word, rest) = line.split_once(' ').with_context(|| format!("what is `{line}`?"))?;
        match word {
            "group" => {
                let (end, id) = rest.split_once(' ').with_context(|| format!("what is `{line}`?"))?;
                groups.insert(id.parse::<u32>()?, End::of(end)?);
            }
            "group-gone" => {
                groups.remove(&rest.parse()?);
            }
            "folder" => folders.push(rest.into()),
            _ => bail!("what is `{line}`?"),
        }
    }
    end_groups(&groups.into_iter().collect::<Vec<_>>());
    folders.iter().try_for_each(|folder| remove(folder))
}

/// Signals the groups, waits until those that may take their time are gone, and kills them when that takes too long.
fn end_groups(groups: &[(u32, End)]) {
    let mut waiting = Vec::new();
    for (leader, end) in groups {
        let Some(group) = i32::try_from(*leader).ok().and_then(Pid::from_raw) else { continue };
        if kill_process_group(group, end.signal()).is_ok() && *end != End::Kill {
            waiting.push(group);
        }
    }
    let start = Instant::now();
    while !waiting.is_empty() && start.elapsed() < PATIENCE {
        sleep(Duration::from_millis(5));
        waiting.retain(|group| test_kill_process_group(*group).is_ok());
    }
    for group in waiting {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Removes a folder into which a dying process may still write.
fn remove(folder: &Path) -> Result<()> {
    let start = Instant::now();
    loop {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound && start.elapsed() < PATIENCE => {
                sleep(Duration::from_millis(50));
            }
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", folder.display()));
            }
            _ => return Ok(()),
        }
    }
}
