//! Widgets and dashboards, drawn once for all who see the same, and kept.
//!
//! Whatever is asked for here is asked for at the version that the request read before anything else, so that what was kept
//! for an older one is passed over. What a drawing needs of the database is read at most once for a request, by whoever
//! is the first to find something missing.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value as Json;
use tiercache::{Bytes, Entry, Error as CacheError, Load, Patience};
use tokio::sync::OnceCell;

use super::chosen::{Chosen, mark};
use super::tags;
use super::view::{Badges, Card, CardFailure, Content, Fragment, PageQuery, Present, Viewer, panel_json};
use super::visitor::InCompany;
use crate::app::App;
use crate::cache::{Kind, Name, pack};
use crate::summaries::snapshot::{Snapshot, Unavailable};
use crate::summaries::{self, Needs};
use crate::tenant::{Role, TenantScope};
use crate::versions::{Topic, Versions};
use crate::widget::{Choices, Panel, Spec};

/// How long a dashboard counts as fresh; its widgets have times of their own.
const DASHBOARD_TTL: Duration = Duration::from_secs(300);
/// What the badges of the navigation depend on.
pub(super) const BADGE_TOPICS: [Topic; 2] = [Topic::Policies, Topic::Notifications];

/// What a request draws: for which company, at which versions and instant, in which language, for which role.
#[derive(Debug)]
pub(super) struct Drawing {
    app: App,
    scope: TenantScope,
    slug: String,
    pub(super) versions: Versions,
    pub(super) present: Present,
    pub(super) viewer: Viewer,
    /// What is chosen on the page, if it is not all at its defaults.
    mark: Option<String>,
    request_id: String,
    pub(super) patience: Patience,
    needs: Needs,
    read: OnceCell<Result<Arc<Snapshot>, Unavailable>>,
}

impl Drawing {
    /// A drawing for whoever asks; `chosen` is every widget that may be drawn, `page` what the page's links keep.
    pub(super) fn new(app: &App, at: &InCompany, page: &PageQuery, chosen: &[Chosen]) -> Arc<Self> {
        let viewer =
            Viewer { lang: at.visitor.context.lang, role: rights(at.scope.role()), page: page.url("/admin", &[]) };
        Self::of(
            app,
            at.scope.clone(),
            &at.company.slug,
            at.versions,
            at.zone,
            viewer,
            page,
            chosen,
            at.visitor.context.request_id.clone(),
        )
    }

    #[expect(clippy::too_many_arguments, reason = "all that a drawing depends on, named once")]
    fn of(
        app: &App,
        scope: TenantScope,
        slug: &str,
        versions: Versions,
        zone: chrono_tz::Tz,
        viewer: Viewer,
        page: &PageQuery,
        chosen: &[Chosen],
        request_id: String,
    ) -> Arc<Self> {
        let now = app.clock.now();
        let today = summaries::zone::local_day(zone, now.naive_utc());
        let needs = chosen.iter().fold(Needs::default(), |needs, (spec, choices)| needs.and((spec.needs)(choices)));
        Arc::new(Self {
            app: app.clone(),
            scope,
            slug: slug.to_owned(),
            versions,
            present: Present { now, zone, today, pinned: app.clock.is_pinned() },
            mark: mark(page),
            viewer,
            request_id,
            patience: Patience::new(app.config.cache.patience),
            // The newest rows are read by who shows them.
            needs: Needs { violations: false, failures: false, ..needs },
            read: OnceCell::new(),
        })
    }

    /// The middle of the dashboard, from the widgets in their order.
    ///
    /// # Errors
    /// Where a template cannot be written; a widget that fails does so on its own card.
    pub(super) async fn dashboard(self: &Arc<Self>, chosen: Vec<Chosen>) -> Result<Content, CacheError> {
        let name = self.dashboard_name();
        let drawing = Arc::clone(self);
        let entry = self.app.cache.get_or_load(&self.patience, &name, self.versions.company(), move || async move {
            let fragments = join_all(chosen.iter().map(|chosen| drawing.fragment(chosen))).await;
            // A card that failed, and figures that are missing, are shown to who waits for them and to nobody else.
            let badges = drawing.badges().await.ok();
            let tag = tags::summary(&drawing.versions, drawing.present.today);
            let content = Content::of(&drawing.viewer, &drawing.slug, badges, &tag, &fragments);
            let content = content.map_err(std::io::Error::other)?;
            let packed = pack::pack(&content)?;
            Ok::<_, std::io::Error>(if content.whole { Load::Keep(packed) } else { Load::Pass(packed) })
        });
        unpacked(&entry.await?.bytes)
    }

    /// A widget's card; where it fails, one that says so.
    pub(super) async fn fragment(self: &Arc<Self>, chosen: &Chosen) -> Fragment {
        match self.entry(chosen).await.and_then(|entry| unpacked(&entry.bytes)) {
            Ok(fragment) => fragment,
            Err(error) => {
                tracing::error!(%error, widget = chosen.0.key, company_id = self.scope.company_id(), "a widget failed");
                self.failed(chosen)
            }
        }
    }

    /// A widget's card as it is kept, with what is known of its age.
    ///
    /// # Errors
    /// Where it cannot be drawn.
    pub(super) async fn entry(self: &Arc<Self>, chosen: &Chosen) -> Result<Entry, CacheError> {
        let (spec, choices) = chosen.clone();
        let drawing = Arc::clone(self);
        let name = self.widget_name(chosen);
        let load = move || async move {
            let panel = drawing.panel(spec, &choices).await?;
            let card = drawing.card(spec, choices, Ok(panel));
            let fragment = Fragment::of(&drawing.viewer, &card).map_err(std::io::Error::other)?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(pack::pack(&fragment)?)
        };
        self.app.cache.get_or_load(&self.patience, &name, self.version(spec), load).await
    }

