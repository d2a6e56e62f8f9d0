//! Two worlds, and what becomes of a question that is put in both.

use super::log::Log;
use super::probe::{Place, Probe, told};
use super::seed;
use super::world::World;
use crate::support::{Backend, TestDb, with_database};

/// Makes a module with one test for each database; the body is `async |worlds: &Worlds| { … }`.
macro_rules! in_both_worlds {
    ($name:ident, $body:expr) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn sqlite() {
                crate::isolation::worlds::both(Backend::Sqlite, $body).await;
            }

            #[tokio::test]
            async fn mariadb() {
                crate::isolation::worlds::both(Backend::MariaDb, $body).await;
            }

            #[tokio::test]
            async fn postgres() {
                crate::isolation::worlds::both(Backend::Postgres, $body).await;
            }
        }
    };
}

pub(super) use in_both_worlds;

/// What chance makes.
const CHANCE: [&str; 5] = ["hash", "password", "totp_secret", "totp_pending", "file"];

/// A world with a victim, and the same one without.
pub struct Worlds<'a> {
    pub with: World<'a>,
    pub without: World<'a>,
    log: Log,
}

pub async fn both(backend: Backend, body: impl AsyncFn(&Worlds<'_>)) {
    with_database(backend, async |a: &TestDb| {
        with_database(backend, async |b: &TestDb| {
            let (with, without) = (World::new(a, true).await, World::new(b, false).await);
            with.test.recorder.take();
            body(&Worlds { with, without, log: Log::listen() }).await;
        })
        .await;
    })
    .await;
}

async fn events(test: &TestDb) -> i64 {
    let rows = test.query("SELECT occurrences FROM security_events WHERE company_id = 2 OR company_id IS NULL").await;
    rows.iter().map(|row| row.try_get_by_index::<i64>(0).unwrap()).sum()
}

impl<'a> Worlds<'a> {
    pub fn of(with: World<'a>, without: World<'a>, log: Log) -> Self {
        Self { with, without, log }
    }

    /// Puts a question in both worlds and judges the answers; what is wrong is told.
    pub async fn judge(&self, probe: &Probe, faults: &mut Vec<String>) -> u16 {
        let mut fault = |what: String| {
            faults.push(format!("{:?} {} {} {:?}: {what}", probe.who, probe.row.method(), probe.path, probe.place));
        };
        let before = events(self.with.test).await;
        self.log.take();
        let here = probe.put(&self.with).await;
        let written = self.log.take();
        let there = probe.put(&self.without).await;
        let head: String = here.headers.iter().map(|(name, value)| format!("{name}: {value:?}\n")).collect();
        for (what, text) in [("the body", &here.body), ("a header", &head), ("the log", &written)] {
            if let Some(word) = probe.shown(text) {
                fault(format!("{what} shows {word}: {}", around(text, word)));
            }
        }
        let compared = probe.row.alike || !(probe.row.varies || probe.who.is_operator());
        if compared && told(&here) != told(&there) {
            fault(format!("it tells that there is a victim: {}", difference(&told(&here), &told(&there))));
        }
        let foreign = matches!(probe.place, Place::Path | Place::Crossing(_));
        if foreign && here.status.is_success() {
            fault(format!("the victim's row is answered {}", here.status));
        }
        let status = here.status.as_u16();
        if probe.reaches(status) && events(self.with.test).await == before {
            fault(format!("no security event, and the answer {status}"));
        }
        status
    }

    /// Whether the victim's rows are what they were, and those of the other company the same as where there is no victim.
    pub async fn compare_rows(&self, victims: &[String], faults: &mut Vec<String>) {
        let after = seed::rows_of(self.with.test, 1, &[]).await;
        faults.extend(unlike("a row of the victim's was", victims, &after));
        let (here, there) =
            (seed::rows_of(self.with.test, 2, &CHANCE).await, seed::rows_of(self.without.test, 2, &CHANCE).await);
        // What was tried is told of where there is somebody to reach for; and a count of all lines tells of others.
        let comparable = |rows: Vec<String>| -> Vec<String> {
            let own = [
                "audit_log ",
                "security_events ",
                "change_log ",
                "idempotency_keys ",
                "company_versions ",
                "rollcall_sessions ",
            ];
            rows.into_iter().filter(|row| !own.iter().any(|table| row.starts_with(table))).collect()
        };
        faults.extend(unlike("without a victim it would be", &comparable(there), &comparable(here)));
    }

    /// What was written to the log since the last time.
    pub fn written(&self) -> String {
        self.log.take()
    }

    pub async fn forget(&self) {
        self.with.app.forget_pages().await;
        self.without.app.forget_pages().await;
    }
}

fn unlike(what: &str, wanted: &[String], found: &[String]) -> Vec<String> {
    let missing = wanted.iter().filter(|row| !found.contains(row)).map(|row| format!("{what}: {row}"));
    let more = found.iter().filter(|row| !wanted.contains(row)).map(|row| format!("  and now there is: {row}"));
    missing.chain(more).collect()
}

pub fn around<'a>(text: &'a str, word: &str) -> &'a str {
    let at = text.find(word).unwrap_or_default();
    let (from, to) =
        (text.floor_char_boundary(at.saturating_sub(100)), text.ceil_char_boundary((at + 100).min(text.len())));
    &text[from..to]
}

pub fn difference(here: &str, there: &str) -> String {
    let at = here.bytes().zip(there.bytes()).position(|(a, b)| a != b).unwrap_or(here.len().min(there.len()));
    let cut = |text: &str| {
        let from = text.floor_char_boundary(at.saturating_sub(80));
        let to = text.ceil_char_boundary((at + 120).min(text.len()));
        text[from..to].to_owned()
    };
    format!("\n  with:    {}\n  without: {}", cut(here), cut(there))
}
