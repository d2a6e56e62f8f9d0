//! `verify` finds every corruption, and `rebuild` mends it, even one that was killed on its way.

use std::collections::BTreeSet;

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rollcall::changes::{self, Difference};
use rollcall::tenant::TenantScope;
use serde_json::Value;

use crate::oracle::{self, Sql};
use crate::property::writer::Writer;
use crate::support::steps::killed_after;
use crate::support::{TestDb, on_every_database};

const COMPANY: i64 = 1;

/// Rows that each count somewhere, whatever the random ones are.
const SURE: [&str; 7] = [
    "INSERT INTO customers (id, company_id, name) VALUES (900, 1, 'A'), (901, 1, 'B'), (902, 1, 'C'), (903, 1, 'D')",
    "INSERT INTO staff (id, company_id, name) VALUES (900, 1, 'Ada')",
    "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config) \
     VALUES (900, 1, 'company', 1, 'no_show', '{}')",
    "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
     error_message, created_at) VALUES (900, 1, 'staff', 900, 'sms', '+49', 'failed', 'timeout', '2026-11-18 10:00:00'), \
     (901, 1, 'staff', 900, 'sms', '+49', 'failed', 'timeout', '2026-11-19 10:00:00'), \
     (902, 1, 'staff', 900, 'sms', '+49', 'failed', 'timeout', NULL), \
     (903, 1, 'staff', 900, 'sms', '+49', 'failed', NULL, '2026-11-19 11:00:00')",
    "INSERT INTO appointments (id, company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) \
     VALUES (900, 1, 900, 1, '2026-11-19 10:00:00', '2026-11-19 11:00:00', 'completed', '2026-11-18 10:00:00'), \
     (901, 1, 900, 1, '2026-11-20 10:00:00', '2026-11-20 11:00:00', 'completed', '2026-11-18 11:00:00')",
    "UPDATE staff SET branch_id = 7 WHERE id = 900",
    "INSERT INTO appointment_modification_stats (id, company_id, customer_id, stat_type, count, period_start, period_end, \
     created_at) VALUES (900, 1, 1, 'violation', 2, '2026-11-01', '2026-11-30', '2026-11-19 10:00:00'), \
     (901, 1, 1, 'violation', 1, '2026-11-01', '2026-11-30', '2026-11-20 10:00:00'), \
     (902, 1, 1, 'violation', 1, '2026-11-01', '2026-11-30', '2026-11-20 10:00:00')",
];

/// Random rows of four companies, settled. The seed is fixed: what is corrupted is the same every time.
async fn filled(test: &TestDb) -> TenantScope {
    let mut writer = Writer::new(test.backend, 42);
    for statement in writer.companies() {
        test.sql(&statement).await;
    }
    test.sql("BEGIN").await;
    for _ in 0..400 {
        let operation = writer.operation();
        if let Some(table) = operation.reread {
            test.sql(&operation.sql).await;
            let rows = Sql { test, company: COMPANY }.rows(&["id"], &format!("FROM {table}")).await;
            writer.reread(table, rows.iter().map(|row| row[0].parse().unwrap()).collect());
        } else {
            test.sql(&operation.sql).await;
        }
    }
    for statement in SURE {
        test.sql(statement).await;
    }
    // And enough of those that the tests change one after the other.
    for id in 910..930 {
        let day = id % 19 + 1;
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) VALUES \
             ({id}, 1, 900, 1, '2026-11-{day:02} 10:00:00', '2026-11-{day:02} 11:00:00', 'completed', '2026-11-18 10:00:00')"
        ))
        .await;
        let kind = if id == 910 { "cancellation" } else { "violation" };
        test.sql(&format!(
            "INSERT INTO appointment_modification_stats (id, company_id, customer_id, stat_type, period_start, period_end, \
             created_at) VALUES ({id}, 1, 1, '{kind}', '2026-11-01', '2026-11-30', '2026-11-{day:02} 10:00:00')"
        ))
        .await;
        test.sql(&format!(
            "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
             error_message, created_at) VALUES ({id}, 1, 'staff', 900, 'sms', '+49', 'failed', 'timeout', \
             '2026-11-{day:02} 10:00:00')"
        ))
        .await;
    }
    test.sql("COMMIT").await;
    let scope = test.scope(COMPANY).await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    assert_eq!(verified(test, &scope).await, []);
    scope
}

