//! Lists: what they show and to whom, how they are narrowed, ordered and paged.

use axum::body::Body;
use axum::http::StatusCode;

use super::{LISTS, fill};
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// What stands in the table of a page, row by row.
pub fn rows(page: &Answer) -> Vec<String> {
    let body = page.body.split("<tbody>").nth(1).unwrap_or_default().split("</tbody>").next().unwrap_or_default();
    body.split("<tr>").skip(1).map(text).collect()
}

fn text(html: &str) -> String {
    let texts = html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("|")
}

/// Where the link of that name leads.
pub fn link(page: &Answer, name: &str) -> Option<String> {
    let before = page.body.split(&format!(">{name}</a>")).next().filter(|before| before.len() < page.body.len())?;
    let href = before.rsplit("href=\"").next()?.split('"').next()?;
    Some(href.replace("&#38;", "&"))
}

pub async fn shown(app: &TestApp<'_>, browser: &Browser, path: &str) -> Answer {
    let page = app.get(browser, path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    page
}

on_every_database!(lists_show_the_own_companys_rows_by_name_and_in_words, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let (admin, operator) = (app.signed_in("admin1").await, app.signed_in("operator").await);
    // That an operator has come in is written down once.
    shown(&app, &operator, "/admin/branches?company=1").await;
    for (name, parts) in LISTS {
        for (browser, path) in [(&admin, format!("/admin/{name}")), (&operator, format!("/admin/{name}?company=1"))] {
            test.recorder.take();
            let page = shown(&app, browser, &path).await;
            assert!(test.recorder.count() <= 5, "{path}: {:?}", test.recorder.recent());
            for part in parts.iter().chain(&["aria-current=\"page\""]) {
                assert!(page.body.contains(part), "{path}: {part}: {}", page.body);
            }
            let main = page.body.split("<main").nth(1).unwrap();
            assert!(!main.contains("Alien") && !main.contains("admin2"), "{path}: {main}");
        }
    }
    let mut german = admin.clone();
    german.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    let page = shown(&app, &german, "/admin/appointments").await;
    for part in ["01.12.2026, 00:30", "20,00\u{a0}€", "Bestätigt", "Zurücksetzen"] {
        assert_eq!(page.body.contains(part), part != "Zurücksetzen", "{part}: {}", page.body);
    }
});

on_every_database!(roles_decide_which_lists_there_are, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for (name, least) in [("viewer1", 0), ("manager1", 1), ("admin1", 2)] {
        let browser = app.signed_in(name).await;
        for (list, _) in LISTS {
            let page = app.get(&browser, &format!("/admin/{list}")).await;
            let allowed = list != "users" || least == 2;
            assert_eq!(page.status, if allowed { StatusCode::OK } else { StatusCode::FORBIDDEN }, "{name} {list}");
            let link = format!("href=\"/admin/{list}\"");
            assert_eq!(app.get(&browser, "/admin").await.body.contains(&link), allowed, "{name} {list}");
        }
        assert_eq!(app.get(&browser, "/admin/customers?company=2").await.status, StatusCode::NOT_FOUND);
    }
    let operator = app.signed_in("operator").await;
    assert_eq!(app.get(&operator, "/admin/customers").await.status, StatusCode::SEE_OTHER, "names a company first");
    assert_eq!(app.get(&Browser::default(), "/admin/customers").await.status, StatusCode::SEE_OTHER, "signs in first");
});

