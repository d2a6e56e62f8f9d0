//! Ten thousand e-mails into a mail server on this host, by two processes of which one is killed.

use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rollcall::app::App;
use rollcall::chance::Chance;
use rollcall::clock::Clock;
use rollcall::config::{Config, Sources};
use rollcall::db::Database;
use rollcall::jobs::Deliverer;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::foreign::Foreign;
use super::report::Report;
use super::smtp::SmtpServer;
use super::stock::{self, Place};

const A_SECOND: f64 = 300.0;
const COMPANIES: usize = 10;
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let mails = if options.quick { 1_000 } else { 10_000 };
    let (folder, _held) = stock::folder(options)?;
    measure_on(&Place::Folder(folder), "sqlite", mails, report).await?;
    if let Some(server) = Place::server("ROLLCALL_TEST_MARIADB") {
        measure_on(&server, "mariadb", mails, report).await?;
    }
    Ok(())
}

async fn measure_on(place: &Place, name: &str, mails: usize, report: &mut Report) -> Result<()> {
    let url = place.create("deliver").await?;
    let db = Database::open(&url, 2).await?;
    db.migrate_up().await?;
    db.close().await?;
    let foreign = Foreign::connect(&url).await?;
    fill(&foreign, mails).await?;
    let smtp = SmtpServer::start(0).await?;
    let mut doomed = Worker::start(&url, smtp.port)?;
    let survivor = Worker::start(&url, smtp.port)?;
    smtp.taken(1).await;
    let begun = Instant::now();
    smtp.taken(mails / 3).await;
    doomed.0.kill()?;
    doomed.0.wait()?;
    // What the first one had taken up comes last: its leases have to end.
    let mut at_least = mails;
    let (copies, took) = loop {
        smtp.taken(at_least).await;
        let took = begun.elapsed();
        let mut copies: HashMap<String, usize> = HashMap::new();
        let all = smtp.mails();
        all.iter().for_each(|mail| *copies.entry(mail.header("Message-ID")).or_default() += 1);
        if copies.len() >= mails {
            break (copies, took);
        }
        at_least = all.len() + 1;
    };
    written(&foreign, mails).await?;
    drop(survivor);
    let twice = copies.values().filter(|count| **count > 1).count();
    let most = copies.values().copied().max().unwrap_or(0);
    let rate = mails as f64 / took.as_secs_f64();
    report.at_least(&format!("deliver, {mails} e-mails, two processes, one killed, {name}"), rate, "/s", A_SECOND);
    report.at_most(
        &format!("deliver, copies by Message-ID that are missing, {name}"),
        (mails - copies.len()) as f64,
        "",
        0.0,
    );
    // Taken by the mail server in the instant in which the process was killed, before it could write that down.
    report.at_most(&format!("deliver, e-mails that came twice, {name}"), twice as f64, "", 8.0);
    ensure!(most <= 2, "a mail came {most} times");
    foreign.close().await?;
    place.drop("deliver").await
}

/// Waits until every row says that it was sent.
async fn written(foreign: &Foreign, mails: usize) -> Result<()> {
    let begun = Instant::now();
    loop {
        let rows = foreign.query("SELECT COUNT(*) FROM notification_queues WHERE status = 'sent'").await?;
        let sent: i64 = rows.first().context("no count")?.try_get_by_index(0)?;
        if usize::try_from(sent)? == mails {
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "{sent} of {mails} rows say that they were sent");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn fill(foreign: &Foreign, mails: usize) -> Result<()> {
    for company in 1..=COMPANIES {
        foreign
            .run(&format!(
                "INSERT INTO companies (id, name, slug) VALUES ({company}, 'Salon {company}', 's-{company}')"
            ))
            .await?;
        foreign
            .run(&format!("INSERT INTO customers (id, company_id, name) VALUES ({company}, {company}, 'Ada')"))
            .await?;
    }
    let body = r#"{"subject": "Ihr Termin", "body": "Wir freuen uns auf Sie, morgen um 10 Uhr.", "locale": "de"}"#;
    let row = |id: usize| {
        let company = id % COMPANIES + 1;
        format!("({company}, 'customer', {company}, 'email', 'r{id}@example.test', '{body}', '2026-11-22 11:00:00')")
    };
    let all: Vec<usize> = (0..mails).collect();
    for ids in all.chunks(500) {
        let rows: Vec<_> = ids.iter().map(|id| row(*id)).collect();
        foreign
            .run(&format!(
                "INSERT INTO notification_queues (company_id, notifiable_type, notifiable_id, channel, recipient, \
                 payload, created_at) VALUES {}",
                rows.join(", ")
            ))
            .await?;
    }
    Ok(())
}

/// A process that delivers; killed when it is dropped.
struct Worker(Child);

impl Worker {
    fn start(url: &str, port: u16) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        // What cargo and xtask set is no setting of ours.
        command.args(["--child", "deliver", url]).env_clear().stdout(Stdio::null());
        for (name, value) in [
            ("MAIL__HOST", "127.0.0.1"),
            ("MAIL__PORT", &port.to_string()),
            ("MAIL__TLS", "none"),
            ("MAIL__FROM", "mail@panel.test"),
            ("DELIVER__LEASE", "5s"),
            ("DELIVER__TIMEOUT", "2s"),
        ] {
            command.env(format!("ROLLCALL_{name}"), value);
        }
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that delivers until it is killed.
pub(crate) async fn child(url: &str) -> Result<()> {
    let config = Config::load(&Sources { folder: None, ..Sources::of_process() })?;
    let db = Database::open(url, config.database.max_connections).await?;
    let app = App::new(config, db, Clock::system(), Chance::system()?).await?;
    Deliverer::new(app)?.run(CancellationToken::new()).await;
    Ok(())
}