async fn verified(test: &TestDb, scope: &TenantScope) -> Vec<Difference> {
    changes::verify(&test.db, scope, &test.clock).await.unwrap()
}

async fn rebuilt(test: &TestDb, scope: &TenantScope) {
    changes::rebuild(&test.db, scope, &test.clock, &mut |_| ()).await.unwrap();
    assert_eq!(verified(test, scope).await, [], "a rebuild mends everything");
}

/// A stored JSON document: which row it is, and what it says.
struct Document {
    what: String,
    table: &'static str,
    column: &'static str,
    row: String,
    data: Value,
}

async fn documents(test: &TestDb) -> Vec<Document> {
    let sql = Sql { test, company: COMPANY };
    let mut documents = Vec::new();
    for row in sql.rows(&["day", "data"], "FROM day_summaries WHERE company_id = {company}").await {
        let condition = format!("company_id = {COMPANY} AND day = {}", row[0]);
        let data = serde_json::from_str(&row[1]).unwrap();
        let what = format!("day {}", row[0]);
        documents.push(Document { what, table: "day_summaries", column: "data", row: condition, data });
    }
    let branches = "FROM day_summaries WHERE company_id = {company} AND branches IS NOT NULL";
    for row in sql.rows(&["day", "branches"], branches).await {
        let condition = format!("company_id = {COMPANY} AND day = {}", row[0]);
        let (what, data) = (format!("day {}", row[0]), serde_json::from_str(&row[1]).unwrap());
        documents.push(Document { what, table: "day_summaries", column: "branches", row: condition, data });
    }
    let data = serde_json::from_str(&sql.value("data", "FROM company_summaries WHERE company_id = {company}").await);
    let (what, row) = ("company".to_owned(), format!("company_id = {COMPANY}"));
    documents.push(Document { what, table: "company_summaries", column: "data", row, data: data.unwrap() });
    documents
}

/// The JSON pointers of everything in `value` that is no list or object.
fn leaves(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| leaves(value, &format!("{at}/{key}"), into)),
        Value::Array(items) => {
            (0..).zip(items).for_each(|(n, value): (i32, _)| leaves(value, &format!("{at}/{n}"), into));
        }
        _ => into.push(at.to_owned()),
    }
}

fn spoil(value: &mut Value) {
    match value {
        Value::Number(number) => *value = (number.as_i64().unwrap() + 1).into(),
        Value::String(text) => match text.parse::<rust_decimal::Decimal>() {
            Ok(amount) => *text = (amount + rust_decimal::Decimal::new(1, 2)).to_string(),
            Err(_) => text.push('x'),
        },
        _ => panic!("no leaf of a summary: {value}"),
    }
}

/// A corruption: what `verify` has to name, and the statement that makes it.
struct Corruption {
    what: String,
    sql: String,
}

/// One figure in each of some documents, all fields of both kinds of documents among them.
async fn spoilt_figures(test: &TestDb, rng: &mut ChaCha8Rng) -> Vec<Corruption> {
    let mut all = Vec::new();
    for document in documents(test).await {
        let mut paths = Vec::new();
        leaves(&document.data, "", &mut paths);
        for path in paths {
            let mut data = document.data.clone();
            spoil(data.pointer_mut(&path).unwrap());
            let Document { table, column, row, .. } = &document;
            let sql = format!("UPDATE {table} SET {column} = '{}' WHERE {row}", quoted(test, &data));
            // Branches are called by their ids: what is said of each is what the whole day says.
            let field = path.split('/').nth(if *column == "data" { 1 } else { 2 }).unwrap();
            let field = format!("{table}.{column}.{field}");
            all.push((field, Corruption { what: document.what.clone(), sql }));
        }
    }
    all.shuffle(rng);
    let mut seen = BTreeSet::new();
    let fields: BTreeSet<_> = all.iter().map(|(field, _)| field.clone()).collect();
    assert_eq!(fields.len(), 12 + 4 + 11, "every field of both documents is there to be spoilt: {fields:?}");
    let (firsts, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(field, _)| seen.insert(field.clone()));
    firsts.into_iter().chain(others.into_iter().take(100)).map(|(_, corruption)| corruption).collect()
}

fn quoted(test: &TestDb, data: &Value) -> String {
    let literal = oracle::literal(test.backend, &data.to_string());
    literal[1..literal.len() - 1].to_owned()
}

