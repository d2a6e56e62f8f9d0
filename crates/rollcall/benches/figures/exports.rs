//! Files of a million rows: how fast they come, and how much memory they take.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rollcall::demo::Plan;

use super::Options;
use super::report::Report;
use super::served::Server;
use super::stock::{self, Place, Stock};

/// Rows of CSV a second.
const A_SECOND: f64 = 100_000.0;
/// Above what the idle server holds.
const MEGABYTES: f64 = 60.0;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (appointments, times) = if options.quick { (20_000, 1) } else { (200_000, 5) };
    let (folder, _held) = stock::folder(options)?;
    let plan = Plan { companies: 1, ..stock::plan(appointments).await? };
    on(&Place::Folder(folder), "sqlite", &plan, times, options, report).await?;
    for (variable, name) in [("ROLLCALL_TEST_MARIADB", "mariadb"), ("ROLLCALL_TEST_POSTGRES", "postgres")] {
        if let Some(server) = Place::server(variable) {
            on(&server, name, &plan, times, options, report).await?;
        }
    }
    Ok(())
}

async fn on(place: &Place, name: &str, plan: &Plan, times: u64, options: &Options, report: &mut Report) -> Result<()> {
    let stock = Stock::make(place, &format!("exports_{name}"), plan, times, options).await?;
    let server = Server::start("serve", &stock.url, None)?;
    let session = server.sign_in("admin1")?;
    // The first one opens connections and prepares statements.
    read(&server, &session, "/admin/customers/export?format=csv")?;
    let idle = server.megabytes("VmRSS")?;
    let mut most = idle;
    for format in ["csv", "json", "xlsx"] {
        let spent = server.cpu_time()?;
        let file = watched(&server, &session, &format!("/admin/appointments/export?format={format}"))?;
        let spent = (server.cpu_time()? - spent).as_secs_f64();
        most = most.max(file.megabytes);
        let rows = (plan.appointments * times) as f64;
        println!("{name}, {format}: {} bytes in {:.1} s, {spent:.1} s of CPU", file.bytes, file.seconds);
        if format == "csv" {
            // Deleted ones are none of the list.
            ensure!(file.lines as f64 > rows * 0.9, "{} lines of {rows} rows", file.lines);
            report.at_least(&format!("export, CSV, {name}"), file.lines as f64 / file.seconds, "/s", A_SECOND);
        } else {
            report.note(&format!("export, {format}, {name}"), rows / file.seconds, "/s");
        }
    }
    report.at_most(&format!("export, memory above idle, {name}"), most - idle, "MB", MEGABYTES);
    drop(server);
    stock.leave().await
}

/// A file that was read.
struct File {
    bytes: u64,
    lines: u64,
    seconds: f64,
    /// The most that the server held meanwhile.
    megabytes: f64,
}

/// Reads a file, and looks at the server's memory meanwhile.
fn watched(server: &Server, session: &str, path: &str) -> Result<File> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most: f64 = 0.0;
            while !done.load(Ordering::Relaxed) {
                most = most.max(server.megabytes("VmRSS").unwrap_or_default());
                std::thread::sleep(Duration::from_millis(20));
            }
            most
        });
        let file = read(server, session, path);
        done.store(true, Ordering::Relaxed);
        let megabytes = watcher.join().map_err(|_| anyhow::anyhow!("it panicked"))?;
        Ok(File { megabytes, ..file? })
    })
}

fn read(server: &Server, session: &str, path: &str) -> Result<File> {
    let mut stream = TcpStream::connect(server.address)?;
    let begun = Instant::now();
    // HTTP/1.0: the body comes as it is, and ends with the connection.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\nCookie: {session}\r\n\r\n", server.address)?;
    let mut buffer = vec![0; 256 << 10];
    let (mut bytes, mut lines, mut first) = (0, 0, true);
    loop {
        let length = stream.read(&mut buffer)?;
        let part = buffer.get(..length).context("more than there is room for")?;
        if part.is_empty() {
            break;
        }
        ensure!(!first || part.starts_with(b"HTTP/1.0 200"), "{path}: {}", String::from_utf8_lossy(part));
        first = false;
        bytes += part.len() as u64;
        lines += memchr::memchr_iter(b'\n', part).count() as u64;
    }
    Ok(File { bytes, lines, seconds: begun.elapsed().as_secs_f64(), megabytes: 0.0 })
}
