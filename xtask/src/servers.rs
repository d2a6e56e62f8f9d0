//! Private database servers: on free ports, in a temporary folder, gone with the process that started them.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::apt::{self, Need};
use crate::process::{End, Folder, Group};

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
        let folder = Folder::new("servers")?;
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

impl Kind {
    /// What brings it.
    pub(crate) fn need(self) -> &'static Need {
        match self {
            Self::MariaDb => &apt::MARIADB,
            Self::Postgres => &apt::POSTGRES,
            Self::Redis => &apt::REDIS,
        }
    }

    /// Makes the files of an empty database in `data`.
    fn prepare(self, data: &Path, log: &Path) -> Result<()> {
        let mut command = match self {
            Self::MariaDb => {
                let program = apt::program(&["mariadb-install-db"]).context("mariadb-install-db is missing")?;
                let mut command = Command::new(program);
                command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                command.args(["--innodb-flush-method=nosync"]).arg(with("--datadir=", data));
                as_root(&mut command);
                command
            }
            Self::Postgres => {
                let mut command =
                    as_postgres(Command::new(apt::postgres().context("initdb is missing")?.join("initdb")), data)?;
                command.args([
                    "--auth=trust",
                    "--username=postgres",
                    "--no-sync",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                ]);
                command.arg("--pgdata").arg(data);
                command
            }
            Self::Redis => return Ok(()),
        };
        write_to(&mut command, log)?;
        let status = Group::spawn(command.current_dir(data), End::Kill)?.wait()?;
        if !status.success() {
            bail!("{self:?}'s first files could not be made ({status}):\n{}", tail(log));
        }
        Ok(())
    }

    fn command(self, data: &Path, port: u16, tuning: Tuning) -> Result<Command> {
        let mut command = match self {
            Self::MariaDb => mariadb(data, port, tuning)?,
            Self::Postgres => postgres(data, port, tuning)?,
            Self::Redis => {
                let mut command = Command::new(apt::redis().context("redis-server is missing")?);
                command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
                command
            }
        };
        command.current_dir(data);
        Ok(command)
    }

    /// Whether the server at `port` accepts statements now.
    fn answers(self, port: u16) -> Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let mut answer = [0; 5];
        Ok(match self {
            // It greets whoever comes, with protocol version 10, or with an error packet (255).
            Self::MariaDb => {
                stream.read_exact(&mut answer)?;
                answer[4] == 10
            }
            // A start-up message as `postgres`; `R` is its authentication, `E` an error such as "starting up".
            Self::Postgres => {
                let message = b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0";
                stream.write_all(message)?;
                stream.read_exact(&mut answer)?;
                answer[0] == b'R'
            }
            Self::Redis => {
                stream.write_all(b"PING\r\n")?;
                stream.read_exact(&mut answer)?;
                &answer == b"+PONG"
            }
        })
    }
}

fn mariadb(data: &Path, port: u16, tuning: Tuning) -> Result<Command> {
    let mut command = Command::new(apt::mariadbd().context("mariadbd is missing")?);
    command.args(["--no-defaults", "--socket=mariadb.sock", "--bind-address=127.0.0.1", "--skip-log-bin"]);
    command.args(["--skip-name-resolve", "--character-set-server=utf8mb4", "--performance-schema=OFF"]);
    command.arg(format!("--port={port}")).arg(with("--datadir=", data));
    as_root(&mut command);
    match tuning {
        Tuning::Tests => command.args([
            "--max-connections=600",
            "--innodb-buffer-pool-size=256M",
            "--innodb-flush-method=nosync",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
        ]),
        Tuning::Bench => command.args([
            "--max-connections=150",
            "--innodb-buffer-pool-size=2G",
            "--innodb-log-file-size=512M",
            "--innodb-flush-log-at-trx-commit=1",
        ]),
    };
    Ok(command)
}

/// MariaDB refuses to run as root unless it is told to.
fn as_root(command: &mut Command) {
    if rustix::process::geteuid().is_root() {
        command.arg("--user=root");
    }
}

fn postgres(data: &Path, port: u16, tuning: Tuning) -> Result<Command> {
    let program = apt::postgres().context("postgres is missing")?.join("postgres");
    let mut command = as_postgres(Command::new(program), data)?;
    command.arg("-D").arg(data).arg("-p").arg(port.to_string());
    let settings: &[&str] = match tuning {
        Tuning::Tests => &[
            "max_connections=600",
            "shared_buffers=256MB",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ],
        Tuning::Bench => &["max_connections=150", "shared_buffers=2GB", "max_wal_size=4GB"],
    };
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories="].iter().chain(settings) {
        command.args(["-c", setting]);
    }
    Ok(command)
}

/// PostgreSQL refuses to run as root: there, `command` runs as the user that its package made, who gets `data`.
fn as_postgres(mut command: Command, data: &Path) -> Result<Command> {
    if rustix::process::geteuid().is_root() {
        let (user, group) = (id("-u")?, id("-g")?);
        std::os::unix::fs::chown(data, Some(user), Some(group))?;
        command.uid(user).gid(group);
    }
    Ok(command)
}

fn id(flag: &str) -> Result<u32> {
    let output = Command::new("id").args([flag, "postgres"]).output()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().context("there is no user `postgres` to run PostgreSQL as")
}

fn with(option: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(option);
    argument.push(path);
    argument
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