on_every_database!(lists_are_searched_narrowed_ordered_and_reset, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    for (id, name, journey) in [(101, "50%_Anna", "vip"), (102, "bertha", "lead"), (103, "Çem", "vip")] {
        test.sql(&format!(
            "INSERT INTO customers (id, company_id, name, email, journey_status) \
             VALUES ({id}, 1, '{name}', 'x{id}@example.test', '{journey}')"
        ))
        .await;
    }
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let count = async |query: &str| rows(&shown(&app, &viewer, &format!("/admin/{query}")).await).len();
    for (query, rows) in [
        ("customers", 4),
        ("customers?q=ANNA", 1),
        ("customers?q=%25_", 1),
        ("customers?q=_e", 0),
        ("customers?q=x102%40", 1),
        ("customers?q=Alien", 0),
        ("customers?q=&journey_status=vip&sort=name", 2),
        ("customers?q=cem&journey_status=lead", 0),
        ("appointments?q=own", 1),
        ("appointments?q=c10%40", 1),
        ("appointments?q=alien", 0),
        ("appointments?customer_id=10&staff_id=10&status=confirmed", 1),
        ("appointments?status=cancelled", 0),
        // In Berlin it is the first of December.
        ("appointments?starts_at_from=2026-12-01&starts_at_until=2026-12-01", 1),
        ("appointments?starts_at_until=2026-11-30", 0),
        ("notifications?status=failed&channel=email", 1),
        ("notifications?q=own", 1),
        ("notifications?notifiable_type=staff", 0),
        ("notifications?notifiable_type=customer&notifiable_id=10", 1),
        ("policies?configurable_type=branch&is_active=true", 1),
        ("policies?configurable_type=staff", 0),
        ("users?role=viewer", 0),
    ] {
        if !query.starts_with("users") {
            assert_eq!(count(query).await, rows, "{query}");
        }
    }
    let page = shown(&app, &viewer, "/admin/customers?sort=name&q=a").await;
    let names: Vec<_> = rows(&page).iter().map(|row| row.split('|').next().unwrap().to_owned()).collect();
    assert_eq!(names.first().map(String::as_str), Some("50%_Anna"), "{names:?}");
    assert!(page.body.contains("href=\"/admin/customers?sort=name\""), "a reset that keeps the order: {}", page.body);
    assert!(page.body.contains("aria-sort=\"ascending\""));
    let page = shown(&app, &viewer, "/admin/customers?column=email&column=created_at").await;
    let heads: Vec<_> = page.body.matches("<th scope=\"col\"").collect();
    assert_eq!(heads.len(), 3, "the first column names the row");
    // A box that cannot be unticked is not sent: without a script the first column alone could not be chosen.
    assert!(page.body.contains("<input type=\"hidden\" name=\"column\" value=\"name\">"), "{}", page.body);
    let page = shown(&app, &viewer, "/admin/customers?column=name").await;
    assert_eq!(page.body.matches("<th scope=\"col\"").count(), 1);
    let nothing = shown(&app, &viewer, "/admin/customers?q=nobody").await;
    assert!(nothing.body.contains("Nothing matches what you chose."));
    let chip = shown(&app, &viewer, "/admin/appointments?customer_id=10&status=confirmed").await;
    assert!(chip.body.contains("<strong>Own customer</strong>"), "{}", chip.body);
    assert!(chip.body.contains("href=\"/admin/appointments?status=confirmed\""), "{}", chip.body);
    for wrong in [
        "customers?sort=email",
        "customers?journey_status=boss",
        "customers?column=password",
        "customers?after=x",
        "customers?q=a%00b",
        "customers?q=%1B",
        "appointments?starts_at_from=soon",
        "appointments?starts_at_from=9999-12-31",
        "appointments?customer_id=1;drop",
        "policies?is_active=maybe",
        "policies?configurable_type=user",
    ] {
        assert_eq!(app.get(&viewer, &format!("/admin/{wrong}")).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let hostile = shown(&app, &viewer, "/admin/customers?q=%22%3E%3Cscript%3E").await;
    assert!(!hostile.body.contains("\"><script>"));
    let before: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
    assert_eq!(count("appointments?customer_id=20").await, 0);
    let after: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
    assert_eq!(after - before, 1, "another company's customer");
});

on_every_database!(a_name_is_found_as_it_is_typed_beyond_ascii_too, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql("UPDATE customers SET name = 'Anna Özdemir' WHERE id = 10").await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    for word in ["Özdemir", "özdemir", "ÖZDEMIR", "anna özdemir", "oezdemir", "Özd"] {
        for list in ["customers", "appointments"] {
            let page = shown(&app, &viewer, &format!("/admin/{list}?q={}", urlencoding::encode(word))).await;
            assert_eq!(rows(&page).len(), 1, "{list}: {word}");
        }
    }
    let page = shown(&app, &viewer, &format!("/admin/customers?q={}", urlencoding::encode("Ö%r"))).await;
    assert_eq!(rows(&page).len(), 0, "a word is no pattern");
});

