//! A world with a victim in it, or the same one without, and the people and programs that ask.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use data_encoding::BASE32_NOPAD;
use rollcall::audit::Actor;
use rollcall::chance::Chance;
use rollcall::config::{Config, Sources};
use rollcall::db::Database;
use rollcall::people::{factor, totp};
use rollcall::tenant::{Role, User};
use rollcall::tokens::{self, NewToken, Whose};
use secrecy::ExposeSecret;

use super::seed::{self, CANARY};
use crate::support::TestDb;
use crate::support::app::{Browser, PASSWORD, TestApp};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Admin,
    Manager,
    Viewer,
    /// In the company 2.
    Operator,
    Nobody,
    /// Somebody whose session was signed out.
    Ended,
    /// Somebody who was deleted since.
    Gone,
    /// Somebody whose company is closed.
    Closed,
    /// A token of the admin's, for everything.
    Token,
    ViewersToken,
    /// For everything, in the company 2.
    OperatorsToken,
    RevokedToken,
    /// Of somebody who was the victim's when it was made.
    MovedToken,
    /// Somebody who uses a second step; they and those below only do what nobody else can.
    Second,
    /// The same person, whose password was right a moment ago, and who is asked for a code.
    Halfway,
    /// Somebody who has links that were sent to them.
    Comer,
}

impl Who {
    pub const ALL: [Self; 13] = [
        Self::Admin,
        Self::Manager,
        Self::Viewer,
        Self::Operator,
        Self::Nobody,
        Self::Ended,
        Self::Gone,
        Self::Closed,
        Self::Token,
        Self::ViewersToken,
        Self::OperatorsToken,
        Self::RevokedToken,
        Self::MovedToken,
    ];

    pub fn is_operator(self) -> bool {
        matches!(self, Self::Operator | Self::OperatorsToken)
    }

    /// Whether they come with a token.
    pub fn is_program(self) -> bool {
        use Who::{MovedToken, OperatorsToken, RevokedToken, Token, ViewersToken};
        matches!(self, Token | ViewersToken | OperatorsToken | RevokedToken | MovedToken)
    }

    /// Whether they are let in nowhere.
    pub fn is_out(self) -> bool {
        use Who::{Closed, Ended, Gone, MovedToken, Nobody, RevokedToken};
        matches!(self, Nobody | Ended | Gone | Closed | RevokedToken | MovedToken)
    }
}

/// How somebody shows who they are.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    pub cookies: Vec<(String, String)>,
    pub token: Option<String>,
}

/// A world.
pub struct World<'a> {
    pub test: &'a TestDb,
    pub app: TestApp<'a>,
    pub cast: Cast,
}

/// Who is in it, and what the victim alone was told; the same in a world without a victim.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    pub people: BTreeMap<Who, Credentials>,
    /// The victim's own admin, and a program of theirs.
    pub victim: [Credentials; 2],
    /// The ids of a token of the victim's and of one of the company 2.
    pub tokens: [i64; 2],
    /// The same of lines of their audit logs.
    pub lines: [i64; 2],
    /// What a session of the victim's is known by, and one that [`Who::Second`] is to end.
    pub sessions: [String; 2],
    /// A recovery code of [`Who::Second`]'s.
    pub code: String,
    /// Cursors and tags that the victim was told, by the path.
    pub told: BTreeMap<String, String>,
}

/// Settings under which nobody asks too often.
pub fn settings(more: &[(&str, &str)]) -> Config {
    let often = [
        ("ROLLCALL_API__REQUESTS_PER_MINUTE", "1000000"),
        ("ROLLCALL_API__WRONG_TOKENS_PER_MINUTE", "1000000"),
        ("ROLLCALL_SIGN_IN__MAX_FAILURES", "1000000"),
        ("ROLLCALL_SIGN_IN__MAX_FAILURES_PER_ADDRESS", "1000000"),
        ("ROLLCALL_WEBHOOK__URL", "http://127.0.0.1:1/messages"),
        ("ROLLCALL_WEBHOOK__SECRET", "Zk1vQ8sT0uWmXy3nB5cD7eFgHj2kLp4r"),
        ("ROLLCALL_METRICS__ALLOW", "192.0.2.7"),
    ];
    // Chance is the same in every world: the files that it names must not meet.
    let folder = tempfile::tempdir().unwrap().path().join("imports").display().to_string();
    let variables = often.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let variables = variables.chain([("ROLLCALL_IMPORT__FOLDER".to_owned(), folder)]);
    Config::load(&Sources { variables: variables.collect(), ..Sources::default() }).unwrap()
}

