//! The contract's schema by name, and a plan by index for every statement behind a page, a refresh and a rebuild.

use rollcall::app::App;
use rollcall::audit::{self, Actor, ActorKind, Entry, Filter};
use rollcall::booking::{self, Cancel, Close, NewAppointment, Reschedule};
use rollcall::chance::Chance;
use rollcall::changes;
use rollcall::config::{Config, Sources};
use rollcall::db::Mode;
use rollcall::events::Thing;
use rollcall::jobs::Deliverer;
use rollcall::security;
use rollcall::summaries::{Needs, read};
use rollcall::tenant::OperatorScope;
use sea_orm::Statement;

use crate::support::app::TestApp;
use crate::support::smtp::{Conduct, SmtpServer};
use crate::support::{Backend, TestDb, on_every_database};

/// The contract, table by table.
const TABLES: [(&str, &str); 13] = [
    ("companies", "id name slug timezone locale is_active created_at updated_at"),
    ("branches", "id company_id name city is_active created_at updated_at"),
    ("services", "id company_id name duration_minutes price is_active created_at updated_at"),
    ("users", "id company_id name email password role created_at updated_at"),
    ("staff", "id company_id branch_id name email is_active created_at updated_at"),
    ("customers", "id company_id name email phone journey_status created_at updated_at"),
    (
        "appointments",
        "id company_id branch_id service_id staff_id customer_id starts_at ends_at status price created_at updated_at \
         deleted_at",
    ),
    (
        "appointment_modifications",
        "id company_id appointment_id customer_id modification_type within_policy fee_charged reason modified_by_type \
         modified_by_id metadata created_at updated_at",
    ),
    (
        "appointment_modification_stats",
        "id company_id customer_id stat_type count period_start period_end metadata created_at updated_at",
    ),
    (
        "policy_configurations",
        "id company_id configurable_type configurable_id policy_type config is_active is_override overrides_id \
         created_at updated_at deleted_at",
    ),
    (
        "notification_configurations",
        "id company_id configurable_type configurable_id event_type channel is_enabled created_at updated_at",
    ),
    (
        "notification_queues",
        "id company_id notification_configuration_id notifiable_type notifiable_id channel recipient payload status \
         retry_count error_message provider_message_id scheduled_at sent_at delivered_at failed_at created_at updated_at",
    ),
    ("user_analytics", "id company_id user_id session_id event feature satisfaction_score created_at"),
];

/// The eleven indexes.
const INDEXES: [(&str, &str, &str); 11] = [
    ("idx_appointments_company_starts_at", "appointments", "company_id starts_at"),
    ("idx_appointments_company_status", "appointments", "company_id status"),
    ("idx_ams_customer_stat_type", "appointment_modification_stats", "customer_id stat_type"),
    ("idx_ams_company_created", "appointment_modification_stats", "company_id created_at"),
    ("idx_ams_stat_type_created", "appointment_modification_stats", "stat_type created_at"),
    ("idx_nq_status_created", "notification_queues", "status created_at"),
    ("idx_nq_channel_created_status", "notification_queues", "channel created_at status"),
    ("idx_nq_created_status", "notification_queues", "created_at status"),
    ("idx_staff_company_active", "staff", "company_id is_active"),
    ("idx_customers_company_journey", "customers", "company_id journey_status"),
    ("idx_policy_configs_company_active", "policy_configurations", "company_id is_active"),
];

/// The first column of a query, joined by blanks.
async fn words(test: &TestDb, text: &str) -> String {
    let rows = test.query(text).await;
    let words: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    words.join(" ")
}

on_every_database!(the_contracts_tables_have_their_columns, async |test: &TestDb| {
    for (table, columns) in TABLES {
        let text = match test.backend {
            Backend::Sqlite => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
            Backend::MariaDb => format!(
                "SELECT column_name FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND table_name = '{table}' ORDER BY ordinal_position"
            ),
            Backend::Postgres => format!(
                "SELECT column_name::text FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
            ),
        };
        assert_eq!(words(test, &text).await, columns, "{table}");
    }
});

