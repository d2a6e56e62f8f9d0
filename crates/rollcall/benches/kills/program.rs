//! `rollcall serve`, which is killed when it is dropped.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use super::Plan;

#[derive(Debug)]
pub(crate) struct Program(Child);

impl Program {
    /// Starts it, and does not wait until it listens.
    pub(crate) fn start(plan: &Plan) -> Result<Self> {
        let mut command = Command::new(&plan.program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--database", &plan.database]);
        command.env_clear().env("ROLLCALL_API__REQUESTS_PER_MINUTE", "10000000");
        Ok(Self(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?))
    }

    /// Where it listens.
    pub(crate) fn address(&mut self) -> Result<SocketAddr> {
        let mut line = String::new();
        BufReader::new(self.0.stdout.take().context("it has no output")?).read_line(&mut line)?;
        let address = line.trim().rsplit_once("http://").and_then(|(_, address)| address.parse().ok());
        address.with_context(|| format!("a server did not start again: `{}`", line.trim()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
