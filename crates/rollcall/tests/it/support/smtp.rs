//! A mail server that speaks SMTP over TCP, keeps what it is given, and does as it is told.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Received {
    pub to: String,
    /// Whether nobody on the way could read it.
    pub secret: bool,
    /// Headers and body, as they were before dots were doubled.
    pub text: String,
}

impl Received {
    /// The value of a header, folded lines joined; empty where there is none.
    pub fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let found = head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        found.unwrap_or_default()
    }

    /// How often a header stands there.
    pub fn count(&self, name: &str) -> usize {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
        head.split("\r\n").filter(|line| line.starts_with(&format!("{}:", name.to_lowercase()))).count()
    }
}

/// How a connection is protected.
#[derive(Clone, Debug)]
pub enum Tls {
    /// From the first byte.
    Implicit(Arc<ServerConfig>),
    /// After `STARTTLS`.
    Offered(Arc<ServerConfig>),
}

/// What it does beside taking everything.
#[derive(Clone, Debug, Default)]
pub struct Conduct {
    /// Recipients that are answered with that line.
    pub answers: BTreeMap<String, String>,
    /// What it says instead of a greeting.
    pub greeting: Option<String>,
    /// What it says whoever the mail is from.
    pub sender: Option<String>,
    /// Who has to sign in: `AUTH PLAIN` with these letters.
    pub login: Option<String>,
    /// Whether it keeps silent once it was asked to take a mail.
    pub holds: bool,
    /// Whether it speaks TLS.
    pub tls: Option<Tls>,
}

#[derive(Debug)]
struct Shared {
    mails: Mutex<Vec<Received>>,
    taken: watch::Sender<usize>,
    /// Transactions that were begun, and recipients that were named.
    begun: watch::Sender<usize>,
    recipients: Mutex<Vec<String>>,
    /// What was said in the clear.
    overheard: Mutex<Vec<String>>,
    conduct: watch::Sender<Conduct>,
}

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub struct SmtpServer {
    pub port: u16,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SmtpServer {
    /// Starts on that port; 0 takes a free one.
    pub async fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let shared = Arc::new(Shared {
            mails: Mutex::default(),
            taken: watch::Sender::new(0),
            begun: watch::Sender::new(0),
            recipients: Mutex::default(),
            overheard: Mutex::default(),
            conduct: watch::Sender::new(Conduct::default()),
        });
        let port = listener.local_addr()?.port();
        let task = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                // Connections end with the server.
                let mut open = tokio::task::JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    let shared = Arc::clone(&shared);
                    open.spawn(async move {
                        let _client_went_away = serve(stream, &shared).await;
                    });
                    while open.try_join_next().is_some() {}
                }
            }
        });
        Ok(Self { port, shared, task })
    }

    /// From now on it does so.
    pub fn conduct(&self, conduct: Conduct) {
        self.shared.conduct.send_replace(conduct);
    }

    /// What was taken.
    pub fn mails(&self) -> Vec<Received> {
        lock(&self.shared.mails).clone()
    }

    /// Whom mails were to go to, each time that one was named.
    pub fn recipients(&self) -> Vec<String> {
        lock(&self.shared.recipients).clone()
    }

    /// What anybody on the way could read of what it was told.
    pub fn overheard(&self) -> Vec<String> {
        lock(&self.shared.overheard).clone()
    }

    /// How many mails were taken.
    pub fn count(&self) -> usize {
        *self.shared.taken.borrow()
    }

    /// Waits until so many were taken.
    pub async fn taken(&self, count: usize) {
        reaches(&self.shared.taken, count).await;
    }

    /// Waits until so many transactions were begun.
    pub async fn begun(&self, count: usize) {
        reaches(&self.shared.begun, count).await;
    }
}

async fn reaches(counter: &watch::Sender<usize>, count: usize) {
    let mut counter = counter.subscribe();
    let waited = tokio::time::timeout(PATIENCE, counter.wait_for(|reached| *reached >= count)).await;
    assert!(waited.is_ok(), "{count} were not reached in time");
}

