//! A new user's first minutes: setting up, the first company, bringing data in.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use chrono::TimeDelta;
use rollcall::audit::Actor;
use rollcall::chance::Chance;
use rollcall::config::{Config, Sources};
use rollcall::i18n::Lang;
use rollcall::import::screen;
use rollcall::people::setup;
use secrecy::ExposeSecret;

use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

const CHOSEN: &str = "violet kettle on the roof";
const FOUNDER: [(&str, &str); 5] =
    [("name", "Ada"), ("email", "Ada@Example.test"), ("password", CHOSEN), ("again", CHOSEN), ("language", "de")];
const COMPANY: [(&str, &str); 5] =
    [("name", "Salon Schön"), ("timezone", "Asia/Kathmandu"), ("locale", "de"), ("currency", "chf"), ("slug", "")];

/// A panel where nobody is yet, whose files wait in a folder of its own.
async fn empty<'a>(test: &'a TestDb, folder: &tempfile::TempDir) -> TestApp<'a> {
    node(test, folder, 1).await
}

async fn node<'a>(test: &'a TestDb, folder: &tempfile::TempDir, seed: u64) -> TestApp<'a> {
    let folder = folder.path().join("imports").display().to_string();
    let variables = vec![
        ("ROLLCALL_IMPORT__FOLDER".to_owned(), folder),
        ("ROLLCALL_IMPORT__MAX_FILE".to_owned(), "64KiB".to_owned()),
    ];
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    TestApp::seeded(test, test.db.clone(), config, Chance::seeded(seed)).await
}

/// The link's path.
async fn link(app: &TestApp<'_>) -> String {
    let secret = setup::renew(&app.app.db, &app.app.clock, &app.app.chance).await.unwrap().expect("nobody is there");
    format!("/setup/{}", secret.expose_secret())
}

async fn operators(test: &TestDb) -> i64 {
    test.value("SELECT COUNT(*) FROM users WHERE role = 'super_admin'").await
}

/// The operator's browser, and the first company's id.
async fn set_up(app: &TestApp<'_>) -> (Browser, i64) {
    let mut browser = Browser::default();
    let path = link(app).await;
    let done = app.post(&mut browser, &path, &FOUNDER).await;
    assert_eq!(done.header("location"), "/admin/companies/new", "{}", done.body);
    let done = app.post(&mut browser, "/admin/companies/new", &COMPANY).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let id = done.header("location").rsplit('=').next().unwrap().parse().unwrap();
    (browser, id)
}

async fn upload(app: &TestApp<'_>, browser: &Browser, company: &str, name: &str, file: &[u8]) -> Answer {
    let head = format!(
        "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
    );
    let body = [head.as_bytes(), file, b"\r\n--xyz--\r\n"].concat();
    let request = browser.request("POST", &format!("/admin/data/upload{company}"));
    let request =
        request.header(CONTENT_TYPE, "multipart/form-data; boundary=xyz").header("content-length", body.len());
    app.send(request.body(Body::from(body)).unwrap()).await
}

