//! How often a dashboard that is kept asks for memory. In a program of its own: the counting allocator is the whole program's.

#![expect(clippy::unwrap_used, reason = "a test binary: a panic is its answer")]

use std::alloc::System;

use axum::body::Body;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, ETAG, IF_NONE_MATCH, SET_COOKIE,
};
use axum::http::{Request, StatusCode};
use rollcall::accounts::{NewAccount, NewCompany, create_company, create_user};
use rollcall::app::App;
use rollcall::audit::Actor;
use rollcall::chance::Chance;
use rollcall::changes;
use rollcall::clock::Clock;
use rollcall::config::Config;
use rollcall::db::Database;
use rollcall::tenant::Role;
use rollcall::web::{Panel, Peer};
use secrecy::SecretString;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const AT_MOST: usize = 40;
const PASSWORD: &str = "correct horse battery";

async fn panel(folder: &std::path::Path) -> Panel {
    let url = format!("sqlite:{}", folder.join("rollcall.db").display());
    let db = Database::open(&url, 2).await.unwrap();
    db.migrate_up().await.unwrap();
    let clock = Clock::pinned("2026-11-22T12:00:00Z".parse().unwrap());
    let app = App::new(Config::defaults().unwrap(), db, clock, Chance::seeded(7)).await.unwrap();
    let (name, slug, timezone) = ("Salon Ada".to_owned(), "salon-ada".to_owned(), "Europe/Berlin".to_owned());
    let new = NewCompany { name, slug, timezone, locale: "de".to_owned() };
    let company = create_company(&app.db, &app.clock, &Actor::command_line("test"), new).await.unwrap();
    let password_hash = app.passwords.hash(SecretString::from(PASSWORD)).await.unwrap();
    let (name, email) = ("Ada".to_owned(), "ada@example.test".to_owned());
    let new = NewAccount { company_id: Some(company.id), name, email, role: Role::Admin, password_hash };
    create_user(&app.db, &app.clock, &Actor::command_line("test"), new).await.unwrap();
    changes::settle_all(&app.db, &app.clock).await.unwrap();
    Panel::new(app)
}

async fn sign_in(panel: &Panel) -> String {
    let form = Body::from("email=ada%40example.test&password=correct%20horse%20battery");
    let mut request =
        Request::post("/login").header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form).unwrap();
    request.extensions_mut().insert(Peer([192, 0, 2, 7].into()));
    let answer = panel.answer(request).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_kept_dashboard_takes_at_most_forty_allocations() {
    let folder = tempfile::tempdir().unwrap();
    let panel = panel(folder.path()).await;
    let cookie = format!("rollcall_theme=dark; {}", sign_in(&panel).await);
    let browser = |tag: Option<&str>| {
        let request = Request::get("/admin")
            .header(COOKIE, &cookie)
            .header(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(ACCEPT_ENCODING, "gzip, deflate, br, zstd")
            .header(ACCEPT_LANGUAGE, "de-DE,de;q=0.9,en;q=0.8");
        let request = tag.into_iter().fold(request, |request, tag| request.header(IF_NONE_MATCH, tag));
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer([192, 0, 2, 7].into()));
        request
    };
    let first = panel.answer(browser(None)).await;
    let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
    for (tag, status) in [(None, StatusCode::OK), (Some(tag.as_str()), StatusCode::NOT_MODIFIED)] {
        const HITS: usize = 200;
        let requests: Vec<_> = (0..HITS).map(|_| browser(tag)).collect();
        let mut answers = Vec::with_capacity(HITS);
        let region = Region::new(ALLOCATOR);
        for request in requests {
            answers.push(panel.answer(request).await);
        }
        let allocations = region.change().allocations;
        assert!(
            answers.iter().all(|answer| answer.status() == status && answer.headers()[ETAG] == first.headers()[ETAG])
        );
        assert!(allocations <= AT_MOST * HITS, "{allocations} allocations for {HITS} hits ({status})");
        eprintln!("{} allocations a hit ({status})", allocations / HITS);
    }
}
