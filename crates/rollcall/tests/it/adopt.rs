//! Standing beside a Laravel application on its own database, and leaving it as it was.

mod command;
mod foreign;
mod interrupted;
mod rights;

use std::process::Command;

use axum::http::StatusCode;
use rollcall::adopt::{self, AdoptError, Difference, State, Survey};
use rollcall::changes;
use rollcall::config::Config;
use rollcall::doctor::Level;
use url::Url;

use crate::support::app::{Browser, PASSWORD, TestApp};
use crate::support::{Backend, TestDb, beside_every_application};

/// The schema, to the letter, as the database's own tool writes it down.
fn dump(test: &TestDb) -> String {
    let url = Url::parse(&test.url).unwrap();
    let (host, port) = (url.host_str().unwrap_or_default(), url.port().unwrap_or_default().to_string());
    let name = url.path().trim_start_matches('/').to_owned();
    let output = match test.backend {
        Backend::Sqlite => unreachable!("asked for by SQL"),
        Backend::MariaDb => Command::new("mariadb-dump")
            .args(["--no-data", "--routines", "--events", "--triggers", "--skip-comments", "-uroot", "-h", host])
            .args(["-P", &port, &name])
            .output(),
        Backend::Postgres => {
            Command::new("pg_dump").args(["-s", "-U", "postgres", "-h", host, "-p", &port, &name]).output()
        }
    };
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // Each dump of PostgreSQL has a key of its own, against injection.
    let lines = text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    lines.collect::<Vec<_>>().join("\n")
}

pub(crate) async fn schema(test: &TestDb) -> String {
    if test.backend != Backend::Sqlite {
        return dump(test);
    }
    let rows = test.query("SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_master").await;
    let text = |row: &sea_orm::QueryResult, at| row.try_get_by_index::<String>(at).unwrap();
    rows.iter().map(|row| (0..4).map(|at| text(row, at)).collect::<Vec<_>>().join("|")).collect::<Vec<_>>().join("\n")
}

/// Lines that one of two schemas has and the other has not.
pub(crate) async fn assert_unchanged(test: &TestDb, before: &str) {
    let after = schema(test).await;
    let lack = |of: &str, other: &str| {
        let other: Vec<String> = other.lines().map(str::to_owned).collect();
        of.lines().filter(|line| !other.contains(&(*line).to_owned())).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(after == before, "gone: {:#?}\nnew: {:#?}", lack(before, &after), lack(&after, before));
}

/// A customer who comes and goes: both databases' counters stand where they will stand after a test's own writes.
pub(crate) async fn passing_customer(test: &TestDb) {
    test.sql("INSERT INTO customers (id, company_id, name) VALUES (9, 1, 'Ivy')").await;
    test.sql("DELETE FROM customers WHERE id = 9").await;
}

pub(crate) async fn adopt_it(test: &TestDb) -> Survey {
    let survey = adopt::survey(&test.db).await.unwrap();
    adopt::adopt(&test.db, &test.clock, &survey, &mut |_| ()).await.unwrap_or_else(|error| panic!("{error}"));
    survey
}

pub(crate) async fn assert_verified(test: &TestDb) {
    changes::settle_all(&test.db, &test.clock).await.unwrap();
    for company in rollcall::accounts::companies(&test.db).await.unwrap() {
        let scope = test.scope(company.id).await;
        assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), [], "{}", company.slug);
    }
}

pub(crate) async fn panel(test: &TestDb) -> TestApp<'_> {
    TestApp::with(test, test.db.clone(), Config::defaults().unwrap()).await
}

fn warnings(survey: &Survey) -> Vec<String> {
    let place = |it: &Difference| format!("{}.{}", it.table, it.column.clone().unwrap_or_default());
    survey.differences.iter().filter(|it| it.level == Level::Warning).map(place).collect()
}

beside_every_application!(a_laravel_application_is_adopted_and_left_without_a_trace, async |test: &TestDb| {
    let before = schema(test).await;
    let survey = adopt::survey(&test.db).await.unwrap();
    assert_unchanged(test, &before).await;
    assert_eq!((survey.state, survey.errors()), (State::Foreign, 0), "{:#?}", survey.differences);
    let warned = warnings(&survey);
    assert!(warned.contains(&"user_analytics.".to_owned()), "{warned:?}");
    let cascade = warned.contains(&"appointments.appointments_customer_id_foreign".to_owned());
    assert_eq!(cascade, test.backend == Backend::MariaDb, "{warned:?}");
    assert!(!warned.iter().any(|it| it.contains("company_id_foreign")), "a company that goes takes all with it");

    adopt_it(test).await;
    let after = adopt::survey(&test.db).await.unwrap();
    assert_eq!((after.state, after.adds()), (State::Adopted, false), "{after:#?}");
    assert_verified(test).await;
    let app = panel(test).await;
    let browser = app.signed_in("admin1").await;
    let page = app.get(&browser, "/admin").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let journeys = app.json(&browser, "/admin/widgets/customer_journey").await.json();
    assert!(journeys.to_string().contains("vip"), "{journeys}");
    app.signed_in("manager2").await;
    drop(app);

    let leaving = adopt::leaving(&test.db).await.unwrap().unwrap();
    assert!(leaving.tables.contains(&"rollcall_sessions".to_owned()) && leaving.indexes.len() > 10, "{leaving:?}");
    adopt::release(&test.db, &mut |_| ()).await.unwrap();
    assert_unchanged(test, &before).await;
    assert!(matches!(adopt::release(&test.db, &mut |_| ()).await, Err(AdoptError::State(_))), "there is nothing left");
    adopt_it(test).await;
    assert_verified(test).await;
});