/// The page of an import once it is done.
async fn done(app: &TestApp<'_>, browser: &Browser, path: &str) -> String {
    loop {
        let page = app.get(browser, path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        if !page.body.contains("data-progress") {
            return page.body;
        }
        tokio::task::yield_now().await;
    }
}

on_every_database!(without_the_link_nothing_is_open_and_the_page_says_where_it_is, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    let app = empty(test, &folder).await;
    let browser = Browser::default();
    let page = app.get(&browser, "/login").await;
    assert!(page.body.contains("rollcall setup") && !page.body.contains("type=\"password\""), "{}", page.body);
    for path in ["/setup/none", "/setup/", "/setup"] {
        assert_eq!(app.get(&browser, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let path = link(&app).await;
    let newer = link(&app).await;
    assert_eq!(app.get(&browser, &path).await.status, StatusCode::NOT_FOUND, "a newer one was made");
    let page = app.get(&browser, &newer).await;
    assert_eq!((page.status, page.header("referrer-policy")), (StatusCode::OK, "strict-origin"));
    let stored: String = test.value("SELECT value FROM rollcall_meta WHERE name = 'setup'").await;
    assert!(!stored.contains(newer.trim_start_matches("/setup/")), "a hash alone is kept");
    test.clock.set(test.clock.now() + TimeDelta::hours(setup::HOURS));
    assert_eq!(app.get(&browser, &newer).await.status, StatusCode::NOT_FOUND, "its time is over");
    assert_eq!(app.post(&mut Browser::default(), &newer, &FOUNDER).await.status, StatusCode::NOT_FOUND);
    assert_eq!(operators(test).await, 0);
});

on_every_database!(the_founder_is_signed_in_and_led_on_and_the_link_is_used_up, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    let app = empty(test, &folder).await;
    let path = link(&app).await;
    let mut browser = Browser::default();
    for (at, value, told) in [(0, "", "name"), (1, "nobody", "email"), (2, "short", "password"), (3, "other", "again")]
    {
        let mut form = FOUNDER;
        form[at].1 = value;
        if at == 2 {
            form[3].1 = value;
        }
        let refused = app.post(&mut browser, &path, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.body.contains("role=\"alert\"") && !refused.body.contains(CHOSEN), "{}", refused.body);
    }
    let done = app.post(&mut browser, &path, &FOUNDER).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/admin/companies/new"));
    assert!(browser.session().is_some());
    let page = app.get(&browser, "/admin/companies/new").await;
    assert!(page.body.contains("Neues Unternehmen"), "in the language that was chosen: {}", page.body);
    assert_eq!(app.get(&Browser::default(), &path).await.status, StatusCode::NOT_FOUND, "once");
    assert!(app.get(&Browser::default(), "/login").await.body.contains("type=\"password\""), "somebody is there now");
    assert!(setup::renew(&app.app.db, &app.app.clock, &app.app.chance).await.unwrap().is_none());
    let told: i64 = test.value("SELECT COUNT(*) FROM audit_log WHERE action = 'user.created'").await;
    assert_eq!(told, 1);
});

on_every_database!(of_many_at_once_on_two_nodes_one_becomes_the_operator, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    let nodes = [node(test, &folder, 1).await, node(test, &folder, 2).await];
    // Both start: the link of the later one holds.
    let old = link(&nodes[0]).await;
    let path = link(&nodes[1]).await;
    let tries = (0..12).map(|n| {
        let (node, path) = (&nodes[n % 2], if n % 3 == 0 { &old } else { &path });
        async move {
            let email = format!("ada{n}@example.test");
            let mut form = FOUNDER;
            form[1].1 = &email;
            node.post(&mut Browser::default(), path, &form).await.status
        }
    });
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::SEE_OTHER).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| !status.is_server_error()), "{answers:?}");
    assert_eq!(operators(test).await, 1);
});

on_every_database!(an_operator_founds_companies_and_nobody_else, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    let app = empty(test, &folder).await;
    let (mut browser, id) = set_up(&app).await;
    let slug: String = test.value(&format!("SELECT slug FROM companies WHERE id = {id}")).await;
    let currency: String = test.value(&format!("SELECT currency FROM company_settings WHERE company_id = {id}")).await;
    assert_eq!((slug.as_str(), currency.as_str()), ("salon-schoen", "CHF"));
    assert_eq!(app.get(&browser, &format!("/admin?company={id}")).await.status, StatusCode::OK);
    let again = app.post(&mut browser, "/admin/companies/new", &COMPANY).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "the button was pressed twice");
    for (at, value) in [(0, ""), (1, "Asia/Kathmando"), (3, "francs"), (4, "Salon!")] {
        let mut form = COMPANY;
        form[at].1 = value;
        let refused = app.post(&mut browser, "/admin/companies/new", &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{value}");
        assert!(refused.body.contains("aria-invalid"), "{}", refused.body);
    }
    let with_admin = [&COMPANY[..4], &[("slug", "second"), ("admin_name", "Berta"), ("admin_email", "b@example.test")]];
    let made = app.post(&mut browser, "/admin/companies/new", &with_admin.concat()).await;
    let begin = made.body.find("/invitation/").unwrap_or_else(|| panic!("{}", made.body));
    let path: String = made.body[begin..].chars().take_while(|sign| *sign != '<').collect();
    let mut berta = Browser::default();
    app.post(&mut berta, &path, &[("password", CHOSEN), ("again", CHOSEN)]).await;
    app.post(&mut berta, "/login", &[("email", "b@example.test"), ("password", CHOSEN)]).await;
    assert_eq!(app.get(&berta, "/admin/users").await.status, StatusCode::OK, "an admin");
    assert_eq!(app.get(&berta, "/admin/companies/new").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.post(&mut berta, "/admin/companies/new", &COMPANY).await.status, StatusCode::NOT_FOUND);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM companies").await, 2);
});

