//! The simple resources: made, read, listed, changed, deleted, exported.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{rows, simple};
use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

on_every_database!(each_is_made_read_changed_and_deleted, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    for (name, new, change) in simple() {
        let made = program.post(&format!("/{name}"), &new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{name}: {}", made.body);
        let path = made.header("location").to_owned();
        assert_eq!(made.json()["created_at"], "2026-11-22T12:00:00Z");
        let read = program.get(&path).await;
        assert_eq!((read.json(), read.header("etag")), (made.json(), made.header("etag")), "{name}");
        for (field, value) in new.as_object().unwrap() {
            let stored = &read.json()[field];
            let same = stored == value || ["email", "price", "scheduled_at"].contains(&field.as_str());
            assert!(same, "{name}.{field}: {stored}");
        }
        let Some(change) = change else {
            assert_eq!(program.patch(&path, "*", &json!({})).await.status, StatusCode::METHOD_NOT_ALLOWED);
            continue;
        };
        assert_eq!(program.patch(&path, "\"other\"", &change).await.status, StatusCode::PRECONDITION_FAILED);
        let changed = program.patch(&path, made.header("etag"), &change).await;
        assert_eq!(changed.status, StatusCode::OK, "{name}: {}", changed.body);
        assert_ne!(changed.header("etag"), made.header("etag"));
        let late = program.patch(&path, made.header("etag"), &change).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "who comes second has read the first state");
        assert_eq!(program.get(&path).await.json(), changed.json());
        assert_eq!(program.delete(&path, made.header("etag")).await.status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(program.delete(&path, changed.header("etag")).await.status, StatusCode::NO_CONTENT);
        assert_eq!(program.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(program.delete(&path, "*").await.status, StatusCode::NOT_FOUND);
    }
    let lines: i64 = test.value("SELECT COUNT(*) FROM audit_log WHERE actor_kind = 'token'").await;
    assert_eq!(lines, 6 * 3 + 1, "each write has its line");
    let price = "SELECT state_before FROM audit_log WHERE action = 'service.updated'";
    assert!(test.value::<String>(price).await.contains("\"12.50\""));
});

on_every_database!(values_are_kept_as_they_were_sent, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let service = program.post("/services", &json!({ "name": "Ünï 💈 \"'\\", "price": "99999999.99" })).await.json();
    assert_eq!((&service["name"], &service["price"]), (&json!("Ünï 💈 \"'\\"), &json!("99999999.99")));
    assert_eq!((&service["duration_minutes"], &service["is_active"]), (&json!(30), &json!(true)), "defaults");
    let customer = program.post("/customers", &json!({ "name": "A", "email": "Ada@Example.test" })).await.json();
    assert_eq!((&customer["email"], &customer["phone"]), (&json!("ada@example.test"), &Value::Null));
    let config = json!({ "fee_tiers": [{ "min_hours": 24, "fee": 10 }] });
    let policy =
        json!({ "configurable_type": "staff", "configurable_id": 31, "policy_type": "cancellation", "config": config });
    assert_eq!(program.post("/policies", &policy).await.json()["config"], config);
    test.sql(r"UPDATE policy_configurations SET configurable_type = 'App\\Models\\Staff' WHERE configurable_id = 31")
        .await;
    if test.backend != crate::support::Backend::MariaDb {
        test.sql(r"UPDATE policy_configurations SET configurable_type = 'App\Models\Staff' WHERE configurable_id = 31")
            .await;
    }
    assert_eq!(program.get("/policies?configurable_id=31").await.json()["data"][0]["configurable_type"], "staff");
});

on_every_database!(policies_do_not_override_each_other_in_a_circle, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let made = async |over: Option<&Value>| {
        let policy = json!({ "configurable_type": "staff", "configurable_id": 31, "policy_type": "no_show", "config": {},
            "is_override": over.is_some(), "overrides_id": over });
        program.post("/policies", &policy).await.json()["id"].clone()
    };
    let first = made(None).await;
    let second = made(Some(&first)).await;
    let third = made(Some(&second)).await;
    for over in [&first, &second, &third] {
        let answer = program
            .patch(&format!("/policies/{first}"), "*", &json!({ "is_override": true, "overrides_id": over }))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{over}: {}", answer.body);
        assert!(answer.body.contains("must not lead back"), "{}", answer.body);
    }
    // The form does not offer it either.
    let form = app.get(&app.signed_in("manager1").await, &format!("/admin/policies/{second}/edit")).await.body;
    let offers = |id: &Value| form.contains(&format!("<option value=\"{id}\""));
    assert!(offers(&first) && !offers(&third) && !offers(&second), "{form}");
});

