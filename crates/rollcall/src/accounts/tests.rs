use secrecy::ExposeSecret;

use super::*;
use crate::audit::Actor;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::{Config, Sources};
use crate::db::Database;
use crate::tenant::Role;

fn desk() -> Actor {
    Actor::command_line("test")
}

async fn database() -> (tempfile::TempDir, Database, Clock) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&format!("sqlite:{}/a.db", folder.path().display()), 2).await.unwrap();
    db.migrate_up().await.unwrap();
    (folder, db, Clock::pinned("2026-11-22T12:00:00Z".parse().unwrap()))
}

fn salon(slug: &str) -> NewCompany {
    NewCompany { name: "Salon".into(), slug: slug.into(), timezone: "Europe/Berlin".into(), locale: "de".into() }
}

fn user(company_id: Option<i64>, email: &str, role: Role) -> NewAccount {
    NewAccount { company_id, name: "Ada".into(), email: email.into(), role, password_hash: "$argon2id$x".into() }
}

#[tokio::test]
async fn a_company_is_found_by_slug_and_by_id_and_its_slug_is_taken() {
    let (_folder, db, clock) = database().await;
    let created = create_company(&db, &clock, &desk(), salon("salon")).await.unwrap();
    assert!(created.is_active && created.timezone == "Europe/Berlin");
    assert_eq!(find_company(&db, "salon").await.unwrap().as_ref(), Some(&created));
    assert_eq!(find_company(&db, &created.id.to_string()).await.unwrap().as_ref(), Some(&created));
    assert_eq!(find_company(&db, "999").await.unwrap(), None);
    let again = create_company(&db, &clock, &desk(), salon("salon")).await.unwrap_err();
    assert!(matches!(again, AccountError::SlugTaken(_)), "{again}");
    assert_eq!(companies(&db).await.unwrap(), [created]);
}

#[tokio::test]
async fn a_user_and_their_company_go_together() {
    let (_folder, db, clock) = database().await;
    let company = create_company(&db, &clock, &desk(), salon("salon")).await.unwrap();
    let admin =
        create_user(&db, &clock, &desk(), user(Some(company.id), "Ada@Example.test", Role::Admin)).await.unwrap();
    assert_eq!((admin.email.as_str(), admin.company.as_deref()), ("ada@example.test", Some("salon")));
    let operator = create_user(&db, &clock, &desk(), user(None, "op@example.test", Role::SuperAdmin)).await.unwrap();
    for (company_id, role) in [(Some(company.id), Role::SuperAdmin), (None, Role::Viewer)] {
        let refused = create_user(&db, &clock, &desk(), user(company_id, "x@example.test", role)).await.unwrap_err();
        assert!(matches!(refused, AccountError::Role(_)), "{refused}");
    }
    let twice = create_user(&db, &clock, &desk(), user(None, "ADA@example.test", Role::SuperAdmin)).await.unwrap_err();
    assert!(matches!(twice, AccountError::EmailTaken(_)), "{twice}");
    assert_eq!(users(&db, None).await.unwrap(), [operator, admin.clone()]);
    assert_eq!(users(&db, Some(company.id)).await.unwrap(), [admin]);
}

#[tokio::test]
async fn a_reset_password_ends_that_users_sessions_alone() {
    const SESSION: PlatformSql = PlatformSql::new(
        "a test makes a session",
        "INSERT INTO rollcall_sessions (id, user_id, data, expires_at) VALUES (?, ?, '', 0)",
    );
    const LEFT: PlatformSql = PlatformSql::new("a test counts sessions", "SELECT id FROM rollcall_sessions");
    const STORED: PlatformSql = PlatformSql::new("a test reads a hash", "SELECT password FROM users WHERE id = ?");
    let (_folder, db, clock) = database().await;
    let ada = create_user(&db, &clock, &desk(), user(None, "ada@example.test", Role::SuperAdmin)).await.unwrap();
    let bob = create_user(&db, &clock, &desk(), user(None, "bob@example.test", Role::SuperAdmin)).await.unwrap();
    for (id, user) in [("a", &ada), ("b", &bob)] {
        db.platform().execute(&SESSION, vec![id.into(), user.id.into()]).await.unwrap();
    }
    reset_password(&db, &clock, &desk(), " ADA@example.test", "$argon2id$new".into()).await.unwrap();
    let left = db.platform().rows(&LEFT, vec![]).await.unwrap();
    assert_eq!(left.iter().map(|row| row.text(0).unwrap()).collect::<Vec<_>>(), ["b"]);
    let stored = db.platform().row(&STORED, vec![ada.id.into()]).await.unwrap().unwrap();
    assert_eq!(stored.text(0).unwrap(), "$argon2id$new");
    let unknown = reset_password(&db, &clock, &desk(), "eve@example.test", String::new()).await.unwrap_err();
    assert!(unknown.to_string().contains("no user eve@example.test"), "{unknown}");
}

#[tokio::test]
async fn the_secret_key_is_made_once_and_kept_unless_it_is_set() {
    let (_folder, db, _) = database().await;
    let config = Config::defaults().unwrap();
    assert!(kept_secret_key(&db).await.unwrap().is_none());
    let made = secret_key(&db, &config, &Chance::seeded(1)).await.unwrap();
    let again = secret_key(&db, &config, &Chance::seeded(2)).await.unwrap();
    assert_eq!(made.expose_secret(), again.expose_secret());
    let own = "kU3!w9Zq_Lr7x-Tb2VfHs8Ym4NcJ6pGd";
    let variables = vec![("ROLLCALL_SECRET_KEY".to_owned(), own.to_owned())];
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    assert_eq!(secret_key(&db, &config, &Chance::seeded(3)).await.unwrap().expose_secret(), own);
}
