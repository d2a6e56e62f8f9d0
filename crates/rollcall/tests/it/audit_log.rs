//! Who changed what stands in the audit log, and nothing but age takes it away.

use chrono::TimeDelta;
use rollcall::accounts::{self, NewAccount, NewCompany};
use rollcall::audit::{self, Actor, ActorKind, Entry, Filter};
use rollcall::db::{Mode, TenantDb};
use rollcall::events::{self, Event, Thing, Verb};
use rollcall::tenant::Role;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

async fn actions(db: &TenantDb) -> Vec<String> {
    let lines = audit::lines(db, &Filter::default(), 100).await.unwrap();
    lines.into_iter().map(|line| line.action).collect()
}

on_every_database!(a_line_says_who_what_before_and_after_and_no_secret, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    test.customer(7, 1).await;
    test.sql(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         created_at) VALUES (5, 1, 'customer', 7, 'email', 'a', 'failed', '2026-11-20 10:00:00')",
    )
    .await;
    let mut manager = app.signed_in("manager1").await;
    for _ in 0..2 {
        app.post(&mut manager, "/admin/notifications/5/retry", &[]).await;
    }
    let [mine, other] = [test.scope(1).await.db(&test.db), test.scope(2).await.db(&test.db)];
    let retried = Filter { subject_kind: Some("notification".into()), ..Filter::default() };
    let lines = audit::lines(&mine, &retried, 10).await.unwrap();
    let [line] = lines.as_slice() else { panic!("the second retry changed nothing: {lines:?}") };
    assert_eq!((line.actor_kind.as_str(), line.actor_id, line.actor_name.as_str()), ("user", Some(3), "manager1"));
    assert_eq!(
        (line.action.as_str(), line.subject_kind.as_str(), line.subject_id),
        ("notification.retried", "notification", Some(5))
    );
    assert_eq!(
        (line.before.clone(), line.after.clone()),
        (Some(json!({"status": "failed"})), Some(json!({"status": "pending"})))
    );
    assert_eq!((line.address.as_deref(), line.at), (Some("192.0.2.7"), test.clock.now_utc()));
    assert_eq!(actions(&other).await, Vec::<String>::new(), "a company's lines are its own");

    test.ids_go_on("companies").await;
    test.ids_go_on("users").await;
    let desk = Actor::command_line("test");
    let new = NewCompany { name: "Salon".into(), slug: "salon".into(), timezone: "UTC".into(), locale: "de".into() };
    let company = accounts::create_company(&test.db, &test.clock, &desk, new).await.unwrap();
    let (name, email) = ("Ada".to_owned(), "ada@example.test".to_owned());
    let new = NewAccount {
        company_id: Some(company.id),
        name,
        email,
        role: Role::Admin,
        password_hash: "$argon2id$x".into(),
    };
    accounts::create_user(&test.db, &test.clock, &desk, new.clone()).await.unwrap();
    accounts::create_user(&test.db, &test.clock, &desk, new).await.unwrap_err();
    accounts::reset_password(&test.db, &test.clock, &desk, "ada@example.test", "$argon2id$y".into()).await.unwrap();
    let salon = test.scope(company.id).await.db(&test.db);
    assert_eq!(
        actions(&salon).await,
        ["user.password_set", "user.created", "company.created"],
        "and none for the refusal"
    );
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM audit_log WHERE state_after LIKE '%argon2%'").await, 0);
    let mut operator = app.signed_in("operator").await;
    app.post(&mut operator, "/admin/operations/cache/clear", &[("company", "1")]).await;
    assert_eq!(actions(&mine).await, ["cache.cleared", "notification.retried", "user.signed_in"]);
    assert_eq!(test.db.tally().actions()["user.created"], 1);
});

on_every_database!(a_change_that_is_taken_back_leaves_no_line, async |test: &TestDb| {
    test.company(1, "UTC").await;
    let db = test.scope(1).await.db(&test.db);
    let tx = db.begin(Mode::Write).await.unwrap();
    let event = Event::new(Thing::Branch, Verb::Created, 1).after(json!({"name": "Mitte", "api_token": "t0p"}));
    events::announce(&tx, &Actor::job("test"), std::slice::from_ref(&event), test.clock.now_utc()).await.unwrap();
    drop(tx);
    assert_eq!(actions(&db).await, Vec::<String>::new());
    let tx = db.begin(Mode::Write).await.unwrap();
    events::announce(&tx, &Actor::job("test"), &[event], test.clock.now_utc()).await.unwrap();
    tx.commit().await.unwrap();
    let lines = audit::lines(&db, &Filter::default(), 10).await.unwrap();
    assert_eq!(lines[0].after, Some(json!({"name": "Mitte", "api_token": "…"})));
});

