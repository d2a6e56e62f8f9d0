//! The real router, called in memory by somebody who signed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use rollcall::app::App;
use rollcall::cache::Level;
use rollcall::chance::Chance;
use rollcall::config::Config;
use rollcall::db::{Database, Observed, Observer};
use rollcall::web::{self, Peer};

use super::stock::{PASSWORD, Stock};

/// Counts statements and rows.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    statements: AtomicU64,
    rows: AtomicU64,
}

impl Counter {
    /// Statements and rows since the last call.
    pub(crate) fn take(&self) -> (u64, u64) {
        (self.statements.swap(0, Ordering::SeqCst), self.rows.swap(0, Ordering::SeqCst))
    }
}

impl Observer for Counter {
    fn statement(&self, statement: &Observed<'_>) {
        self.statements.fetch_add(1, Ordering::SeqCst);
        self.rows.fetch_add(statement.rows, Ordering::SeqCst);
    }
}

/// The panel, and a browser in which `admin1@example.test`, of the largest company, signed in.
#[derive(Debug)]
pub(crate) struct Panel {
    panel: web::Panel,
    session: String,
    pub(crate) app: App,
    pub(crate) counter: Arc<Counter>,
}

impl Panel {
    pub(crate) async fn open(stock: &Stock) -> Result<Self> {
        let counter = Arc::new(Counter::default());
        let app = app(stock.db.clone().observed_by(counter.clone())).await?;
        let mut panel = Self { panel: web::Panel::new(app.clone()), session: String::new(), app, counter };
        panel.session = panel.sign_in("admin1").await?;
        Ok(panel)
    }

    /// Signs somebody in; answers the session's cookie.
    pub(crate) async fn sign_in(&self, name: &str) -> Result<String> {
        let form = format!("email={name}%40example.test&password={}", urlencoding::encode(PASSWORD));
        let request = Request::post("/login").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let (answer, _) = self.send(request.body(Body::from(form))?).await?;
        ensure!(answer.status == StatusCode::SEE_OTHER, "signing in answers {}", answer.status);
        let cookie = answer.headers.get(SET_COOKIE).context("no session")?.to_str()?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// Forgets every page and widget that was kept, so that the next dashboard is a cold one.
    pub(crate) async fn forget(&self) {
        for level in [Level::Shared, Level::Personal] {
            self.app.cache.level(level).clear_prefix("").await;
        }
    }

    async fn send(&self, mut request: Request<Body>) -> Result<(axum::http::response::Parts, Bytes)> {
        request.extensions_mut().insert(Peer([192, 0, 2, 7].into()));
        let (head, body) = self.panel.answer(request).await.into_parts();
        Ok((head, body.collect().await?.to_bytes()))
    }

    /// Opens a page; answers it as it is, not compressed.
    pub(crate) async fn read(&self, path: &str) -> Result<String> {
        let request = Request::get(path).header(COOKIE, &self.session).header("accept-language", "en");
        let (answer, page) = self.send(request.body(Body::empty())?).await?;
        ensure!(answer.status == StatusCode::OK, "{path} answers {}", answer.status);
        Ok(String::from_utf8(page.to_vec())?)
    }

    /// Opens the dashboard with all its widgets; answers the length of the page.
    pub(crate) async fn dashboard(&self) -> Result<usize> {
        self.open_as(&self.session).await
    }

    /// Opens the dashboard of whoever has that session.
    pub(crate) async fn open_as(&self, session: &str) -> Result<usize> {
        let request = Request::get("/admin").header(COOKIE, session).header("accept-language", "en");
        // As browsers do; what is not compressed takes eight times the room.
        let request = request.header("accept-encoding", "gzip, deflate, br, zstd");
        let (answer, page) = self.send(request.body(Body::empty())?).await?;
        ensure!(answer.status == StatusCode::OK, "the dashboard answers {}", answer.status);
        Ok(page.len())
    }
}

/// The program on `db`, as `serve` puts it together.
pub(crate) async fn app(db: Database) -> Result<App> {
    app_with(Config::defaults()?, db).await
}

/// The same with other settings.
pub(crate) async fn app_with(config: Config, db: Database) -> Result<App> {
    Ok(App::new(config, db, super::stock::clock()?, Chance::seeded(7)).await?)
}