const FILE: &str = "Termin-Nr;Datum;Uhrzeit;Dauer;Kunde;E-Mail;Status\n\
    1;20.11.2026;09:30;45;Zoë Müller;z@example.test;Erledigt\n\
    2;20.11.2026;10:30;45;Max Meier;m@example.test;Storniert\n\
    3;irgendwann;10:30;45;Max Meier;m@example.test;Erledigt\n";

on_every_database!(a_file_is_mapped_looked_at_and_imported_once, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    let app = empty(test, &folder).await;
    let (mut browser, id) = set_up(&app).await;
    let company = format!("?company={id}");
    let came = upload(&app, &browser, &company, "Termine.csv", FILE.as_bytes()).await;
    assert_eq!(came.status, StatusCode::SEE_OTHER, "{}", came.body);
    let path = came.header("location").to_owned();
    let page = app.get(&browser, &path).await.body;
    assert!(page.contains("Von den ersten 3 Zeilen werden 2 zu Terminen"), "{page}");
    assert!(page.contains("Zeile 4:") && page.contains("20.11.2026, 09:30"), "in the company's zone: {page}");
    // Checked, then imported by two who press at once; then again, with the same numbers.
    app.post(&mut browser, &path, &[("do", "check")]).await;
    let checked = done(&app, &browser, &path).await;
    assert!(checked.contains("Die Datei ist geprüft"), "{checked}");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointments").await, 0, "nothing is written");
    for _ in 0..2 {
        let mut twice = [browser.clone(), browser.clone()];
        let [one, two] = &mut twice;
        let form = [("do", "import")];
        let both = futures_util::future::join(app.post(one, &path, &form), app.post(two, &path, &form)).await;
        assert!(both.0.status == StatusCode::SEE_OTHER && both.1.status == StatusCode::SEE_OTHER, "{both:?}");
        let page = done(&app, &browser, &path).await;
        assert!(page.contains("Der Import ist fertig"), "{page}");
    }
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointments").await, 2, "nothing twice");
    let first: String = test.value("SELECT status FROM appointments ORDER BY starts_at LIMIT 1").await;
    assert_eq!(first, "completed");
    let rejects = app.get(&browser, &path.replace(&company, &format!("/rejects{company}"))).await;
    assert_eq!(rejects.status, StatusCode::OK);
    assert!(rejects.header("content-disposition").contains("attachment"), "{rejects:?}");
    assert!(
        rejects.body.contains("3;irgendwann") && rejects.body.contains("ist nicht wie gewählt geschrieben"),
        "{}",
        rejects.body
    );
    let done = app.json(&browser, &format!("/admin/widgets/staff_performance{company}")).await;
    assert_eq!(done.status, StatusCode::OK, "settled before it was said to be done");
    let told: i64 =
        test.value("SELECT COUNT(*) FROM audit_log WHERE action = 'import.begun' AND actor_kind = 'operator'").await;
    assert!(told >= 3, "who did it stands in the audit log: {told}");
    let removed = app.post(&mut browser, &path.replace(&company, &format!("/remove{company}")), &[]).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert_eq!(std::fs::read_dir(folder.path().join("imports")).unwrap().count(), 0, "the files are gone");
    assert_eq!(app.get(&browser, &path).await.status, StatusCode::NOT_FOUND);
});

