//! Dashboards that are left open: what each costs the server in memory, and how soon all of them hear of a write.

use std::io::{Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use memchr::memmem;
use rustix::event::{Timespec, epoll};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};

use super::Options;
use super::foreign::Foreign;
use super::report::{Report, median};
use super::served::Server;
use super::stock::{self, Place, Stock};

const KIBIBYTES: f64 = 12.0;
const MILLISECONDS: f64 = 250.0;
/// So many windows a session, as many as the server allows.
const WINDOWS: usize = 20;
/// So many connections are opened before the first of them has heard how things are.
const AT_ONCE: usize = 200;
const ROUNDS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);
const EVENT: &[u8] = b"event: figures";

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let listeners = if options.quick { 400 } else { 15_000 };
    raise_file_limit(listeners)?;
    let (folder, _held) = stock::folder(options)?;
    let plan = stock::plan(20_000).await?;
    let stock = Stock::make(&Place::Folder(folder), "live", &plan, 1, options).await?;
    let failed = failed(&stock).await?;
    let server = Server::start("serve", &stock.url, None)?;
    let sessions = sign_in(&server, listeners.div_ceil(WINDOWS)).await?;
    let before = server.megabytes("VmRSS")?;
    let crowd = Arc::new(Crowd::new(listeners));
    connect(&server, &sessions, &crowd).await?;
    let each = (server.megabytes("VmRSS")? - before) * 1e6 / 1_024.0 / listeners as f64;
    report.at_most(&format!("live, memory of each of {listeners} connections"), each, "KiB", KIBIBYTES);
    let (mut last, mut spent) = (Vec::new(), Vec::new());
    for (round, notification) in failed.into_iter().enumerate() {
        let cpu = server.cpu_time()?;
        let acknowledged = retry(&server, &sessions[0], notification).await?;
        let heard = crowd.all_heard(round + 1).await?;
        last.push(heard.saturating_duration_since(acknowledged).as_secs_f64() * 1_000.0);
        spent.push((server.cpu_time()? - cpu).as_secs_f64() * 1_000.0);
    }
    let worst = last.iter().copied().fold(0.0, f64::max);
    report.at_most("live, until the last of all heard of a write", median(&mut last), "ms", MILLISECONDS);
    report.note("live, the same in the worst of five rounds", worst, "ms");
    report.note("live, CPU of the server for a write and all who hear of it", median(&mut spent), "ms");
    drop(server);
    stock.leave().await
}

/// A connection is a file handle, here and in the server, which is a child of this process.
fn raise_file_limit(connections: usize) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    let enough = limit.maximum.is_none_or(|most| most > connections as u64 + 100);
    ensure!(enough, "{connections} connections need a higher limit on open files: ulimit -Hn");
    Ok(())
}

/// Failed notifications of company 1.
async fn failed(stock: &Stock) -> Result<Vec<i64>> {
    let foreign = Foreign::connect(&stock.url).await?;
    let text = format!(
        "SELECT id FROM notification_queues WHERE company_id = 1 AND status = 'failed' AND notifiable_type = 'customer' \
         ORDER BY id DESC LIMIT {ROUNDS}"
    );
    let rows = foreign.query(&text).await?;
    foreign.close().await?;
    rows.iter().map(|row| Ok(row.try_get_by_index::<i64>(0)?)).collect()
}

async fn sign_in(server: &Server, sessions: usize) -> Result<Vec<String>> {
    let gate = Semaphore::new(4);
    let one = async || {
        let _turn = gate.acquire().await?;
        let address = server.address;
        tokio::task::spawn_blocking(move || Server::sign_in_at(address, "manager1")).await?
    };
    try_join_all((0..sessions).map(|_| one())).await
}

/// Everybody who listens, and when they heard of what.
struct Crowd {
    size: usize,
    begun: Instant,
    rounds: [Round; ROUNDS + 1],
    heard: Notify,
}

#[derive(Default)]
struct Round {
    count: AtomicUsize,
    /// In microseconds since the beginning.
    last: AtomicU64,
}

