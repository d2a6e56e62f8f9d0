//! The real router, called in memory, with users who sign in as people do.

use std::io::{Cursor, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use rollcall::app::App;
use rollcall::cache::Level;
use rollcall::chance::Chance;
use rollcall::changes;
use rollcall::config::Config;
use rollcall::db::Database;
use rollcall::web::{self, Panel, Peer};
use secrecy::SecretString;

use super::TestDb;

/// The password of every test user.
pub const PASSWORD: &str = "correct horse battery";

/// The panel on a test database.
pub struct TestApp<'a> {
    pub test: &'a TestDb,
    pub app: App,
    panel: Panel,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// An answer that goes on: server-sent events.
#[derive(Debug)]
pub struct Heard {
    pub headers: HeaderMap,
    body: Body,
}

impl Heard {
    /// The next piece of it; none at its end.
    pub async fn next(&mut self) -> Option<Bytes> {
        let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("nothing came");
        frame.map(|frame| frame.unwrap().into_data().unwrap())
    }

    /// The data of the next event.
    pub async fn event(&mut self) -> serde_json::Value {
        let event = self.next().await.expect("it goes on");
        let text = std::str::from_utf8(&event).unwrap();
        let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_else(|| panic!("{text}"));
        serde_json::from_str(data).unwrap()
    }

    /// Whether there is something at this moment.
    pub fn is_silent(&mut self) -> bool {
        self.body.frame().now_or_never().is_none()
    }
}

/// Nothing in the suite takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser: keeps its cookies.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    pub cookies: Vec<(String, String)>,
}

impl<'a> TestApp<'a> {
    /// Two companies with an admin, a manager and a viewer each, and an operator.
    pub async fn new(test: &'a TestDb) -> TestApp<'a> {
        let config = Config::defaults().unwrap();
        let app = App::new(config, test.db.clone(), test.clock.clone(), Chance::seeded(7)).await.unwrap();
        let hash = app.passwords.hash(SecretString::from(PASSWORD)).await.unwrap();
        for (id, zone) in [(1, "Europe/Berlin"), (2, "Asia/Kathmandu")] {
            test.company(id, zone).await;
        }
        let mut id = 0;
        let mut user = async |company: &str, name: &str, role: &str| {
            id += 1;
            test.sql(&format!(
                "INSERT INTO users (id, company_id, name, email, password, role) \
                 VALUES ({id}, {company}, '{name}', '{name}@example.test', '{hash}', '{role}')"
            ))
            .await;
        };
        user("NULL", "operator", "super_admin").await;
        for company in ["1", "2"] {
            for role in ["admin", "manager", "viewer"] {
                user(company, &format!("{role}{company}"), role).await;
            }
        }
        let panel = Panel::new(app.clone());
        let it = TestApp { test, app, panel };
        it.settle().await;
        it
    }

    /// Another node of the same panel, with a pool of its own.
    pub async fn on(test: &'a TestDb, db: Database) -> TestApp<'a> {
        Self::with(test, db, Config::defaults().unwrap()).await
    }

    /// Another node with settings of its own.
    pub async fn with(test: &'a TestDb, db: Database, config: Config) -> TestApp<'a> {
        static NODES: AtomicU64 = AtomicU64::new(8);
        let chance = Chance::seeded(NODES.fetch_add(1, Ordering::SeqCst));
        Self::seeded(test, db, config, chance).await
    }

    /// Another node with settings and chance of its own.
    pub async fn seeded(test: &'a TestDb, db: Database, config: Config, chance: Chance) -> TestApp<'a> {
        let app = App::new(config, db, test.clock.clone(), chance).await.unwrap();
        TestApp { test, panel: Panel::new(app.clone()), app }
    }

    /// Every path that is served.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.panel.paths().iter().map(String::as_str)
    }

    /// Brings both companies' summaries up to date, as the poll would.
    pub async fn settle(&self) {
        changes::settle_all(&self.app.db, &self.app.clock).await.unwrap();
    }

    /// Empties the cache.
    pub async fn forget_pages(&self) {
        for level in [Level::Shared, Level::Personal] {
            self.app.cache.level(level).clear_prefix("rollcall:").await;
        }
    }

    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(Peer([192, 0, 2, 7].into()));
        let response = self.panel.answer(request).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned() + &unpacked(&body);
        Answer { status: head.status, headers: head.headers, body }
    }

    /// Sends a request, and reads of its answer what is there at once: all of it, or the beginning of one that goes on.
    pub async fn begin(&self, request: Request<Body>) -> Answer {
        if request.uri().path() != "/admin/live" {
            return self.send(request).await;
        }
        let (head, mut body) = self.panel.answer(request).await.into_parts();
        let mut text = Vec::new();
        while let Some(Some(Ok(frame))) = body.frame().now_or_never() {
            text.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        }
        Answer { status: head.status, headers: head.headers, body: String::from_utf8_lossy(&text).into_owned() }
    }

    /// Sends a request whose answer goes on; it has begun.
    pub async fn listen(&self, request: Request<Body>) -> Heard {
        let (head, body) = self.panel.answer(request).await.into_parts();
        assert_eq!(head.status, StatusCode::OK);
        Heard { headers: head.headers, body }
    }

    pub async fn get(&self, browser: &Browser, path: &str) -> Answer {
        self.send(browser.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn json(&self, browser: &Browser, path: &str) -> Answer {
        self.send(browser.request("GET", path).header(ACCEPT, "application/json").body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, browser: &mut Browser, path: &str, form: &[(&str, &str)]) -> Answer {
        let form: Vec<_> = form.iter().map(|(key, value)| format!("{key}={}", urlencoding::encode(value))).collect();
        let request = browser
            .request("POST", path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.join("&")))
            .unwrap();
        let answer = self.send(request).await;
        browser.keep(&answer);
        answer
    }

    /// A browser in which that user signed in.
    pub async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = Browser::default();
        let email = format!("{name}@example.test");
        let answer = self.post(&mut browser, "/login", &[("email", &email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(answer.header(LOCATION.as_str()), "/admin");
        browser
    }
}

/// What is written in a workbook, so that somebody who looks for a word finds it; nothing of all else.
fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    if bytes.starts_with(b"PK\x03\x04") {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        for at in 0..archive.len() {
            text.push('\n');
            archive.by_index(at).unwrap().read_to_string(&mut text).unwrap();
        }
    }
    text
}

impl Browser {
    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder().method(method).uri(path);
        if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) }
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    pub fn session(&self) -> Option<&str> {
        let session = self.cookies.iter().find(|(name, _)| name == web::SESSION_COOKIE);
        session.map(|(_, value)| value.as_str())
    }
}
