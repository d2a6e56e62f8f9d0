//! Real connections: what was kept goes out before hyper hears of it, everything else through hyper, and each answer belongs to
//! its request, however the requests arrive.

use axum::body::Body;
use rollcall::web;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::dashboard::fill;
use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// A server on a port of its own.
struct Server {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(app: &TestApp<'_>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(web::serve(app.app.clone(), listener, stop.clone()));
        Self { address, stop, task }
    }

    async fn connect(&self) -> Wire {
        Wire { client: TcpStream::connect(self.address).await.unwrap(), read: Vec::new() }
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

struct Wire {
    client: TcpStream,
    read: Vec<u8>,
}

/// An answer: its status, its head's lines in order, its body.
#[derive(Debug)]
struct Answer {
    status: u16,
    lines: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn line(&self, name: &str) -> &str {
        self.lines.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// What it says, but for what is each answer's own.
    fn says(&self) -> (u16, Vec<(String, String)>, &[u8]) {
        let own = ["x-request-id", "date"];
        let mut lines: Vec<_> = self.lines.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned().collect();
        lines.sort();
        (self.status, lines, &self.body)
    }
}

impl Wire {
    async fn write(&mut self, bytes: &[u8]) {
        self.client.write_all(bytes).await.unwrap();
    }

    /// The next answer, read to its end and no further; none where the server has ended the connection.
    async fn answer(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if self.client.read_buf(&mut self.read).await.unwrap_or(0) == 0 {
                assert!(self.read.is_empty(), "cut off: {:?}", String::from_utf8_lossy(&self.read));
                return None;
            }
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).unwrap();
        let mut lines = head.trim_end().lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let lines: Vec<_> = lines
            .map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap())
            .collect();
        let mut answer = Answer { status, lines, body: Vec::new() };
        let length = if status == 304 { 0 } else { answer.line("content-length").parse().unwrap_or(0) };
        while self.read.len() < length {
            assert!(self.client.read_buf(&mut self.read).await.unwrap() > 0, "cut off");
        }
        answer.body = self.read.drain(..length).collect();
        Some(answer)
    }

    async fn ask(&mut self, request: &str) -> Answer {
        self.write(request.as_bytes()).await;
        self.answer().await.unwrap()
    }
}

/// A request as a browser sends it.
fn asks(browser: &Browser, line: &str, more: &str) -> String {
    let cookie = format!("{}={}", web::SESSION_COOKIE, browser.session().unwrap_or_default());
    format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Language: en\r\nAccept-Encoding: gzip\r\n\
         Cookie: {cookie}\r\n{more}\r\n"
    )
}

on_every_database!(what_goes_out_early_is_what_the_router_says, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    let server = Server::start(&app).await;
    let mut wire = server.connect().await;
    let page = asks(&admin, "GET /admin", "");
    let drawn = wire.ask(&page).await;
    let kept = wire.ask(&page).await;
    assert_eq!((drawn.status, kept.status), (200, 200));
    assert!(!kept.body.is_empty() && kept.body == drawn.body && kept.line("etag") == drawn.line("etag"));
    assert_ne!(kept.line("x-request-id"), wire.ask(&page).await.line("x-request-id"));
    // The router, called in memory, says the same in every line.
    let request = |tag: &str| {
        let request = admin.request("GET", "/admin").header("accept", "text/html").header("accept-language", "en");
        request.header("accept-encoding", "gzip").header("if-none-match", tag).body(Body::empty()).unwrap()
    };
    for tag in ["\"another\"", kept.line("etag")] {
        let routed = app.send(request(tag)).await;
        let early = wire.ask(&asks(&admin, "GET /admin", &format!("If-None-Match: {tag}\r\n"))).await;
        let mut lines: Vec<_> = routed
            .headers
            .iter()
            .filter(|(name, _)| *name != "x-request-id")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        lines.sort();
        assert_eq!((early.says().0, early.says().1), (routed.status.as_u16(), lines), "{tag}");
        assert!(!early.line("date").is_empty());
    }
    server.end().await;
});

on_every_database!(answers_belong_to_their_requests_however_these_arrive, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    let server = Server::start(&app).await;
    let mut wire = server.connect().await;
    let page = asks(&admin, "GET /admin", "");
    let kept = wire.ask(&page).await;
    let form = "theme=dark&return_to=/admin";
    let post = asks(
        &admin,
        "POST /preferences",
        &format!(
            "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            form.len()
        ),
    );
    let all = [&page, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", &page, &page, &post, form, &page].concat();
    let check = async |wire: &mut Wire| {
        for expected in [200, 200, 200, 200, 303, 200] {
            let answer = wire.answer().await.unwrap();
            assert_eq!(answer.status, expected);
            match answer.line("etag") {
                "" => assert!(expected == 303 || answer.body == b"ok\n"),
                _ => assert_eq!(answer.says(), kept.says()),
            }
        }
    };
    // At once, and letter by letter.
    wire.write(all.as_bytes()).await;
    check(&mut wire).await;
    for letter in all.as_bytes() {
        wire.write(&[*letter]).await;
        tokio::task::yield_now().await;
    }
    check(&mut wire).await;
    // Whoever has said all that they will is answered still.
    wire.write([page.as_str(), &page].concat().as_bytes()).await;
    wire.client.shutdown().await.unwrap();
    for _ in 0..2 {
        assert_eq!(wire.answer().await.unwrap().says(), kept.says());
    }
    assert!(wire.answer().await.is_none());
    server.end().await;
});