on_every_database!(what_is_no_file_of_appointments_is_told_and_not_kept, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    let app = empty(test, &folder).await;
    let (mut browser, id) = set_up(&app).await;
    let company = format!("?company={id}");
    let large = [b"Nr;Datum\n".to_vec(), vec![b'x'; 200 * 1024]].concat();
    for (name, file, status) in [
        ("", b"a;b\n".as_slice(), StatusCode::UNPROCESSABLE_ENTITY),
        ("a.xlsx", b"PK\x03\x04", StatusCode::UNPROCESSABLE_ENTITY),
        ("a.csv", b"", StatusCode::UNPROCESSABLE_ENTITY),
        ("a.csv", b"\xff\xfea\x00", StatusCode::UNPROCESSABLE_ENTITY),
        ("a.csv", &large, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let refused = upload(&app, &browser, &company, name, file).await;
        assert_eq!(refused.status, status, "{name} {}", refused.body);
    }
    let left = std::fs::read_dir(folder.path().join("imports")).map_or(0, Iterator::count);
    assert_eq!((left, test.value::<i64>("SELECT COUNT(*) FROM rollcall_imports").await), (0, 0));
    // A page that is nobody's must not bring a file, and what stands in one is shown as text.
    let came = upload(&app, &browser, &company, "<b>.csv", b"<script>;Datum;Name\n1;20.11.2026;<i>\n").await;
    let path = came.header("location").to_owned();
    let page = app.get(&browser, &path).await.body;
    assert!(!page.contains("<script>;") && !page.contains("<i>") && !page.contains("<b>.csv"), "{page}");
    std::fs::remove_dir_all(folder.path().join("imports")).unwrap();
    assert_eq!(app.get(&browser, &path).await.status, StatusCode::GONE, "another node has it");
    assert_eq!(app.post(&mut browser, &path, &[("do", "import")]).await.status, StatusCode::SEE_OTHER);
});

