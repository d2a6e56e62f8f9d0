//! Another company's row does not exist, wherever it is named.

use axum::http::StatusCode;
use serde_json::json;

use super::{rows, simple};
use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

async fn attempts(test: &TestDb) -> i64 {
    let rows = test.query("SELECT occurrences FROM security_events WHERE kind = 'foreign_row'").await;
    rows.iter().map(|row| row.try_get_by_index::<i64>(0).unwrap()).sum()
}

on_every_database!(a_foreign_id_in_the_address_is_no_row, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("admin1", "write").await;
    let places = [
        "branches",
        "services",
        "staff",
        "customers",
        "appointments",
        "policies",
        "notification-configurations",
        "notifications",
    ];
    for (at, name) in places.into_iter().enumerate() {
        let (own, foreign) = (at * 10 + 11, at * 10 + 12);
        assert_eq!(program.get(&format!("/{name}/{own}")).await.status, StatusCode::OK, "{name}");
        let before = attempts(test).await;
        let (theirs, nobodys) =
            (program.get(&format!("/{name}/{foreign}")).await, program.get(&format!("/{name}/9999")).await);
        assert_eq!((theirs.status, nobodys.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        let told = |answer: &crate::support::app::Answer| {
            let mut told = answer.json();
            told["request_id"].take();
            told
        };
        assert_eq!(told(&theirs), told(&nobodys), "nothing tells one from the other");
        assert_eq!(attempts(test).await, before + 1, "{name}");
        if name != "notifications" {
            assert_eq!(
                program.patch(&format!("/{name}/{foreign}"), "*", &json!({})).await.status,
                StatusCode::NOT_FOUND
            );
            assert_eq!(program.delete(&format!("/{name}/{foreign}"), "*").await.status, StatusCode::NOT_FOUND);
        }
        let list = program.get(&format!("/{name}")).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "{name}");
        let export = program.get(&format!("/exports/{name}?format=ndjson")).await.body;
        assert_eq!(export.lines().count(), 1, "{name}");
    }
});

on_every_database!(a_foreign_id_in_a_body_or_a_filter_is_no_row, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("admin1", "write").await;
    for (name, new, _) in simple() {
        for field in ["branch_id", "configurable_id", "notifiable_id"] {
            if new.get(field).is_none() {
                continue;
            }
            let mut foreign = new.clone();
            foreign[field] = json!(new[field].as_i64().unwrap() + 1);
            let before = attempts(test).await;
            let refused = program.post(&format!("/{name}"), &foreign).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{name}: {}", refused.body);
            assert_eq!(refused.json()["errors"][0]["pointer"], format!("/{field}"));
            assert_eq!(attempts(test).await, before + 1, "{name}.{field}");
        }
    }
    // A float is a whole number too, and no way around.
    let before = attempts(test).await;
    for (path, body) in [
        ("/staff", json!({ "name": "A", "branch_id": 12.0 })),
        ("/appointments", json!({ "customer_id": 42.0, "starts_at": "2026-11-23T12:00:00Z" })),
        ("/appointments", json!({ "customer_id": 41.0, "staff_id": 32.0, "starts_at": "2026-11-23T12:00:00Z" })),
    ] {
        assert_eq!(program.post(path, &body).await.status, StatusCode::NOT_FOUND, "{body}");
    }
    assert_eq!(attempts(test).await, before + 3);
    assert_eq!(program.post("/staff", &json!({ "name": "A", "branch_id": 11.0 })).await.json()["branch_id"], 11);
    let staff = program.get("/staff/31").await;
    let moved = program.patch("/staff/31", staff.header("etag"), &json!({ "branch_id": 12 })).await;
    assert_eq!(moved.status, StatusCode::NOT_FOUND);
    let before = attempts(test).await;
    assert_eq!(program.get("/appointments?customer_id=42").await.json()["data"], json!([]));
    assert_eq!(attempts(test).await, before + 1);
});

on_every_database!(a_cursor_or_a_key_of_another_company_is_none, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    for id in [45, 46] {
        test.customer(id, 2).await;
    }
    let (ours, theirs) = (app.program("admin1", "write").await, app.program("admin2", "write").await);
    let next = theirs.get("/customers?limit=1").await.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(theirs.get(&format!("/customers?cursor={next}")).await.status, StatusCode::OK);
    for path in [format!("/customers?cursor={next}"), format!("/staff?cursor={next}")] {
        let refused = ours.get(&path).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.json()["errors"][0]["parameter"], "cursor");
    }
    let new = json!({ "name": "Ada" });
    let first = theirs.with("idempotency-key", "k").post("/customers", &new).await;
    let second = ours.with("idempotency-key", "k").post("/customers", &new).await;
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_ne!(first.json()["id"], second.json()["id"], "a key is its token's and its company's");
    assert_eq!(second.header("idempotent-replayed"), "");
});

