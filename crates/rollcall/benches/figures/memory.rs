//! How much memory the server holds after the dashboards of a thousand companies were opened.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rollcall::changes::Poller;
use rollcall::db::Database;
use rollcall::demo::Plan;
use rollcall::web;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::report::Report;
use super::stock::{self, PASSWORD, Place, Stock};
use super::{Options, panel, process};

const MEGABYTES: f64 = 150.0;
/// Browsers at once.
const BROWSERS: u32 = 8;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let companies = if options.quick { 40 } else { 1_000 };
    let (folder, _held) = stock::folder(options)?;
    let appointments = u64::from(companies) * 200;
    let plan = Plan { companies, staff: 4_000, customers: 40_000, ..stock::plan(appointments).await? };
    let stock = Stock::make(&Place::Folder(folder), "memory", &plan, 1, options).await?;
    let mut server = Server::start(&stock.url)?;
    let session = Server::sign_in_at(server.address, "operator@example.test")?;
    let idle = server.megabytes("VmRSS")?;
    std::thread::scope(|scope| {
        let browsers: Vec<_> = (0..BROWSERS)
            .map(|first| {
                let (server, session) = (&server, &session);
                scope.spawn(move || {
                    (first + 1..=companies)
                        .step_by(BROWSERS as usize)
                        .try_for_each(|company| server.open(session, company))
                })
            })
            .collect();
        browsers.into_iter().try_for_each(|browser| browser.join().unwrap_or_else(|_| anyhow::bail!("it panicked")))
    })?;
    report.note("memory, signed in", idle, "MB");
    report.at_most(&format!("memory, {companies} dashboards opened"), server.megabytes("VmRSS")?, "MB", MEGABYTES);
    report.note("memory, peak", server.megabytes("VmHWM")?, "MB");
    drop(server);
    stock.leave().await
}

/// The server in a process of its own; prints its address and serves until it is killed.
pub(crate) async fn child(url: &str) -> Result<()> {
    let db = Database::open(url, 8).await?;
    let app = panel::app(db).await?;
    let stop = CancellationToken::new();
    let poller = Poller::new(app.db.clone(), app.clock.clone(), app.config.changes.poll);
    tokio::spawn(poller.run(stop.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(web::serve(app, listener, stop).await?)
}

/// The server in a process of its own.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(url: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.args(["--child", "serve", url]).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("it has no output")?).read_line(&mut line)?;
        let address = line.trim().parse();
        if address.is_err() {
            let _ = child.kill();
        }
        Ok(Self { child, address: address.with_context(|| format!("`{}` is no address", line.trim()))? })
    }

    /// A line of its memory: see [`process::megabytes`].
    pub(crate) fn megabytes(&mut self, line: &str) -> Result<f64> {
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
    pub(crate) fn sign_in_at(address: SocketAddr, email: &str) -> Result<String> {
        let form = format!("email={}&password={}", urlencoding::encode(email), urlencoding::encode(PASSWORD));
        let request = format!(
            "POST /login HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            address,
            form.len()
        );
        let answer = Self::ask(address, &request)?;
        let session = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        session.map(str::to_owned).with_context(|| format!("nobody was signed in: {answer}"))
    }

    fn open(&self, session: &str, company: u32) -> Result<()> {
        let request = format!(
            "GET /admin?company={company} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {session}\r\n\r\n",
            self.address
        );
        let answer = Self::ask(self.address, &request)?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "company {company}: {}", answer.lines().next().unwrap_or_default());
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