on_every_database!(whoever_asks_for_anothers_row_is_reported_whatever_they_ask, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    for (path, events) in [
        ("appointments/export?customer_id=10", 0),
        ("appointments/export?customer_id=20", 1),
        ("appointments/export?format=json&staff_id=20", 1),
        ("notifications?notifiable_type=customer&notifiable_id=10", 0),
        ("notifications?notifiable_type=staff&notifiable_id=20", 1),
        ("notifications/export?notifiable_id=20&notifiable_type=customer", 1),
        ("policies?configurable_type=company&configurable_id=1", 0),
        ("policies?configurable_type=company&configurable_id=2", 1),
        ("policies?configurable_id=20", 0),
    ] {
        test.sql("DELETE FROM security_events").await;
        shown(&app, &viewer, &format!("/admin/{path}")).await;
        assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM security_events").await, events, "{path}");
    }
});

on_every_database!(lists_say_what_will_stand_in_them, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    for (name, _) in LISTS.into_iter().filter(|(name, _)| *name != "users") {
        let page = shown(&app, &admin, &format!("/admin/{name}")).await;
        assert!(page.body.contains("class=\"empty\"") && !page.body.contains("Nothing matches"), "{name}");
    }
});

on_every_database!(every_row_is_on_one_page_whatever_comes_meanwhile, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for id in 1..=120 {
        test.sql(&format!(
            "INSERT INTO customers (id, company_id, name, journey_status, created_at) VALUES ({id}, 1, 'N{:03}', 'vip', {})",
            id / 3,
            // Those of the last hundred have no date: they come last.
            if id > 20 { "NULL".to_owned() } else { format!("'2026-11-{:02} 10:00:00'", id / 2 + 1) }
        ))
        .await;
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at) \
             VALUES ({id}, 1, {id}, '2026-11-{:02} 10:00:00', '2026-11-30 10:00:00')",
            id / 10 + 1
        ))
        .await;
    }
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    // MariaDB's indexes are read once, by whoever is the first to look at a list.
    shown(&app, &viewer, "/admin/staff").await;
    for start in [
        "/admin/customers",
        "/admin/customers?sort=created_at",
        "/admin/customers?sort=name",
        "/admin/customers?sort=-name&journey_status=vip",
        "/admin/appointments",
        "/admin/appointments?sort=starts_at&column=customer_id",
    ] {
        let (mut next, mut seen, mut pages) = (Some(start.to_owned()), Vec::new(), 0);
        while let Some(path) = next {
            test.recorder.take();
            let page = shown(&app, &viewer, &path).await;
            assert!(test.recorder.count() <= 5, "{path}: {:?}", test.recorder.recent());
            seen.extend(rows(&page));
            next = link(&page, "Next page");
            assert_eq!(link(&page, "First page").is_some(), pages > 0, "{path}");
            if pages == 0 {
                test.customer(1_000 + i64::try_from(seen.len()).unwrap(), 2).await;
            }
            pages += 1;
        }
        assert_eq!((seen.len(), pages), (120, 3), "{start}");
        if start == "/admin/customers" {
            let names: Vec<_> = seen.iter().map(|row| row.split('|').next().unwrap()).collect();
            assert_eq!((names[0], names[20]), ("N006", "N040"), "the newest first, then those without a date");
        }
        test.sql("DELETE FROM customers WHERE company_id = 2").await;
    }
    let foreign = app.signed_in("viewer2").await;
    let page = shown(&app, &viewer, "/admin/customers").await;
    let next = link(&page, "Next page").unwrap();
    assert_eq!(app.get(&foreign, &next).await.status, StatusCode::BAD_REQUEST, "a cursor is its company's");
});

on_every_database!(rows_of_one_instant_are_paged_without_walking_over_them_again, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    // An import: all of them at once, but two.
    let row = |id: i64| {
        let at = match id {
            1 => "2026-11-01 10:00:00",
            199 => "2026-11-03 10:00:00",
            _ => "2026-11-02 10:00:00",
        };
        format!("({id}, 1, 'N{id:03}', '{at}')")
    };
    let values: Vec<_> = (1..200).map(row).collect();
    test.sql(&format!("INSERT INTO customers (id, company_id, name, created_at) VALUES {}", values.join(", "))).await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    for (start, descending) in
        [("/admin/customers?sort=created_at", false), ("/admin/customers?sort=-created_at", true)]
    {
        let (mut next, mut seen) = (Some(start.to_owned()), Vec::new());
        while let Some(path) = next {
            test.recorder.take();
            let page = shown(&app, &viewer, &path).await;
            let statements = test.recorder.recent();
            assert!(test.recorder.count() <= 5, "{path}: {statements:?}");
            assert!(!format!("{statements:?}").contains("created_at <= ? AND ("), "{statements:?}");
            seen.extend(rows(&page).iter().map(|row| row.split('|').next().unwrap().to_owned()));
            next = link(&page, "Next page");
        }
        let mut expected: Vec<_> = (1..200).map(|id| format!("N{id:03}")).collect();
        if descending {
            expected.reverse();
        }
        assert_eq!(seen, expected, "{start}: each once, in order");
    }
});

