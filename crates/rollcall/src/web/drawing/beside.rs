//! What stands beside the cards: the figures of the navigation, the branches to choose among, advice.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tiercache::{Entry, Error as CacheError, Load};

use super::{Drawing, unpacked};
use crate::analytics::advice;
use crate::cache::pack;
use crate::changes;
use crate::db::Error;
use crate::deliver;
use crate::versions::Topic;
use crate::web::view::{Badges, Content, Fragment, Steps, advice_html};

/// What advice depends on.
const ADVICE_TOPICS: [Topic; 7] = [
    Topic::Appointments,
    Topic::Stats,
    Topic::Policies,
    Topic::Customers,
    Topic::Staff,
    Topic::Notifications,
    Topic::Settings,
];

impl Drawing {
    /// The figures of the navigation; those of the dashboard come from the same reading.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(in crate::web) async fn badges(self: &Arc<Self>) -> Result<Badges, CacheError> {
        unpacked(&self.keep_badges().await?.bytes)
    }

    /// What the last 30 days suggest somebody do, in words; of a branch nothing is said.
    ///
    /// # Errors
    /// Where the figures cannot be read.
    pub(super) async fn advice(self: &Arc<Self>) -> Result<Vec<String>, CacheError> {
        if self.page.get("branch").is_some() {
            return Ok(Vec::new());
        }
        let name = self.advice_name();
        let drawing = Arc::clone(self);
        let load = move || async move {
            let snapshot = drawing.subject.snapshot().await?;
            let present = drawing.present();
            let month = snapshot.sum(snapshot.window(30));
            let advice = advice::all(&snapshot.company, &snapshot.top_customers, &month);
            let written = advice_html(&drawing.viewer, present, &advice).map_err(std::io::Error::other)?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Load::Keep(pack::pack(&written)?))
        };
        unpacked(&self.kept(&name, self.versions().of(&ADVICE_TOPICS), load).await?.bytes)
    }

    /// What is to be done first, for those who may, as long as there is something to do and nobody closed the list.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) async fn steps(&self, fragments: &[Fragment], badges: Option<Badges>) -> Result<Option<Steps>, Error> {
        let (data, policies) = (!Content::is_empty(fragments), badges.is_none_or(|badges| badges.policies > 0));
        let elsewhere = self.page.get("branch").is_some() || self.page.get("wall").is_some();
        if !self.viewer.role.may_write() || elsewhere || (data && policies) {
            return Ok(None);
        }
        let app = &self.subject.app;
        let people = changes::steps::people(&self.subject.scope.db(&app.db)).await?;
        let provider = deliver::configured(&app.config).next().is_some();
        Ok(people.map(|people| Steps { data, people, policies, provider }))
    }

    /// The company's branches by name, for who chooses among them.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(super) async fn branches(self: &Arc<Self>) -> Result<Vec<(i64, String)>, CacheError> {
        let name = self.branches_name();
        let drawing = Arc::clone(self);
        let load = move || async move {
            let snapshot = drawing.subject.snapshot().await?;
            let mut branches: Vec<_> = snapshot.company.branches.clone().into_iter().collect();
            branches.sort_by_cached_key(|(id, name)| (name.to_lowercase(), *id));
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Load::Keep(pack::pack(&branches)?))
        };
        unpacked(&self.kept(&name, self.versions().of(&[Topic::Users]), load).await?.bytes)
    }

    /// Sees to it that the figures of the navigation are kept.
    pub(in crate::web) async fn keep_badges(self: &Arc<Self>) -> Result<Entry, CacheError> {
        let name = self.badges_name();
        let drawing = Arc::clone(self);
        let version = self.badges_version();
        let load = move || async move {
            let snapshot = drawing.subject.snapshot().await?;
            let (policies, failed_notifications) = (snapshot.company.policies, snapshot.failed_notifications);
            drawing.made.fetch_add(1, Ordering::Relaxed);
            let set_aside = snapshot.set_aside;
            let badges = pack::pack(&Badges { policies, failed_notifications, set_aside })?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Load::Keep(badges))
        };
        self.kept(&name, version, load).await
    }
}
