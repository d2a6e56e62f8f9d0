//! Every query behind a page, a refresh and a rebuild finds its rows by an index, on tables of some size.

use rollcall::changes;
use rollcall::summaries::{Needs, read, zone::zone};

use crate::support::app::TestApp;
use crate::support::{Backend, TestDb, on_every_database};

/// The contract's tables that grow, and the change log: none of them may be read from end to end.
const LARGE: &[&str] = &[
    "customers",
    "appointments",
    "appointment_modifications",
    "appointment_modification_stats",
    "notification_queues",
    "policy_configurations",
    "notification_configurations",
    "staff",
    "users",
    "day_summaries",
    "customer_summaries",
    "change_log",
];

/// Enough rows, for enough companies, that a plan without an index is a bad one everywhere.
async fn grow(test: &TestDb) {
    for company in 3..=40 {
        test.company(company, "Europe/Berlin").await;
    }
    // Numbers 1 to 20,000 by doubling a small table: plain SQL that all three understand.
    test.sql("CREATE TABLE numbers (n INT PRIMARY KEY)").await;
    test.sql("INSERT INTO numbers VALUES (1)").await;
    for step in 0..14 {
        test.sql(&format!("INSERT INTO numbers SELECT n + {} FROM numbers", 1 << step)).await;
    }
    for insert in fillings(test.backend) {
        test.sql(&insert).await;
    }
    let analyze = match test.backend {
        Backend::MariaDb => format!("ANALYZE TABLE {}", LARGE.join(", ")),
        Backend::Sqlite | Backend::Postgres => "ANALYZE".to_owned(),
    };
    test.sql(&analyze).await;
}

/// The statements that fill the tables, as each database understands them.
fn fillings(backend: Backend) -> Vec<String> {
    let company = "(n % 40) + 1";
    let at = "'2026-11-20 10:00:00'";
    let inserts = [
        format!("INSERT INTO customers (id, company_id, name) SELECT n, {company}, 'C' FROM numbers"),
        format!("INSERT INTO staff (id, company_id, name) SELECT n, {company}, 'S' FROM numbers"),
        format!(
            "INSERT INTO users (id, company_id, name, email, password, role) \
                 SELECT n + 100, {company}, 'U', CONCAT('u', n), 'x', 'viewer' FROM numbers"
        ),
        format!("INSERT INTO branches (id, company_id, name) SELECT n, {company}, 'B' FROM numbers"),
        format!("INSERT INTO services (id, company_id, name) SELECT n, {company}, 'S' FROM numbers"),
        format!(
            "INSERT INTO policy_configurations (company_id, configurable_type, configurable_id, policy_type, config) \
                 SELECT {company}, 'branch', n, 'no_show', '{{}}' FROM numbers"
        ),
        format!(
            "INSERT INTO notification_configurations (company_id, configurable_type, configurable_id, event_type, \
                 channel) SELECT {company}, 'branch', n, 'x', 'email' FROM numbers"
        ),
        format!(
            "INSERT INTO appointments (company_id, customer_id, staff_id, starts_at, ends_at, created_at) \
                 SELECT {company}, n, n, {at}, {at}, {at} FROM numbers"
        ),
        format!(
            "INSERT INTO appointment_modifications (company_id, appointment_id, customer_id, modification_type, \
                 created_at) SELECT {company}, n, n, 'cancel', {at} FROM numbers"
        ),
        format!(
            "INSERT INTO appointment_modification_stats (company_id, customer_id, stat_type, period_start, \
                 period_end, created_at) SELECT {company}, n, 'violation', '2026-11-01', '2026-11-30', {at} FROM numbers"
        ),
        format!(
            "INSERT INTO notification_queues (company_id, notifiable_type, notifiable_id, channel, recipient, status, \
                 created_at) SELECT {company}, 'customer', n, 'email', 'r', 'failed', {at} FROM numbers"
        ),
    ];
    let dialect = |insert: String| match backend {
        Backend::Sqlite => insert.replace("CONCAT('u', n)", "'u' || n"),
        Backend::MariaDb => insert,
        Backend::Postgres => insert
            .replace("'no_show', '{}'", "'no_show', '{}'::json")
            .replace(at, &format!("TIMESTAMP {at}"))
            .replace("'2026-11-01', '2026-11-30'", "DATE '2026-11-01', DATE '2026-11-30'"),
    };
    inserts.into_iter().map(dialect).collect()
}

