//! Lists of what stands above companies: companies themselves, and security events.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rollcall::web::{Panel, Peer};
use serde_json::json;

use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

const COMPANIES: &str = "/admin/companies";
const SECURITY: &str = "/admin/operations/security";
/// A page of any list takes no more statements.
const STATEMENTS: u64 = 5;

/// The rows of a list's file.
async fn exported(app: &TestApp<'_>, browser: &Browser, list: &str, query: &str) -> Vec<serde_json::Value> {
    let file = app.get(browser, &format!("{list}/export?format=json&{query}")).await;
    assert_eq!(file.status, StatusCode::OK, "{query}: {}", file.body);
    file.json().as_array().unwrap().clone()
}

/// What a column of a list's file holds, row by row.
async fn column(app: &TestApp<'_>, browser: &Browser, list: &str, query: &str, name: &str) -> Vec<String> {
    let rows = exported(app, browser, list, query).await;
    rows.iter().map(|row| row[name].to_string().replace('"', "")).collect()
}

on_every_database!(operators_find_a_company_and_enter_it_by_its_row, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for (id, name, active, created) in [
        (3, "Ötztal 50%_Clinic", true, "'2026-01-03 10:00:00'"),
        (4, "<b>Bold</b>", false, "NULL"),
        (5, "Alpha", true, "'2026-01-05 10:00:00'"),
    ] {
        test.company(id, "Asia/Kathmandu").await;
        let active = if active { "TRUE" } else { "FALSE" };
        test.sql(&format!(
            "UPDATE companies SET name = '{name}', is_active = {active}, created_at = {created}, locale = 'en' WHERE id = {id}"
        ))
        .await;
    }
    let operator = app.signed_in("operator").await;
    test.recorder.take();
    let page = app.get(&operator, COMPANIES).await;
    assert!(test.recorder.count() <= STATEMENTS, "{:?}", test.recorder.recent());
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "href=\"/admin?company=1\"",
        "href=\"/admin/companies/1\"",
        "href=\"/admin/companies/new\"",
        "aria-current=\"page\"",
        "&#60;b&#62;Bold",
        "Asia/Kathmandu",
        "Each visit is recorded",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let ids = async |query: &str| column(&app, &operator, COMPANIES, query, "id").await.join(" ");
    assert_eq!(ids("q=50%25_").await, "3");
    assert_eq!(ids("q=%C3%B6tztal").await, "3", "in any case");
    assert_eq!(ids("q=COMPANY-5").await, "5", "by its short name");
    assert_eq!(ids("is_active=false").await, "4");
    assert_eq!(ids("locale=en&sort=name").await, "4 5 3");
    assert_eq!(ids("locale=en&sort=-created_at").await, "5 3 4", "without an instant last");
    assert_eq!(ids("created_at_from=2026-01-04&created_at_until=2026-01-05").await, "5");
    let file = exported(&app, &operator, COMPANIES, "q=company-1").await;
    assert_eq!((&file[0]["slug"], &file[0]["users"]), (&json!("company-1"), &json!(3)), "{file:?}");
    for wrong in ["sort=users", "is_active=x", "column=password", "after=x", "format=x"] {
        let answer = app.get(&operator, &format!("{COMPANIES}/export?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let none = app.get(&operator, &format!("{COMPANIES}?q=%22%3E%3Cimg%3E")).await;
    assert!(none.body.contains("Nothing matches") && !none.body.contains("<img>"), "{}", none.body);
    assert_eq!(app.get(&operator, "/admin").await.header("location"), COMPANIES, "who has chosen none chooses here");
    assert_eq!(app.get(&operator, "/admin?company=1").await.status, StatusCode::OK);
    let mut german = operator.clone();
    german.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    let page = app.get(&german, COMPANIES).await.body;
    assert!(page.contains("Kurzname") && page.contains("Daten geändert") && !page.contains(">ui."), "{page}");
});

on_every_database!(a_company_has_a_page_and_reading_its_history_is_entering_it, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let operator = app.signed_in("operator").await;
    test.sql(
        "INSERT INTO audit_log (company_id, actor_kind, actor_name, action, subject_kind, subject_id, state_before, \
         state_after, at) VALUES (1, 'operator', 'Olga', 'company.updated', 'company', 1, '{\"name\": \"Old\"}', \
         '{\"name\": \"<i>New\"}', '2026-11-20 10:00:00'), \
         (2, 'operator', 'Alien', 'company.updated', 'company', 2, NULL, NULL, '2026-11-20 10:00:00')",
    )
    .await;
    let path = format!("{COMPANIES}/1");
    let page = app.get(&operator, &path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "Company 1</h1>",
        "Olga",
        "<del>Old</del> → <ins>&#60;i&#62;New</ins>",
        "href=\"/admin?company=1\"",
        "href=\"/admin/companies/1/edit\"",
        "href=\"/admin/companies/1/close\"",
        "href=\"/admin/users?company=1\"",
        "href=\"/admin/operations/security?company_id=1\"",
        "/admin/audit?company=1&#38;subject_kind=company&#38;subject_id=1",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains("Alien"), "{}", page.body);
    let entered = "SELECT COUNT(*) FROM audit_log WHERE company_id = 1 AND action = 'company.entered'";
    assert_eq!(test.value::<i64>(entered).await, 1);
    app.get(&operator, &path).await;
    assert_eq!(test.value::<i64>(entered).await, 1, "once an hour");
    for nothing in ["99", "0", "x", "1x"] {
        let answer = app.get(&operator, &format!("{COMPANIES}/{nothing}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{nothing}");
    }
    for name in ["admin1", "viewer1"] {
        let browser = app.signed_in(name).await;
        for path in [COMPANIES, &path, "/admin/companies/export", SECURITY, "/admin/operations/security/export"] {
            assert_eq!(app.get(&browser, path).await.status, StatusCode::NOT_FOUND, "{name} {path}");
        }
        assert!(!app.get(&browser, "/admin").await.body.contains(SECURITY), "and is not led there");
    }
    let tried: i64 = test.value("SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_company'").await;
    assert_eq!(tried, 2, "told of each who tried");
});

on_every_database!(operators_see_security_events_the_newest_first_and_they_are_counted, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let operator = app.signed_in("operator").await;
    assert!(app.get(&operator, SECURITY).await.body.contains("Nothing has happened."));
    let admin = app.signed_in("admin1").await;
    assert_eq!(app.get(&admin, SECURITY).await.status, StatusCode::NOT_FOUND);
    app.get(&admin, "/admin?company=2").await;
    for id in 0..60 {
        test.sql(&format!(
            "INSERT INTO security_events (company_id, kind, subject, detail, first_at, last_at) \
             VALUES (2, 'foreign_row', 'user <{id}>', 'd', '2026-11-20 10:00:00', '2026-11-20 10:00:{:02}')",
            id / 2
        ))
        .await;
    }
    test.recorder.take();
    let html = app.get(&operator, SECURITY).await;
    assert!(test.recorder.count() <= STATEMENTS, "{:?}", test.recorder.recent());
    assert_eq!(html.status, StatusCode::OK, "{}", html.body);
    for part in [
        "Another company",
        "href=\"/admin/companies/1\"",
        "admin1",
        "user &#60;59&#62;",
        "rel=\"next\"",
        "aria-current=\"page\"",
        "<option value=\"2\">Company 2</option>",
    ] {
        assert!(html.body.contains(part), "{part}: {}", html.body);
    }
    // Every one of them once, a page after the other.
    let (mut address, mut seen) = (SECURITY.to_owned(), Vec::new());
    for _ in 0..3 {
        let page = app.get(&operator, &address).await.body;
        seen.extend(
            page.split("href=\"/admin/operations/security/")
                .skip(1)
                .filter_map(|rest| rest.split('"').next().and_then(|id| id.parse::<i64>().ok())),
        );
        let Some(next) = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
            break;
        };
        address = next.replace("&#38;", "&");
    }
    let newest: i64 = test.value("SELECT MAX(id) FROM security_events WHERE last_at = '2026-11-22 12:00:00'").await;
    assert_eq!(seen.first(), Some(&newest));
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((all, seen.len()), (62, 62), "each once");
    let count = async |query: &str| exported(&app, &operator, SECURITY, query).await.len();
    for (query, rows) in [
        ("", 62),
        ("company_id=2", 60),
        ("company_id=1&kind=foreign_company", 2),
        ("kind=foreign_row,lock_out&last_at_until=2026-11-20", 60),
        ("last_at_from=2026-11-21", 2),
        ("q=%3C59%3E", 1),
        ("q=ADMIN1", 2),
    ] {
        assert_eq!(count(query).await, rows, "{query}");
    }
    let file = exported(&app, &operator, SECURITY, "kind=foreign_company").await;
    assert_eq!((&file[0]["company"], &file[0]["actor_kind"]), (&json!("Company 1"), &json!("user")), "{file:?}");
    for wrong in ["after=x", "kind=x", "company_id=x", "sort=subject", "column=x"] {
        let answer = app.get(&operator, &format!("{SECURITY}?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let one = app.get(&operator, &format!("{SECURITY}/{newest}")).await;
    assert_eq!(one.status, StatusCode::OK, "{}", one.body);
    for part in ["admin1", "/admin/audit?company=1&#38;action=security.foreign_company"] {
        assert!(one.body.contains(part), "{part}: {}", one.body);
    }
    assert_eq!(app.get(&operator, &format!("{SECURITY}/999999")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&admin, &format!("{SECURITY}/{newest}")).await.status, StatusCode::NOT_FOUND);
    let mut request = Request::get("/metrics").body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer([127, 0, 0, 1].into()));
    let answer = Panel::new(app.app.clone()).answer(request).await;
    let metrics = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    let metrics = String::from_utf8(metrics.to_vec()).unwrap();
    for line in [
        "rollcall_security_events_total{kind=\"foreign_company\"} 3",
        "rollcall_audit_entries_total{action=\"security.foreign_company\"} 2",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
});
