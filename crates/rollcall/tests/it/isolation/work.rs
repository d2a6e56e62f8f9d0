//! What is done beside requests: it stays in its company, too.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use rollcall::import::{self, Mapping};
use rollcall::jobs::Deliverer;
use rollcall::jobs::warm;
use rollcall::tenant::TenantScope;
use rollcall::web::Extent;
use rollcall::{accounts, changes};

use super::probe::{Place, Probe};
use super::rows::ROWS;
use super::seed::{self, AMOUNTS, CANARY, NAME};
use super::world::{Who, World, request, settings};
use super::worlds::{Worlds, in_both_worlds};
use crate::support::Backend;
use crate::support::app::TestApp;
use crate::support::smtp::SmtpServer;

const MAPPING: &str = r#"
source = "old"
[file]
timezone = "UTC"
dates = ["%Y-%m-%d %H:%M"]
[customer]
key = "{customer}"
name = "Imported {customer}"
[appointment]
key = "{key}"
starts_at = "{starts_at}"
status = "completed"
duration_minutes = 30
"#;
/// The first is the key of a customer whom the victim has imported, the second of one that the company has.
const FILE: &str = "key,customer,starts_at\na,10-77,2026-11-20 09:00\nb,20-77,2026-11-20 12:00\n";

/// What the program does of itself, or at somebody's command, for the company 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Import,
    Rebuild,
    Warm,
    /// Sends what is due, of all companies.
    Deliver,
    /// Takes their role from all admins but one, and tries to from that one.
    Demote,
}

impl Work {
    pub const ALL: [Self; 5] = [Self::Import, Self::Rebuild, Self::Warm, Self::Deliver, Self::Demote];

    /// Does it; what is wrong with it is told.
    pub async fn run(self, world: &World<'_>) -> Result<(), String> {
        let app = &world.app.app;
        let scope = world.test.scope(2).await;
        let said = |error: &dyn std::fmt::Display| format!("{self:?}: {error}");
        match self {
            Self::Import => import(world, &scope).await,
            Self::Rebuild => {
                let rebuilt = changes::rebuild(&app.db, &scope, &app.clock, &mut |_| ()).await;
                rebuilt.map_err(|error| said(&error))?;
                let differences = changes::verify(&app.db, &scope, &app.clock).await.map_err(|error| said(&error))?;
                if differences.is_empty() { Ok(()) } else { Err(format!("{differences:?}")) }
            }
            Self::Warm => {
                let users = accounts::users(&app.db, Some(2)).await.map_err(|error| said(&error))?;
                if users.iter().any(|user| user.company.as_deref() != Some("own")) {
                    return Err(format!("{users:?}"));
                }
                warm::company(app, 2, Extent::Everything).await.map(|_| ()).map_err(|error| said(&error))
            }
            Self::Demote => demote(world).await,
            Self::Deliver => {
                let smtp = SmtpServer::start(0).await.unwrap();
                let port = smtp.port.to_string();
                let node = World::again(world.test, app.db.clone(), world.cast.clone(), &mail(&port)).await;
                let mut deliverer = Deliverer::new(node.app.app.clone()).map_err(|error| said(&error))?;
                deliverer.deliver_due().await.map_err(|error| said(&error))
            }
        }
    }
}

/// Settings by which mail goes to that port here.
fn mail(port: &str) -> [(&str, &str); 4] {
    [
        ("ROLLCALL_MAIL__HOST", "127.0.0.1"),
        ("ROLLCALL_MAIL__PORT", port),
        ("ROLLCALL_MAIL__TLS", "none"),
        ("ROLLCALL_MAIL__FROM", "mail@panel.test"),
    ]
}