on_every_database!(the_contracts_indexes_have_their_names, async |test: &TestDb| {
    for (index, table, columns) in INDEXES {
        let text = match test.backend {
            Backend::Sqlite => format!("SELECT name FROM pragma_index_info('{index}') ORDER BY seqno"),
            Backend::MariaDb => format!(
                "SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE() \
                 AND table_name = '{table}' AND index_name = '{index}' ORDER BY seq_in_index"
            ),
            Backend::Postgres => format!(
                "SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid \
                 JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(column_number, place) ON k.column_number = a.attnum \
                 WHERE i.indexrelid = '{index}'::regclass AND i.indrelid = '{table}'::regclass ORDER BY k.place"
            ),
        };
        assert_eq!(words(test, &text).await, columns, "{index}");
    }
});

/// Tables that grow with a company's business. `company_versions` has a row a company, `staff` a few.
const LARGE: [&str; 11] = [
    "appointments",
    "appointment_modifications",
    "appointment_modification_stats",
    "notification_queues",
    "customers",
    "customer_summaries",
    "day_summaries",
    "change_log",
    "audit_log",
    "security_events",
    "search_words",
];

/// Some ten thousand rows of eight companies; every table doubles from a first row until it is large.
pub async fn fill(test: &TestDb) {
    let day = |n: &str| match test.backend {
        Backend::Sqlite => format!("datetime('2026-11-20 10:00:00', '-' || (({n}) % 170) || ' days')"),
        Backend::MariaDb => format!("TIMESTAMP('2026-11-20 10:00:00') - INTERVAL (({n}) % 170) DAY"),
        Backend::Postgres => format!("TIMESTAMP '2026-11-20 10:00:00' - (({n}) % 170) * INTERVAL '1 day'"),
    };
    let company = "id % 8 + 1";
    let at = day("id / 8");
    for (table, columns, first, next, doublings) in [
        (
            "customers",
            "company_id, name, journey_status",
            "1, 'C', 'lead'".to_owned(),
            format!("{company}, 'C', 'vip'"),
            11,
        ),
        ("staff", "company_id, name", "1, 'S'".to_owned(), format!("{company}, 'S'"), 6),
        (
            "appointments",
            "company_id, customer_id, staff_id, starts_at, ends_at, status, created_at",
            "1, 1, 1, '2026-11-20 10:00:00', '2026-11-20 10:00:00', 'completed', '2026-11-20 10:00:00'".to_owned(),
            format!("{company}, id % 2000 + 1, id % 60 + 1, {at}, {at}, 'completed', {at}"),
            14,
        ),
        (
            "appointment_modification_stats",
            "company_id, customer_id, stat_type, period_start, period_end, created_at",
            "1, 1, 'violation', '2026-11-01', '2026-11-30', '2026-11-20 10:00:00'".to_owned(),
            format!("{company}, id % 2000 + 1, 'violation', period_start, period_end, {at}"),
            13,
        ),
        (
            "appointment_modifications",
            "company_id, appointment_id, customer_id, modification_type, created_at",
            "1, 1, 1, 'cancel', '2026-11-20 10:00:00'".to_owned(),
            format!("{company}, 1, 1, 'cancel', {at}"),
            13,
        ),
        (
            "notification_queues",
            "company_id, notifiable_type, notifiable_id, channel, recipient, status, created_at",
            "1, 'customer', 1, 'email', 'a', 'failed', '2026-11-20 10:00:00'".to_owned(),
            format!(
                "{company}, 'customer', id % 2000 + 1, 'email', 'a', CASE WHEN id % 9 = 0 THEN 'failed' ELSE 'sent' END, {at}"
            ),
            13,
        ),
    ] {
        test.sql(&format!("INSERT INTO {table} (id, {columns}) VALUES (1, {first})")).await;
        double(test, table, columns, &next, doublings).await;
    }
    written(test, &at).await;
    changes::settle_all(&test.db, &test.clock).await.unwrap();
    analyze(test).await;
    if test.backend == Backend::Postgres {
        // Whoever has no index to use shows it, however small the table is.
        test.sql("SET enable_seqscan = off").await;
    }
}

/// What the program itself wrote down; its ids are the database's.
async fn written(test: &TestDb, at: &str) {
    let entries: Vec<_> = (0..4_000_i64)
        .map(|n| Entry {
            action: format!("policy.{}", if n % 3 == 0 { "updated" } else { "created" }),
            subject_kind: "policy",
            subject_id: Some(n),
            before: None,
            after: None,
        })
        .collect();
    for company in [1, 2] {
        let tx = test.scope(company).await.db(&test.db).begin(Mode::Write).await.unwrap();
        audit::record(&tx, &Actor::job("test"), &entries, test.clock.now_utc()).await.unwrap();
        tx.commit().await.unwrap();
    }
    let subject = test.db.dialect().text("id");
    test.sql(&format!(
        "INSERT INTO security_events (company_id, kind, subject, detail, first_at, last_at) \
         SELECT id % 8 + 1, 'foreign_row', {subject}, 'd', {at}, {at} FROM appointments WHERE id <= 8000"
    ))
    .await;
}