on_every_database!(a_viewer_brings_nothing_in_and_a_manager_does, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    drop(TestApp::new(test).await);
    let app = empty(test, &folder).await;
    let (mut manager, viewer) = (app.signed_in("manager1").await, app.signed_in("viewer1").await);
    let other = app.signed_in("manager2").await;
    assert_eq!(app.get(&viewer, "/admin/data").await.status, StatusCode::FORBIDDEN);
    assert_eq!(upload(&app, &viewer, "", "a.csv", FILE.as_bytes()).await.status, StatusCode::FORBIDDEN);
    let came = upload(&app, &manager, "", "a.csv", FILE.as_bytes()).await;
    let path = came.header("location").to_owned();
    assert_eq!(app.get(&manager, &path).await.status, StatusCode::OK);
    assert_eq!(app.get(&other, &path).await.status, StatusCode::NOT_FOUND);
    let reported: i64 = test.value("SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row'").await;
    assert_eq!(reported, 1);
    // A token, and the first row that comes by it.
    let page = app.post(&mut manager, "/admin/data/token", &[]).await.body;
    let token: String =
        page.split("Bearer ").nth(1).unwrap().chars().take_while(|sign| *sign != '&' && *sign != '\'').collect();
    let received = "/admin/data/received?token=1";
    assert!(app.get(&manager, received).await.body.contains("data-waiting"));
    let request = axum::http::Request::builder().method("POST").uri("/api/v1/customers");
    let request = request.header("authorization", format!("Bearer {token}")).header(CONTENT_TYPE, "application/json");
    let made = app.send(request.body(Body::from(r#"{"name": "Ada Example"}"#)).unwrap()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert!(!app.get(&manager, received).await.body.contains("data-waiting"));
    assert!(app.get(&other, received).await.body.contains("data-waiting"), "another company's is nothing here");
    let admin = app.signed_in("admin1").await;
    assert!(app.get(&admin, received).await.body.contains("data-waiting"), "a colleague's is in the audit log");
});

on_every_database!(an_import_ends_where_whoever_began_it_may_not_go_on, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    drop(TestApp::new(test).await);
    let app = empty(test, &folder).await;
    let (mut manager, admin) = (app.signed_in("manager1").await, app.signed_in("admin1").await);
    let came = upload(&app, &manager, "", "Termine.csv", FILE.as_bytes()).await;
    let path = came.header("location").to_owned();
    app.get(&manager, &path).await;
    app.post(&mut manager, &path, &[("do", "look")]).await;
    let id: i64 = path.rsplit('/').next().unwrap().parse().unwrap();
    let scope = test.scope(1).await;
    let found = screen::find(&scope.db(&test.db), id).await.unwrap().unwrap();
    let user = found.user_id;
    let mapping = found.choices.clone().unwrap_or_default().mapping().unwrap();
    test.sql(&format!("UPDATE users SET role = 'viewer' WHERE id = {user}")).await;
    let begun = screen::begin(&app.app, &scope, &Actor::job("test"), &found, false).await.unwrap();
    assert_eq!(begun, screen::Begun::Yes);
    screen::start(&app.app, screen::Beginner { scope, user, lang: Lang::En }, found, mapping, false);
    let page = done(&app, &admin, &path).await;
    assert!(page.contains("may not bring in data any more"), "{page}");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointments").await, 0);
});

on_every_database!(a_company_fills_no_disk_and_has_one_import_at_work, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    drop(TestApp::new(test).await);
    let path = folder.path().join("imports").display().to_string();
    let settings = [("FOLDER", path.as_str()), ("MAX_FILE", "64KiB"), ("MAX_FILES", "3"), ("MAX_TOTAL", "40KiB")];
    let variables = settings.map(|(name, value)| (format!("ROLLCALL_IMPORT__{name}"), value.to_owned())).into();
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    let app = TestApp::seeded(test, test.db.clone(), config, Chance::seeded(5)).await;
    let (mut manager, other) = (app.signed_in("manager1").await, app.signed_in("manager2").await);
    let bytes = || -> u64 {
        let files = std::fs::read_dir(folder.path().join("imports")).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
    };
    let large = format!("{FILE}{}", "4;20.11.2026;10:30;viel;Max Meier;m@example.test;Erledigt\n".repeat(400));
    let first = upload(&app, &manager, "", "large.csv", large.as_bytes()).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    let too_much = upload(&app, &manager, "", "again.csv", large.as_bytes()).await;
    assert_eq!(too_much.status, StatusCode::CONFLICT, "{}", too_much.body);
    assert!(too_much.body.contains("this one is too large"), "{}", too_much.body);
    assert!(bytes() < 40 * 1024, "what did not fit is gone");
    // Another company has room of its own.
    assert_eq!(upload(&app, &other, "", "theirs.csv", large.as_bytes()).await.status, StatusCode::SEE_OTHER);
    // Two at once: one of them, or one after the other.
    let (one, two) = tokio::join!(
        upload(&app, &manager, "", "one.csv", FILE.as_bytes()),
        upload(&app, &manager, "", "two.csv", FILE.as_bytes())
    );
    let statuses = [one.status, two.status];
    assert!(statuses.contains(&StatusCode::SEE_OTHER), "{statuses:?}");
    let busy = statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
    for _ in 0..busy {
        assert_eq!(upload(&app, &manager, "", "two.csv", FILE.as_bytes()).await.status, StatusCode::SEE_OTHER);
    }
    let full = upload(&app, &manager, "", "four.csv", FILE.as_bytes()).await;
    assert_eq!(full.status, StatusCode::CONFLICT, "{}", full.body);
    assert!(full.body.contains("No more files fit"), "{}", full.body);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_imports WHERE company_id = 1").await, 3);
    // While one is at work, no other begins; the other company's is no reason.
    let begins = one.header("location").to_owned() + two.header("location");
    let begins = format!("/admin/data{}", begins.split("/admin/data").nth(1).unwrap());
    test.sql(
        "UPDATE rollcall_imports SET state = 'running', changed_at = '2026-11-22 12:00:00' WHERE name = 'theirs.csv'",
    )
    .await;
    test.sql(
        "UPDATE rollcall_imports SET state = 'running', changed_at = '2026-11-22 12:00:00' WHERE name = 'large.csv'",
    )
    .await;
    let waits = app.post(&mut manager, &begins, &[("do", "import")]).await;
    assert!(waits.header("location").contains("notice=import_waits"), "{waits:?}");
    let page = app.get(&manager, waits.header("location")).await.body;
    assert!(page.contains("Another import of this company is at work"), "{page}");
    test.sql("UPDATE rollcall_imports SET state = 'ready' WHERE name = 'large.csv'").await;
    let begun = app.post(&mut manager, &begins, &[("do", "import")]).await;
    assert!(!begun.header("location").contains("notice"), "{begun:?}");
    assert!(done(&app, &manager, &begins).await.contains("The import is done"));
    // The rows that are left out of a large one take no more than what is left.
    app.post(&mut manager, first.header("location"), &[("do", "check")]).await;
    done(&app, &manager, first.header("location")).await;
    let rejects = app.get(&manager, &format!("{}/rejects", first.header("location"))).await.body;
    assert!(rejects.contains("More rows were left out than fit in this file"), "{rejects}");
    assert!(rejects.contains("“viel” is not a number of minutes") && !rejects.contains("appointment."), "{rejects}");
    let theirs = large.len() as u64;
    assert!(bytes() - theirs < 48 * 1024, "{}", bytes());
});