on_every_database!(a_list_is_a_file_with_the_screens_filters_and_no_formulas, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql("UPDATE customers SET name = '=cmd|calc' WHERE id = 10").await;
    for id in 1_000..3_100 {
        test.sql(&format!("INSERT INTO customers (id, company_id, name) VALUES ({id}, 1, 'N{id}')")).await;
    }
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let csv = shown(&app, &viewer, "/admin/appointments/export?format=csv&status=confirmed").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"appointments_2026-11-22_120000.csv\"");
    let lines: Vec<_> = csv.body.lines().collect();
    assert!(lines[0].starts_with("id,branch_id,branch,service_id,service,"), "{}", csv.body);
    assert_eq!(lines.len(), 2);
    assert!(
        lines[1].starts_with("10,10,Own branch,10,Own service,10,Own staff,10,'=cmd|calc,2026-12-01T00:30:00+01:00,")
    );
    assert_eq!(shown(&app, &viewer, "/admin/appointments/export?status=cancelled").await.body.lines().count(), 1);
    let all = shown(&app, &viewer, "/admin/customers/export?format=json&sort=name").await.json();
    let names: Vec<_> = all.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        (names.len(), names[1].as_str(), names[2_100].as_str()),
        (2_101, "N1000", "N3099"),
        "in the list's order"
    );
    assert_eq!(
        shown(&app, &viewer, "/admin/customers/export?format=json&q=nobody").await.json(),
        serde_json::json!([])
    );
    let book = app.get(&viewer, "/admin/customers/export?format=xlsx").await;
    assert_eq!(book.header("content-disposition"), "attachment; filename=\"customers_2026-11-22_120000.xlsx\"");
    assert!(book.body.starts_with("PK\u{3}\u{4}"), "it is a ZIP file");
    for (path, rows) in
        [("customers/export", "2101"), ("customers/export?q=nobody", "0"), ("customers/export?q=N30", "100")]
    {
        let request = viewer.request("GET", &format!("/admin/{path}")).header("rollcall-count", "yes");
        let counted = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(counted.header("rollcall-rows"), rows, "{path}");
    }
    for wrong in ["customers/export?format=exe", "customers/export?sort=email", "customers/export?journey_status=x"] {
        assert_eq!(app.get(&viewer, &format!("/admin/{wrong}")).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    assert_eq!(app.get(&viewer, "/admin/users/export").await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.get(&viewer, "/admin/customers/export?company=2").await.status, StatusCode::NOT_FOUND);
});

on_every_database!(policy_analytics_are_a_file_of_the_own_companys_figures, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    for (company, count) in [(1, 3), (2, 90)] {
        test.sql(&format!(
            "INSERT INTO appointment_modification_stats (company_id, customer_id, stat_type, count, period_start, \
             period_end, metadata, created_at) VALUES ({company}, {company}0, 'violation', {count}, '2026-11-21', '2026-11-21', '{{\"policy_type\": \"no_show\"}}', '2026-11-21 12:00:00')"
        ))
        .await;
    }
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let path = "/admin/policies/analytics?format";
    let all = shown(&app, &viewer, &format!("{path}=json")).await.json();
    assert_eq!(all["violations_by_type"], serde_json::json!([{"policy_type": "no_show", "violations": 3}]));
    assert_eq!((all["daily_trend"].as_array().unwrap().len(), &all["daily_trend"][28]["violations"]), (30, &3.into()));
    assert_eq!(
        (&all["top_violators"][0]["customer_id"], &all["top_violators"][0]["email"]),
        (&10.into(), &"c10@example.test".into())
    );
    let csv = shown(&app, &viewer, &format!("{path}=csv")).await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"policy_analytics_2026-11-22_120000.csv\"");
    assert_eq!(csv.body.matches("\r\n\r\n").count(), 3, "four tables: {}", csv.body);
    assert!(csv.body.starts_with("figure,value\r\n") && !csv.body.contains("90"), "{}", csv.body);
    assert!(shown(&app, &viewer, &format!("{path}=xlsx")).await.body.starts_with("PK"));
    assert_eq!(app.get(&viewer, &format!("{path}=pdf")).await.status, StatusCode::BAD_REQUEST);
    let list = shown(&app, &viewer, "/admin/policies").await;
    assert!(list.body.contains("/admin/policies/analytics?format=xlsx"), "{}", list.body);
});

