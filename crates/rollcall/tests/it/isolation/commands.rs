//! What commands do, by the functions that they call; and the program itself, as somebody types it.

use std::process::Command;

use rollcall::accounts::{self, NewAccount};
use rollcall::audit::Actor;
use rollcall::changes;
use rollcall::deliver::{Channel, queue};
use rollcall::doctor::tenants;
use rollcall::events::Verb;
use rollcall::people::invitation::{self, Invited};
use rollcall::people::{self, factor};
use rollcall::tenant::Role;
use rollcall::tokens::{self, NewToken, Whose};
use rollcall::versions::Topics;

use super::seed::{self, AMOUNTS, CANARY, NAME};
use super::work::{FILE, MAPPING};
use super::world::World;
use super::worlds::{Worlds, around, both, difference};
use crate::support::Backend;

type Told = Result<Vec<String>, String>;

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn lines(all: &[impl std::fmt::Debug]) -> Vec<String> {
    all.iter().map(|one| format!("{one:?}")).collect()
}

/// `rollcall notifications list` and `retry`: the victim's, one channel's, all.
pub async fn queue(world: &World<'_>) -> Told {
    let (app, scope, actor) = (&world.app.app, world.test.scope(2).await, Actor::command_line("notifications retry"));
    let mut all = lines(&queue::set_aside(app, &scope).await.map_err(said)?);
    for (id, channel) in [(Some(101), None), (Some(201), None), (None, Some(Channel::Sms)), (None, None)] {
        let changed = queue::retry(app, &scope, &actor, id, channel).await.map_err(said)?;
        all.push(format!("{id:?} {channel:?}: {changed}"));
        if id == Some(101) && changed > 0 {
            return Err("the victim's notification is sent again".to_owned());
        }
    }
    Ok(all)
}

/// Somebody whom the victim kept out while they were its own: they are kept out still, and whoever runs the program is told so.
const MOVED: &str = "moved@example.test";

/// `rollcall user …`
pub async fn people(world: &World<'_>) -> Told {
    let (app, scope, actor) = (&world.app.app, world.test.scope(2).await, Actor::command_line("user"));
    let mut users = accounts::users(&app.db, Some(2)).await.map_err(said)?;
    users.retain(|user| user.email != MOVED);
    let mut all = lines(&users);
    let invited = |name: &str| Invited {
        email: format!("{name}@example.test"),
        name: format!("own {name}"),
        role: "viewer".to_owned(),
    };
    // The second one was invited before, by both companies.
    for name in ["fresh", "invited"] {
        let (pending, _) = invitation::invite(app, &scope, &actor, &invited(name)).await.map_err(said)?;
        all.push(format!("{pending:?}"));
    }
    all.extend(lines(&invitation::pending(&scope.db(&app.db)).await.map_err(said)?));
    for active in [false, true] {
        let account = people::switch(app, &actor, "viewer2@example.test", active).await.map_err(said)?;
        all.push(format!("{account:?}"));
    }
    let off = factor::turn_off(app, &actor, (21, Some(2)), Verb::SecondFactorReset).await.map_err(said)?;
    all.push(format!("{off}"));
    let hash: String = world.test.value("SELECT password FROM users WHERE id = 5").await;
    let reset = accounts::reset_password(&app.db, &app.clock, &actor, "manager2@example.test", hash.clone()).await;
    all.push(format!("{:?}", reset.map_err(said)?));
    let new = NewAccount {
        company_id: Some(2),
        name: "own newcomer".to_owned(),
        email: "newcomer@example.test".to_owned(),
        role: Role::Manager,
        password_hash: hash,
    };
    let made = accounts::create_user(&app.db, &app.clock, &actor, new).await.map_err(said)?;
    changes::settle(&app.db, &scope, &app.clock).await.map_err(said)?;
    all.push(format!("{made:?}"));
    Ok(all)
}

/// `rollcall token …`, and the same among a company's own.
pub async fn tokens(world: &World<'_>) -> Told {
    let (app, actor) = (&world.app.app, Actor::command_line("token"));
    let new = NewToken {
        user_id: 5,
        company_id: Some(2),
        name: "own till".to_owned(),
        abilities: "read".parse().map_err(|_| "no ability".to_owned())?,
        expires_at: None,
    };
    let (made, _) = tokens::create(&app.db, &app.clock, &app.chance, &actor, new).await.map_err(said)?;
    let mut all = Vec::new();
    for whose in [Whose::Company(2), Whose::User(5)] {
        all.extend(lines(&tokens::list(&app.db, whose).await.map_err(said)?));
        let victims = tokens::revoke(&app.db, &app.clock, &actor, whose, world.cast.tokens[0]).await.map_err(said)?;
        if victims.is_some() {
            return Err("the victim's token is found".to_owned());
        }
    }
    let revoked = tokens::revoke(&app.db, &app.clock, &actor, Whose::Company(2), made.id).await.map_err(said)?;
    all.push(format!("{revoked:?}"));
    Ok(all)
}

