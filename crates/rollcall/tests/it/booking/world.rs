//! A company with what appointments need, and another one beside it.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::NaiveDateTime;
use rollcall::app::App;
use rollcall::audit::{self, Actor, Filter};
use rollcall::booking::{self, NewAppointment, Reschedule};
use rollcall::tenant::{Role, TenantScope, User};

use crate::support::TestDb;
use crate::support::app::TestApp;

/// Company 1 with customer 7, branch 10, service 20 and staff 30; company 2 with 8, 11, 21 and 31.
pub struct World<'a> {
    pub test: &'a TestDb,
    pub app: App,
    pub scope: TenantScope,
    /// The manager of company 1.
    pub actor: Actor,
    next: AtomicI64,
}

pub fn at(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

impl<'a> World<'a> {
    pub async fn new(test: &'a TestDb) -> World<'a> {
        let app = TestApp::new(test).await.app;
        for (company, customer) in [(1, 7), (2, 8)] {
            let [branch, service, staff] = [company + 9, company + 19, company + 29];
            test.sql(&format!(
                "INSERT INTO customers (id, company_id, name, email, phone) \
                 VALUES ({customer}, {company}, 'Grace', 'grace@example.test', '+49 30 1')"
            ))
            .await;
            test.sql(&format!("INSERT INTO branches (id, company_id, name) VALUES ({branch}, {company}, 'Mitte')"))
                .await;
            test.sql(&format!(
                "INSERT INTO services (id, company_id, name, duration_minutes, price) \
                 VALUES ({service}, {company}, 'Schnitt', 45, 80)"
            ))
            .await;
            test.sql(&format!("INSERT INTO staff (id, company_id, name) VALUES ({staff}, {company}, 'Ada')")).await;
        }
        let user = User {
            id: 3,
            company_id: Some(1),
            name: "manager1".into(),
            email: "m@example.test".into(),
            role: Role::Manager,
        };
        let scope = TenantScope::of(&user).unwrap();
        Self { test, app, scope, actor: Actor::user(&user, Some([192, 0, 2, 7].into())), next: AtomicI64::new(1) }
    }

    pub fn new_at(&self, starts_at: &str) -> NewAppointment {
        NewAppointment {
            customer_id: 7,
            branch_id: None,
            service_id: None,
            staff_id: None,
            starts_at: at(starts_at),
            ends_at: None,
            status: None,
            price: None,
        }
    }

    /// An appointment of customer 7 at branch 10 with staff 30.
    pub async fn appointment(&self, starts_at: &str) -> i64 {
        let new = NewAppointment { branch_id: Some(10), staff_id: Some(30), ..self.new_at(starts_at) };
        booking::create(&self.app, &self.scope, &self.actor, &new).await.unwrap().id
    }

    /// An appointment of company 2.
    pub async fn foreign_appointment(&self) -> i64 {
        self.test
            .sql(
                "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at) \
                 VALUES (5000, 2, 8, '2026-11-25 10:00:00', '2026-11-25 11:00:00')",
            )
            .await;
        5_000
    }

    pub fn reschedule(&self, id: i64, starts_at: &str) -> Reschedule {
        let starts_at = at(starts_at);
        Reschedule { id, starts_at, ends_at: None, reason: None, force: false, by: None, tag: None }
    }

    /// A policy of company 1, as a foreign application writes it.
    pub async fn policy(&self, id: i64, on: &str, on_id: i64, policy_type: &str, config: &str) {
        self.policy_over(id, (on, on_id), policy_type, config, None).await;
    }

    pub async fn policy_over(&self, id: i64, on: (&str, i64), policy_type: &str, config: &str, overrides: Option<i64>) {
        let overrides = overrides.map_or_else(|| "NULL".to_owned(), |id| id.to_string());
        let is_override = if overrides == "NULL" { "FALSE" } else { "TRUE" };
        // A backslash is an escape in MySQL's texts, and none in the others'.
        let kind = self.test.db.dialect().pick(on.0.to_owned(), on.0.replace('\\', "\\\\"), on.0.to_owned());
        self.test
            .sql(&format!(
                "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, \
                 config, is_override, overrides_id) \
                 VALUES ({id}, 1, '{kind}', {}, '{policy_type}', '{config}', {is_override}, {overrides})",
                on.1
            ))
            .await;
    }

    /// The company wants an event told by a channel.
    pub async fn told(&self, event: &str, channel: &str) {
        self.told_on("company", 1, event, channel, true).await;
    }

    pub async fn told_on(&self, on: &str, on_id: i64, event: &str, channel: &str, enabled: bool) {
        let (id, enabled) = (self.next.fetch_add(1, Ordering::SeqCst), if enabled { "TRUE" } else { "FALSE" });
        self.test
            .sql(&format!(
                "INSERT INTO notification_configurations (id, company_id, configurable_type, configurable_id, \
                 event_type, channel, is_enabled) VALUES ({id}, 1, '{on}', {on_id}, '{event}', '{channel}', {enabled})"
            ))
            .await;
    }

    pub async fn status(&self, id: i64) -> String {
        self.test.value(&format!("SELECT status FROM appointments WHERE id = {id}")).await
    }

    /// What stands in the company's audit log, the newest first.
    pub async fn actions(&self) -> Vec<String> {
        let lines = audit::lines(&self.scope.db(&self.test.db), &Filter::default(), 1_000).await.unwrap();
        lines.into_iter().map(|line| line.action).collect()
    }

    /// A query's rows as text, columns by `|`.
    pub async fn rows(&self, columns: &[&str], from: &str) -> Vec<String> {
        let dialect = self.test.db.dialect();
        let texts: Vec<_> = columns.iter().map(|column| format!("COALESCE({}, '-')", dialect.text(column))).collect();
        let mut rows = Vec::new();
        for row in self.test.query(&format!("SELECT {} FROM {from}", texts.join(", "))).await {
            let values: Vec<String> =
                (0..columns.len()).map(|column| row.try_get_by_index::<String>(column).unwrap()).collect();
            rows.push(values.join("|"));
        }
        rows
    }
}