async fn double(test: &TestDb, table: &str, columns: &str, next: &str, doublings: u32) {
    for doubling in 0..doublings {
        let size = 1 << doubling;
        test.sql(&format!(
            "INSERT INTO {table} (id, {columns}) SELECT id + {size}, {next} FROM {table} WHERE id <= {size}"
        ))
        .await;
    }
}

async fn analyze(test: &TestDb) {
    let tables = if test.backend == Backend::MariaDb { format!("TABLE {}", LARGE.join(", ")) } else { String::new() };
    test.sql(&format!("ANALYZE {tables}")).await;
}

/// Steps of the statement's plan that read a large table from one end to the other.
async fn scans(test: &TestDb, sql: &str) -> Vec<String> {
    let (explain, detail) = match test.backend {
        Backend::Sqlite => ("EXPLAIN QUERY PLAN", 3),
        Backend::MariaDb => ("EXPLAIN", 0),
        Backend::Postgres => ("EXPLAIN", 0),
    };
    let is_large =
        |name: &str| LARGE.iter().any(|table| *table == name || alias_of(sql, table).is_some_and(|it| it == name));
    let mut scans = Vec::new();
    for row in test.query(&format!("{explain} {sql}")).await {
        let (name, step) = match test.backend {
            Backend::Sqlite => {
                let step: String = row.try_get_by_index(detail).unwrap();
                (step.strip_prefix("SCAN ").unwrap_or_default().split(' ').next().unwrap_or_default().to_owned(), step)
            }
            Backend::MariaDb => {
                let text = |column: &str| row.try_get::<Option<String>>("", column).unwrap().unwrap_or_default();
                let whole = matches!(text("type").as_str(), "ALL" | "index");
                let step = format!("{} {} {} {}", text("table"), text("type"), text("key"), text("Extra"));
                (if whole { text("table") } else { String::new() }, step)
            }
            Backend::Postgres => {
                let step: String = row.try_get_by_index(detail).unwrap();
                let name = step.split_once("Seq Scan on ").map_or("", |(_, rest)| rest.split(' ').next().unwrap());
                (name.to_owned(), step)
            }
        };
        if is_large(&name) {
            scans.push(step);
        }
    }
    scans
}

/// The alias under which a statement knows a table.
fn alias_of<'a>(sql: &'a str, table: &str) -> Option<&'a str> {
    let (_, rest) = sql.split_once(&format!(" {table} "))?;
    let mut words = rest.split_whitespace();
    let word = words.next()?;
    let alias = if word == "AS" { words.next()? } else { word };
    alias.chars().all(char::is_lowercase).then_some(alias)
}

/// What ran since the recorder was last asked, each statement with its values in place.
pub fn ran(test: &TestDb) -> Vec<String> {
    let backend = test.foreign.get_database_backend();
    let queries = test.recorder.bound().into_iter().filter(|(sql, _)| !sql.starts_with("INSERT"));
    queries.map(|(sql, args)| Statement::from_sql_and_values(backend, sql, args).to_string()).collect()
}