impl Crowd {
    fn new(size: usize) -> Self {
        Self { size, begun: Instant::now(), rounds: Default::default(), heard: Notify::new() }
    }

    fn hear(&self, round: usize) {
        let Some(round) = self.rounds.get(round) else { return };
        let now = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        round.last.fetch_max(now, Ordering::SeqCst);
        if round.count.fetch_add(1, Ordering::SeqCst) + 1 == self.size {
            self.heard.notify_one();
        }
    }

    /// When the last of all heard of that round.
    async fn all_heard(&self, round: usize) -> Result<Instant> {
        let Round { count, last } = &self.rounds[round];
        while count.load(Ordering::SeqCst) < self.size {
            let waited = tokio::time::timeout(PATIENCE, self.heard.notified()).await;
            let heard = count.load(Ordering::SeqCst);
            waited.with_context(|| format!("{heard} of {} heard in time", self.size))?;
        }
        Ok(self.begun + Duration::from_micros(last.load(Ordering::SeqCst)))
    }
}

/// Opens the crowd's connections, and waits until all have heard how things are.
async fn connect(server: &Server, sessions: &[String], crowd: &Arc<Crowd>) -> Result<()> {
    let poll = Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC)?);
    let mut streams = Vec::with_capacity(crowd.size);
    for window in 0..crowd.size {
        // The server's backlog is not what is measured.
        while window - crowd.rounds[0].count.load(Ordering::SeqCst) >= AT_ONCE {
            hear(&poll, &streams, crowd)?;
        }
        let mut stream = std::net::TcpStream::connect(server.address)?;
        let head = format!(
            "GET /admin/live HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\nAccept-Language: en-GB,en;q=0.9\r\n\
             Accept-Encoding: gzip, deflate, br, zstd\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0\r\n\
             Cookie: {}\r\n\r\n",
            server.address,
            sessions[window / WINDOWS]
        );
        stream.write_all(head.as_bytes())?;
        let data = epoll::EventData::new_u64(window as u64);
        epoll::add(&poll, &stream, data, epoll::EventFlags::IN)?;
        streams.push(Window { stream, heard: AtomicUsize::new(0) });
    }
    let listening = Arc::clone(crowd);
    std::thread::spawn(move || while hear(&poll, &streams, &listening).is_ok() {});
    crowd.all_heard(0).await?;
    Ok(())
}

/// One connection, and how many events it has had.
struct Window {
    stream: std::net::TcpStream,
    heard: AtomicUsize,
}

/// Waits until somebody is told something, and notes it. One thread for all, which does next to nothing: it has the server's cores.
fn hear(poll: &OwnedFd, windows: &[Window], crowd: &Crowd) -> Result<()> {
    let mut events = [const { MaybeUninit::uninit() }; 1_024];
    let (told, _) = epoll::wait(poll, &mut events, Some(&Timespec { tv_sec: 1, tv_nsec: 0 }))?;
    let mut text = [0; 8_192];
    for event in told {
        let window = usize::try_from(event.data.u64())?;
        let Window { stream, heard } = &windows[window];
        let mut stream: &std::net::TcpStream = stream;
        let read = stream.read(&mut text)?;
        ensure!(read > 0, "a connection was closed");
        // An event is written at once, and is shorter than what is read at once: it comes whole.
        if memmem::find(&text[..read], EVENT).is_some() {
            crowd.hear(heard.fetch_add(1, Ordering::SeqCst));
        }
    }
    Ok(())
}

/// Sends a failed notification again; answers when that was acknowledged.
async fn retry(server: &Server, session: &str, notification: i64) -> Result<Instant> {
    let mut stream = TcpStream::connect(server.address).await?;
    let request = format!(
        "POST /admin/notifications/{notification}/retry HTTP/1.1\r\nHost: {}\r\nCookie: {session}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n",
        server.address
    );
    stream.write_all(request.as_bytes()).await?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await?;
    let acknowledged = Instant::now();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await?;
    ensure!(status.ends_with(b" 303") && rest.contains("notice=retried"), "nothing was sent again: {rest}");
    Ok(acknowledged)
}
