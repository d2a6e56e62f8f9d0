//! Finding things: by the beginnings of words, in the own company, whoever wrote them and whatever they were before.

use axum::http::StatusCode;
use rollcall::changes;

use crate::panel::fill;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{Backend, TestDb, on_every_database, with_database};

/// What the page or the list below the field has found: title and detail of each.
fn hits(page: &Answer) -> Vec<String> {
    let part = |html: &str, class: &str| {
        let rest = html.split_once(&format!("class=\"{class}\">"))?.1;
        Some(rest.split('<').next()?.replace("&#38;", "&"))
    };
    let found = page.body.split("<a class=\"found").skip(1).map(|hit| hit.split("</a>").next().unwrap());
    let found = found.filter(|hit| !hit.starts_with(" found-all"));
    found
        .map(|hit| {
            [part(hit, "found-title"), part(hit, "found-detail")].into_iter().flatten().collect::<Vec<_>>().join("|")
        })
        .collect()
}

async fn found(app: &TestApp<'_>, browser: &Browser, typed: &str) -> Vec<String> {
    let path = format!("/admin/search/found?q={}", urlencoding::encode(typed));
    let answer = app.get(browser, &path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    hits(&answer)
}

async fn people(test: &TestDb, people: &[(i64, i64, &str, &str, &str)]) {
    for (id, company, name, email, phone) in people {
        test.sql(&format!(
            "INSERT INTO customers (id, company_id, name, email, phone) VALUES ({id}, {company}, '{name}', '{email}', '{phone}')"
        ))
        .await;
    }
}

on_every_database!(people_are_found_as_they_are_typed, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    people(
        test,
        &[
            (101, 1, "Anna Müller", "anna.m@example.test", "+49 170 1234567"),
            (102, 1, "Annabell Groß", "bell@firm.test", ""),
            (103, 1, "Zoë Ångström-Łuk", "", "0151 555"),
            (104, 2, "Anna Fremd", "anna@fremd.test", "+49 170 1234567"),
        ],
    )
    .await;
    test.sql("INSERT INTO staff (id, company_id, name, email) VALUES (101, 1, 'Anna Haar', 'haar@example.test')").await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let anna = "Anna Müller|anna.m@example.test · +49 170 1234567";
    for typed in ["anna müll", "Müller Anna", "mueller", "MULLER a", "anna.m@ex", "0170 123", "+49 170 123", "170123"]
    {
        assert_eq!(found(&app, &viewer, typed).await, [anna], "{typed}");
    }
    let both = found(&app, &viewer, "ann").await;
    assert_eq!(
        both,
        [anna, "Annabell Groß|bell@firm.test", "Anna Haar|haar@example.test"],
        "the whole word first, staff behind"
    );
    assert_eq!(found(&app, &viewer, "gross").await, ["Annabell Groß|bell@firm.test"]);
    assert_eq!(found(&app, &viewer, "@firm").await, ["Annabell Groß|bell@firm.test"]);
    assert_eq!(found(&app, &viewer, "luk ang zoe").await, ["Zoë Ångström-Łuk|0151 555"]);
    for typed in ["fremd", "nna", "annag gross", "anna@fremd", "%", "' OR 1=1 --", "\u{10ffff}"] {
        assert_eq!(found(&app, &viewer, typed).await, Vec::<String>::new(), "{typed}");
    }
    assert_eq!(found(&app, &app.signed_in("viewer2").await, "fremd").await.len(), 1);
});

on_every_database!(whoever_writes_is_found_after_the_poll_and_not_under_an_old_name, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    people(test, &[(101, 1, "Berta Alt", "", "")]).await;
    app.settle().await;
    let (viewer, other) = (app.signed_in("viewer1").await, app.signed_in("viewer2").await);
    assert_eq!(found(&app, &viewer, "alt").await.len(), 1);
    test.sql("UPDATE customers SET name = 'Berta Neu' WHERE id = 101").await;
    app.settle().await;
    assert_eq!((found(&app, &viewer, "alt").await.len(), found(&app, &viewer, "neu berta").await.len()), (0, 1));
    test.sql("UPDATE customers SET company_id = 2 WHERE id = 101").await;
    app.settle().await;
    assert_eq!((found(&app, &viewer, "neu").await.len(), found(&app, &other, "neu").await.len()), (0, 1));
    test.sql("DELETE FROM customers WHERE id = 101").await;
    app.settle().await;
    assert_eq!(found(&app, &other, "neu").await.len(), 0);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM search_words").await, 0);
    for company in [1, 2] {
        let scope = test.scope(company).await;
        assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
    }
});