/// What a mail server speaks over.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}
type Stream = BufReader<Box<dyn Wire>>;

async fn secured(wire: impl Wire + 'static, tls: Arc<ServerConfig>) -> io::Result<Stream> {
    Ok(BufReader::new(Box::new(TlsAcceptor::from(tls).accept(wire).await?)))
}

async fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let tls = shared.conduct.borrow().tls.clone();
    let (mut stream, offered): (Stream, _) = match tls {
        Some(Tls::Implicit(tls)) => return talk(&mut secured(stream, tls).await?, shared, true, false).await.map(drop),
        Some(Tls::Offered(tls)) => (BufReader::new(Box::new(stream)), Some(tls)),
        None => (BufReader::new(Box::new(stream)), None),
    };
    if let (true, Some(tls)) = (talk(&mut stream, shared, false, offered.is_some()).await?, offered) {
        // What was said before then counts no more (RFC 3207): a new session, without a greeting.
        let mut stream = secured(stream.into_inner(), tls).await?;
        session(&mut stream, shared, true, false).await?;
    }
    Ok(())
}

/// Greets and takes mails; answers whether TLS is to begin now.
async fn talk(stream: &mut Stream, shared: &Shared, secret: bool, offers_tls: bool) -> io::Result<bool> {
    let greeting = shared.conduct.borrow().greeting.clone();
    say(stream, greeting.as_deref().unwrap_or("220 test ESMTP")).await?;
    session(stream, shared, secret, offers_tls).await
}

async fn session(stream: &mut Stream, shared: &Shared, secret: bool, offers_tls: bool) -> io::Result<bool> {
    let conduct = || shared.conduct.borrow().clone();
    let (mut to, mut signed_in) = (String::new(), false);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let command = line.trim_end();
        if !secret {
            lock(&shared.overheard).push(command.to_owned());
        }
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" if offers_tls => say(stream, "250-test\r\n250 STARTTLS").await?,
            "EHLO" if conduct().login.is_some() => say(stream, "250-test\r\n250 AUTH PLAIN").await?,
            "EHLO" => say(stream, "250-test\r\n250 8BITMIME").await?,
            "STARTTLS" if offers_tls => return say(stream, "220 go ahead").await.map(|()| true),
            "AUTH" => {
                signed_in = conduct().login.is_some_and(|login| command == format!("AUTH PLAIN {login}"));
                let answer = if signed_in { "235 welcome" } else { "535 5.7.8 wrong password" };
                say(stream, answer).await?;
            }
            "MAIL" if conduct().login.is_some() && !signed_in => say(stream, "530 5.7.0 sign in").await?,
            "MAIL" => {
                shared.begun.send_modify(|begun| *begun += 1);
                let _ = shared.conduct.subscribe().wait_for(|conduct| !conduct.holds).await;
                say(stream, conduct().sender.as_deref().unwrap_or("250 go on")).await?;
            }
            "RCPT" => {
                let named = command.split(['<', '>']).nth(1).unwrap_or_default();
                named.clone_into(&mut to);
                lock(&shared.recipients).push(to.clone());
                let answer = conduct().answers.get(&to).cloned();
                say(stream, answer.as_deref().unwrap_or("250 known")).await?;
            }
            "DATA" => {
                say(stream, "354 until a dot").await?;
                let text = data(stream).await?;
                lock(&shared.mails).push(Received { to: to.clone(), secret, text });
                shared.taken.send_modify(|taken| *taken += 1);
                say(stream, "250 queued").await?;
            }
            "RSET" | "NOOP" => say(stream, "250 as you like").await?,
            "QUIT" => return say(stream, "221 bye").await.map(|()| false),
            _ => say(stream, "500 what?").await?,
        }
    }
}

async fn say(stream: &mut Stream, line: &str) -> io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn data(stream: &mut Stream) -> io::Result<String> {
    let (mut text, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