/// An appointment's life, and what is read of it afterwards.
async fn booked_and_read(app: &TestApp<'_>) {
    let (scope, actor) = (app.test.scope(1).await, Actor::job("test"));
    let new = |starts_at: &str| NewAppointment {
        customer_id: 24,
        branch_id: None,
        service_id: None,
        staff_id: Some(24),
        starts_at: starts_at.parse().unwrap(),
        ends_at: None,
        status: None,
        price: None,
    };
    let (app, test) = (&app.app, app.test);
    let id = booking::create(app, &scope, &actor, &new("2026-11-30T10:00:00")).await.unwrap().id;
    booking::check(app, &scope, id, None).await.unwrap();
    let starts_at = "2026-11-29T10:00:00".parse().unwrap();
    let moved = Reschedule { id, starts_at, ends_at: None, reason: None, force: false, by: None, tag: None };
    booking::reschedule(app, &scope, &actor, &moved).await.unwrap();
    booking::cancel(app, &scope, &actor, &Cancel { id, ..Cancel::default() }).await.unwrap();
    let past = booking::create(app, &scope, &actor, &new("2026-11-20T10:00:00")).await.unwrap().id;
    booking::no_show(app, &scope, &actor, &Close { id: past, tag: None }).await.unwrap();
    booking::reopening(app, &scope, past).await.unwrap();
    booking::reopen(app, &scope, &actor, &Close { id: past, tag: None }).await.unwrap();
    security::missing(app, &actor, &scope, Thing::Customer, 9, "/").await.unwrap();
    let everything = Filter { before: Some(5_000), ..Filter::default() };
    for filter in [
        Filter::default(),
        Filter { subject_kind: Some("policy".into()), subject_id: Some(7), ..everything.clone() },
        Filter { actor_kind: Some(ActorKind::User), actor_id: Some(3), ..everything },
    ] {
        audit::lines(&scope.db(&test.db), &filter, 50).await.unwrap();
    }
    let operator = OperatorScope::of_program("test");
    security::events(&test.db, &operator, 50).await.unwrap();
}

/// What runs while notifications are sent, tried again and set aside.
async fn deliver(test: &TestDb) -> Vec<String> {
    let smtp = SmtpServer::start(0).await.unwrap();
    let greylisted = [("a@example.test".to_owned(), "451 later".to_owned())].into();
    smtp.conduct(Conduct { answers: greylisted, ..Conduct::default() });
    test.sql("UPDATE notification_queues SET recipient = 'a@example.test' WHERE status = 'pending'").await;
    let set = |name: &str, value: String| (format!("ROLLCALL_{name}"), value);
    let variables = vec![
        set("MAIL__HOST", "127.0.0.1".to_owned()),
        set("MAIL__PORT", smtp.port.to_string()),
        set("MAIL__TLS", "none".to_owned()),
        set("MAIL__FROM", "mail@panel.test".to_owned()),
    ];
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    let app = App::new(config, test.db.clone(), test.clock.clone(), Chance::seeded(5)).await.unwrap();
    let mut deliverer = Deliverer::new(app).unwrap();
    test.recorder.take();
    deliverer.deliver_due().await.unwrap();
    // Those without a payload are set aside; the others wait for their next try.
    test.clock.set(test.clock.now() + chrono::TimeDelta::seconds(60));
    deliverer.deliver_due().await.unwrap();
    test.clock.set(crate::support::NOW.parse().unwrap());
    let ran = ran(test);
    assert!(ran.iter().any(|sql| sql.contains("deliveries")), "{ran:?}");
    ran
}

/// The panel's lists: as they are at first, narrowed, searched, ordered.
const LISTS: [&str; 38] = [
    "companies",
    "companies?sort=-created_at",
    "operations/security",
    "operations/security?kind=foreign_row",
    "operations/security?company_id=3&last_at_from=2026-11-01",
    "operations/security?company_id=3&kind=foreign_row&sort=last_at",
    "customers",
    "customers?sort=name",
    "customers?sort=-name&journey_status=vip",
    "customers?q=c",
    "appointments",
    "appointments?sort=starts_at&status=completed",
    "appointments?customer_id=9",
    "appointments?staff_id=25",
    "appointments?service_id=1&branch_id=1",
    "appointments?starts_at_from=2026-11-01&starts_at_until=2026-11-02",
    "appointments?q=c",
    "notifications",
    "notifications?status=failed",
    "notifications?status=failed&channel=email",
    "notifications?notifiable_type=customer&notifiable_id=9",
    "notifications?q=c",
    "policies",
    "staff",
    "customers?q=c+c1",
    "inbox",
    "inbox/new",
    "search?q=c",
    "search?q=c+c1",
    "search?q=%239",
    "search?q=2026-11-20",
    "violations",
    "violations?policy_type=no_show&created_at_from=2026-11-01",
    "violations?customer_id=9",
    "modifications",
    "modifications?modification_type=cancel&within_policy=true",
    "modifications?appointment_id=9",
    "modifications?q=c",
];

