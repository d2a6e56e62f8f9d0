//! A program that asks the API by a token.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use rollcall::audit::Actor;
use rollcall::tokens::{self, Abilities, NewToken};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::app::{Answer, TestApp};

/// A program with a token.
#[derive(Clone)]
pub struct Program<'a> {
    pub app: &'a TestApp<'a>,
    pub token: String,
    pub id: i64,
    headers: Vec<(&'static str, String)>,
}

impl<'a> TestApp<'a> {
    /// A program with a token of that user, good for `abilities`.
    pub async fn program(&'a self, user: &str, abilities: &str) -> Program<'a> {
        let email = format!("{user}@example.test");
        let account = rollcall::accounts::require_user(&self.app.db, &email).await.unwrap();
        let new = NewToken {
            user_id: account.id,
            company_id: account.company_id,
            name: "test".to_owned(),
            abilities: abilities.parse::<Abilities>().unwrap(),
            expires_at: None,
        };
        let actor = Actor::command_line("test");
        let made = tokens::create(&self.app.db, &self.app.clock, &self.app.chance, &actor, new).await.unwrap();
        Program { app: self, token: made.1.expose_secret().to_owned(), id: made.0.id, headers: Vec::new() }
    }
}

impl Program<'_> {
    /// The same with one more header.
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut it = self.clone();
        it.headers.push((name, value.to_owned()));
        it
    }

    /// The same at another node.
    pub fn at<'b>(&self, app: &'b TestApp<'b>) -> Program<'b> {
        Program { app, token: self.token.clone(), id: self.id, headers: self.headers.clone() }
    }

    pub async fn send(&self, method: &str, path: &str, kind: Option<&str>, body: Body) -> Answer {
        let path = if path.starts_with("/api") { path.to_owned() } else { format!("/api/v1{path}") };
        let mut request = Request::builder().method(method).uri(path);
        if !self.token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        }
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        self.app.send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some("application/json"), Body::from(body.to_string())).await
    }

    pub async fn patch(&self, path: &str, tag: &str, body: &Value) -> Answer {
        let it = self.with(IF_MATCH.as_str(), tag);
        it.send("PATCH", path, Some("application/json"), Body::from(body.to_string())).await
    }

    pub async fn delete(&self, path: &str, tag: &str) -> Answer {
        self.with(IF_MATCH.as_str(), tag).send("DELETE", path, None, Body::empty()).await
    }
}
