//! What each kind of server needs: its files, its command line, and how it shows that it is ready.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{Kind, Tuning, tail, write_to};
use crate::apt::{self, Need};
use crate::process::{End, Group};

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
    ///
    /// # Errors
    /// Where the programs are missing or fail; the message holds the end of `log`.
    pub(super) fn prepare(self, data: &Path, log: &Path) -> Result<()> {
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

    /// The server on `data`, listening at `port` of this machine alone.
    ///
    /// # Errors
    /// Where its program is missing.
    pub(super) fn command(self, data: &Path, port: u16, tuning: Tuning) -> Result<Command> {
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
    ///
    /// # Errors
    /// Where it cannot be reached.
    pub(super) fn answers(self, port: u16) -> Result<bool> {
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