/// Rows that are missing, too many, broken, or wrong in a column.
async fn spoilt_rows(test: &TestDb, rng: &mut ChaCha8Rng) -> Vec<Corruption> {
    let mut all = Vec::new();
    let mut add = |what: &str, sql: String| all.push(Corruption { what: what.to_owned(), sql });
    let documents = documents(test).await;
    for document in documents.sample(rng, 12) {
        let (table, column, row) = (document.table, document.column, &document.row);
        let data = quoted(test, &document.data);
        add(&document.what, format!("DELETE FROM {table} WHERE {row}"));
        for broken in [&data[..data.len() - 1], "", "[]", "null", "{\"n\": \"many\", \"policies\": \"many\"}"] {
            add(&document.what, format!("UPDATE {table} SET {column} = '{broken}' WHERE {row}"));
        }
        if table == "day_summaries" {
            add(&document.what, format!("UPDATE {table} SET failed = failed + 1 WHERE {row}"));
            add(&document.what, format!("UPDATE {table} SET failed = -failed - 1 WHERE {row}"));
        }
    }
    for day in [-5, 1, 1231, 19_700_101, 20_270_101, 20_261_399, 99_991_231, 2_147_483_647] {
        for data in ["{}", "{\"n\": 1}"] {
            let sql = format!("INSERT INTO day_summaries (company_id, day, data) VALUES ({COMPANY}, {day}, '{data}')");
            add(&format!("day {day}"), sql);
        }
    }
    let customers = Sql { test, company: COMPANY }
        .rows(&["customer_id"], "FROM customer_summaries WHERE company_id = {company} ORDER BY customer_id")
        .await;
    assert!(customers.len() >= 5);
    for row in customers.iter().take(5) {
        let (what, row) =
            (format!("customer {}", row[0]), format!("company_id = {COMPANY} AND customer_id = {}", row[0]));
        for set in ["journey_status = 'x'", "violations = violations + 1", "cancellations = cancellations - 1"] {
            add(&what, format!("UPDATE customer_summaries SET {set} WHERE {row}"));
        }
        add(&what, format!("UPDATE customer_summaries SET appointments = appointments + 1 WHERE {row}"));
        add(&what, format!("DELETE FROM customer_summaries WHERE {row}"));
    }
    for id in [-1, 0, 5_000, i64::MAX] {
        let columns = "company_id, customer_id, journey_status";
        add(
            &format!("customer {id}"),
            format!("INSERT INTO customer_summaries ({columns}) VALUES ({COMPANY}, {id}, 'lead')"),
        );
    }
    add("version", format!("UPDATE company_versions SET version = 1, state = 0 WHERE company_id = {COMPANY}"));
    all.pop();
    all
}

on_every_database!(every_corruption_is_found, async |test: &TestDb| {
    let scope = filled(test).await;
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut corruptions = spoilt_figures(test, &mut rng).await;
    corruptions.extend(spoilt_rows(test, &mut rng).await);
    corruptions.shuffle(&mut rng);
    assert!(corruptions.len() >= 200, "{} injections", corruptions.len());
    while !corruptions.is_empty() {
        // At most one in each place, so that each has to be named for itself.
        let mut places = BTreeSet::new();
        let (now, later): (Vec<_>, Vec<_>) = corruptions.into_iter().partition(|it| places.insert(it.what.clone()));
        for corruption in &now {
            test.sql(&corruption.sql).await;
        }
        let found: BTreeSet<_> = verified(test, &scope).await.into_iter().map(|difference| difference.what).collect();
        assert_eq!(found, places, "exactly the places that were corrupted");
        rebuilt(test, &scope).await;
        corruptions = later;
    }
});

/// Changes of raw rows, each of which some summary shows.
const RAW: [&str; 16] = [
    "DELETE FROM appointments WHERE id = {appointment}",
    "UPDATE appointments SET starts_at = '2026-{day} 03:04:05' WHERE id = {appointment}",
    "UPDATE appointments SET created_at = NULL WHERE id = {appointment}",
    "UPDATE appointments SET deleted_at = '2026-11-22 00:00:00' WHERE id = {appointment}",
    "UPDATE appointments SET status = 'scheduled' WHERE id = {appointment}",
    "UPDATE appointments SET staff_id = 999 WHERE id = {appointment}",
    "UPDATE appointments SET company_id = 2 WHERE id = {appointment}",
    "UPDATE appointment_modification_stats SET count = count + 1 WHERE id = {stat}",
    "DELETE FROM appointment_modification_stats WHERE id = {stat}",
    "UPDATE appointment_modification_stats SET stat_type = 'reschedule' WHERE id = {stat}",
    "UPDATE notification_queues SET status = 'pending' WHERE id = {notification}",
    "UPDATE notification_queues SET notifiable_type = 'company' WHERE id = {notification}",
    "UPDATE notification_queues SET created_at = '2026-{day} 03:04:05' WHERE id = {notification}",
    "UPDATE customers SET journey_status = 'elsewhere {day}' WHERE id = {customer}",
    "DELETE FROM customers WHERE id = {customer}",
    "INSERT INTO staff (id, company_id, name) VALUES (888, 1, 'Behind the back')",
];