/// The key under which the victim has sent a request.
pub const VICTIMS_KEY: &str = "victims-key";

impl<'a> World<'a> {
    /// Fills a fresh database; without the victim everything is done as with it, and then the victim is taken out.
    pub async fn new(test: &'a TestDb, with_victim: bool) -> Self {
        let cast = {
            let app = TestApp::new(test).await;
            extra_people(test).await;
            app.settle().await;
            let mut cast = Cast::default();
            come(test, &app, &mut cast).await;
            seed::fill(test).await;
            app.settle().await;
            speak(&app, &mut cast).await;
            cast.tokens[1] = made(&app, 5, Some(2), "read").await.0;
            // Whose person is another company's by now.
            test.sql(&format!("UPDATE api_tokens SET user_id = 2 WHERE id = {}", cast.tokens[1])).await;
            for (at, company) in [1, 2].into_iter().enumerate() {
                let seeded = "SELECT MIN(id) FROM audit_log WHERE action = 'customer.updated' AND company_id";
                cast.lines[at] = test.value(&format!("{seeded} = {company}")).await;
            }
            cast
        };
        if !with_victim {
            seed::without_victim(test).await;
        }
        let world = Self::again(test, test.db.clone(), cast, &[]).await;
        world.app.settle().await;
        world
    }

    /// Another node of the same world.
    pub async fn again(test: &'a TestDb, db: Database, cast: Cast, more: &[(&str, &str)]) -> Self {
        let app = TestApp::seeded(test, db, settings(more), Chance::seeded(8)).await;
        Self { test, app, cast }
    }
}

/// Those who are not in every test.
async fn extra_people(test: &TestDb) {
    test.company(3, "UTC").await;
    let password: String = test.value("SELECT password FROM users WHERE id = 5").await;
    for (id, company, name, role) in [
        (11, 1, "spare1", "admin"),
        (13, 3, "admin3", "admin"),
        (14, 2, "moved", "admin"),
        (15, 2, "gone", "admin"),
        (21, 2, "spare2", "admin"),
        (22, 2, "second2", "viewer"),
    ] {
        test.sql(&format!(
            "INSERT INTO users (id, company_id, name, email, password, role) \
             VALUES ({id}, {company}, '{name}', '{name}@example.test', '{password}', '{role}')"
        ))
        .await;
    }
}

/// The victim first, so that its ids are the smaller ones.
async fn come(test: &TestDb, app: &TestApp<'_>, cast: &mut Cast) {
    cast.victim[0].cookies = app.signed_in("admin1").await.cookies;
    let (id, secret) = made(app, 2, Some(1), "read,write").await;
    cast.victim[1].token = Some(secret);
    cast.tokens[0] = id;
    let mut keep = |who, cookies, token| cast.people.insert(who, Credentials { cookies, token });
    keep(Who::MovedToken, Vec::new(), Some(made(app, 14, Some(1), "read,write").await.1));
    for (who, name) in [
        (Who::Operator, "operator"),
        (Who::Gone, "gone"),
        (Who::Closed, "admin3"),
        (Who::Viewer, "viewer2"),
        (Who::Manager, "manager2"),
        (Who::Admin, "admin2"),
    ] {
        keep(who, app.signed_in(name).await.cookies, None);
    }
    let mut ended = app.signed_in("viewer2").await;
    keep(Who::Ended, ended.cookies.clone(), None);
    app.post(&mut ended, "/logout", &[]).await;
    keep(Who::Nobody, Vec::new(), None);
    keep(Who::Comer, Vec::new(), None);
    for (who, user, company) in
        [(Who::OperatorsToken, 1, None), (Who::ViewersToken, 7, Some(2)), (Who::RevokedToken, 5, Some(2))]
    {
        let (id, secret) = made(app, user, company, "read,write").await;
        keep(who, Vec::new(), Some(secret));
        if who == Who::RevokedToken {
            let (db, actor) = (&app.app.db, Actor::command_line("test"));
            tokens::revoke(db, &test.clock, &actor, Whose::Anybody, id).await.unwrap();
        }
    }
    keep(Who::Token, Vec::new(), Some(made(app, 5, Some(2), "read,write").await.1));
    take_two_steps(test, app, cast).await;
    test.sql("DELETE FROM users WHERE id = 15").await;
    let closed = test.db.dialect().pick("0", "0", "FALSE");
    test.sql(&format!("UPDATE companies SET is_active = {closed} WHERE id = 3")).await;
    app.settle().await;
}