on_every_database!(what_points_into_another_company_shows_nowhere, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    test.sql("UPDATE policy_configurations SET configurable_type = 'branch', configurable_id = 12 WHERE id = 61").await;
    test.sql("UPDATE notification_queues SET notifiable_type = 'Customer' WHERE id = 81").await;
    test.sql("UPDATE notification_configurations SET configurable_type = 'company ' WHERE id = 71").await;
    let program = app.program("admin1", "write").await;
    for (name, id) in [("policies", 61), ("notifications", 81), ("notification-configurations", 71)] {
        assert_eq!(program.get(&format!("/{name}/{id}")).await.status, StatusCode::NOT_FOUND, "{name}");
        assert_eq!(program.get(&format!("/{name}")).await.json()["data"], json!([]), "{name}");
    }
});

on_every_database!(an_operator_names_a_company_and_nobody_else_does, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let operator = app.program("operator", "write").await;
    let unnamed = operator.get("/customers").await;
    assert_eq!(
        (unnamed.status, &unnamed.json()["errors"][0]["header"]),
        (StatusCode::BAD_REQUEST, &json!("rollcall-company"))
    );
    for (header, id) in [("company-2", 42), ("2", 42), ("1", 41)] {
        let list = operator.with("rollcall-company", header).get("/customers").await.json();
        assert_eq!(list["data"][0]["id"], id);
    }
    assert_eq!(operator.get("/customers?company=company-2").await.json()["data"][0]["id"], 42);
    assert_eq!(operator.get("/customers?company=nothing").await.status, StatusCode::NOT_FOUND);
    let new = json!({ "name": "Ada" });
    assert_eq!(operator.with("rollcall-company", "2").post("/customers", &new).await.status, StatusCode::CREATED);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM customers WHERE company_id = 2").await, 2);

    let admin = app.program("admin1", "write").await;
    assert_eq!(admin.with("rollcall-company", "1").get("/customers").await.status, StatusCode::OK);
    assert_eq!(admin.with("rollcall-company", "2").get("/customers").await.status, StatusCode::NOT_FOUND);
    assert_eq!(admin.get("/companies").await.status, StatusCode::FORBIDDEN);
    let tried: i64 = test.value("SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_company'").await;
    assert_eq!(tried, 1);
});