on_every_database!(raw_rows_changed_behind_the_triggers_are_found, async |test: &TestDb| {
    let scope = filled(test).await;
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let sql = Sql { test, company: COMPANY };
    let completed = format!("{} = 'completed'", sql.exact("status"));
    let violation = format!("{} = 'violation'", sql.exact("s.stat_type"));
    let failed = format!("{} = 'failed' AND {}", sql.exact("n.status"), sql.valid_notifiable());
    for (day, change) in (10..).zip(RAW.iter().chain(&RAW[..14])) {
        let mut change = change.replace("{day}", &format!("{:02}-{:02}", 1 + day % 9, day % 28 + 1));
        for (name, rest) in [
            (
                "{appointment}",
                format!(
                    "FROM appointments WHERE company_id = {{company}} AND deleted_at IS NULL AND created_at IS NOT NULL AND {completed}"
                ),
            ),
            (
                "{stat}",
                format!(
                    "FROM appointment_modification_stats s WHERE s.company_id = {{company}} AND s.count > 0 AND s.created_at IS NOT NULL AND {violation}"
                ),
            ),
            ("{notification}", format!("FROM notification_queues n WHERE n.company_id = {{company}} AND {failed}")),
            ("{customer}", "FROM customers WHERE company_id = {company}".to_owned()),
        ] {
            let ids = sql.rows(&["id"], &rest).await;
            change = change.replace(name, &ids[rng.random_range(0..ids.len())][0]);
        }
        test.sql("BEGIN").await;
        test.sql(&change).await;
        test.sql("DELETE FROM change_log").await;
        test.sql("COMMIT").await;
        assert_ne!(verified(test, &scope).await, [], "{change}");
        if change.starts_with("INSERT") {
            test.sql("DELETE FROM staff WHERE id = 888").await;
        }
        rebuilt(test, &scope).await;
    }
});

on_every_database!(a_rebuild_that_is_killed_is_done_by_whoever_settles_next, async |test: &TestDb| {
    let scope = filled(test).await;
    let mut statements = 1;
    loop {
        for table in ["day_summaries", "customer_summaries", "company_summaries", "search_words"] {
            test.sql(&format!("DELETE FROM {table} WHERE company_id = {COMPANY}")).await;
        }
        let ended = killed_after(test, COMPANY, statements, async |db, scope, clock| {
            changes::rebuild(&db, &scope, &clock, &mut |_| ()).await
        });
        test.sql("UPDATE customers SET journey_status = 'vip' WHERE company_id = 1 AND id < 9").await;
        if ended || statements > 3 {
            // From the demand on, which is among the first statements, the database knows what is missing.
            assert_eq!(verified(test, &scope).await, [], "killed after {statements} statements");
        } else {
            rebuilt(test, &scope).await;
        }
        if ended {
            break;
        }
        statements += 2 + statements / 2;
    }
    assert!(statements > 20, "the rebuild has many steps");
});

on_every_database!(a_refresh_that_is_killed_loses_no_line, async |test: &TestDb| {
    let scope = filled(test).await;
    let mut statements = 1;
    loop {
        test.sql("UPDATE appointments SET starts_at = '2026-11-20 10:00:00' WHERE company_id = 1 AND id % 3 = 0").await;
        test.sql("UPDATE appointments SET starts_at = '2026-11-21 10:00:00' WHERE company_id = 1 AND id % 3 = 1").await;
        test.sql("UPDATE customers SET journey_status = 'vip' WHERE company_id = 1").await;
        let ended = killed_after(test, COMPANY, statements, async |db, scope, clock| {
            changes::settle(&db, &scope, &clock).await.map(|_| ())
        });
        assert_eq!(verified(test, &scope).await, [], "killed after {statements} statements");
        if ended {
            break;
        }
        statements += 2 + statements / 2;
    }
});
