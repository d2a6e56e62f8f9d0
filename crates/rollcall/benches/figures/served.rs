//! A server in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::process;
use super::stock::PASSWORD;

/// A part of this program that serves in a process of its own; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts `part` on `database`, on one core alone if it is named.
    pub(crate) fn start(part: &str, database: &str, core: Option<usize>) -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(program);
                command
            }
            None => Command::new(program),
        };
        let mut child = command.args(["--child", part, database]).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("it has no output")?).read_line(&mut line)?;
        let address = line.trim().parse();
        if address.is_err() {
            let _ = child.kill();
        }
        Ok(Self { child, address: address.with_context(|| format!("`{}` is no address", line.trim()))? })
    }

    /// A line of its `/proc/PID/status`, in MB.
    pub(crate) fn megabytes(&self, line: &str) -> Result<f64> {
        process::megabytes(&self.child.id().to_string(), line)
    }

    /// The CPU time that it has used.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        process::cpu_time_of(self.child.id())
    }

    /// Sends a request; answers the whole answer.
    fn ask(address: SocketAddr, request: &str) -> Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Signs somebody in; answers the session's cookie.
    pub(crate) fn sign_in(&self, name: &str) -> Result<String> {
        Self::sign_in_at(self.address, name)
    }

    /// Signs somebody in at a server's address.
    pub(crate) fn sign_in_at(address: SocketAddr, name: &str) -> Result<String> {
        let form = format!("email={name}%40example.test&password={}", urlencoding::encode(PASSWORD));
        let request = format!(
            "POST /login HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        let answer = Self::ask(address, &request)?;
        let session = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        session.map(str::to_owned).with_context(|| format!("nobody was signed in: {answer}"))
    }

    /// Opens a page.
    pub(crate) fn open(&self, session: &str, path: &str) -> Result<()> {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {session}\r\n\r\n", self.address);
        let answer = Self::ask(self.address, &request)?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{path}: {}", answer.lines().next().unwrap_or_default());
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
