//! The server CPU time of a dashboard that is kept, beside that of a bare hyper server that answers the same bytes.
//!
//! Server and load stand on different cores; slices alternate A B B A, and each pair makes a ratio.

use std::convert::Infallible;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::thread::{CpuSet, sched_setaffinity};
use tokio::net::TcpListener;

use super::Options;
use super::report::{Report, median};
use super::served::Server;
use super::stock::{self, Place, Stock};

/// A kept page, in units of the bare server's answer.
const HIT: f64 = 1.25;
/// That a browser has it already, in the same units.
const NOT_MODIFIED: f64 = 0.7;
/// Connections that take turns.
const CONNECTIONS: usize = 64;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (appointments, slices, requests) = if options.quick { (20_000, 4, 200) } else { (200_000, 41, 4_000) };
    let (folder, _held) = stock::folder(options)?;
    let plan = stock::plan(appointments).await?;
    // The load's core is not the servers'.
    let mut core = CpuSet::new();
    core.set(1);
    sched_setaffinity(None, &core)?;
    let sqlite = Stock::make(&Place::Folder(folder.clone()), "hit_cpu", &plan, 1, options).await?;
    let panel = Server::start("serve", &sqlite.url, Some(0))?;
    let page = Page::of(&panel, "admin1")?;
    let bare = page.bare(&folder)?;
    let bytes = page.answer.len();
    println!("an answer of {bytes} bytes, {} of them its body", page.body().len());
    let compare = |server: &Server, request: &str| ratio(server, request, &bare, &page.request, slices, requests);
    let (hit, each) = compare(&panel, &page.request)?;
    report.note("bare hyper server, CPU a request", each[1], "µs");
    report.note("kept dashboard, one node, CPU a request", each[0], "µs");
    report.at_most("kept dashboard, one node, beside bare hyper", hit, "times", HIT);
    let (known, each) = compare(&panel, &page.with_tag()?)?;
    report.note("304, one node, CPU a request", each[0], "µs");
    report.at_most("304, one node, beside bare hyper", known, "times", NOT_MODIFIED);
    drop(panel);
    sqlite.leave().await?;
    if let Some(mariadb) = Place::server("ROLLCALL_TEST_MARIADB") {
        let stock = Stock::make(&mariadb, "hit_cpu", &plan, 1, options).await?;
        let panel = Server::start("serve", &stock.url, Some(0))?;
        let page = Page::of(&panel, "admin1")?;
        let (strict, each) = compare(&panel, &page.request)?;
        report.note("kept dashboard, several nodes, strict, CPU a request", each[0], "µs");
        report.note("kept dashboard, several nodes, strict, beside bare hyper", strict, "times");
        drop(panel);
        stock.leave().await?;
    }
    Ok(())
}

/// What a browser asks for, and what it gets.
struct Page {
    request: String,
    answer: Vec<u8>,
}

impl Page {
    fn of(server: &Server, name: &str) -> Result<Self> {
        let session = server.sign_in(name)?;
        let request = format!(
            "GET /admin HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n\
             Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
             Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: de-DE,de;q=0.9,en;q=0.8\r\n\
             Sec-Fetch-Site: none\r\nCookie: {session}\r\n",
            server.address
        );
        let mut page = Self { request: format!("{request}\r\n"), answer: Vec::new() };
        page.answer = Load::on(server, 1)?.first(&page.request)?;
        ensure!(page.answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&page.answer[..15]));
        Ok(page)
    }

    fn head(&self) -> Result<String> {
        let end = end_of_head(&self.answer).context("no end of the head")?;
        Ok(String::from_utf8_lossy(&self.answer[..end]).into_owned())
    }

    fn body(&self) -> &[u8] {
        &self.answer[end_of_head(&self.answer).map_or(0, |end| end + 4)..]
    }

    /// The request of a browser that has the page.
    fn with_tag(&self) -> Result<String> {
        let head = self.head()?;
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).context("no tag")?;
        Ok(format!("{}If-None-Match: {tag}\r\n\r\n", self.request.trim_end_matches("\r\n").to_owned() + "\r\n"))
    }

    /// A bare server that answers the same.
    fn bare(&self, folder: &Path) -> Result<Server> {
        std::fs::create_dir_all(folder)?;
        let file = folder.join("answer");
        std::fs::write(&file, &self.answer)?;
        Server::start("bare", &file.to_string_lossy(), Some(0))
    }
}

