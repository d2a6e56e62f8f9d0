//! Pages far behind the first, of a company that has nearly all rows of a table, and of what stands above companies: none reads the
//! rows before it.

use rollcall::db::Dialect;
use sea_orm::{QueryResult, Statement};

use crate::support::app::{Browser, TestApp};
use crate::support::{Backend, TestDb, on_every_database};

/// So many pages behind the first, of fifty rows each.
const DEPTH: usize = 12;
/// A page of fifty, the one row behind it, and what a plan may look at twice.
const READ_AT_MOST: i64 = 230;
/// The same, with what a page says of each company: its version and its people.
const READ_ABOVE_AT_MOST: i64 = 500;
/// How many rows match is said by a look at two thousand of them, each perhaps seen in an index and in its table.
const COUNTED_AT_MOST: i64 = 6_100;

/// So many minutes after an instant, in SQL.
fn minutes(test: &TestDb, n: &str) -> String {
    match test.backend {
        Backend::Sqlite => format!("datetime('2026-01-01 10:00:00', '+' || ({n}) || ' minutes')"),
        Backend::MariaDb => format!("TIMESTAMP('2026-01-01 10:00:00') + INTERVAL ({n}) MINUTE"),
        Backend::Postgres => format!("TIMESTAMP '2026-01-01 10:00:00' + ({n}) * INTERVAL '1 minute'"),
    }
}

/// Twelve thousand appointments of company 1, and a few of company 2.
async fn fill(test: &TestDb) {
    test.sql("INSERT INTO customers (id, company_id, name) VALUES (1, 1, 'C'), (2, 2, 'D')").await;
    test.sql(
        "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, status, created_at) \
         VALUES (1, 1, 1, '2026-01-01 10:00:00', '2026-01-01 10:00:00', 'completed', '2026-01-01 10:00:00')",
    )
    .await;
    for doubling in 0..13 {
        let (size, at) = (1 << doubling, minutes(test, &format!("id + {}", 1 << doubling)));
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, status, created_at) \
             SELECT id + {size}, CASE WHEN id % 40 = 0 THEN 2 ELSE 1 END, CASE WHEN id % 40 = 0 THEN 2 ELSE 1 END, \
             {at}, {at}, CASE WHEN id % 5 = 0 THEN 'no_show' ELSE 'completed' END, {at} FROM appointments WHERE id <= {size}"
        ))
        .await;
    }
    test.sql(if test.backend == Backend::MariaDb { "ANALYZE TABLE appointments" } else { "ANALYZE" }).await;
}

/// Some thousand companies, and as many security events as appointments.
async fn fill_above(test: &TestDb) {
    let dialect = test.db.dialect();
    for doubling in 1..12 {
        let size = 1 << doubling;
        let name = dialect.text(&format!("id + {size}"));
        let at = minutes(test, &format!("id + {size}"));
        test.sql(&format!(
            "INSERT INTO companies (id, name, slug, created_at) \
             SELECT id + {size}, {name}, {name}, {at} FROM companies WHERE id <= {size}"
        ))
        .await;
    }
    test.sql(&format!(
        "INSERT INTO security_events (company_id, kind, subject, detail, first_at, last_at) \
         SELECT company_id, CASE WHEN id % 5 = 0 THEN 'lock_out' ELSE 'foreign_row' END, {}, 'd', starts_at, starts_at \
         FROM appointments",
        dialect.text("id")
    ))
    .await;
    let all = "companies, security_events";
    test.sql(&if test.backend == Backend::MariaDb { format!("ANALYZE TABLE {all}") } else { "ANALYZE".to_owned() })
        .await;
}

/// The statements on the table of the page behind so many others, and of the one before that, which a link leads back to.
async fn deep(app: &TestApp<'_>, name: &str, list: &str, table: &str) -> Vec<Statement> {
    let browser = app.signed_in(name).await;
    let mut address = format!("/admin/{list}");
    for _ in 0..DEPTH {
        address = beside(app, &browser, &address, "next").await;
    }
    app.test.recorder.take();
    let back = beside(app, &browser, &address, "prev").await;
    assert_eq!(app.get(&browser, &back).await.status, 200, "{back}");
    let backend = app.test.foreign.get_database_backend();
    let of_rows = app.test.recorder.bound().into_iter().filter(|(sql, _)| sql.contains(&format!(" FROM {table} t")));
    of_rows.map(|(sql, args)| Statement::from_sql_and_values(backend, sql, args)).collect()
}