/// Another company's admins are no reason to leave this one without.
async fn demote(world: &World<'_>) -> Result<(), String> {
    let mut last = 0;
    for id in [14, 21, 5] {
        let asked = request(&world.cast.people[&Who::OperatorsToken], "PATCH", &format!("/api/v1/users/{id}"));
        let asked =
            asked.header("rollcall-company", "2").header("if-match", "*").header(CONTENT_TYPE, "application/json");
        last = world.app.send(asked.body(Body::from(r#"{"role": "manager"}"#)).unwrap()).await.status.as_u16();
    }
    if last == 409 { Ok(()) } else { Err(format!("the last admin's role is taken: {last}")) }
}

async fn import(world: &World<'_>, scope: &TenantScope) -> Result<(), String> {
    let (app, folder) = (&world.app.app, tempfile::tempdir().unwrap());
    for (dry_run, again) in [(true, false), (false, false), (false, true)] {
        let options = import::Options { dry_run, again, rejects: folder.path().join("rejects.csv"), at_most: None };
        let mapping = Mapping::parse(MAPPING).unwrap();
        let done = import::run(&app.db, scope, &app.clock, &mapping, FILE.as_bytes(), &options, &mut |_| ()).await;
        match done {
            Ok(report) if report.rejected == 0 => {}
            other => return Err(format!("{other:?}")),
        }
    }
    Ok(())
}

/// Looks at everything that the company's admin can look at.
pub async fn look(worlds: &Worlds<'_>, faults: &mut Vec<String>) {
    for row in ROWS.iter().filter(|row| row.method() == "GET") {
        let who = if row.is_api() { Who::Token } else { Who::Admin };
        let probe = Probe::of(&worlds.with, row, who, Place::Nowhere).await;
        worlds.judge(&probe, faults).await;
    }
}

in_both_worlds!(what_is_done_for_a_company_is_done_to_it_alone, async |worlds: &Worlds<'_>| {
    let mut faults = Vec::new();
    let before = seed::rows_of(worlds.with.test, 1, &[]).await;
    for world in [&worlds.with, &worlds.without] {
        for work in [Work::Import, Work::Rebuild, Work::Warm, Work::Demote] {
            faults.extend(work.run(world).await.err());
        }
    }
    look(worlds, &mut faults).await;
    worlds.compare_rows(&before, &mut faults).await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
});

in_both_worlds!(no_mail_has_words_of_two_companies, async |worlds: &Worlds<'_>| {
    let mut own = Vec::new();
    for world in [&worlds.with, &worlds.without] {
        let smtp = SmtpServer::start(0).await.unwrap();
        let port = smtp.port.to_string();
        let node = TestApp::with(world.test, world.test.db.clone(), settings(&mail(&port))).await;
        let mut deliverer = Deliverer::new(node.app.clone()).unwrap();
        // A while later reminders are due as well.
        for days in [0, 4] {
            world.test.clock.set(world.test.clock.now() + chrono::TimeDelta::days(days));
            deliverer.deliver_due().await.unwrap();
        }
        let mails = smtp.mails();
        for mail in &mails {
            let victims = mail.to.starts_with(CANARY);
            let shown = [CANARY, NAME].iter().chain(&AMOUNTS).find(|word| mail.text.contains(**word));
            assert!(victims || shown.is_none(), "{shown:?}: {mail:?}");
            assert!(!victims || !mail.text.contains("own "), "{mail:?}");
        }
        let to = |mail: &crate::support::smtp::Received| format!("{} {}", mail.to, mail.header("Subject"));
        let mut mine: Vec<_> = mails.iter().filter(|mail| !mail.to.starts_with(CANARY)).map(to).collect();
        mine.sort();
        own.push(mine);
    }
    assert!(!own[0].is_empty() && own[0] == own[1], "{own:#?}");
});

in_both_worlds!(an_open_dashboard_hears_of_no_other_company, async |worlds: &Worlds<'_>| {
    let world = &worlds.with;
    let mut heard = Vec::new();
    for who in [Who::Admin, Who::Viewer] {
        let asked = request(&world.cast.people[&who], "GET", "/admin/live").body(Body::empty()).unwrap();
        heard.push(world.app.listen(asked).await);
    }
    // What everybody hears who begins to listen.
    for listener in &mut heard {
        while !listener.is_silent() {}
    }
    for text in [
        "UPDATE notification_queues SET status = 'failed' WHERE company_id = 1",
        "UPDATE users SET role = 'viewer' WHERE company_id = 1",
        "DELETE FROM appointments WHERE company_id = 1 AND id = 102",
    ] {
        world.test.sql(text).await;
        world.app.settle().await;
        for listener in &mut heard {
            assert!(listener.is_silent(), "{text}");
        }
    }
    world.test.sql("UPDATE notification_queues SET status = 'failed' WHERE company_id = 2 AND id = 203").await;
    world.app.settle().await;
    for listener in &mut heard {
        let event = listener.event().await.to_string();
        assert!(!event.contains(CANARY), "{event}");
    }
});