beside_every_application!(an_index_that_serves_is_neither_doubled_nor_taken_along, async |test: &TestDb| {
    let survey = adopt_it(test).await;
    let served = |name: &str| survey.served.iter().find(|served| served.name == name).map(|served| served.by.as_str());
    assert_eq!(served("idx_appointments_company_starts_at"), Some("appointments_company_id_starts_at_index"));
    assert_eq!(served("idx_staff_company_active"), Some("idx_staff_company_active"));
    let made = |name: &str| survey.indexes.iter().any(|index| index.name == name);
    assert!(made("rollcall_idx_nq_status_created"), "the application has another index of that name");
    assert!(made("idx_appointments_company_customer") && !made("idx_nq_status_created"));
    // Somebody puts another index in the place of one that was made.
    let on = if test.backend == Backend::MariaDb { " ON customers" } else { "" };
    test.sql(&format!("DROP INDEX idx_customers_company_journey{on}")).await;
    test.sql("CREATE INDEX idx_customers_company_journey ON customers (journey_status)").await;
    adopt::release(&test.db, &mut |_| ()).await.unwrap();
    let left = schema(test).await;
    for name in ["idx_staff_company_active", "idx_nq_status_created", "idx_customers_company_journey"] {
        assert!(left.contains(name), "{name} is the application's");
    }
    assert!(!left.contains("rollcall_") && !left.contains("idx_appointments_company_customer"), "{left}");
});