on_every_database!(control_characters_are_no_words_anywhere, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    for path in ["audit?action=a%00b", "customers?q=%7F", "branches?q=a%0Ab"] {
        assert_eq!(app.get(&admin, &format!("/admin/{path}")).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    let form = [("email", "admin1\0@example.test"), ("password", "x")];
    let answer = app.post(&mut Browser::default(), "/login", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
});

on_every_database!(violations_and_changes_are_listed_as_they_are_counted, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql("INSERT INTO customers (id, company_id, name, journey_status) VALUES (105, 1, 'Late', 'lead')").await;
    let stats = [
        ("violation", "'{\"policy_type\": \"no_show\"}'"),
        ("violation", "'{\"policy_type\": \"No_Show\"}'"),
        ("violation", "'{\"policy_type\": 3}'"),
        ("violation", "'[]'"),
        ("violation", "NULL"),
        ("Violation", "'{\"policy_type\": \"no_show\"}'"),
        ("cancellation", "NULL"),
    ];
    for (kind, metadata) in stats {
        test.sql(&format!(
            "INSERT INTO appointment_modification_stats \
             (company_id, customer_id, stat_type, period_start, period_end, metadata, created_at) \
             VALUES (1, 105, '{kind}', '2026-11-01', '2026-11-30', {metadata}, '2026-11-21 10:00:00')"
        ))
        .await;
    }
    for (kind, within) in [("cancel", true), ("cancel", false), ("reschedule", true), ("Cancel", true), ("other", true)]
    {
        test.sql(&format!(
            "INSERT INTO appointment_modifications \
             (company_id, appointment_id, customer_id, modification_type, within_policy, created_at) \
             VALUES (1, 10, 105, '{kind}', {within}, '2026-11-21 10:00:00')"
        ))
        .await;
    }
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    for (query, count) in [
        ("violations?customer_id=105", 5),
        ("violations?customer_id=105&policy_type=no_show", 1),
        ("violations?customer_id=105&policy_type=other", 4),
        ("violations?customer_id=105&policy_type=no_show,other", 5),
        ("violations?q=late&created_at_from=2026-11-22", 0),
        ("modifications?customer_id=105", 3),
        ("modifications?customer_id=105&modification_type=cancel", 2),
        ("modifications?customer_id=105&within_policy=false", 1),
        ("modifications?q=late&appointment_id=10", 3),
    ] {
        let page = shown(&app, &viewer, &format!("/admin/{query}")).await;
        assert_eq!(rows(&page).len(), count, "{query}: {}", page.body);
    }
    let overview = app.json(&viewer, "/admin/widgets/violations_by_type").await.json();
    assert_eq!(overview["datasets"][0]["data"].as_array().unwrap().len(), 2, "{overview}");
    let page = shown(&app, &viewer, "/admin/violations?customer_id=105").await;
    let links = page.body.split("href=\"/admin/violations/").filter_map(|it| it.split('"').next());
    let one = links.into_iter().find(|link| link.bytes().all(|letter| letter.is_ascii_digit())).unwrap();
    let record = shown(&app, &viewer, &format!("/admin/violations/{one}")).await;
    assert!(record.body.contains("Violation ") && !record.body.contains("id=\"history\""), "{}", record.body);
    for method in ["POST", "PATCH", "DELETE"] {
        let request = viewer.request(method, &format!("/admin/violations/{one}")).body(Body::empty()).unwrap();
        assert_eq!(app.send(request).await.status, StatusCode::METHOD_NOT_ALLOWED, "to be read alone");
    }
});