on_every_database!(a_fault_is_named_and_all_of_them_at_once, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let cases = [
        ("customers", json!({}), vec!["/name"]),
        ("customers", json!({ "name": "", "emial": "a@b.test", "phone": 7 }), vec!["/emial", "/name", "/phone"]),
        ("customers", json!({ "name": "A", "id": 5, "company_id": 2 }), vec!["/company_id", "/id"]),
        ("customers", json!({ "name": null }), vec!["/name"]),
        (
            "customers",
            json!({ "name": "A", "email": "nobody", "journey_status": "VIP" }),
            vec!["/email", "/journey_status"],
        ),
        ("services", json!({ "name": "A", "price": 12.5, "duration_minutes": 0 }), vec!["/duration_minutes", "/price"]),
        (
            "services",
            json!({ "name": "A", "price": "-1", "duration_minutes": 1.5 }),
            vec!["/duration_minutes", "/price"],
        ),
        ("staff", json!({ "name": "A", "branch_id": "11", "is_active": 1 }), vec!["/branch_id", "/is_active"]),
        (
            "policies",
            json!({ "configurable_type": r"App\Models\Branch", "configurable_id": 11, "policy_type": "x",
            "config": [] }),
            vec!["/config", "/configurable_type", "/policy_type"],
        ),
        (
            "policies",
            json!({ "configurable_type": "branch", "configurable_id": 11, "policy_type": "no_show",
            "config": {}, "is_override": true }),
            vec!["/overrides_id"],
        ),
        (
            "notifications",
            json!({ "notifiable_type": "customer", "notifiable_id": 41, "channel": "fax", "recipient": "a",
            "status": "sent", "scheduled_at": "tomorrow" }),
            vec!["/channel", "/scheduled_at", "/status"],
        ),
    ];
    for (name, body, expected) in cases {
        let refused = program.post(&format!("/{name}"), &body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", refused.body);
        let problem = refused.json();
        let mut found: Vec<_> =
            problem["errors"].as_array().unwrap().iter().map(|it| it["pointer"].as_str().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{body}");
    }
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM customers").await, 2, "nothing was made");
});

on_every_database!(a_list_is_paged_and_new_rows_move_no_other, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    for n in 0..5 {
        // Three begin at the same time: the id decides.
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at) VALUES ({}, 1, 41, \
             '2026-12-0{} 10:00:00', '2026-12-09 11:00:00')",
            100 + n,
            1 + n / 3
        ))
        .await;
    }
    for (sort, expected) in [
        ("id", vec![51, 100, 101, 102, 103, 104]),
        ("-id", vec![104, 103, 102, 101, 100, 51]),
        ("starts_at", vec![51, 100, 101, 102, 103, 104]),
        ("-starts_at", vec![104, 103, 102, 101, 100, 51]),
    ] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        for page in 0.. {
            let answer = program.get(&format!("/appointments?limit=2&sort={sort}{cursor}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            let answer = answer.json();
            found.extend(answer["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()));
            // A row comes before what was read, and one that was read goes.
            let id = 200 + page;
            test.sql(&format!("DELETE FROM appointments WHERE id = {}", 199 + page)).await;
            test.sql(&format!(
                "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at) VALUES ({}, 1, 41, '{}', \
                 '2026-12-09 11:00:00')",
                if sort.starts_with('-') { id } else { 10 + page },
                if sort.starts_with('-') { "2026-12-31 10:00:00" } else { "2026-01-01 10:00:00" }
            ))
            .await;
            match answer["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found, expected, "{sort}");
        test.sql("DELETE FROM appointments WHERE id BETWEEN 10 AND 20 OR id >= 199").await;
    }
});

on_every_database!(a_list_is_narrowed_by_what_is_allowed, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("viewer1", "read").await;
    let count = async |query: &str| {
        let answer = program.get(&format!("/appointments?{query}")).await;
        (answer.status == StatusCode::OK).then(|| answer.json()["data"].as_array().unwrap().len())
    };
    for (query, found) in [
        ("customer_id=41", Some(1)),
        ("customer_id=43", Some(0)),
        ("status=scheduled&starts_at_from=2026-11-25T10:00:00Z&starts_at_before=2026-11-25T10:00:01Z", Some(1)),
        ("starts_at_before=2026-11-25T10:00:00Z", Some(0)),
        ("starts_at_from=2026-11-25T11:00:00%2B01:00", Some(1)),
        ("status=cancelled", Some(0)),
        ("status=Scheduled", None),
        ("price=1", None),
        ("sort=price", None),
        ("limit=0", None),
        ("limit=201", None),
        ("limit=1.0", Some(1)),
        ("limit=1.5", None),
        ("customer_id=41%20OR%201=1", None),
        ("status=scheduled&status=cancelled", None),
        ("cursor=abc", None),
        ("cursor=", None),
    ] {
        assert_eq!(count(query).await, found, "{query}");
    }
});

on_every_database!(what_others_name_is_not_deleted, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let answer = program.delete("/customers/41", "*").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.json()["type"], "/api/docs#problem-in-use");
    test.sql("UPDATE appointments SET status = 'cancelled' WHERE id = 51").await;
    assert_eq!(program.delete("/appointments/51", "*").await.status, StatusCode::NO_CONTENT);
    let kept: i64 = test.value("SELECT COUNT(*) FROM appointments WHERE id = 51 AND deleted_at IS NOT NULL").await;
    assert_eq!(kept, 1, "appointments stay, marked as deleted");
    assert_eq!(program.get("/appointments/51").await.status, StatusCode::NOT_FOUND);
    let unconditional = program.send("DELETE", "/branches/11", None, axum::body::Body::empty()).await;
    assert_eq!(unconditional.status, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(unconditional.json()["errors"][0]["header"], "If-Match");
});

on_every_database!(what_policies_and_notifications_hang_on_is_not_deleted, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    for (of, class, area) in
        [("branch", "Branch", "/branches"), ("service", "Service", "/services"), ("staff", "Staff", "/staff")]
    {
        let path = program.post(area, &json!({ "name": "New" })).await.header("location").to_owned();
        let id: i64 = path.rsplit('/').next().unwrap().parse().unwrap();
        let policy =
            json!({ "configurable_type": of, "configurable_id": id, "policy_type": "no_show", "config": { "fee": 1 } });
        let wish = json!({ "configurable_type": of, "configurable_id": id, "event_type": "appointment_booked",
            "channel": "sms" });
        for (name, table, new) in [
            ("policies", "policy_configurations", policy),
            ("notification-configurations", "notification_configurations", wish),
        ] {
            let hanging = program.post(&format!("/{name}"), &new).await;
            assert_eq!(hanging.status, StatusCode::CREATED, "{}", hanging.body);
            let hanging = hanging.header("location").to_owned();
            for spelling in [of.to_owned(), format!(r"App\Models\{class}")] {
                let spelling = test.db.dialect().pick(spelling.clone(), spelling.replace('\\', r"\\"), spelling);
                let on = format!("configurable_id = {id} AND company_id = 1");
                test.sql(&format!("UPDATE {table} SET configurable_type = '{spelling}' WHERE {on}")).await;
                let refused = program.delete(&path, "*").await;
                assert_eq!(refused.status, StatusCode::CONFLICT, "{spelling} {table}: {}", refused.body);
                assert_eq!(refused.json()["type"], "/api/docs#problem-in-use");
            }
            assert_eq!(program.delete(&hanging, "*").await.status, StatusCode::NO_CONTENT);
        }
        // Of the same id, but something else.
        test.sql(&format!(
            "INSERT INTO policy_configurations (company_id, configurable_type, configurable_id, policy_type, config) \
             VALUES (1, 'other', {id}, 'no_show', '{{}}')"
        ))
        .await;
        assert_eq!(program.delete(&path, "*").await.status, StatusCode::NO_CONTENT, "{of}");
        test.sql("DELETE FROM policy_configurations WHERE configurable_type = 'other'").await;
    }
});

