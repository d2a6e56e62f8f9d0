//! Users, by their admins: never a password, never an operator, never another company's, and never the last admin.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::rows;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::program::Program;
use crate::support::{TestDb, on_every_database};

const NEW_PASSWORD: &str = "violet kettle on the roof";

async fn app(test: &TestDb) -> TestApp<'_> {
    let app = TestApp::new(test).await;
    test.ids_go_on("users").await;
    app
}

fn ada() -> Value {
    json!({ "name": "Ada", "email": "Ada@Example.test", "role": "manager", "password": NEW_PASSWORD })
}

async fn change(program: &Program<'_>, id: i64, change: &Value) -> Answer {
    let path = format!("/users/{id}");
    let tag = program.get(&path).await.header("etag").to_owned();
    program.patch(&path, &tag, change).await
}

async fn sign_in(app: &TestApp<'_>, email: &str, password: &str) -> (StatusCode, Browser) {
    let mut browser = Browser::default();
    let answer = app.post(&mut browser, "/login", &[("email", email), ("password", password)]).await;
    (answer.status, browser)
}

on_every_database!(an_admin_makes_reads_changes_and_deletes_users, async |test: &TestDb| {
    let app = app(test).await;
    let admin = app.program("admin1", "users:write").await;
    let made = admin.post("/users", &ada()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let (path, row) = (made.header("location").to_owned(), made.json());
    assert_eq!((&row["email"], &row["role"]), (&json!("ada@example.test"), &json!("manager")));
    let names: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["created_at", "email", "id", "is_active", "name", "role", "totp", "updated_at"]);
    let read = admin.get(&path).await;
    assert_eq!((read.json(), read.header("etag")), (row.clone(), made.header("etag")));
    assert_eq!(sign_in(&app, "ada@example.test", NEW_PASSWORD).await.0, StatusCode::SEE_OTHER);

    let list = admin.get("/users?role=manager").await.json();
    let emails: Vec<_> = list["data"].as_array().unwrap().iter().map(|it| it["email"].clone()).collect();
    assert_eq!(emails, ["manager1@example.test", "ada@example.test"]);
    assert_eq!(admin.get("/users?email=ADA@example.test").await.json()["data"], json!([row]));
    let changed = admin.patch(&path, made.header("etag"), &json!({ "name": "Ada L.", "role": "viewer" })).await;
    assert_eq!((changed.status, &changed.json()["role"]), (StatusCode::OK, &json!("viewer")), "{}", changed.body);
    let late = admin.patch(&path, made.header("etag"), &json!({ "name": "B" })).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(admin.delete(&path, changed.header("etag")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.get(&path).await.status, StatusCode::NOT_FOUND);
    let lines = test.query("SELECT action FROM audit_log WHERE actor_kind = 'token' ORDER BY id").await;
    let lines: Vec<String> = lines.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(lines, ["user.created", "user.updated", "user.deleted"]);
});

on_every_database!(no_answer_and_no_table_tells_a_password, async |test: &TestDb| {
    let app = app(test).await;
    let admin = app.program("admin1", "write").await;
    let mut answers = vec![admin.with("idempotency-key", "k").post("/users", &ada()).await];
    answers.push(admin.with("idempotency-key", "k").post("/users", &ada()).await);
    assert_eq!(answers[1].header("idempotent-replayed"), "true", "{}", answers[1].body);
    let mut other = ada();
    other["password"] = json!("another kettle on the roof");
    answers.push(admin.with("idempotency-key", "k").post("/users", &other).await);
    assert_eq!(answers[2].status, StatusCode::UNPROCESSABLE_ENTITY, "another password is another request");
    answers.push(admin.post("/users", &ada()).await);
    assert_eq!(answers[3].status, StatusCode::CONFLICT);
    answers.push(admin.get("/users").await);
    for format in ["csv", "ndjson"] {
        answers.push(admin.get(&format!("/exports/users?format={format}")).await);
    }
    for password in ["short", "aaaaaaaaaaaaaaaa", "rollcall-demo", "", "password1234"] {
        let mut weak = ada();
        weak["password"] = json!(password);
        let refused = admin.post("/users", &weak).await;
        let fault = &refused.json()["errors"][0];
        assert_eq!((refused.status.as_u16(), &fault["pointer"]), (422, &json!("/password")), "{password}");
        assert!(password.is_empty() || !refused.body.contains(&format!("\"{password}\"")), "{}", refused.body);
    }
    for answer in &answers {
        for secret in ["argon2", "kettle", "password"] {
            let told = answer.body.replace("/password", "");
            assert!(!told.contains(secret), "{secret}: {}", answer.body);
        }
    }
    let stored: String = test.value("SELECT password FROM users WHERE email = 'ada@example.test'").await;
    assert!(stored.starts_with("$argon2id$"));
    for column in ["state_after", "state_before"] {
        let told = format!("SELECT COUNT(*) FROM audit_log WHERE {column} LIKE '%argon%' OR {column} LIKE '%kettle%'");
        assert_eq!(test.value::<i64>(&told).await, 0);
    }
    let kept = "SELECT COUNT(*) FROM idempotency_keys WHERE body LIKE '%kettle%' OR fingerprint LIKE '%kettle%'";
    assert_eq!(test.value::<i64>(kept).await, 0);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM users WHERE email = 'ada@example.test'").await, 1);
});

on_every_database!(only_admins_reach_users, async |test: &TestDb| {
    let app = app(test).await;
    for name in ["manager1", "viewer1"] {
        let program = app.program(name, "write").await;
        for path in ["/users", "/users/2", "/users/9999", "/exports/users"] {
            assert_eq!(program.get(path).await.status, StatusCode::FORBIDDEN, "{name} {path}");
        }
        assert_eq!(program.post("/users", &ada()).await.status, StatusCode::FORBIDDEN);
        assert_eq!(program.patch("/users/4", "*", &json!({ "role": "admin" })).await.status, StatusCode::FORBIDDEN);
        assert_eq!(program.delete("/users/4", "*").await.status, StatusCode::FORBIDDEN);
    }
    let reading = app.program("admin1", "users:read").await;
    assert_eq!(reading.get("/users").await.status, StatusCode::OK);
    assert_eq!(reading.post("/users", &ada()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.program("admin1", "customers:write").await.get("/users").await.status, StatusCode::FORBIDDEN);
    let operator = app.program("operator", "write").await;
    assert_eq!(operator.get("/users").await.status, StatusCode::BAD_REQUEST, "an operator names the company");
    let made = operator.with("rollcall-company", "2").post("/users", &ada()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let theirs = "SELECT COUNT(*) FROM users WHERE email = 'ada@example.test' AND company_id = 2";
    assert_eq!(test.value::<i64>(theirs).await, 1);
});

on_every_database!(nobody_is_made_an_operator_or_moved_and_an_operator_is_nobodys, async |test: &TestDb| {
    let app = app(test).await;
    let admin = app.program("admin1", "write").await;
    for (field, value) in [
        ("role", json!("super_admin")),
        ("role", json!("Admin")),
        ("role", json!("")),
        ("role", Value::Null),
        ("company_id", json!(2)),
        ("company_id", Value::Null),
        ("id", json!(1)),
    ] {
        let mut new = ada();
        new[field] = value.clone();
        let changes = json!({ field: value });
        for refused in [admin.post("/users", &new).await, change(&admin, 4, &changes).await] {
            let pointer = refused.json()["errors"][0]["pointer"].clone();
            assert_eq!((refused.status.as_u16(), pointer), (422, json!(format!("/{field}"))), "{changes}");
        }
    }
    for (field, value) in [("email", "b@example.test"), ("password", NEW_PASSWORD)] {
        let refused = change(&admin, 4, &json!({ field: value })).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} is said once");
    }
    // The operator, and another company's admin: rows that there are not.
    for id in [1, 5] {
        assert_eq!(admin.get(&format!("/users/{id}")).await.status, StatusCode::NOT_FOUND);
        let demoted = admin.patch(&format!("/users/{id}"), "*", &json!({ "role": "viewer" })).await;
        assert_eq!(demoted.status, StatusCode::NOT_FOUND);
        assert_eq!(admin.delete(&format!("/users/{id}"), "*").await.status, StatusCode::NOT_FOUND);
    }
    let events = "SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row'";
    assert_eq!(test.value::<i64>(events).await, 2, "one for each whom they reached for");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM users WHERE company_id = 1").await, 3);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM users WHERE role = 'super_admin'").await, 1);
    for email in ["operator@example.test", "admin2@example.test", "ADMIN2@example.TEST"] {
        let mut taken = ada();
        taken["email"] = json!(email);
        let refused = admin.post("/users", &taken).await;
        assert_eq!(
            (refused.status, refused.json()["type"].clone()),
            (StatusCode::CONFLICT, json!("/api/docs#problem-taken"))
        );
    }
    test.sql("UPDATE users SET email = 'Typed@Example.test' WHERE id = 7").await;
    let mut typed = ada();
    typed["email"] = json!("typed@example.test");
    assert_eq!(admin.post("/users", &typed).await.status, StatusCode::CONFLICT, "as another application kept it");
});

