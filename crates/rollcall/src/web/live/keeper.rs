//! The one task of a room.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval_at};

use super::message::Message;
use super::room::Room;
use super::{Live, listeners};
use crate::app::App;
use crate::db::Error;
use crate::summaries::zone::{local_day, next_day};
use crate::tenant::TenantScope;
use crate::versions::{Topic, Versions};
use crate::web::visitor::InCompany;

/// How often there is a sign of life, for proxies that close what is silent.
const BEAT: Duration = Duration::from_secs(25);
/// So often, in beats, it is asked whether all who listen still may: a session may end elsewhere, or by itself.
const CHECK: u32 = 2;
/// Between two messages there is so much time at least: of many writes in a row nobody needs to hear one by one.
const PACE: Duration = Duration::from_millis(50);

struct Keeper {
    app: App,
    live: Live,
    room: Arc<Room>,
    scope: TenantScope,
    zone: Tz,
    versions: watch::Receiver<Versions>,
    /// The version of the company's users under which all who listen were known to be allowed to.
    users: u64,
}

/// Keeps a room in a task of its own until nobody is in it.
pub(super) fn keep(app: &App, live: &Live, at: &InCompany, room: Arc<Room>) {
    let keeper = Keeper {
        versions: app.db.versions().subscribe(at.company.id, at.versions),
        users: at.versions.of(&[Topic::Users]),
        app: app.clone(),
        live: live.clone(),
        scope: at.scope.clone(),
        zone: at.zone,
        room,
    };
    tokio::spawn(keeper.run());
}

impl Keeper {
    async fn run(mut self) {
        let mut beats = interval_at(tokio::time::Instant::now() + BEAT, BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut beat, mut due) = (0_u32, false);
        loop {
            let midnight = self.midnight();
            tokio::select! {
                changed = self.versions.changed() => match changed {
                    Ok(()) => {}
                    // The company is gone.
                    Err(_) => return,
                },
                () = self.app.clock.reaches(midnight) => {}
                () = self.room.left.notified() => match self.live.leave(&self.room) {
                    true => return,
                    false => continue,
                },
                _ = beats.tick() => {
                    beat = beat.wrapping_add(1);
                    due = due || beat.is_multiple_of(CHECK);
                    self.room.beat();
                }
            }
            match self.tell(due).await {
                Ok(()) => due = false,
                Err(error) => {
                    due = true;
                    tracing::warn!(%error, company_id = self.room.company, "who listens could not be read; they wait");
                }
            }
        }
    }

    /// Tells everybody who may hear it how things are now.
    async fn tell(&mut self, due: bool) -> Result<(), Error> {
        let versions = *self.versions.borrow_and_update();
        let users = versions.of(&[Topic::Users]);
        if due || users != self.users {
            self.zone = listeners::check(&self.app, &self.room, &self.scope, self.zone).await?;
            self.users = users;
        }
        let told = self.room.tell(Message::new(&versions, local_day(self.zone, self.app.clock.now_utc())));
        if told {
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }

    fn midnight(&self) -> DateTime<Utc> {
        next_day(self.zone, self.app.clock.now_utc()).and_utc()
    }
}

impl Drop for Keeper {
    /// Whatever ended the task: a room that nobody keeps is left, and whoever was in it comes back to another.
    fn drop(&mut self) {
        self.live.abandon(&self.room);
    }
}