/// `rollcall summaries status` and `rollcall cache clear`.
pub async fn kept(world: &World<'_>) -> Told {
    let app = &world.app.app;
    let mut all = Vec::new();
    for status in changes::status(&app.db).await.map_err(said)?.iter().filter(|status| status.company_id == 2) {
        all.push(format!("{} {} {} {}", status.slug, status.pending, status.days, status.customers));
    }
    let (scope, actor) = (world.test.scope(2).await, Actor::command_line("cache clear"));
    let before: i64 = world.test.value("SELECT version FROM company_versions WHERE company_id = 2").await;
    changes::raise(&app.db, &scope, &actor, Topics::ALL, &app.clock).await.map_err(said)?;
    let after: i64 = world.test.value("SELECT version FROM company_versions WHERE company_id = 2").await;
    all.push(format!("raised by {}", after - before));
    let cleared = app.cache.clear(&rollcall::cache::Name::prefix(2)).await;
    all.push(format!("{}", cleared.complete));
    Ok(all)
}

/// `rollcall doctor tenants --company own`
pub async fn doctor(world: &World<'_>) -> Told {
    let app = &world.app.app;
    let own = accounts::find_company(&app.db, "own").await.map_err(said)?.ok_or("the company is gone")?;
    let by = (&app.clock, &app.chance);
    let report = tenants::examine(&app.db, &app.config, by, &[own], false).await.map_err(said)?;
    Ok(lines(&report.checks))
}

/// Commands that name a company, or somebody of it; those that begin with `?` tell of rows that point into another one.
const COMMANDS: [&str; 24] = [
    "summaries status --company own --json",
    "summaries rebuild --company own",
    "summaries verify --company own",
    "cache stats --company own",
    "cache clear --company own --widget policy_trend",
    "cache clear --company own",
    "notifications list --company own --json",
    "notifications retry --company own --id 201",
    "!notifications retry --company own --id 101",
    "notifications retry --company own --all",
    "user list --company own",
    "user create --role viewer --company own --name Newest --email newest@example.test --generate",
    "user invite --role viewer --company own --name Guest --email guest@example.test",
    "user deactivate viewer2@example.test",
    "user activate viewer2@example.test",
    "user reset-totp spare2@example.test",
    "user reset-password manager2@example.test --generate",
    "token create --user admin2@example.test --name till",
    "token list --company own --json",
    "token list --user admin2@example.test",
    "import appointments file.csv --company own --mapping map.toml --dry-run",
    "import appointments file.csv --company own --mapping map.toml",
    "company create --name Third",
    "?doctor tenants --company own",
];

/// What a command says, without what chance made.
fn masked(text: &str) -> String {
    let made = ["Token: ", "Password: ", "Link: "];
    // How long something took is told behind what was done.
    let timeless = |line: &str| line.split(": done in ").next().unwrap_or_default().to_owned();
    let line = |line: &str| match made.iter().find(|made| line.starts_with(**made)) {
        Some(made) => format!("{made}…"),
        None => timeless(line),
    };
    text.lines().filter(|line| !line.contains(MOVED)).map(line).collect::<Vec<_>>().join("\n")
}

/// Runs the program; answers its exit code and what it prints.
fn run(world: &World<'_>, folder: &std::path::Path, command: &str) -> String {
    let at = world.test.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let output = Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(command.trim_start_matches(['?', '!']).split_whitespace())
        .args(["--database", &world.test.url, "--at", &at])
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{:?}\n{}\n{}", output.status.code(), masked(&out), masked(&err))
}

/// The program is the same on each database, and so are the statements that the works have run: SQLite alone.
#[tokio::test]
async fn commands_for_a_company_tell_of_it_alone() {
    both(Backend::Sqlite, type_all).await;
}

async fn type_all(worlds: &Worlds<'_>) {
    let before = seed::rows_of(worlds.with.test, 1, &[]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file.csv"), FILE).unwrap();
    std::fs::write(folder.path().join("map.toml"), MAPPING).unwrap();
    let mut faults = Vec::new();
    for command in COMMANDS {
        let [here, there] = [&worlds.with, &worlds.without].map(|world| run(world, folder.path(), command));
        let fails = command.starts_with(['?', '!']);
        if !here.starts_with(if fails { "Some(1)" } else { "Some(0)" }) {
            faults.push(format!("{command}: {here}"));
        }
        let shown = [CANARY, NAME].iter().chain(&AMOUNTS).find(|word| here.contains(**word));
        faults.extend(shown.map(|word| format!("{command} shows {word}: {}", around(&here, word))));
        if here != there && !command.starts_with('?') {
            faults.push(format!("{command} tells that there is a victim: {}", difference(&here, &there)));
        }
    }
    worlds.compare_rows(&before, &mut faults).await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