/// People of both companies have a second step, the victim first; one of them stands before it.
async fn take_two_steps(test: &TestDb, app: &TestApp<'_>, cast: &mut Cast) {
    let second = app.signed_in("second2").await;
    let known: String = test.value("SELECT id FROM rollcall_sessions WHERE user_id = 22").await;
    app.signed_in("second2").await;
    let other = format!("SELECT id FROM rollcall_sessions WHERE user_id = 22 AND id <> '{known}'");
    cast.sessions = [test.value("SELECT id FROM rollcall_sessions WHERE user_id = 2").await, test.value(&other).await];
    for (id, company, name) in [(11, 1, "spare1"), (21, 2, "spare2"), (22, 2, "second2")] {
        let email = format!("{name}@example.test");
        let user = User { id, company_id: Some(company), name: name.to_owned(), email, role: Role::Viewer };
        factor::begin(&app.app, &user).await.unwrap();
        let setup = factor::setup(&app.app, &user).await.unwrap().unwrap();
        let secret = BASE32_NOPAD.decode(setup.secret.replace(' ', "").as_bytes()).unwrap();
        let code = totp::code(&secret, totp::step(test.clock.now().timestamp()));
        let actor = Actor::command_line("test");
        let codes = factor::confirm(&app.app, &user, &actor, &code).await.unwrap().unwrap();
        cast.code.clone_from(&codes[0]);
    }
    let mut halfway = Browser::default();
    let answer = app.post(&mut halfway, "/login", &[("email", "second2@example.test"), ("password", PASSWORD)]).await;
    assert_eq!(answer.header("location"), "/login/code", "{}", answer.body);
    for (who, cookies) in [(Who::Second, second.cookies), (Who::Halfway, halfway.cookies)] {
        cast.people.insert(who, Credentials { cookies, token: None });
    }
}

/// A token's id and its secret.
async fn made(app: &TestApp<'_>, user_id: i64, company_id: Option<i64>, abilities: &str) -> (i64, String) {
    let name = if company_id == Some(1) { format!("{CANARY} token") } else { "own token".to_owned() };
    let new = NewToken { user_id, company_id, name, abilities: abilities.parse().unwrap(), expires_at: None };
    let (app, actor) = (&app.app, Actor::command_line("test"));
    let (token, secret) = tokens::create(&app.db, &app.clock, &app.chance, &actor, new).await.unwrap();
    (token.id, secret.expose_secret().to_owned())
}

/// What the victim does by itself: it hears its own cursors and tags, and sends a request under a key.
async fn speak(app: &TestApp<'_>, cast: &mut Cast) {
    for path in ["/api/v1/customers?limit=1&sort=name", "/api/v1/appointments?limit=1&sort=-starts_at"] {
        let answer = app.send(request(&cast.victim[1], "GET", path).body(Body::empty()).unwrap()).await;
        let next = answer.json()["next"].as_str().unwrap().to_owned();
        cast.told.insert(path.split('?').next().unwrap().to_owned(), next);
    }
    let new = request(&cast.victim[1], "POST", "/api/v1/customers")
        .header("idempotency-key", VICTIMS_KEY)
        .header(CONTENT_TYPE, "application/json");
    let made = app.send(new.body(Body::from(format!("{{\"name\": \"{CANARY} made\"}}"))).unwrap()).await;
    assert_eq!(made.status, 201, "{}", made.body);
}

/// A request of somebody's.
pub fn request(by: &Credentials, method: &str, path: &str) -> axum::http::request::Builder {
    let request = Browser { cookies: by.cookies.clone() }.request(method, path);
    match &by.token {
        Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}