on_every_database!(a_company_keeps_its_last_admin, async |test: &TestDb| {
    let app = app(test).await;
    let admin = app.program("admin1", "write").await;
    let kept = json!("/api/docs#problem-last-admin");
    let demoted = change(&admin, 2, &json!({ "role": "viewer" })).await;
    assert_eq!((demoted.status, &demoted.json()["type"]), (StatusCode::CONFLICT, &kept));
    let deleted = admin.delete("/users/2", "*").await;
    assert_eq!((deleted.status, &deleted.json()["type"]), (StatusCode::CONFLICT, &kept));
    let operator = app.program("operator", "write").await.with("rollcall-company", "1");
    assert_eq!(operator.delete("/users/2", "*").await.status, StatusCode::CONFLICT, "nobody does");
    assert_eq!(change(&admin, 2, &json!({ "name": "The admin" })).await.status, StatusCode::OK);
    assert_eq!(change(&admin, 2, &json!({ "role": "admin" })).await.status, StatusCode::OK, "that changes nothing");
    // One more, and both at the same moment.
    assert_eq!(change(&admin, 3, &json!({ "role": "admin" })).await.status, StatusCode::OK);
    let other = app.program("manager1", "write").await;
    for _ in 0..4 {
        let viewer = json!({ "role": "viewer" });
        let (one, two) = tokio::join!(admin.patch("/users/3", "*", &viewer), other.patch("/users/2", "*", &viewer));
        let done = [one.status, two.status].iter().filter(|status| **status == StatusCode::OK).count();
        assert_eq!(done, 1, "{} {}", one.body, two.body);
        let admins = "SELECT COUNT(*) FROM users WHERE company_id = 1 AND role = 'admin'";
        assert_eq!(test.value::<i64>(admins).await, 1);
        test.sql("UPDATE users SET role = 'admin' WHERE id IN (2, 3)").await;
    }
    assert_eq!(admin.delete("/users/2", "*").await.status, StatusCode::NO_CONTENT, "oneself too, if there is another");
    assert_eq!(admin.get("/users").await.status, StatusCode::UNAUTHORIZED);
});