beside_every_application!(laravel_can_check_what_is_stored_after_a_sign_in, async |test: &TestDb| {
    adopt_it(test).await;
    let stored = async || test.value::<String>("SELECT password FROM users WHERE id = 2").await;
    let before = stored().await;
    let app = panel(test).await;
    app.signed_in("admin1").await;
    assert_eq!(stored().await, before, "a hash of another application's is not rewritten");
    let mut browser = Browser::default();
    let wrong = app.post(&mut browser, "/login", &[("email", "admin1@example.test"), ("password", "wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let hash = app.app.passwords.hash(PASSWORD.into()).await.unwrap();
    assert!(hash.starts_with("$2y$12$"), "{hash}");
    // An application that was told to use argon2id checks nothing else.
    let argon2 = "$argon2id$v=19$m=65536,t=4,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0";
    test.sql(&format!("UPDATE users SET password = '{argon2}'")).await;
    let hash = panel(test).await.app.passwords.hash(PASSWORD.into()).await.unwrap();
    assert!(hash.starts_with("$argon2id$"), "{hash}");
});

beside_every_application!(what_is_missing_is_named_and_its_remedies_work_as_they_stand, async |test: &TestDb| {
    let mut broken = vec![
        "ALTER TABLE users DROP COLUMN role",
        "ALTER TABLE branches DROP COLUMN city",
        "DROP TABLE policy_configurations",
    ];
    broken.extend(match test.backend {
        Backend::Sqlite => vec![],
        Backend::MariaDb => vec![
            "ALTER TABLE users DROP FOREIGN KEY users_company_id_foreign",
            "ALTER TABLE users DROP COLUMN company_id",
            "ALTER TABLE services MODIFY price double NOT NULL DEFAULT 0",
            "ALTER TABLE customers MODIFY name varchar(255) NULL DEFAULT 'x'",
            "ALTER TABLE services MODIFY is_active tinyint(1) NULL",
            "UPDATE services SET is_active = NULL WHERE id = 1",
        ],
        Backend::Postgres => vec![
            "ALTER TABLE users DROP COLUMN company_id",
            "ALTER TABLE services ALTER price TYPE double precision",
            "ALTER TABLE services ALTER is_active DROP NOT NULL",
            "UPDATE services SET is_active = NULL WHERE id = 1",
        ],
    });
    for statement in broken {
        test.sql(statement).await;
    }
    let before = schema(test).await;
    let survey = adopt::survey(&test.db).await.unwrap();
    let refused = adopt::adopt(&test.db, &test.clock, &survey, &mut |_| ()).await.unwrap_err();
    assert!(matches!(refused, AdoptError::Differences(_)), "{refused}");
    assert_unchanged(test, &before).await;
    let said: Vec<_> =
        survey.differences.iter().map(|it| format!("{:?} {}.{:?}", it.level, it.table, it.column)).collect();
    let mut expected =
        vec!["Error users.Some(\"role\")", "Warning branches.Some(\"city\")", "Error policy_configurations.None"];
    if test.backend != Backend::Sqlite {
        let more = [
            "Error users.Some(\"company_id\")",
            "Error services.Some(\"price\")",
            "Error services.Some(\"is_active\")",
        ];
        expected.extend(more);
    }
    for expected in expected {
        assert!(said.iter().any(|said| said == expected), "{expected} is not in {said:#?}");
    }
    let role = survey.differences.iter().find(|it| it.column.as_deref() == Some("role")).unwrap();
    assert!(
        role.remedy[0].contains("ADD COLUMN role") && role.hint.as_ref().unwrap().contains("super_admin"),
        "{role:?}"
    );
    // All but those for foreign keys: what cascades is the application's to decide.
    for difference in survey.differences.iter().filter(|it| !it.what.contains("foreign key")) {
        for statement in &difference.remedy {
            test.sql(statement).await;
        }
    }
    let mended = adopt::survey(&test.db).await.unwrap();
    assert_eq!(mended.errors(), 0, "{:#?}", mended.differences);
    test.sql("UPDATE users SET role = 'admin', company_id = 1 WHERE id = 2").await;
    adopt_it(test).await;
    assert_verified(test).await;
    panel(test).await.signed_in("admin1").await;
});

beside_every_application!(what_has_a_name_of_rollcalls_stays_whose_it_is, async |test: &TestDb| {
    test.sql("CREATE TABLE company_settings (id INT)").await;
    let survey = adopt::survey(&test.db).await.unwrap();
    let error = survey.differences.iter().find(|it| it.level == Level::Error).unwrap();
    assert_eq!(error.table, "company_settings", "{error:?}");
    assert!(adopt::adopt(&test.db, &test.clock, &survey, &mut |_| ()).await.is_err());
    assert!(!test.db.is_adopted().await.unwrap());
});

beside_every_application!(migrations_leave_the_applications_tables_alone, async |test: &TestDb| {
    let refused = test.db.migrate_up().await.unwrap_err().to_string();
    assert!(refused.contains("`rollcall adopt`"), "{refused}");
    passing_customer(test).await;
    let before = schema(test).await;
    adopt_it(test).await;
    let steps = test.db.migrations().await.unwrap();
    assert!(steps.iter().all(|step| step.applied) && !steps[0].own && !steps[1].own && steps[2].own);
    test.db.migrate_down(Some(1)).await.unwrap();
    test.db.migrate_up().await.unwrap();
    test.db.migrate_down(None).await.unwrap();
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointments").await, 3, "the application's rows stay");
    assert!(test.db.migrations().await.unwrap()[0].applied);
    test.db.migrate_up().await.unwrap();
    adopt_it(test).await;
    test.sql("INSERT INTO customers (id, company_id, name) VALUES (9, 1, 'Ivy')").await;
    assert_verified(test).await;
    adopt::release(&test.db, &mut |_| ()).await.unwrap();
    assert_unchanged(test, &before).await;
});

beside_every_application!(the_doctor_knows_an_adopted_database, async |test: &TestDb| {
    use rollcall::{config::Sources, doctor};
    adopt_it(test).await;
    let variables = vec![("ROLLCALL_DATABASE".to_owned(), test.url.clone())];
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    let errors = async || {
        let found = doctor::examine(&config, &rollcall::clock::Clock::system()).await;
        assert!(found.iter().any(|it| it.what.contains("Rollcall stands beside the application")), "{found:#?}");
        found.into_iter().filter(|it| it.level == Level::Error).map(|it| it.what).collect::<Vec<_>>()
    };
    assert_eq!(errors().await, Vec::<String>::new());
    let on = if test.backend == Backend::MariaDb { " ON appointments" } else { "" };
    test.sql(&format!("DROP INDEX idx_appointments_company_customer{on}")).await;
    test.sql(match test.backend {
        Backend::Sqlite | Backend::MariaDb => "DROP TRIGGER rollcall_customers_ins",
        Backend::Postgres => "ALTER TABLE customers DISABLE TRIGGER rollcall_customers_log",
    })
    .await;
    test.sql("INSERT INTO customers (id, company_id, name) VALUES (9, 1, 'Ivy')").await;
    let said = errors().await.join("\n");
    assert!(said.contains("idx_appointments_company_customer") && said.contains("rollcall_customers_"), "{said}");
    doctor::repair(&test.db).await.unwrap();
    assert_eq!(errors().await, Vec::<String>::new());
    assert_verified(test).await;
    adopt::release(&test.db, &mut |_| ()).await.unwrap();
    assert!(!schema(test).await.contains("idx_appointments_company_customer"), "what was put back is noted too");
});