    /// A widget's figures.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(super) async fn figures(self: &Arc<Self>, chosen: &Chosen) -> Result<Json, CacheError> {
        let (spec, choices) = chosen.clone();
        let drawing = Arc::clone(self);
        let name = self.figures_name(chosen);
        let entry = self.app.cache.get_or_load(&self.patience, &name, self.version(spec), move || async move {
            let panel = drawing.panel(spec, &choices).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(pack::pack(&panel_json(
                &panel,
                spec,
                drawing.viewer.lang,
            ))?)
        });
        unpacked(&entry.await?.bytes)
    }

    /// The figures of the navigation; those of the dashboard come from the same reading.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(super) async fn badges(self: &Arc<Self>) -> Result<Badges, CacheError> {
        let name = Name::new(self.scope.company_id(), Kind::Badges, "badges", "all", DASHBOARD_TTL);
        let drawing = Arc::clone(self);
        let version = self.versions.of(&BADGE_TOPICS);
        let entry = self.app.cache.get_or_load(&self.patience, &name, version, move || async move {
            let snapshot = drawing.snapshot().await?;
            let (policies, failed_notifications) = (snapshot.company.policies, snapshot.failed_notifications);
            let badges = Badges { policies, failed_notifications };
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(pack::pack(&badges)?)
        });
        unpacked(&entry.await?.bytes)
    }

    async fn panel(&self, spec: &'static Spec, choices: &Choices) -> Result<Panel, Unavailable> {
        let snapshot = self.snapshot().await?;
        let needs = (spec.needs)(choices);
        if !needs.violations && !needs.failures {
            return (spec.render)(&snapshot, choices);
        }
        let mut own = Snapshot::clone(&snapshot);
        summaries::read_newest(&self.scope.db(&self.app.db), &needs, &mut own).await;
        (spec.render)(&own, choices)
    }

    /// What the widgets of the page look at: one statement, whoever is the first to need it.
    async fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable> {
        let read = self.read.get_or_init(|| async {
            let db = self.scope.db(&self.app.db);
            let snapshot = summaries::read(&db, self.present.zone, self.present.now, &self.needs).await;
            snapshot.map(Arc::new).map_err(|error| {
                tracing::error!(%error, company_id = self.scope.company_id(), "the summaries could not be read");
                Unavailable
            })
        });
        read.await.clone()
    }

    fn card(&self, spec: &'static Spec, choices: Choices, outcome: Result<Panel, CardFailure>) -> Card {
        let Present { now, zone, today, .. } = self.present;
        let tag = tags::widget(spec, &self.versions, today);
        Card { spec, choices, outcome, zone, now, today, tag }
    }

    fn failed(&self, (spec, choices): &Chosen) -> Fragment {
        let failure = CardFailure { request_id: self.request_id.clone() };
        let card = self.card(spec, choices.clone(), Err(failure));
        Fragment::of(&self.viewer, &card).unwrap_or_else(|error| {
            tracing::error!(%error, widget = spec.key, "a failed card could not be drawn");
            Fragment::blank()
        })
    }

    /// The version of what a widget shows.
    pub(super) fn version(&self, spec: &Spec) -> u64 {
        self.versions.of(spec.topics)
    }

    pub(super) fn widget_name(&self, chosen: &Chosen) -> Name {
        let (spec, choices) = chosen;
        let mut variant = self.variant(spec, choices);
        variant.push('.');
        variant.push_str(self.viewer.role.as_str());
        self.add_mark(&mut variant);
        Name::new(self.scope.company_id(), Kind::Widget, spec.key, variant, ttl(spec))
    }

    pub(super) fn figures_name(&self, (spec, choices): &Chosen) -> Name {
        Name::new(self.scope.company_id(), Kind::Json, spec.key, self.variant(spec, choices), ttl(spec))
    }

    pub(super) fn dashboard_name(&self) -> Name {
        let day = self.present.today.format("%Y%m%d");
        let mut variant = format!("{}.{day}.{}", self.viewer.lang, self.viewer.role);
        self.add_mark(&mut variant);
        Name::new(self.scope.company_id(), Kind::Dashboard, "dashboard", variant, DASHBOARD_TTL)
    }

    /// What a widget's figures depend on besides their version: its choices, the language, and the day where it counts.
    fn variant(&self, spec: &Spec, choices: &Choices) -> String {
        let mut variant = String::with_capacity(32);
        for filter in spec.filters {
            variant.push_str(choices.get(filter));
            variant.push_str(if filter.name == "days" { "d." } else { "." });
        }
        variant.push_str(self.viewer.lang.as_str());
        if (spec.needs)(choices).days > 0 {
            // Writing to a string does not fail.
            let _ = write!(variant, ".{}", self.present.today.format("%Y%m%d"));
        }
        variant
    }

    pub(super) fn add_mark(&self, variant: &mut String) {
        if let Some(mark) = &self.mark {
            variant.push('.');
            variant.push_str(mark);
        }
    }
}

fn ttl(spec: &Spec) -> Duration {
    Duration::from_secs(spec.ttl.into())
}

fn unpacked<T: serde::de::DeserializeOwned>(packed: &Bytes) -> Result<T, CacheError> {
    pack::unpack(packed)
        .map_err(|error| CacheError::Loader(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(error))))
}

/// The roles that see the same are one.
fn rights(role: Role) -> Role {
    match role {
        Role::Admin | Role::Manager => Role::Manager,
        Role::Viewer | Role::SuperAdmin => role,
    }
}
