//! Notifications on their way out: a real mail server and a real provider on loopback, on every database.

mod audited;
mod command;
mod hooks;
mod letters;
mod protected;
mod receipts;
mod workers;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall::app::App;
use rollcall::chance::Chance;
use rollcall::config::{Config, Sources};
use rollcall::db::Database;
use rollcall::jobs::Deliverer;

use crate::support::TestDb;
use crate::support::gateway::Gateway;
use crate::support::smtp::SmtpServer;

/// What the tests' provider signs by.
const SECRET: &str = "Zk1vQ8sT0uWmXy3nB5cD7eFgHj2kLp4r";
const BODY: &str = r#"{"subject": "Ihr Termin", "body": "Morgen um 10 Uhr.", "locale": "de"}"#;

/// Settings that name these servers, and more.
fn config(smtp: Option<&SmtpServer>, gateway: Option<&Gateway>, more: &[(&str, &str)]) -> Config {
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut set = |name: &str, value: &str| variables.push((format!("ROLLCALL_{name}"), value.to_owned()));
    if let Some(smtp) = smtp {
        set("MAIL__HOST", "127.0.0.1");
        set("MAIL__PORT", &smtp.port.to_string());
        if !more.iter().any(|(name, _)| *name == "MAIL__TLS") {
            set("MAIL__TLS", "none");
        }
        set("MAIL__FROM", "mail@panel.test");
    }
    if let Some(gateway) = gateway {
        set("WEBHOOK__URL", &format!("{}/messages", gateway.url));
        set("WEBHOOK__SECRET", SECRET);
    }
    more.iter().for_each(|(name, value)| set(name, value));
    Config::load(&Sources { variables, ..Sources::default() }).unwrap()
}

/// A process of its own: a pool, chance and settings, and the test's clock.
async fn node(test: &TestDb, config: &Config, seed: u64) -> App {
    let db = Database::open(&test.url, 4).await.unwrap().observed_by(test.recorder.clone());
    App::new(config.clone(), db, test.clock.clone(), Chance::seeded(seed)).await.unwrap()
}

/// Two companies with a customer each, 7 and 8, and what is delivered by these settings.
async fn world(test: &TestDb, config: &Config) -> (App, Deliverer) {
    test.company(1, "Europe/Berlin").await;
    test.company(2, "Asia/Kathmandu").await;
    test.customer(7, 1).await;
    test.customer(8, 2).await;
    let app = App::new(config.clone(), test.db.clone(), test.clock.clone(), Chance::seeded(7)).await.unwrap();
    let deliverer = Deliverer::new(app.clone()).unwrap();
    (app, deliverer)
}

/// Puts a notification to customer 7 of company 1 into the queue.
async fn queue(test: &TestDb, id: i64, channel: &str, recipient: &str) {
    queue_for(test, id, 1, 7, channel, recipient, BODY).await;
}

async fn queue_for(test: &TestDb, id: i64, company: i64, customer: i64, channel: &str, recipient: &str, payload: &str) {
    test.sql(&format!(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, payload, \
         created_at) VALUES ({id}, {company}, 'customer', {customer}, '{channel}', '{recipient}', '{payload}', \
         '2026-11-22 11:00:00')"
    ))
    .await;
}

async fn status(test: &TestDb, id: i64) -> String {
    test.value(&format!("SELECT status FROM notification_queues WHERE id = {id}")).await
}

async fn count(test: &TestDb, condition: &str) -> i64 {
    test.value(&format!("SELECT COUNT(*) FROM notification_queues WHERE {condition}")).await
}

async fn error(test: &TestDb, id: i64) -> String {
    test.value(&format!("SELECT COALESCE(error_message, '') FROM notification_queues WHERE id = {id}")).await
}

fn later(test: &TestDb, seconds: i64) {
    test.clock.set(test.clock.now() + TimeDelta::seconds(seconds));
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