/// The large tables that the plan of `sql` reads from end to end.
async fn scans(test: &TestDb, sql: &str) -> Vec<String> {
    let literal = with_literals(sql);
    match test.backend {
        Backend::Sqlite => {
            let rows = test.query(&format!("EXPLAIN QUERY PLAN {literal}")).await;
            let details = rows.iter().map(|row| row.try_get_by_index::<String>(3).unwrap());
            details
                .filter(|detail| detail.starts_with("SCAN") && !detail.contains("USING") && names_large(detail, sql))
                .collect()
        }
        Backend::MariaDb => {
            let rows = test.query(&format!("EXPLAIN {literal}")).await;
            let table =
                |row: &sea_orm::QueryResult| row.try_get_by::<Option<String>, _>("table").unwrap().unwrap_or_default();
            let kind =
                |row: &sea_orm::QueryResult| row.try_get_by::<Option<String>, _>("type").unwrap().unwrap_or_default();
            rows.iter().filter(|row| kind(row) == "ALL" && names_large(&table(row), sql)).map(table).collect()
        }
        Backend::Postgres => {
            let rows = test.query(&format!("EXPLAIN {literal}")).await;
            let lines = rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap());
            lines.filter(|line| line.contains("Seq Scan on") && names_large(line, sql)).collect()
        }
    }
}

/// Whether a line of a plan speaks of a large table, by its name or by its alias in the statement.
fn names_large(line: &str, sql: &str) -> bool {
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    LARGE.iter().any(|table| {
        let aliased = |word: &&str| {
            [format!("{table} {word} "), format!("{table} AS {word} ")].iter().any(|named| sql.contains(named.as_str()))
        };
        words.contains(table) || words.iter().any(|word| word.len() <= 3 && aliased(word))
    })
}

/// Placeholders replaced by values that every column compares with.
fn with_literals(sql: &str) -> String {
    let mut text = String::new();
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '?' || (c == '$' && chars.peek().is_some_and(char::is_ascii_digit)) {
            while c == '$' && chars.peek().is_some_and(char::is_ascii_digit) {
                chars.next();
            }
            let before = text.trim_end().to_lowercase();
            let dated = ["_at >", "_at >=", "_at <"].iter().any(|end| before.ends_with(end));
            let worded = before.ends_with("in (")
                && (before.contains("notifiable_type") && before.ends_with("_type in (")
                    || before.ends_with("as binary) in ("))
                || before.ends_with("'2',")
                || before.ends_with("journey_status =");
            text.push_str(if dated {
                "'2026-11-20 00:00:00'"
            } else if worded {
                "'2'"
            } else {
                "2"
            });
        } else {
            text.push(c);
        }
    }
    text
}

on_every_database!(no_query_reads_a_large_table_from_end_to_end, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    grow(test).await;
    let scope = test.scope(2).await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    let analyze = if test.backend == Backend::MariaDb {
        "ANALYZE TABLE day_summaries, customer_summaries, change_log"
    } else {
        "ANALYZE"
    };
    test.sql(analyze).await;
    let browser = app.signed_in("admin2").await;
    test.recorder.take();
    for path in ["/admin", "/admin?customer_compliance.journey=lead"] {
        assert_eq!(app.get(&browser, path).await.status, axum::http::StatusCode::OK);
    }
    let needs = Needs { days: 90, journey: Some("vip"), violations: true, failures: true };
    read(&scope.db(&test.db), zone("Europe/Berlin"), test.clock.now(), &needs).await.unwrap();
    test.sql("UPDATE appointments SET status = 'completed' WHERE id < 200").await;
    test.sql("UPDATE customers SET name = 'D' WHERE id < 100").await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    changes::rebuild(&test.db, &scope, &test.clock, &mut |_| ()).await.unwrap();
    let statements = test.recorder.recent();
    assert!(statements.len() > 30);
    let mut wrong = Vec::new();
    for sql in statements.iter().filter(|sql| sql.starts_with("SELECT") || sql.starts_with("WITH")) {
        let sql = sql.replace(" FOR UPDATE", "");
        for scan in scans(test, &sql).await {
            wrong.push(format!("{scan}: {sql}"));
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
});

on_every_database!(the_plan_reader_sees_a_scan, async |test: &TestDb| {
    TestApp::new(test).await;
    grow(test).await;
    let scanned = scans(test, "SELECT COUNT(*) FROM appointments WHERE status = 'completed' AND price > 3 ").await;
    assert_eq!(scanned.len(), 1, "{scanned:?}");
});