/// Where the page leads: to the `next` or the `prev`ious one.
async fn beside(app: &TestApp<'_>, browser: &Browser, address: &str, which: &str) -> String {
    let page = app.get(browser, address).await;
    assert_eq!(page.status, 200, "{address}: {}", page.body);
    let link = page.body.split(&format!("rel=\"{which}\" href=\"")).nth(1).and_then(|rest| rest.split('"').next());
    link.unwrap_or_else(|| panic!("no {which} page at {address}")).replace("&#38;", "&")
}

/// Whether a statement counts rows.
fn counts(statement: &Statement) -> bool {
    statement.sql.starts_with("SELECT COUNT(")
}

/// How many rows a statement looks at; on SQLite, which counts none, whether it begins where the page begins.
async fn read(test: &TestDb, statement: &Statement) -> i64 {
    let text = |row: &QueryResult, at: usize| row.try_get_by_index::<String>(at).unwrap();
    match test.backend {
        Backend::Sqlite => {
            let plan = test.query(&format!("EXPLAIN QUERY PLAN {statement}")).await;
            let plan: Vec<_> = plan.iter().map(|row| text(row, 3)).collect();
            let begins = plan.iter().any(|step| step.contains("SEARCH t USING") && step.contains(['<', '>']));
            let sorts = plan.iter().any(|step| step == "USE TEMP B-TREE FOR ORDER BY");
            let begins = begins || counts(statement) && plan.iter().any(|step| step.contains("t USING"));
            if begins && !sorts { 0 } else { panic!("{plan:?} of {statement}") }
        }
        Backend::MariaDb => {
            test.sql("FLUSH STATUS").await;
            test.query(&statement.to_string()).await;
            let counters = test
                .query(
                    "SHOW SESSION STATUS WHERE Variable_name IN \
                     ('Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next', 'Handler_icp_attempts')",
                )
                .await;
            counters.iter().map(|row| text(row, 1).parse::<i64>().unwrap()).sum()
        }
        Backend::Postgres => {
            let plan = test.query(&format!("EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) {statement}")).await;
            let number = |line: &str, before: &str| {
                let rest = line.split(before).nth(1)?;
                rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse::<i64>().ok()
            };
            let lines = plan.iter().map(|row| text(row, 0));
            let counts = lines.filter(|line| line.contains("Scan") || line.contains("Removed by Filter"));
            let counts = counts.filter_map(|line| number(&line, "rows=").or_else(|| number(&line, "Filter: ")));
            counts.sum()
        }
    }
}

on_every_database!(a_page_does_not_read_the_rows_before_it, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    for list in [
        "",
        "?sort=starts_at",
        "?sort=-created_at",
        "?sort=starts_at&status=completed",
        "?sort=-starts_at&starts_at_from=2026-01-02&starts_at_until=2026-12-31",
    ] {
        let statements = deep(&app, "manager1", &format!("appointments{list}"), "appointments").await;
        assert!(!statements.is_empty(), "{list}");
        assert!(statements.iter().any(counts), "{list}");
        for statement in statements {
            let read = read(test, &statement).await;
            let most = if counts(&statement) { COUNTED_AT_MOST } else { READ_AT_MOST };
            assert!(read <= most, "{read} rows for {list}: {statement}");
        }
    }
});

on_every_database!(a_page_above_companies_does_not_either, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    fill_above(test).await;
    for (list, table) in [
        ("companies", "companies"),
        ("companies?sort=-name", "companies"),
        ("companies?sort=-created_at", "companies"),
        ("operations/security", "security_events"),
        ("operations/security?sort=last_at&kind=foreign_row", "security_events"),
        ("operations/security?company_id=1", "security_events"),
    ] {
        let statements = deep(&app, "operator", list, table).await;
        assert!(!statements.is_empty(), "{list}");
        for statement in statements {
            let read = read(test, &statement).await;
            let most = if counts(&statement) { COUNTED_AT_MOST } else { READ_ABOVE_AT_MOST };
            assert!(read <= most, "{read} rows for {list}: {statement}");
        }
    }
});

on_every_database!(an_index_that_is_gone_delays_nothing, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    let browser = app.signed_in("manager1").await;
    assert_eq!(app.get(&browser, "/admin/appointments?sort=starts_at").await.status, 200);
    let on = if test.db.dialect() == Dialect::MySql { " ON appointments" } else { "" };
    test.sql(&format!("DROP INDEX idx_appointments_company_starts_at{on}")).await;
    for _ in 0..2 {
        let page = app.get(&browser, "/admin/appointments?sort=starts_at").await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("rel=\"next\""), "{}", page.body);
    }
});