fn end_of_head(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|window| window == b"\r\n\r\n")
}

/// The median ratio of CPU times a request, and the medians of both, in microseconds.
fn ratio(
    server: &Server,
    request: &str,
    bare: &Server,
    plain: &str,
    slices: usize,
    requests: usize,
) -> Result<(f64, [f64; 2])> {
    let mut loads = [(Load::on(server, CONNECTIONS)?, server, request), (Load::on(bare, CONNECTIONS)?, bare, plain)];
    for (load, server, request) in &mut loads {
        load.slice(server, request, requests / 4)?;
    }
    let (mut ratios, mut each) = (Vec::new(), [Vec::new(), Vec::new()]);
    for number in 0..slices {
        let mut took = [0.0; 2];
        for which in [number % 2, 1 - number % 2] {
            let (load, server, request) = &mut loads[which];
            took[which] = load.slice(server, request, requests)?;
            each[which].push(took[which]);
        }
        ratios.push(took[0] / took[1]);
    }
    Ok((median(&mut ratios), each.map(|mut took| median(&mut took))))
}

/// Connections that ask one after the other, and all of them before the first is read.
///
/// It never sleeps: waking whoever waits for an answer is a cost of the same machine as the sender's, which a server whose
/// clients are elsewhere does not have.
struct Load(Vec<TcpStream>);

/// Reads something; 0 where the other side has ended.
fn read(stream: &mut TcpStream, chunk: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match stream.read(chunk) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::hint::spin_loop(),
            result => return result,
        }
    }
}

impl Load {
    fn on(server: &Server, connections: usize) -> Result<Self> {
        let connect = |_| {
            let stream = TcpStream::connect(server.address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            Ok(stream)
        };
        Ok(Self((0..connections).map(connect).collect::<Result<_>>()?))
    }

    /// One answer, whole.
    fn first(&mut self, request: &str) -> Result<Vec<u8>> {
        let stream = self.0.first_mut().context("no connection")?;
        stream.write_all(request.as_bytes())?;
        let (mut answer, mut chunk) = (Vec::new(), vec![0; 1 << 16]);
        loop {
            let length = read(stream, &mut chunk)?;
            ensure!(length > 0, "the connection was closed");
            answer.extend_from_slice(&chunk[..length]);
            let Some(end) = end_of_head(&answer) else { continue };
            let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if answer.len() >= end + 4 + length.unwrap_or(0) {
                return Ok(answer);
            }
        }
    }

    /// The server's CPU time for each of so many requests, in microseconds.
    fn slice(&mut self, server: &Server, request: &str, requests: usize) -> Result<f64> {
        // All answers are as long as the first.
        let mut answer = vec![0; self.first(request)?.len()];
        let before = server.cpu_time()?;
        let rounds = requests / self.0.len();
        for _ in 0..rounds {
            for stream in &mut self.0 {
                stream.write_all(request.as_bytes())?;
            }
            for stream in &mut self.0 {
                let mut length = 0;
                while length < answer.len() {
                    let more = read(stream, &mut answer[length..])?;
                    ensure!(more > 0, "the connection was closed");
                    length += more;
                }
            }
        }
        let spent = server.cpu_time()? - before;
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        Ok(spent.as_secs_f64() * 1e6 / (rounds * self.0.len()) as f64)
    }
}

/// A hyper server that gives everybody the answer in the file `path`.
pub(crate) async fn bare(path: &str) -> Result<()> {
    let answer = std::fs::read(path)?;
    let end = end_of_head(&answer).context("no end of the head")?;
    let mut headers = HeaderMap::new();
    for line in String::from_utf8_lossy(&answer[..end]).lines().skip(1) {
        let (name, value) = line.split_once(": ").context("no header")?;
        if name != "date" {
            headers.append(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
        }
    }
    let body = Bytes::from(answer[end + 4..].to_vec());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (headers, body) = (headers.clone(), body.clone());
        let service = hyper::service::service_fn(move |_: Request<Incoming>| {
            let mut response = Response::new(Full::new(body.clone()));
            *response.headers_mut() = headers.clone();
            async move { Ok::<_, Infallible>(response) }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}