on_every_database!(words_that_are_not_so_are_found_by_verify_and_mended_by_a_rebuild, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let scope = test.scope(1).await;
    for change in [
        "DELETE FROM search_words WHERE company_id = 1 AND kind = 1 AND word = 'own'",
        "UPDATE search_words SET word = 'alien' WHERE company_id = 1 AND kind = 2 AND word = 'own'",
        "INSERT INTO search_words (company_id, kind, word, subject_id) VALUES (1, 1, 'ghost', 99)",
        "INSERT INTO search_words (company_id, kind, word, subject_id) VALUES (1, 2, 'ghost', 99)",
    ] {
        test.sql(change).await;
        let found = changes::verify(&test.db, &scope, &test.clock).await.unwrap();
        assert!(found.len() == 1 && found[0].what.starts_with("words of "), "{change}: {found:?}");
        changes::rebuild(&test.db, &scope, &test.clock, &mut |_| ()).await.unwrap();
        assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), [], "{change}");
    }
});

on_every_database!(appointments_policies_and_pages_are_found, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let appointment = "1 Dec 2026, 00:30|Own customer · Own service · Confirmed";
    for typed in ["#10", "10", "1.12.2026", "2026-12-01", "1 Dec", "own c", "c10@"] {
        let hits = found(&app, &viewer, typed).await;
        assert!(hits.contains(&appointment.to_owned()), "{typed}: {hits:?}");
    }
    for typed in ["#20", "30.11.2026", "#9999999999999999999", "alien"] {
        assert_eq!(
            found(&app, &viewer, typed).await,
            Vec::<String>::new(),
            "{typed}: another's, or another day in Berlin"
        );
    }
    let policy = "No-show|Own branch · Active".to_owned();
    for typed in ["no-show", "nicht erschienen", "own bran show", "#10"] {
        assert!(found(&app, &viewer, typed).await.contains(&policy), "{typed}");
    }
    assert_eq!(found(&app, &viewer, "dash").await, ["Dashboard"]);
    assert!(!found(&app, &viewer, "").await.contains(&"Users".to_owned()), "a viewer sees no users");
    assert!(found(&app, &app.signed_in("admin1").await, "use").await.contains(&"Users".to_owned()));
    test.sql("UPDATE appointments SET deleted_at = '2026-11-20 10:00:00' WHERE id = 10").await;
    assert!(!found(&app, &viewer, "own c").await.contains(&appointment.to_owned()));
});

on_every_database!(a_search_is_a_page_too_and_takes_few_statements, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let (viewer, operator) = (app.signed_in("viewer1").await, app.signed_in("operator").await);
    for typed in ["own", "own customer", "own customer c10", "10", "0170 12"] {
        let path = format!("/admin/search/found?q={}", urlencoding::encode(typed));
        test.recorder.take();
        app.get(&viewer, &path).await;
        assert!(test.recorder.count() <= 5, "{typed}: {:?}", test.recorder.recent());
    }
    let page = app.get(&viewer, "/admin/search?q=own+customer").await;
    assert_eq!(hits(&page).len(), 2, "{}", page.body);
    for part in [
        "value=\"own customer\"",
        "href=\"/admin/customers/10\"",
        "href=\"/admin/customers?q=own+customer\"",
        "2 results",
        "action=\"/admin/search\"",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let page = app.get(&operator, "/admin/search?q=own&company=1").await;
    assert!(page.body.contains("href=\"/admin/customers/10?company=1\""), "{}", page.body);
    assert_eq!(app.get(&operator, "/admin/search?q=own").await.status, StatusCode::SEE_OTHER, "names a company first");
    assert_eq!(app.get(&viewer, "/admin/search?q=own&company=2").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&viewer, "/admin/search?q=a%00b").await.status, StatusCode::BAD_REQUEST);
    let hostile = app.get(&viewer, "/admin/search?q=%22%3E%3Cscript%3E").await;
    assert!(hostile.body.contains("Nothing found") && !hostile.body.contains("\"><script>"));
    let mut german = viewer.clone();
    german.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    let page = app.get(&german, "/admin/search?q=xyz").await;
    assert!(page.body.contains("Zu „xyz“ wurde nichts gefunden."), "{}", page.body);
});