on_every_database!(an_export_has_every_row_and_runs_nothing, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    test.sql("UPDATE customers SET name = '=cmd|''/c calc''!A1', phone = '+49, 221' WHERE id = 41").await;
    let values: Vec<_> = (0..2_500).map(|n| format!("(1, 'Customer {n}', 'vip')")).collect();
    test.sql(&format!("INSERT INTO customers (company_id, name, journey_status) VALUES {}", values.join(", "))).await;
    let program = app.program("viewer1", "customers:read").await;
    let csv = program.get("/exports/customers").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"customers_2026-11-22_120000.csv\"");
    let lines: Vec<_> = csv.body.split("\r\n").collect();
    assert_eq!(lines[0], "id,name,email,phone,journey_status,created_at,updated_at");
    assert_eq!(lines[1], "41,'=cmd|'/c calc'!A1,,\"'+49, 221\",lead,,");
    assert_eq!(lines.len(), 2_503);
    let lines = program.get("/exports/customers?format=ndjson&journey_status=vip").await.body;
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows.len(), &rows[2_499]["name"]), (2_500, &json!("Customer 2499")));
    assert_eq!(program.get("/exports/staff").await.status, StatusCode::FORBIDDEN);
    assert_eq!(program.get("/exports/widgets").await.status, StatusCode::NOT_FOUND);
    assert_eq!(program.get("/exports/customers?format=exe").await.status, StatusCode::BAD_REQUEST);
});