on_every_database!(lines_are_found_by_what_one_asks_for_and_go_when_they_are_old, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let db = test.scope(1).await.db(&test.db);
    let now = test.clock.now_utc();
    let old = now - TimeDelta::days(400);
    for (days, count) in [(-1, 1_500), (0, 3), (1, 2)] {
        let tx = db.begin(Mode::Write).await.unwrap();
        let entry = |n: i64| Entry {
            action: if n % 2 == 0 { "staff.updated" } else { "policy.created" }.to_owned(),
            subject_kind: if n % 2 == 0 { "staff" } else { "policy" },
            subject_id: Some(n),
            before: None,
            after: None,
        };
        let entries: Vec<_> = (0..count).map(entry).collect();
        let actor = if days == 1 { Actor::job("deliver") } else { Actor::import("visits") };
        audit::record(&tx, &actor, &entries, old + TimeDelta::days(days)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let find = async |filter: &Filter| audit::lines(&db, filter, 2_000).await.unwrap().len();
    assert_eq!(audit::prune(&app.app).await.unwrap(), 1_500);
    assert_eq!(audit::prune(&app.app).await.unwrap(), 0);
    assert_eq!(find(&Filter::default()).await, 5);
    assert_eq!(find(&Filter { subject_kind: Some("staff".into()), ..Filter::default() }).await, 3);
    assert_eq!(
        find(&Filter { subject_kind: Some("policy".into()), subject_id: Some(1), ..Filter::default() }).await,
        2
    );
    assert_eq!(find(&Filter { actor_kind: Some(ActorKind::Job), ..Filter::default() }).await, 2);
    let lines = audit::lines(&db, &Filter::default(), 2).await.unwrap();
    assert!(lines[0].id > lines[1].id, "newest first");
    assert_eq!(find(&Filter { before: Some(lines[1].id), ..Filter::default() }).await, 3);
    assert_eq!(find(&Filter { subject_kind: Some("x' OR '1'='1".into()), ..Filter::default() }).await, 0);
});

on_every_database!(security_events_go_when_they_are_as_old_as_the_audit_log, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    test.clock.set("2026-11-22T12:00:00Z".parse().unwrap());
    let row = |n, last| format!("('foreign_row', 'subject {n}', '', '2025-01-01 00:00:00', '{last}')");
    let old = (0..1_500).map(|n| row(n, format!("2025-02-0{} 00:00:00", 1 + n % 9)));
    let young = [row(2_000, "2026-11-01 00:00:00".to_owned())];
    let rows: Vec<_> = old.chain(young).collect();
    test.sql(&format!(
        "INSERT INTO security_events (kind, subject, detail, first_at, last_at) VALUES {}",
        rows.join(", ")
    ))
    .await;
    assert_eq!(rollcall::security::prune(&app.app).await.unwrap(), 1_500);
    assert_eq!(test.value::<String>("SELECT subject FROM security_events").await, "subject 2000", "tried again lately");
});

on_every_database!(an_operator_who_enters_a_company_is_on_its_record_once_an_hour, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    test.clock.set("2026-11-22T12:10:00Z".parse().unwrap());
    let entered = async |company: i64, kind: &str| {
        let text = "SELECT COUNT(*) FROM audit_log WHERE action = 'company.entered' AND subject_id = company_id";
        test.value::<i64>(&format!("{text} AND company_id = {company} AND actor_kind = '{kind}'")).await
    };
    let operator = app.signed_in("operator").await;
    let look = async |app: &TestApp<'_>| assert_eq!(app.get(&operator, "/admin?company=1").await.status, 200);
    tokio::join!(look(&app), look(&app), look(&app));
    assert_eq!((entered(1, "operator").await, entered(2, "operator").await), (1, 0));
    test.recorder.take();
    look(&app).await;
    let asked = |sql: &String| sql.contains("audit_log");
    assert!(!test.recorder.recent().iter().any(asked), "a page that is shown again asks nothing more");
    // Another process knows nothing of it but what the log says.
    let other = TestApp::with(test, test.db.clone(), rollcall::config::Config::defaults().unwrap()).await;
    look(&other).await;
    assert_eq!(entered(1, "operator").await, 1);
    app.get(&operator, "/admin?company=company-2").await;
    assert_eq!(entered(2, "operator").await, 1);
    let program = app.program("operator", "read").await.with("rollcall-company", "1");
    for _ in 0..2 {
        assert_eq!(program.get("/customers").await.status, 200);
    }
    assert_eq!((entered(1, "token").await, entered(1, "operator").await), (1, 1));
    test.clock.set("2026-11-22T13:00:00Z".parse().unwrap());
    look(&app).await;
    assert_eq!(entered(1, "operator").await, 2, "the next hour has its own line");
    let manager = app.signed_in("manager1").await;
    app.get(&manager, "/admin").await;
    assert_eq!(entered(1, "user").await, 0, "who is at home enters nothing");
});

on_every_database!(new_ids_come_in_the_order_of_the_rows, async |test: &TestDb| {
    test.company(1, "UTC").await;
    let tx = test.scope(1).await.db(&test.db).begin(Mode::Write).await.unwrap();
    let rows = (0..77).map(|n| vec![format!("Branch {n}").into()]).collect();
    let ids = tx.insert_new("branches", &["name"], rows).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids.len(), 77);
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(
            test.value::<String>(&format!("SELECT name FROM branches WHERE id = {id}")).await,
            format!("Branch {n}")
        );
    }
});
