//! What the database user may do, and what the application's own user need not.

use rollcall::adopt::{self, AdoptError};
use rollcall::db::Database;
use url::Url;

use super::{adopt_it, assert_unchanged, assert_verified, schema};
use crate::support::{Backend, TestDb, beside_every_application, connect, run};

/// The URL of the test's database for another user.
fn as_user(test: &TestDb, user: &str) -> String {
    let mut url = Url::parse(&test.url).unwrap();
    url.set_username(user).unwrap();
    url.set_password(Some("Pa55-word")).unwrap();
    url.to_string()
}

fn name(test: &TestDb) -> String {
    Url::parse(&test.url).unwrap().path().trim_start_matches('/').to_owned()
}

async fn attempt(url: &str, test: &TestDb) -> Result<(), AdoptError> {
    let db = Database::open(url, 2).await.unwrap();
    let survey = adopt::survey(&db).await.unwrap();
    let result = adopt::adopt(&db, &test.clock, &survey, &mut |_| ()).await;
    db.close().await.unwrap();
    result
}

beside_every_application!(an_application_without_rights_to_rollcalls_tables_writes_on, async |test: &TestDb| {
    let user = format!("app_{}", name(test));
    let writer = match test.backend {
        Backend::Sqlite => return,
        Backend::MariaDb => {
            test.sql(&format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'Pa55-word'")).await;
            for table in ["appointments", "customers", "invoices"] {
                test.sql(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO '{user}'@'%'")).await;
            }
            adopt_it(test).await;
            let writer = connect(&as_user(test, &user)).await;
            // A server's usual zone is the host's; columns of type TIMESTAMP then read differently in each session.
            run(&writer, "SET time_zone = '+05:45'").await;
            writer
        }
        Backend::Postgres => {
            test.sql(&format!("CREATE ROLE {user} LOGIN PASSWORD 'Pa55-word'")).await;
            test.sql(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON appointments, customers, invoices, notification_queues TO {user}")).await;
            adopt_it(test).await;
            let writer = connect(&as_user(test, &user)).await;
            run(&writer, "SET TIME ZONE 'Asia/Kathmandu'").await;
            run(&writer, "SET search_path = pg_catalog").await;
            writer
        }
    };
    let schema = if test.backend == Backend::Postgres { "public." } else { "" };
    for (id, created) in [(11, "'2026-11-20 02:00:00'"), (12, "'2026-11-20 23:50:00'"), (13, "NULL")] {
        run(
            &writer,
            &format!(
                "INSERT INTO {schema}appointments (id, company_id, customer_id, starts_at, ends_at, created_at) \
                 VALUES ({id}, 1, 1, '2026-11-20 10:00:00', '2026-11-20 11:00:00', {created})"
            ),
        )
        .await;
        assert_verified(test).await;
    }
    if test.backend == Backend::Postgres {
        // Its `created_at` is a timestamp with a zone.
        run(
            &writer,
            "INSERT INTO public.notification_queues (id, company_id, channel, recipient, created_at) \
             VALUES (11, 1, 'email', 'x', '2026-11-20 02:00:00')",
        )
        .await;
        assert_verified(test).await;
        run(&writer, "UPDATE public.notification_queues SET created_at = '2026-11-19 03:00:00' WHERE id = 11").await;
    }
    run(&writer, &format!("UPDATE {schema}appointments SET created_at = '2026-11-19 03:00:00' WHERE id = 11")).await;
    assert_verified(test).await;
    run(&writer, &format!("DELETE FROM {schema}appointments WHERE id >= 11")).await;
    assert_verified(test).await;
    writer.clone().close().await.unwrap();
    match test.backend {
        Backend::Postgres => {
            test.sql(&format!("DROP OWNED BY {user}")).await;
            test.sql(&format!("DROP ROLE {user}")).await;
        }
        _ => test.sql(&format!("DROP USER '{user}'@'%'")).await,
    }
});

beside_every_application!(a_missing_right_is_named_and_the_next_run_goes_on, async |test: &TestDb| {
    if test.backend == Backend::Sqlite {
        return; // It knows no users.
    }
    let before = schema(test).await;
    let (user, database) = (format!("few_{}", name(test)), name(test));
    let url = as_user(test, &user);
    let grants: &[(&str, &str)] = match test.backend {
        Backend::Sqlite => &[],
        Backend::MariaDb => &[
            ("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP ON {db}.* TO '{user}'@'%'", "GRANT INDEX"),
            ("GRANT INDEX ON {db}.* TO '{user}'@'%'", "GRANT ALTER"),
            ("GRANT ALTER ON {db}.* TO '{user}'@'%'", "GRANT TRIGGER"),
            ("GRANT TRIGGER ON {db}.* TO '{user}'@'%'", ""),
        ],
        Backend::Postgres => &[
            ("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}", "GRANT USAGE, CREATE ON schema public"),
            ("GRANT CREATE ON SCHEMA public TO {user}", "Let the owner run CREATE INDEX"),
            ("", "GRANT SELECT, INSERT, UPDATE, DELETE, TRIGGER ON table"),
            ("GRANT INSERT, UPDATE, DELETE, TRIGGER ON ALL TABLES IN SCHEMA public TO {user}", ""),
        ],
    };
    test.sql(&match test.backend {
        Backend::Postgres => format!("CREATE ROLE {user} LOGIN PASSWORD 'Pa55-word'"),
        _ => format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'Pa55-word'"),
    })
    .await;
    for (grant, lacks) in grants {
        match *grant {
            // On PostgreSQL indexes are for the owner to make: as many as are named.
            "" => {
                for index in adopt::survey(&test.db).await.unwrap().indexes {
                    test.sql(&format!("CREATE INDEX {} ON {} ({})", index.name, index.table, index.columns)).await;
                }
            }
            grant => test.sql(&grant.replace("{db}", &database).replace("{user}", &user)).await,
        }
        let result = attempt(&url, test).await;
        match lacks {
            &"" => result.unwrap(),
            lacks => {
                let said = result.expect_err(lacks).to_string();
                assert!(said.contains(lacks) && said.contains("goes on from here"), "{lacks} is not in: {said}");
            }
        }
    }
    assert_verified(test).await;
    let db = Database::open(&url, 2).await.unwrap();
    adopt::release(&db, &mut |_| ()).await.unwrap();
    db.close().await.unwrap();
    match test.backend {
        Backend::Postgres => {
            let left = schema(test).await;
            for (name, stays) in
                [("idx_appointments_company_status", true), ("rollcall_sessions", false), ("rollcall_staff_log", false)]
            {
                assert_eq!(left.contains(name), stays, "what the owner made stays, all else goes: {name}");
            }
            test.sql(&format!("DROP OWNED BY {user}")).await;
            test.sql(&format!("DROP ROLE {user}")).await;
        }
        _ => {
            assert_unchanged(test, &before).await;
            test.sql(&format!("DROP USER '{user}'@'%'")).await;
        }
    }
});
