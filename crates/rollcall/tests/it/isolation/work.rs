//! What is done beside requests: it stays in its company, too.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use rollcall::changes;
use rollcall::import::{self, Mapping};
use rollcall::jobs::Deliverer;
use rollcall::jobs::warm;
use rollcall::tenant::TenantScope;
use rollcall::web::Extent;

use super::commands;
use super::jobs;
use super::probe::{Place, Probe};
use super::rows::ROWS;
use super::seed::{self, AMOUNTS, CANARY, NAME};
use super::world::{Who, World, request};
use super::worlds::{Worlds, around, difference, in_both_worlds};
use crate::reports::letters::parts;
use crate::support::Backend;
use crate::support::smtp::SmtpServer;

pub const MAPPING: &str = r#"
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
/// The first are the keys of an appointment and a customer that the victim has imported, the second of a customer that the company has.
pub const FILE: &str = "key,customer,starts_at\n10-a,10-77,2026-11-20 09:00\nb,20-77,2026-11-20 12:00\n";

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
    /// Settles what a foreign application wrote, in all companies.
    Poll,
    /// Works on many rows, of all companies.
    Bulk,
    /// Makes and sends the reports that are due, of all companies.
    Reports,
    /// Brings a file in by the browser.
    Upload,
    /// Draws what is on a screen ahead.
    Ahead,
    /// The queue of notifications, at a command.
    Queue,
    /// Users, at a command.
    People,
    /// Tokens, at a command.
    Tokens,
    /// What is kept and what is stored, at a command.
    Kept,
    /// Looks for rows that point into another company.
    Doctor,
    /// Looks at figures, before and after they change.
    Fresh,
    /// Saves over what somebody else of the company has saved meanwhile.
    Late,
}

impl Work {
    pub const ALL: [Self; 17] = [
        // First, as whatever questions run as well is done by few works.
        Self::Fresh,
        Self::Late,
        Self::Import,
        Self::Rebuild,
        Self::Warm,
        Self::Deliver,
        Self::Demote,
        Self::Poll,
        Self::Bulk,
        Self::Reports,
        Self::Upload,
        Self::Ahead,
        Self::Queue,
        Self::People,
        Self::Tokens,
        Self::Kept,
        Self::Doctor,
    ];

    /// Whether the victim's own rows change by it, too: it does what is due of all companies.
    pub fn is_for_all(self) -> bool {
        matches!(self, Self::Deliver | Self::Poll | Self::Bulk | Self::Reports | Self::Fresh | Self::Late)
    }