/// The lists, a page behind their first, and back.
async fn listed(app: &TestApp<'_>) -> Vec<String> {
    let browser = app.signed_in("manager1").await;
    let operator = app.signed_in("operator").await;
    app.test.recorder.take();
    for list in LISTS {
        let above = ["companies", "operations"].iter().any(|above| list.starts_with(above));
        let browser = if above { &operator } else { &browser };
        let page = app.get(browser, &format!("/admin/{list}")).await;
        assert_eq!(page.status, 200, "{list}: {}", page.body);
        let next = page
            .body
            .split("rel=\"next\" href=\"")
            .nth(1)
            .or_else(|| page.body.split("href=\"").find(|it| it.contains("after=")));
        if let Some(next) = next.and_then(|next| next.split('"').next()) {
            let page = app.get(browser, &next.replace("&#38;", "&")).await;
            assert_eq!(page.status, 200, "{next}: {}", page.body);
            let previous = page.body.split("rel=\"prev\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
            if let Some(previous) = previous {
                let page = app.get(browser, &previous.replace("&#38;", "&")).await;
                assert_eq!(page.status, 200, "{previous}: {}", page.body);
            }
        }
    }
    ran(app.test)
}

on_every_database!(every_statement_reads_by_an_index, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for id in 3..=8 {
        test.company(id, "Europe/Berlin").await;
    }
    fill(test).await;
    test.ids_go_on("appointments").await;
    test.ids_go_on("appointment_modification_stats").await;
    test.ids_go_on("appointment_modifications").await;
    test.ids_go_on("notification_queues").await;
    test.sql(
        "INSERT INTO policy_configurations (company_id, configurable_type, configurable_id, policy_type, config) VALUES \
         (1, 'company', 1, 'cancellation', '{\"max_cancellations_per_month\": 9}'), \
         (1, 'company', 1, 'reschedule', '{\"max_reschedules_per_appointment\": 9}'), (1, 'company', 1, 'no_show', '{}')",
    )
    .await;
    test.sql(
        "INSERT INTO notification_configurations (company_id, configurable_type, configurable_id, event_type, channel) \
         VALUES (1, 'company', 1, 'appointment_reminder', 'push'), (1, 'company', 1, 'appointment_cancelled', 'push')",
    )
    .await;
    let browser = app.signed_in("manager1").await;
    let scope = test.scope(1).await;
    let mut statements = Vec::new();
    test.recorder.take();
    app.get(&browser, "/admin").await;
    for journey in [None, Some("vip")] {
        let needs = Needs { days: 90, journey, branch: None, violations: true, failures: true };
        read(&scope.db(&test.db), chrono_tz::Tz::Europe__Berlin, test.clock.now(), &needs).await.unwrap();
    }
    statements.extend(ran(test));
    statements.extend(listed(&app).await);
    test.recorder.take();
    booked_and_read(&app).await;
    statements.extend(ran(test));
    test.sql("UPDATE appointments SET status = 'cancelled' WHERE id = 16").await;
    test.sql("UPDATE notification_queues SET created_at = NULL WHERE id = 16").await;
    test.sql("DELETE FROM customers WHERE id = 16").await;
    test.recorder.take();
    changes::settle_all(&test.db, &test.clock).await.unwrap();
    statements.extend(ran(test));
    test.recorder.take();
    changes::rebuild(&test.db, &scope, &test.clock, &mut |_| ()).await.unwrap();
    changes::verify(&test.db, &scope, &test.clock).await.unwrap();
    statements.extend(ran(test));
    test.sql("UPDATE notification_queues SET status = 'pending', scheduled_at = created_at WHERE id % 1000 = 1").await;
    test.sql("UPDATE notification_queues SET scheduled_at = NULL WHERE id % 2000 = 1").await;
    analyze(test).await;
    statements.extend(deliver(test).await);
    // As after a bulk load, which is when the log's plans matter.
    test.sql("INSERT INTO change_log (company_id, scope, subject) SELECT id % 8 + 1, 'policy', '+' FROM appointments")
        .await;
    analyze(test).await;
    assert!(statements.len() > 25, "{} statements", statements.len());
    let mut found = Vec::new();
    for sql in statements {
        let scans = scans(test, &sql).await;
        if !scans.is_empty() {
            found.push(format!("{scans:?} in {sql}"));
        }
    }
    assert_eq!(found, Vec::<String>::new());
    // The test itself can see a scan.
    assert_ne!(scans(test, "SELECT price FROM appointments a WHERE a.price > 1").await, Vec::<String>::new());
});