on_every_database!(operators_make_and_change_companies, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    if test.backend == crate::support::Backend::Postgres {
        test.sql("SELECT setval(pg_get_serial_sequence('companies', 'id'), 2)").await;
    }
    let operator = app.program("operator", "write").await;
    let new = json!({ "name": "Salon Ada", "slug": "salon-ada", "timezone": "Asia/Kolkata", "locale": "en" });
    let made = operator.with("idempotency-key", "c").post("/companies", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let again = operator.with("idempotency-key", "c").post("/companies", &new).await;
    assert_eq!((again.json(), again.header("idempotent-replayed")), (made.json(), "true"));
    assert_eq!(operator.post("/companies", &new).await.status, StatusCode::CONFLICT);
    let path = made.header("location").to_owned();
    assert_eq!(operator.get(&path).await.header("etag"), made.header("etag"));
    let changed = operator.patch(&path, made.header("etag"), &json!({ "timezone": "Europe/Vienna" })).await;
    assert_eq!((changed.status, &changed.json()["timezone"]), (StatusCode::OK, &json!("Europe/Vienna")));
    assert_eq!(
        operator.patch(&path, made.header("etag"), &json!({ "name": "B" })).await.status,
        StatusCode::PRECONDITION_FAILED
    );
    for (body, field) in [
        (json!({ "name": "A", "slug": "A b" }), "/slug"),
        (json!({ "name": "A", "slug": "a", "timezone": "Europe/Cologne" }), "/timezone"),
    ] {
        let refused = operator.post("/companies", &body).await;
        assert_eq!(
            (refused.status, &refused.json()["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(field))
        );
    }
    let ids = async |query: &str| {
        let list = operator.get(&format!("/companies?{query}")).await.json();
        let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        (ids, list["next"].as_str().map(str::to_owned))
    };
    let (first, next) = ids("limit=2").await;
    assert_eq!((first, ids(&format!("limit=2&cursor={}", next.unwrap())).await.0.len()), (vec![1, 2], 1));
    assert_eq!(operator.get("/companies/99").await.status, StatusCode::NOT_FOUND);
});

on_every_database!(companies_are_narrowed_and_ordered, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for (id, name) in [(3, "Beta"), (4, "Beta"), (5, "Alpha")] {
        test.company(id, "Europe/Vienna").await;
        test.sql(&format!("UPDATE companies SET name = '{name}', locale = 'en' WHERE id = {id}")).await;
    }
    test.sql("UPDATE companies SET created_at = '2026-01-05 00:00:00' WHERE id = 5").await;
    test.sql("UPDATE companies SET created_at = NULL WHERE id <> 5").await;
    test.sql("UPDATE companies SET is_active = FALSE WHERE id = 4").await;
    let slug: String = test.value("SELECT slug FROM companies WHERE id = 3").await;
    let operator = app.program("operator", "read").await;
    let ids = async |query: &str| {
        let list = operator.get(&format!("/companies?{query}")).await;
        assert_eq!(list.status, StatusCode::OK, "{query}: {}", list.body);
        let list = list.json();
        let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        (ids, list["next"].as_str().map(str::to_owned))
    };
    for (query, expected) in [
        (format!("slug={slug}"), vec![3]),
        ("is_active=false".to_owned(), vec![4]),
        ("locale=en&timezone=Europe/Vienna&is_active=true".to_owned(), vec![3, 5]),
        ("created_at_from=2026-01-01T00:00:00Z".to_owned(), vec![5]),
        ("timezone=Europe/Vienna&sort=name".to_owned(), vec![5, 3, 4]),
        ("timezone=Europe/Vienna&sort=-name".to_owned(), vec![4, 3, 5]),
        ("timezone=Europe/Vienna&sort=created_at".to_owned(), vec![5, 3, 4]),
    ] {
        assert_eq!(ids(&query).await.0, expected, "{query}");
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let (page, next) = ids(&format!("{query}&limit=1{cursor}")).await;
            paged.extend(page);
            match next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, expected, "{query}, row by row");
    }
    for (query, parameter) in [("sort=timezone", "sort"), ("locale=fr", "locale"), ("owner=1", "owner")] {
        let refused = operator.get(&format!("/companies?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(refused.json()["errors"][0]["parameter"], parameter);
    }
});

on_every_database!(a_type_that_is_none_is_refused_and_reported, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("admin1", "write").await;
    let seen = async || -> i64 {
        let rows = test.query("SELECT occurrences FROM security_events WHERE kind = 'hostile_type'").await;
        rows.iter().map(|row| row.try_get_by_index::<i64>(0).unwrap()).sum()
    };
    let policy = |kind: &str| json!({ "configurable_type": kind, "configurable_id": 11, "policy_type": "no_show", "config": {} });
    let refused = program.post("/policies", &policy("App\\Models\\Moon\n")).await;
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/configurable_type"))
    );
    assert_eq!(seen().await, 1);
    let refused = program.get("/notifications?notifiable_type=user').count&notifiable_id=1").await;
    assert_eq!((refused.status, seen().await), (StatusCode::BAD_REQUEST, 2));
    assert_eq!(program.get("/exports/notifications?notifiable_type=x").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(seen().await, 3);
    let stored = program.post("/policies", &policy("App\\Models\\Branch")).await;
    assert_eq!(
        (stored.status, seen().await),
        (StatusCode::UNPROCESSABLE_ENTITY, 3),
        "Laravel's own spelling is no attack"
    );
    let rows = test.query("SELECT subject, detail FROM security_events WHERE kind = 'hostile_type'").await;
    let text = |column| rows[0].try_get_by_index::<String>(column).unwrap();
    assert_eq!(rows.len(), 1, "of one caller one row, whatever they make up");
    assert!(text(0).starts_with("token ") && text(1).starts_with("/api/v1/policies App"), "{} {}", text(0), text(1));

    let mut admin = app.signed_in("admin1").await;
    app.post(&mut admin, "/admin/policies/new", &[("target", "moon:1"), ("policy_type", "no_show")]).await;
    assert_eq!(seen().await, 4);
    let audited: i64 = test.value("SELECT COUNT(*) FROM audit_log WHERE action = 'security.hostile_type'").await;
    assert_eq!(audited, 2, "one of the token and one of the user in this hour");
});

on_every_database!(a_foreign_id_in_an_exports_filter_is_reported, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("admin1", "read").await;
    for (id, seen) in [(9_999, 0), (42, 1)] {
        let answer = program.get(&format!("/exports/appointments?customer_id={id}")).await;
        assert_eq!((answer.status, answer.body.lines().count()), (StatusCode::OK, 1), "{}", answer.body);
        assert_eq!(attempts(test).await, seen, "{id}");
    }
});