on_every_database!(whoever_is_demoted_or_gone_is_refused_with_the_next_request, async |test: &TestDb| {
    let app = app(test).await;
    let admin = app.program("admin1", "write").await;
    let (program, browser) = (app.program("manager1", "write").await, app.signed_in("manager1").await);
    let new = json!({ "name": "Grace" });
    assert_eq!(program.post("/customers", &new).await.status, StatusCode::CREATED);
    let retry = async |browser: &Browser| app.post(&mut browser.clone(), "/admin/notifications/81/retry", &[]).await;
    rows(test).await;
    assert_eq!(retry(&browser).await.status, StatusCode::SEE_OTHER);
    assert_eq!(change(&admin, 3, &json!({ "role": "viewer" })).await.status, StatusCode::OK);
    assert_eq!(program.post("/customers", &new).await.status, StatusCode::FORBIDDEN, "the token");
    assert_eq!(retry(&browser).await.status, StatusCode::FORBIDDEN, "the session");
    assert_eq!(app.get(&browser, "/admin").await.status, StatusCode::OK, "a viewer reads");
    assert_eq!(admin.delete("/users/3", "*").await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get("/customers").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.get(&browser, "/admin").await.status, StatusCode::SEE_OTHER);
    let second = app.program("viewer1", "write").await;
    assert_eq!(change(&admin, 4, &json!({ "role": "admin" })).await.status, StatusCode::OK);
    assert_eq!(second.get("/users").await.status, StatusCode::OK, "and whoever is promoted may");
    assert_eq!(change(&second, 2, &json!({ "role": "manager" })).await.status, StatusCode::OK);
    assert_eq!(admin.get("/users").await.status, StatusCode::FORBIDDEN, "a demoted admin");
});

on_every_database!(an_address_is_given_once_though_two_come_at_the_same_moment, async |test: &TestDb| {
    let app = app(test).await;
    let (ours, theirs) = (app.program("admin1", "write").await, app.program("admin2", "write").await);
    for at in 0..4 {
        let mut new = ada();
        new["email"] = json!(format!("ada{at}@example.test"));
        let (one, two) = tokio::join!(ours.post("/users", &new), theirs.post("/users", &new));
        let mut told = [one.status.as_u16(), two.status.as_u16()];
        told.sort_unstable();
        assert_eq!(told, [201, 409], "{} {}", one.body, two.body);
        let made = format!("SELECT COUNT(*) FROM users WHERE email = 'ada{at}@example.test'");
        assert_eq!(test.value::<i64>(&made).await, 1);
    }
});