    /// Does it; answers what the company is told of it, or what is wrong.
    pub async fn run(self, world: &World<'_>) -> Result<Vec<String>, String> {
        let app = &world.app.app;
        let scope = world.test.scope(2).await;
        let before: i64 = world.test.value("SELECT COALESCE(MAX(id), 0) FROM audit_log").await;
        let done = match self {
            Self::Import => import(world, &scope).await,
            Self::Rebuild => {
                let rebuilt = changes::rebuild(&app.db, &scope, &app.clock, &mut |_| ()).await;
                rebuilt.map_err(|error| format!("{self:?}: {error}"))?;
                let differences = changes::verify(&app.db, &scope, &app.clock).await;
                differences.map(|all| all.iter().map(|one| format!("{one:?}")).collect()).map_err(|it| it.to_string())
            }
            Self::Warm => warm::company(app, 2, Extent::Everything)
                .await
                .map(|warmed| vec![format!("{warmed:?}")])
                .map_err(|error| error.to_string()),
            Self::Demote => demote(world).await,
            Self::Deliver => {
                let smtp = SmtpServer::start(0).await.unwrap();
                let node = mailing(world, &smtp).await;
                let mut deliverer = Deliverer::new(node.app.app.clone()).map_err(|error| error.to_string())?;
                jobs::into_the_other_company(world).await;
                let now = world.test.clock.now();
                // A while later reminders are due as well.
                for days in [0, 4] {
                    world.test.clock.set(now + chrono::TimeDelta::days(days));
                    deliverer.deliver_due().await.map_err(|error| error.to_string())?;
                }
                world.test.clock.set(now);
                mails(&smtp)
            }
            Self::Poll => jobs::poll(world).await,
            Self::Bulk => jobs::bulk(world).await,
            Self::Reports => jobs::reports(world).await,
            Self::Upload => jobs::upload(world).await,
            Self::Ahead => jobs::ahead(world).await,
            Self::Queue => commands::queue(world).await,
            Self::People => commands::people(world).await,
            Self::Tokens => commands::tokens(world).await,
            Self::Kept => commands::kept(world).await,
            Self::Doctor => commands::doctor(world).await,
            Self::Fresh => jobs::fresh(world).await,
            Self::Late => jobs::late(world).await,
        };
        let mut told = done.map_err(|what| format!("{self:?}: {what}"))?;
        // What the company reads of it in its audit log. That somebody reached for a row is told of where there is one.
        let lines = "SELECT CONCAT(action, ' ', COALESCE(subject_id, 0), ' ', COALESCE(state_after, '')) FROM audit_log \
                     WHERE company_id = 2 AND action NOT LIKE 'security.%'";
        for row in world.test.query(&format!("{lines} AND id > {before} ORDER BY id")).await {
            told.push(row.try_get_by_index(0).unwrap());
        }
        Ok(told)
    }

    /// Does it in both worlds, and judges what the company was told and what was written to the log.
    pub async fn judge(self, worlds: &Worlds<'_>, faults: &mut Vec<String>) {
        worlds.written();
        let here = self.run(&worlds.with).await;
        let written = worlds.written();
        let there = if self == Self::Doctor {
            // Rows that point to another company's are told of where there is another: what is right is told by the world itself.
            let whole =
                World::again(worlds.with.test, worlds.with.test.db.clone(), worlds.with.cast.clone(), &[]).await;
            self.run(&whole).await
        } else {
            self.run(&worlds.without).await
        };
        let (here, there) = match (here, there) {
            (Ok(here), Ok(there)) => (here, there),
            (here, there) => {
                faults.extend(here.err().into_iter().chain(there.err()));
                return;
            }
        };
        let (here, there) = (here.join("\n"), there.join("\n"));
        for (what, text) in [("what is told", &here), ("the log", &written)] {
            let shown = [CANARY, NAME].iter().chain(&AMOUNTS).find(|word| text.contains(**word));
            faults.extend(shown.map(|word| format!("{self:?}: {what} shows {word}: {}", around(text, word))));
        }
        if here != there {
            faults.push(format!("{self:?}: it tells that there is a victim: {}", difference(&here, &there)));
        }
    }
}

/// A node of that world from which mail goes there.
pub async fn mailing<'a>(world: &World<'a>, smtp: &SmtpServer) -> World<'a> {
    let port = smtp.port.to_string();
    World::again(world.test, world.app.app.db.clone(), world.cast.clone(), &mail(&port)).await
}

/// The company's mails, as people read them; what is wrong with whomever's.
pub fn mails(smtp: &SmtpServer) -> Result<Vec<String>, String> {
    let mut own = Vec::new();
    for mail in smtp.mails() {
        let parts = parts(&mail);
        let whole: String = match parts.is_empty() {
            true => mail.text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned(),
            false => parts.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect(),
        };
        let told = format!("{} {} {} {whole}", mail.header("From"), mail.to, mail.header("Subject"));
        let is_victims =
            [CANARY, "admin1@", "manager1@", "viewer1@", "spare1@"].iter().any(|it| mail.to.starts_with(it));
        if !is_victims {
            own.push(told);
        } else if told.contains("own ") || told.contains("Own ") {
            return Err(format!("the victim is sent what is another's: {told}"));
        }
    }
    own.sort();
    Ok(own)
}

