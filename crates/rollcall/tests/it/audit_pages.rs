//! The pages of the audit log: who sees them, and what they show.

use axum::body::Body;
use axum::http::StatusCode;
use rollcall::audit::{self, Actor, Entry};
use rollcall::db::Mode;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

async fn write(test: &TestDb, company: i64, action: &str, id: i64) {
    let tx = test.scope(company).await.db(&test.db).begin(Mode::Write).await.unwrap();
    let (subject_kind, state) = ("policy", json!({"fee": "<b>1</b>", "same": 1}));
    let entry = Entry {
        action: action.to_owned(),
        subject_kind,
        subject_id: Some(id),
        before: Some(state),
        after: Some(json!({"fee": "2", "same": 1})),
    };
    audit::record(&tx, &Actor::job("test <job>"), &[entry], test.clock.now_utc()).await.unwrap();
    tx.commit().await.unwrap();
}

on_every_database!(admins_read_their_own_companys_audit_log_and_nobody_elses, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for id in 1..=60 {
        write(test, 1, if id % 2 == 0 { "policy.updated" } else { "policy.deleted" }, id).await;
    }
    write(test, 2, "policy.updated", 999).await;
    let admin = app.signed_in("admin1").await;
    let page = app.get(&admin, "/admin/audit").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [">60<", "aria-current=\"page\"", "Rollcall itself", "after="] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    for part in [">999<", ">10<", "<b>1</b>"] {
        assert!(!page.body.contains(part), "{part}: {}", page.body);
    }
    let mut german = admin.clone();
    german.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    let page = app.get(&german, "/admin/audit").await.body;
    assert!(page.contains("Änderungsprotokoll</h1>") && !page.contains("ui."), "{page}");
    let lines = async |query: &str| {
        let file = app.get(&admin, &format!("/admin/audit/export?format=json&{query}")).await;
        assert_eq!(file.status, StatusCode::OK, "{query}: {}", file.body);
        file.json().as_array().unwrap().clone()
    };
    let count = async |query: &str| lines(query).await.len();
    // Their own sign-in stands there too.
    assert_eq!((count("").await, count("subject_kind=policy").await), (61, 60));
    let newest = lines("").await[1].clone();
    assert_eq!((&newest["subject_id"], &newest["actor_name"]), (&json!(60), &json!("test <job>")));
    assert_eq!(count("action=policy.deleted").await, 30);
    assert_eq!(count("subject_kind=policy&subject_id=7&actor_kind=&actor_id=").await, 1);
    assert_eq!(count("actor_kind=user&subject_kind=policy").await, 0);
    assert_eq!(count("subject_kind=policy&subject_id=999").await, 0);
    assert_eq!(count("q=POLICY.UPD").await, 30);
    assert_eq!(count("at_from=2026-11-23").await, 0);
    let one = app.get(&admin, &format!("/admin/audit/{}", newest["id"])).await.body;
    assert!(one.contains("&#60;b&#62;1&#60;/b&#62;") && one.contains("<ins>€2.00</ins>"), "before and after: {one}");
    for wrong in [
        "actor_kind=root",
        "subject_kind=x",
        "after=x",
        "subject_id=1;drop",
        "actor_id=9999999999999999999999",
        "column=x",
    ] {
        assert_eq!(app.get(&admin, &format!("/admin/audit?{wrong}")).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let theirs: i64 = test.value("SELECT id FROM audit_log WHERE company_id = 2").await;
    assert_eq!(app.get(&admin, &format!("/admin/audit/{theirs}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&admin, "/admin/audit?company=2").await.status, StatusCode::NOT_FOUND);
    for name in ["viewer1", "manager1"] {
        let browser = app.signed_in(name).await;
        assert_eq!(app.get(&browser, "/admin/audit").await.status, StatusCode::FORBIDDEN);
        assert!(!app.get(&browser, "/admin").await.body.contains("/admin/audit"), "and is not led there");
    }
    let operator = app.signed_in("operator").await;
    let page = app.get(&operator, "/admin/audit?company=2").await;
    assert!(page.body.contains(">999<") && !page.body.contains(">60<"), "{}", page.body);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let request = admin.request(method, "/admin/audit").body(Body::empty()).unwrap();
        assert_eq!(app.send(request).await.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
});

on_every_database!(operators_read_what_belongs_to_no_company_and_nobody_else_does, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    write(test, 1, "policy.updated", 7).await;
    let (operator, admin) = (app.signed_in("operator").await, app.signed_in("admin1").await);
    let list = "/admin/platform-audit";
    let file = app.get(&operator, &format!("{list}/export?format=json")).await.json();
    let lines = file.as_array().unwrap();
    assert_eq!(lines.len(), 1, "the company's own stand there: {lines:?}");
    assert_eq!((&lines[0]["action"], &lines[0]["actor_kind"]), (&json!("user.signed_in"), &json!("operator")));
    let page = app.get(&operator, &format!("{list}?actor_kind=operator&q=oper&sort=-id")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let one = format!("{list}/{}", lines[0]["id"]);
    assert!(app.get(&operator, &one).await.body.contains("192.0.2.7"), "from where");
    let theirs: i64 = test.value("SELECT MIN(id) FROM audit_log WHERE company_id = 1").await;
    assert_eq!(app.get(&operator, &format!("{list}/{theirs}")).await.status, StatusCode::NOT_FOUND);
    for path in [list, &one, "/admin/platform-audit/export"] {
        assert_eq!(app.get(&admin, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.get(&operator, &format!("{list}?actor_kind=x")).await.status, StatusCode::BAD_REQUEST);
});

on_every_database!(a_page_counts_the_lines_of_its_own_company, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    for id in 1..=55 {
        write(test, 1, "policy.updated", id).await;
        write(test, 2, "policy.updated", id).await;
    }
    let lines: i64 = test.value("SELECT COUNT(*) FROM audit_log WHERE company_id = 1").await;
    let page = app.get(&admin, "/admin/audit").await;
    assert!(page.body.contains(&format!(">{lines} rows</p>")), "{lines}: {}", page.body);
});
