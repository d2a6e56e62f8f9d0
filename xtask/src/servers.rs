//! Private database servers: on free ports, in a temporary folder, gone with the process that started them.

mod kind;

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::apt;
use crate::folder::Folder;
use crate::process::{End, Group};

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// MariaDB.
    #[value(name = "mariadb")]
    MariaDb,
    /// PostgreSQL.
    Postgres,
    /// Redis.
    Redis,
}

/// What the servers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tuning {
    /// Nothing is made durable; many connections.
    Tests,
    /// As a careful administrator would run them, on this machine alone.
    Bench,
}

/// Options of `cargo xtask servers`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which servers; all where none is named.
    #[arg(long, value_enum)]
    only: Vec<Kind>,
    /// What they are for.
    #[arg(long, value_enum, default_value = "tests")]
    tuning: Tuning,
}

/// Starts servers, prints the variables by which the tests find them, and runs until it is interrupted.
///
/// # Errors
/// Where a server is missing, or one does not start or ends.
pub(crate) fn run(args: &Args) -> Result<()> {
    let all = [Kind::MariaDb, Kind::Postgres, Kind::Redis];
    let servers = Servers::start(if args.only.is_empty() { &all } else { &args.only }, args.tuning)?;
    for (name, url) in servers.variables() {
        println!("export {name}={url}");
    }
    eprintln!("Ctrl-C ends them.");
    loop {
        servers.check()?;
        sleep(Duration::from_millis(500));
    }
}

/// Running servers; they end when this is dropped, and their data goes with them.
#[derive(Debug)]
pub(crate) struct Servers {
    // Dropped in this order: first the processes, then the folder that they write to.
    running: Vec<Server>,
    _folder: Folder,
}

#[derive(Debug)]
struct Server {
    kind: Kind,
    port: u16,
    log: PathBuf,
    group: Group,
}

impl Servers {
    /// Installs what is missing, starts one server of each of `kinds` and waits until all answer.
    ///
    /// # Errors
    /// Where one is missing or does not come up; the message holds the end of its log.
    pub(crate) fn start(kinds: &[Kind], tuning: Tuning) -> Result<Self> {
        let needs: Vec<_> = kinds.iter().map(|kind| kind.need()).collect();
        apt::provide(&needs)?;
        let folder = match tuning {
            Tuning::Tests => Folder::in_memory("servers")?,
            Tuning::Bench => Folder::new("servers")?,
        };
        let running = std::thread::scope(|scope| {
            let starts: Vec<_> =
                kinds.iter().map(|kind| scope.spawn(|| Server::start(*kind, tuning, folder.path()))).collect();
            let joined = starts.into_iter().map(|start| start.join().unwrap_or_else(|_| bail!("a start panicked")));
            // All are collected before one fails: those that run are ended by their drop.
            joined.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>>>()
        })?;
        Ok(Self { running, _folder: folder })
    }

    /// The environment variables by which the tests find the servers; the URLs name no database.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.running.iter().map(|server| {
            let port = server.port;
            match server.kind {
                Kind::MariaDb => ("ROLLCALL_TEST_MARIADB", format!("mysql://root@127.0.0.1:{port}")),
                Kind::Postgres => ("ROLLCALL_TEST_POSTGRES", format!("postgres://postgres@127.0.0.1:{port}")),
                Kind::Redis => ("ROLLCALL_TEST_REDIS", format!("redis://127.0.0.1:{port}")),
            }
        })
    }

    /// Whether all still run.
    ///
    /// # Errors
    /// Where one does not; the message holds the end of its log.
    pub(crate) fn check(&self) -> Result<()> {
        self.running.iter().try_for_each(Server::check)
    }
}

impl Server {
    fn start(kind: Kind, tuning: Tuning, folder: &Path) -> Result<Self> {
        let data = folder.join(format!("{kind:?}").to_lowercase());
        std::fs::create_dir(&data)?;
        let log = data.with_extension("log");
        kind.prepare(&data, &log)?;
        // Between asking for a free port and taking it, somebody else may: then another is tried.
        for attempt in 1.. {
            let server = Self::spawn(kind, tuning, &data, &log)?;
            match server.wait_until_it_answers() {
                Err(error) if attempt == 3 => return Err(error),
                Err(_) => {}
                Ok(()) => return Ok(server),
            }
        }
        bail!("{kind:?} was never started")
    }

    fn spawn(kind: Kind, tuning: Tuning, data: &Path, log: &Path) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = kind.command(data, port, tuning)?;
        write_to(&mut command, log)?;
        let end = if kind == Kind::Postgres { End::Quit } else { End::Kill };
        Ok(Self { kind, port, log: log.to_path_buf(), group: Group::spawn(&mut command, end)? })
    }

    fn wait_until_it_answers(&self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            self.check()?;
            if self.kind.answers(self.port).unwrap_or(false) {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        bail!("{:?} did not answer within {} s:\n{}", self.kind, PATIENCE.as_secs(), tail(&self.log))
    }

    fn check(&self) -> Result<()> {
        match self.group.ended()? {
            Some(status) => bail!("{:?} ended by itself ({status}):\n{}", self.kind, tail(&self.log)),
            None => Ok(()),
        }
    }
}

fn write_to(command: &mut Command, log: &Path) -> Result<()> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
    command.stdout(Stdio::from(file.try_clone()?)).stderr(Stdio::from(file));
    Ok(())
}

/// The last lines of a log, indented.
pub(crate) fn tail(log: &Path) -> String {
    let text = String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<_> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(20)).fold(String::new(), |mut tail, line| {
        let _ = writeln!(tail, "    {line}");
        tail
    })
}