/// Settings by which mail goes to that port here.
fn mail(port: &str) -> [(&str, &str); 5] {
    [
        ("ROLLCALL_PUBLIC_URL", "https://panel.test"),
        ("ROLLCALL_MAIL__HOST", "127.0.0.1"),
        ("ROLLCALL_MAIL__PORT", port),
        ("ROLLCALL_MAIL__TLS", "none"),
        ("ROLLCALL_MAIL__FROM", "mail@panel.test"),
    ]
}

/// Another company's admins are no reason to leave this one without; and whoever was kept out by another one is an admin here.
async fn demote(world: &World<'_>) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for (id, role) in [(21, "manager"), (5, "manager"), (5, "admin"), (14, "manager"), (5, "manager")] {
        let asked = request(&world.cast.people[&Who::OperatorsToken], "PATCH", &format!("/api/v1/users/{id}"));
        let asked =
            asked.header("rollcall-company", "2").header("if-match", "*").header(CONTENT_TYPE, "application/json");
        let asked = asked.body(Body::from(format!("{{\"role\": \"{role}\"}}"))).unwrap();
        all.push(world.app.send(asked).await.status.as_u16());
    }
    if all == [200, 200, 200, 200, 409] { Ok(Vec::new()) } else { Err(format!("of who may lose their role: {all:?}")) }
}

async fn import(world: &World<'_>, scope: &TenantScope) -> Result<Vec<String>, String> {
    let (app, folder) = (&world.app.app, tempfile::tempdir().unwrap());
    let mut told = Vec::new();
    for (dry_run, again) in [(true, false), (false, false), (false, true)] {
        let rejects = folder.path().join("rejects.csv");
        let options = import::Options { dry_run, again, rejects, ..import::Options::default() };
        let mapping = Mapping::parse(MAPPING).unwrap();
        let done = import::run(&app.db, scope, &app.clock, &mapping, FILE.as_bytes(), &options, &mut |_| ()).await;
        match done {
            Ok(report) if report.rejected == 0 => told.push(format!("{report:?}")),
            other => return Err(format!("{other:?}")),
        }
    }
    Ok(told)
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
    for work in Work::ALL.into_iter().filter(|work| !work.is_for_all()) {
        work.judge(worlds, &mut faults).await;
    }
    look(worlds, &mut faults).await;
    worlds.compare_rows(&before, &mut faults).await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
});

in_both_worlds!(what_is_done_for_all_companies_mixes_none_of_them, async |worlds: &Worlds<'_>| {
    let mut faults = Vec::new();
    for work in Work::ALL.into_iter().filter(|work| work.is_for_all()) {
        work.judge(worlds, &mut faults).await;
    }
    jobs::prune(worlds).await;
    look(worlds, &mut faults).await;
    let after = seed::rows_of(worlds.with.test, 1, &[]).await;
    worlds.compare_rows(&after, &mut faults).await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
});

in_both_worlds!(no_mail_has_words_of_two_companies, async |worlds: &Worlds<'_>| {
    let mut own = Vec::new();
    for world in [&worlds.with, &worlds.without] {
        let smtp = SmtpServer::start(0).await.unwrap();
        let node = mailing(world, &smtp).await;
        let mut deliverer = Deliverer::new(node.app.app.clone()).unwrap();
        // A while later reminders are due as well.
        for days in [0, 4] {
            world.test.clock.set(world.test.clock.now() + chrono::TimeDelta::days(days));
            deliverer.deliver_due().await.unwrap();
            rollcall::reports::send_due(&node.app.app).await.unwrap();
        }
        let mails = mails(&smtp).unwrap();
        let shown = [CANARY, NAME].into_iter().chain(AMOUNTS).find(|word| mails.iter().any(|mail| mail.contains(word)));
        assert_eq!(shown, None, "{mails:#?}");
        own.push(mails);
    }
    assert!(own[0].len() > 1 && own[0] == own[1], "{own:#?}");
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