on_every_database!(what_is_no_plain_request_is_hypers_and_smuggles_nothing, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    let server = Server::start(&app).await;
    let page = asks(&admin, "GET /admin", "");
    server.connect().await.ask(&page).await;
    let hidden = page.len();
    let bodies = [
        // A body that is a request: nobody answers it.
        (format!("Content-Length: {hidden}\r\n"), 2),
        // Chunks win over a length; and what follows them is a request again.
        ("Transfer-Encoding: chunked\r\n".to_owned(), 3),
        // Two lengths, and both kinds of framing: refused, and the connection ends.
        (format!("Content-Length: 0\r\nContent-Length: {hidden}\r\n"), 1),
        (format!("Content-Length: +{hidden}\r\n"), 1),
        ("Content-Length: 99999999999999999999999\r\n".to_owned(), 1),
    ];
    for (framing, at_most) in bodies {
        let mut wire = server.connect().await;
        let chunks = if framing.contains("chunked") { "0\r\n\r\n" } else { "" };
        let request = format!("POST /nowhere HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n{chunks}{page}{page}");
        wire.write(request.as_bytes()).await;
        wire.client.shutdown().await.unwrap();
        let mut statuses = Vec::new();
        while let Some(answer) = wire.answer().await {
            statuses.push(answer.status);
        }
        assert!(statuses[0] >= 400 && statuses.len() <= at_most, "{framing:?}: {statuses:?}");
        let answered = statuses.iter().skip(1).all(|status| *status == 200);
        assert!(answered, "{framing:?}: {statuses:?}");
    }
    let mut old = server.connect().await;
    old.write(page.replace("HTTP/1.1", "HTTP/1.0").as_bytes()).await;
    assert_eq!(old.answer().await.unwrap().status, 200);
    assert!(old.answer().await.is_none(), "an older client waits for the end");
    let mut odd = server.connect().await;
    assert_eq!(odd.ask(&page.replace("Cookie: ", "Cookie : ")).await.status, 400);
    let mut long = server.connect().await;
    long.write(format!("GET /admin HTTP/1.1\r\nCookie: {}", "x".repeat(1 << 20)).as_bytes()).await;
    assert!(long.answer().await.is_none_or(|answer| answer.status == 431));
    let mut closing = server.connect().await;
    assert_eq!(closing.ask(&page.replace("Host", "Connection: close\r\nHost")).await.status, 200);
    assert!(closing.answer().await.is_none());
    server.end().await;
});

on_every_database!(what_is_remembered_with_a_connection_is_no_ticket, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let mut admin = app.signed_in("admin1").await;
    let server = Server::start(&app).await;
    let mut wire = server.connect().await;
    let page = asks(&admin, "GET /admin", "");
    let first = wire.ask(&page).await;
    assert_eq!(wire.ask(&page).await.says(), first.says());
    // A write is seen by the next request.
    app.post(&mut admin, "/admin/notifications/100/retry", &[]).await;
    let written = wire.ask(&page).await;
    assert_ne!(written.line("etag"), first.line("etag"));
    let known = asks(&admin, "GET /admin", &format!("If-None-Match: {}\r\n", first.line("etag")));
    assert_eq!(wire.ask(&known).await.status, 200);
    assert_eq!(wire.ask(&known.replace(first.line("etag"), written.line("etag"))).await.status, 304);
    // Another's cookie on the same connection is another's page; none is nobody's.
    let viewer = app.signed_in("viewer1").await;
    for _ in 0..2 {
        let theirs = wire.ask(&asks(&viewer, "GET /admin", "").replace("gzip", "identity")).await;
        assert!(String::from_utf8(theirs.body).unwrap().contains("viewer1@example.test"));
        assert_eq!(wire.ask(&asks(&Browser::default(), "GET /admin", "")).await.status, 303);
        assert_eq!(wire.ask(&page).await.says(), written.says());
    }
    // Tomorrow is another day.
    test.clock.set(test.clock.now() + chrono::TimeDelta::hours(20));
    let tomorrow = wire.ask(&page).await;
    assert!(tomorrow.status == 303 || tomorrow.line("etag") != written.line("etag"));
    app.post(&mut admin, "/logout", &[]).await;
    assert_eq!(wire.ask(&page).await.status, 303);
    server.end().await;
});

on_every_database!(an_idle_connection_ends_when_the_server_does, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    let server = Server::start(&app).await;
    let mut wires = Vec::new();
    for asked in 0..4 {
        let mut wire = server.connect().await;
        for _ in 0..asked {
            assert_eq!(wire.ask(&asks(&admin, "GET /admin", "")).await.status, 200);
        }
        wires.push(wire);
    }
    server.end().await;
    for mut wire in wires {
        assert!(wire.answer().await.is_none());
    }
});