on_every_database!(a_word_that_many_have_hides_nobody, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    // More than lists name one by one, and more than are counted.
    let rows: Vec<_> = (1_000..7_000).map(|id| format!("({id}, 1, 'Kunde N{id}', 'k{id}@example.test')")).collect();
    for rows in rows.chunks(500) {
        test.sql(&format!("INSERT INTO customers (id, company_id, name, email) VALUES {}", rows.join(", "))).await;
    }
    test.sql("INSERT INTO staff (id, company_id, name) VALUES (7, 1, 'Kunde Personal')").await;
    test.sql("INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at) VALUES (1, 1, 6999, '2026-12-01 10:00:00', '2026-12-01 10:00:00')").await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let hits = found(&app, &viewer, "kunde").await;
    assert!(hits.len() == 6 && hits.contains(&"Kunde Personal".to_owned()), "{hits:?}");
    for typed in ["kunde n6999", "n6999 kunde", "@example.test n6999"] {
        let hits = found(&app, &viewer, typed).await;
        assert_eq!(hits.first().map(String::as_str), Some("Kunde N6999|k6999@example.test"), "{typed}: {hits:?}");
        assert_eq!(hits.len(), 2, "{typed}: and their appointment: {hits:?}");
    }
    let rows = async |path: &str| {
        let answer = app.get(&viewer, &format!("/admin/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.body.split("<tbody>").nth(1).map_or(0, |body| body.matches("<tr>").count())
    };
    for (path, count) in [
        ("customers?q=kunde", 50),
        ("customers?q=kunde+%40example", 50),
        ("customers?q=kunde+n6999", 1),
        ("customers?q=kunde+n699&sort=name", 10),
        ("customers?q=kunde+zzz", 0),
        ("appointments?q=kunde", 1),
        ("appointments?q=n6999", 1),
        ("appointments?q=n6998", 0),
        ("staff?q=pers", 1),
    ] {
        assert_eq!(rows(path).await, count, "{path}");
    }
});

on_every_database!(a_search_reads_as_much_of_a_large_company_as_of_a_small_one, async |test: &TestDb| {
    if test.backend != Backend::Sqlite {
        return;
    }
    let app = TestApp::new(test).await;
    let viewer = app.signed_in("viewer1").await;
    found(&app, &viewer, "n1500").await;
    let mut read = Vec::new();
    for (from, until) in [(1_000, 2_000), (2_000, 12_000)] {
        let rows: Vec<_> =
            (from..until).map(|id| format!("({id}, 1, 'Kunde N{id}x{}', '{id}@example.test')", id % 10)).collect();
        for rows in rows.chunks(500) {
            test.sql(&format!("INSERT INTO customers (id, company_id, name, email) VALUES {}", rows.join(", "))).await;
        }
        app.settle().await;
        test.recorder.take();
        assert!(found(&app, &viewer, "n1500").await.contains(&"Kunde N1500x0|1500@example.test".to_owned()));
        read.push(test.recorder.take());
    }
    assert_eq!(read[0], read[1], "statements and rows are the same");
});

/// Measures; says so with `--nocapture`: `cargo xtask test --no-e2e -- --run-ignored only one_hundred_thousand` on all databases, or
/// `cargo nextest run -p rollcall --run-ignored only --no-capture -E 'test(one_hundred_thousand)'` on SQLite.
#[tokio::test]
#[ignore = "measures, and takes minutes"]
async fn among_one_hundred_thousand_and_more_a_search_reads_a_few_rows() {
    with_database(Backend::Sqlite, async |test: &TestDb| {
        let app = TestApp::new(test).await;
        let (firsts, lasts) = (["Anna", "Bernd", "Clara", "Dieter", "Emil"], ["Müller", "Schmidt", "Weiß", "Öztürk"]);
        for from in (0..150_000_usize).step_by(1_000) {
            let row = |id: usize| {
                let (first, last) = (firsts[id % 5], lasts[id / 5 % 4]);
                format!("({id}, 1, '{first} {last}{}', 'p{id}@example.test', '+49 170 {id:07}')", id % 997)
            };
            let rows: Vec<_> = (from + 1..=from + 1_000).map(row).collect();
            test.sql(&format!("INSERT INTO customers (id, company_id, name, email, phone) VALUES {}", rows.join(", ")))
                .await;
        }
        let begun = std::time::Instant::now();
        app.settle().await;
        println!("settled 150,000 customers in {:?}", begun.elapsed());
        println!("{} words", test.value::<i64>("SELECT COUNT(*) FROM search_words").await);
        let viewer = app.signed_in("viewer1").await;
        for typed in [
            "anna",
            "anna müller7",
            "p149999@",
            "0170 0149999",
            "@example",
            "anna zzz",
            "anna p149996",
            "müller @example anna",
        ] {
            let path = format!("/admin/search/found?q={}", urlencoding::encode(typed));
            app.get(&viewer, &path).await;
            test.recorder.take();
            let begun = std::time::Instant::now();
            let found = found(&app, &viewer, typed).await.len();
            let (took, (statements, rows)) = (begun.elapsed(), test.recorder.take());
            println!("{typed:>22}: {found} found, {statements} statements, {rows} rows, {took:?}");
            assert!(statements <= 5 && rows < 100, "{typed}");
        }
        for list in ["customers?q=anna", "customers?q=anna+p149996", "appointments?q=anna", "customers?q=anna+zzz"] {
            let begun = std::time::Instant::now();
            assert_eq!(app.get(&viewer, &format!("/admin/{list}")).await.status, StatusCode::OK);
            println!("{list:>26}: {:?}", begun.elapsed());
        }
    })
    .await;
}
