//! Every widget of every company, drawn alone, among all others, again from memory, and as it lies in Redis.

use std::collections::BTreeMap;
use std::time::Duration;

use tiercache::Breaker;

use super::Check;
use crate::accounts::{self, Company};
use crate::app::App;
use crate::cache::{Level, Name};
use crate::chance::Chance;
use crate::changes;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Database, Error};
use crate::jobs::company_now;
use crate::web::drawing::{drawn, kept};

/// How often a company that is written to meanwhile is looked at again.
const ATTEMPTS: usize = 5;
/// How long Redis may take to answer at first.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// So many entries of Redis are looked at.
const ENTRIES: usize = 1_000_000;

/// The checks of this file.
struct Checks {
    raw: Check,
    cold: Check,
    warm: Check,
    redis: Check,
    stamps: Check,
}

/// Compares what is shown of each company with what is shown where there is nothing but that company's.
pub(super) async fn check(
    db: &Database,
    config: &Config,
    (clock, chance): (&Clock, &Chance),
    companies: &[Company],
) -> Result<Vec<Check>, Error> {
    let mut checks = Checks::new();
    // To make a secret key is to write.
    if config.secret_key.is_none() && accounts::kept_secret_key(db).await?.is_none() {
        checks.cold.remark = Some("not asked: no server has run on this database yet".to_owned());
        return Ok(checks.all());
    }
    let still = Clock::pinned(clock.now());
    let alone =
        Config { cache: crate::config::CacheSettings { redis: None, ..config.cache.clone() }, ..config.clone() };
    let among = App::new(alone.clone(), db.clone(), still.clone(), chance.clone()).await?;
    let shared = App::new(config.clone(), db.clone(), still.clone(), chance.clone()).await?;
    let redis = connected(&shared).await;
    // First all of them, so that what is drawn of one lies beside what is drawn of the others.
    for company in companies {
        if let Some(found) = company_now(db, company.id).await? {
            drawn(&among, &found).await;
        }
    }
    for company in companies {
        let by_itself = App::new(alone.clone(), db.clone(), still.clone(), chance.clone()).await?;
        checks.company(db, company, [&by_itself, &among], redis.then_some(&shared)).await?;
    }
    if redis {
        checks.stamps(&shared, companies).await;
    } else {
        let why = match config.cache.redis {
            Some(_) => "not asked: Redis does not answer",
            None => "not asked: no Redis is in use, and a server's own memory is seen by nobody else",
        };
        checks.redis.remark = Some(why.to_owned());
        checks.stamps.remark = Some(why.to_owned());
    }
    Ok(checks.all())
}

impl Checks {
    fn new() -> Self {
        let check = |area, question: &str| Check::new(area, question);
        Self {
            raw: check("figures", "do the stored summaries say what the company's own raw rows say?"),
            cold: check(
                "figures",
                "is a widget that is drawn among all companies the same as drawn for the company alone?",
            ),
            warm: check("kept", "is a widget that was kept in memory the same as drawn for the company alone?"),
            redis: check("kept", "are the figures that lie in Redis the same as drawn for the company alone?"),
            stamps: check("kept", "is every entry of Redis stamped with the company that its name says?"),
        }
    }

    fn all(self) -> Vec<Check> {
        vec![self.raw, self.cold, self.warm, self.redis, self.stamps]
    }

    async fn company(
        &mut self,
        db: &Database,
        company: &Company,
        [by_itself, among]: [&App; 2],
        redis: Option<&App>,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let Some(before) = company_now(db, company.id).await? else { return Ok(()) };
            let differences = changes::differences(&before.scope.db(db)).await?;
            let (alone, cold) = (drawn(by_itself, &before).await, drawn(among, &before).await);
            let warm = drawn(among, &before).await;
            let lying = match redis {
                Some(app) => kept(app, &before).await,
                None => BTreeMap::new(),
            };
            let after = company_now(db, company.id).await?;
            // Whoever wrote meanwhile changed some of it: it is looked at again.
            let (Some(differences), true) = (differences, after.is_some_and(|it| it.versions == before.versions))
            else {
                continue;
            };
            self.raw.looked_at += 1;
            differences.iter().for_each(|difference| self.raw.finds(difference.to_string()));
            compare(&mut self.cold, company, &alone, &cold);
            compare(&mut self.warm, company, &alone, &warm);
            compare(&mut self.redis, company, &alone, &lying);
            return Ok(());
        }
        let remark = self.raw.remark.get_or_insert_with(|| "not asked, as they were being written to:".to_owned());
        remark.push_str(&format!(" {}", company.slug));
        Ok(())
    }

    async fn stamps(&mut self, app: &App, companies: &[Company]) {
        let prefix = match companies {
            [one] => Name::prefix(one.id),
            _ => "rollcall:".to_owned(),
        };
        let listing = app.cache.level(Level::Shared).entries(&prefix, ENTRIES).await;
        if !listing.complete {
            self.stamps.remark = Some(format!("not all of them: at most {ENTRIES} are looked at"));
        }
        for entry in listing.entries.iter().filter(|entry| entry.level == tiercache::Level::Redis) {
            self.stamps.looked_at += 1;
            if !entry.text.starts_with(&Name::prefix(entry.owner)) {
                self.stamps.finds(format!("{} is stamped with company {}", entry.text, entry.owner));
            }
        }
    }
}

/// Compares what is there of `found` with what it is where there is nothing else.
fn compare(check: &mut Check, company: &Company, alone: &BTreeMap<String, String>, found: &BTreeMap<String, String>) {
    for (name, text) in found {
        check.looked_at += 1;
        if alone.get(name) != Some(text) {
            check.finds(format!("company {} ({}): {name} is another one", company.id, company.slug));
        }
    }
}

/// Whether there is a Redis that answers.
async fn connected(app: &App) -> bool {
    if app.config.cache.redis.is_none() {
        return false;
    }
    let waiting = async {
        while app.cache.level(Level::Shared).stats().await.redis.is_none_or(|redis| redis.breaker != Breaker::Closed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(CONNECT_WITHIN, waiting).await.is_ok()
}