on_every_database!(what_is_downloaded_is_no_formula_and_can_be_brought_again, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    drop(TestApp::new(test).await);
    let app = empty(test, &folder).await;
    let mut manager = app.signed_in("manager1").await;
    let file = "Termin-Nr;Datum;Uhrzeit;Dauer;Kunde;Telefon\n1;irgendwann;09:30;45;=cmd|' /C calc'!A0;+49 170 1\n\
                2;20.11.2026;10:30;45;@Max;+49 170 2\n\
                3;20.11.2026;11:30;45;Zoë;\n";
    let came = upload(&app, &manager, "", "a.csv", file.as_bytes()).await;
    let path = came.header("location").to_owned();
    app.get(&manager, &path).await;
    app.post(&mut manager, &path, &[("do", "import")]).await;
    done(&app, &manager, &path).await;
    let rejects = app.get(&manager, &format!("{path}/rejects")).await.body;
    assert!(rejects.contains(";'=cmd|' /C calc'!A0;'+49 170 1"), "{rejects}");
    let mended = rejects.replace("irgendwann", "20.11.2026");
    let again = upload(&app, &manager, "", "b.csv", mended.as_bytes()).await.header("location").to_owned();
    app.post(&mut manager, &again, &[("do", "import")]).await;
    done(&app, &manager, &again).await;
    let names =
        test.query("SELECT name, phone FROM customers WHERE company_id = 1 AND phone IS NOT NULL ORDER BY id").await;
    let names: Vec<(String, String)> =
        names.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect();
    let wanted = [("@Max", "+49 170 2"), ("=cmd|' /C calc'!A0", "+49 170 1")];
    assert_eq!(names, wanted.map(|(name, phone)| (name.to_owned(), phone.to_owned())));
});

on_every_database!(first_steps_are_shown_until_they_are_done_or_closed, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let (mut manager, viewer) = (app.signed_in("manager1").await, app.signed_in("viewer1").await);
    assert!(app.get(&manager, "/admin").await.body.contains("id=\"first-steps\""));
    assert!(!app.get(&manager, "/admin?wall=1").await.body.contains("id=\"first-steps\""));
    assert!(!app.get(&viewer, "/admin").await.body.contains("id=\"first-steps\""));
    assert_eq!(app.post(&mut viewer.clone(), "/admin/first-steps/close", &[]).await.status, StatusCode::FORBIDDEN);
    for _ in 0..2 {
        assert_eq!(app.post(&mut manager, "/admin/first-steps/close", &[]).await.status, StatusCode::SEE_OTHER);
    }
    assert!(!app.get(&manager, "/admin").await.body.contains("id=\"first-steps\""));
    assert!(app.get(&app.signed_in("manager2").await, "/admin").await.body.contains("id=\"first-steps\""), "theirs");
});

/// What the program prints until it has printed a link, and what it wrote to its log by then.
fn printed(test: &TestDb, command: &[&str]) -> (String, String) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(command)
        .args(["--database", &test.url, "--log-format", "json"])
        .env_clear()
        .env("ROLLCALL_PUBLIC_URL", "https://panel.test")
        .stdout(Stdio::piped())
        .stderr(log.reopen().unwrap())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut text = String::new();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
        if line.contains("rollcall setup") || line.contains("Sign in at") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    (text, std::fs::read_to_string(log.path()).unwrap())
}

on_every_database!(each_start_prints_another_link_until_somebody_used_one, async |test: &TestDb| {
    let folder = tempfile::tempdir().unwrap();
    let app = empty(test, &folder).await;
    let path = |text: &str| {
        let link = text.lines().find_map(|line| line.trim().strip_prefix("https://panel.test/setup/"));
        format!("/setup/{}", link.unwrap_or_else(|| panic!("{text}")))
    };
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let ((first, log), (second, _), (third, _)) =
        (printed(test, &serve), printed(test, &serve), printed(test, &["setup"]));
    let (first, second, third) = (path(&first), path(&second), path(&third));
    assert!(!log.contains(first.trim_start_matches("/setup/")), "{log}");
    for old in [&first, &second] {
        assert_eq!(app.get(&Browser::default(), old).await.status, StatusCode::NOT_FOUND);
    }
    let done = app.post(&mut Browser::default(), &third, &FOUNDER).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(printed(test, &["setup"]).0.contains("Sign in at"), "there is an operator");
});
