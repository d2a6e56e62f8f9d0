use super::*;
use crate::config::Sources;
use crate::db::PlatformSql;

fn config(url: &str) -> Config {
    let variables = vec![("ROLLCALL_DATABASE".to_owned(), url.to_owned())];
    Config::load(&Sources { variables, ..Sources::default() }).unwrap()
}

fn clock() -> Clock {
    Clock::system()
}

fn of<'a>(findings: &'a [Finding], area: &str) -> Vec<&'a Finding> {
    findings.iter().filter(|finding| finding.area == area).collect()
}

async fn fresh() -> (tempfile::TempDir, Config, Database) {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&format!("sqlite:{}/a.db", folder.path().display()));
    let db = Database::open(config.database.url.reveal(), 1).await.unwrap();
    (folder, config, db)
}

#[tokio::test]
async fn a_fresh_migrated_database_has_no_error() {
    let (_folder, config, db) = fresh().await;
    db.migrate_up().await.unwrap();
    let findings = examine(&config, &clock()).await;
    let bad: Vec<_> = findings.iter().filter(|finding| finding.level == Level::Error).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(of(&findings, "accounts")[0].level, Level::Warning, "nobody can sign in yet");
    for area in ["database", "schema", "time zones", "clock", "settings", "summaries", "disk"] {
        assert!(!of(&findings, area).is_empty(), "{area}");
    }
}

#[tokio::test]
async fn pending_migrations_are_one_error_that_says_what_to_do() {
    let (_folder, config, _db) = fresh().await;
    let findings = examine(&config, &clock()).await;
    let bad: Vec<_> = findings.iter().filter(|finding| finding.level == Level::Error).collect();
    assert_eq!(bad.len(), 1, "{bad:#?}");
    assert_eq!(bad[0].advice.as_deref(), Some("run `rollcall migrate up`"));
}

#[tokio::test]
async fn what_went_missing_or_wrong_is_named() {
    let (_folder, config, db) = fresh().await;
    db.migrate_up().await.unwrap();
    for text in [
        "DROP INDEX idx_nq_status_created",
        "DROP TRIGGER rollcall_staff_ins",
        "ALTER TABLE customers DROP COLUMN phone",
        "INSERT INTO companies (id, name, slug, timezone) VALUES (7, 'A', 'a', 'Europe/Berln')",
        "INSERT INTO users (company_id, name, email, password, role) VALUES (NULL, 'A', 'a@example.test', '', 'admin')",
    ] {
        db.platform().execute(&PlatformSql::new("a test breaks the schema", text), vec![]).await.unwrap();
    }
    let findings = examine(&config, &clock()).await;
    let said = format!("{findings:#?}");
    for expected in [
        "idx_nq_status_created (status, created_at)",
        "rollcall_staff_ins",
        "customers.phone",
        "did you mean `Europe/Berlin`?",
        "a@example.test of no company",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_a_finding() {
    let findings = examine(&config("mysql://app:s3cr3t@127.0.0.1:1/x"), &clock()).await;
    let database = of(&findings, "database");
    assert_eq!(database[0].level, Level::Error);
    assert!(!format!("{findings:?}").contains("s3cr3t"));
    assert!(!of(&findings, "settings").is_empty(), "the settings are looked at all the same");
}

#[tokio::test]
async fn a_pinned_clock_is_a_warning() {
    let (_folder, config, _db) = fresh().await;
    let pinned = Clock::pinned("2026-11-22T12:00:00Z".parse().unwrap());
    assert_eq!(of(&examine(&config, &pinned).await, "clock")[0].level, Level::Warning);
}
