//! How long `rollcall serve` takes on an existing database, from the start of the process to the first answer of `/readyz`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::Options;
use super::report::{Report, median};
use super::stock::{self, Place, Stock};

const MILLISECONDS: f64 = 500.0;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (appointments, times) = if options.quick { (20_000, 3) } else { (200_000, 21) };
    let (folder, _held) = stock::folder(options)?;
    let plan = stock::plan(appointments).await?;
    let stock = Stock::make(&Place::Folder(folder), "start_up", &plan, 1, options).await?;
    let mut took = (0..times).map(|_| start(&stock.url)).collect::<Result<Vec<_>>>()?;
    report.at_most("start-up on an existing database, SQLite", median(&mut took), "ms", MILLISECONDS);
    stock.leave().await
}

/// The milliseconds until the server is ready; it is ended then.
fn start(url: &str) -> Result<f64> {
    let start = Instant::now();
    let mut server = Server(
        Command::new(env!("CARGO_BIN_EXE_rollcall"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", url])
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?,
    );
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().context("it has no output")?).read_line(&mut line)?;
    let address = line.trim().rsplit_once("http://").with_context(|| format!("`{line}` names no address"))?.1;
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if !answer.starts_with("HTTP/1.1 200") {
        bail!("it is not ready: {answer}");
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
