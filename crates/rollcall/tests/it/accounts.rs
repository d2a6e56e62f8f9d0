//! Companies and users on each database.

use rollcall::accounts::{self, AccountError, NewAccount, NewCompany};
use rollcall::audit::Actor;
use rollcall::chance::Chance;
use rollcall::config::Config;
use rollcall::tenant::Role;
use rollcall::tokens::{self, NewToken, Whose};
use secrecy::ExposeSecret;

use crate::support::{TestDb, on_every_database};

fn desk() -> Actor {
    Actor::command_line("test")
}

fn user(company_id: Option<i64>, email: &str, role: Role) -> NewAccount {
    NewAccount { company_id, name: "Ada".into(), email: email.into(), role, password_hash: "$argon2id$x".into() }
}

on_every_database!(companies_and_users_are_made_found_and_refused_twice, async |test: &TestDb| {
    let salon = NewCompany {
        name: "Salon Schönhaar".into(),
        slug: "salon".into(),
        timezone: "Asia/Kathmandu".into(),
        locale: "de".into(),
    };
    let company = accounts::create_company(&test.db, &test.clock, &desk(), salon.clone()).await.unwrap();
    assert_eq!((company.name.as_str(), company.is_active), ("Salon Schönhaar", true));
    assert_eq!(accounts::find_company(&test.db, "salon").await.unwrap().as_ref(), Some(&company));
    assert_eq!(accounts::find_company(&test.db, &company.id.to_string()).await.unwrap().as_ref(), Some(&company));
    let twice = accounts::create_company(&test.db, &test.clock, &desk(), salon).await.unwrap_err();
    assert!(matches!(twice, AccountError::SlugTaken(_)), "{twice}");

    let admin = user(Some(company.id), "Ada@Example.test", Role::Admin);
    let admin = accounts::create_user(&test.db, &test.clock, &desk(), admin).await.unwrap();
    assert_eq!((admin.email.as_str(), admin.company.as_deref()), ("ada@example.test", Some("salon")));
    let by = desk();
    let operator = accounts::create_user(&test.db, &test.clock, &by, user(None, "op@example.test", Role::SuperAdmin));
    let operator = operator.await.unwrap();
    let twice =
        accounts::create_user(&test.db, &test.clock, &desk(), user(None, "ADA@example.test", Role::SuperAdmin)).await;
    assert!(matches!(twice, Err(AccountError::EmailTaken(_))), "{twice:?}");
    assert_eq!(accounts::users(&test.db, None).await.unwrap(), [operator, admin.clone()]);
    assert_eq!(accounts::users(&test.db, Some(company.id)).await.unwrap(), [admin]);
});

on_every_database!(a_reset_password_ends_that_users_sessions, async |test: &TestDb| {
    let by = desk();
    let ada = accounts::create_user(&test.db, &test.clock, &by, user(None, "ada@example.test", Role::SuperAdmin));
    let ada = ada.await.unwrap().id;
    test.sql(&format!(
        "INSERT INTO rollcall_sessions (id, user_id, data, expires_at) VALUES ('a', {ada}, '', 0), ('b', {}, '', 0)",
        ada + 1
    ))
    .await;
    accounts::reset_password(&test.db, &test.clock, &desk(), "Ada@example.test", "$argon2id$new".into()).await.unwrap();
    assert_eq!(test.value::<String>("SELECT password FROM users").await, "$argon2id$new");
    assert_eq!(test.value::<String>("SELECT id FROM rollcall_sessions").await, "b");
});

on_every_database!(a_reset_password_ends_that_users_tokens, async |test: &TestDb| {
    let (by, chance) = (desk(), Chance::seeded(3));
    let make = async |email: &str| {
        let new = user(None, email, Role::SuperAdmin);
        accounts::create_user(&test.db, &test.clock, &by, new).await.unwrap().id
    };
    let (ada, eve) = (make("ada@example.test").await, make("eve@example.test").await);
    for (user_id, name) in [(ada, "till"), (ada, "lost"), (ada, "reports"), (eve, "hers")] {
        let abilities = "read".parse().unwrap();
        let new = NewToken { user_id, company_id: None, name: name.into(), abilities, expires_at: None };
        let (token, _) = tokens::create(&test.db, &test.clock, &chance, &by, new).await.unwrap();
        if name == "lost" {
            tokens::revoke(&test.db, &test.clock, &by, Whose::User(ada), token.id).await.unwrap();
        }
    }
    accounts::reset_password(&test.db, &test.clock, &by, "ada@example.test", "$argon2id$new".into()).await.unwrap();
    let holding = tokens::list(&test.db, Whose::Anybody).await.unwrap();
    let holding: Vec<_> = holding.iter().filter(|it| it.revoked_at.is_none()).map(|it| it.name.as_str()).collect();
    assert_eq!(holding, ["hers"]);
    let lines = "SELECT COUNT(*) FROM audit_log WHERE action = 'token.revoked'";
    assert_eq!(test.value::<i64>(lines).await, 3, "a line for each, and none twice");
});

on_every_database!(nodes_that_start_together_agree_on_one_secret, async |test: &TestDb| {
    let config = Config::defaults().unwrap();
    let (first, second) = (Chance::seeded(1), Chance::seeded(2));
    let (first, second) =
        tokio::join!(accounts::secret_key(&test.db, &config, &first), accounts::secret_key(&test.db, &config, &second));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.expose_secret(), second.expose_secret());
    assert_eq!(accounts::kept_secret_key(&test.db).await.unwrap().unwrap().expose_secret(), first.expose_secret());
});
