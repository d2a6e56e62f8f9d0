//! Widgets and dashboards, drawn once for all who see the same, and kept.
//!
//! Whatever is asked for here is asked for at the version that the request read before anything else, so that what was kept
//! for an older one is passed over. What a drawing needs of the database is read at most once for a request, by whoever
//! is the first to find something missing.

mod beside;
mod naming;
mod replay;
mod subject;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value as Json;
use tiercache::{Bytes, Entry, Error as CacheError, Load, Patience, seeded};

pub(crate) use replay::{drawn, kept};
pub(crate) use subject::{Found, Subject};

use super::chosen::{Chosen, mark};
use super::tags;
use super::view::{Card, CardFailure, Content, Fragment, PageQuery, Present, Viewer, panel_json};
use super::visitor::InCompany;
use crate::app::App;
use crate::cache::{Name, pack};
use crate::i18n::{Hours, Lang};
use crate::summaries::snapshot::Unavailable;
use crate::tenant::Role;
use crate::versions::{Topic, Versions};
use crate::widget::{Choices, Panel, Spec};

/// How long a dashboard counts as fresh; its widgets have times of their own.
const DASHBOARD_TTL: Duration = Duration::from_secs(300);
/// What the badges of the navigation depend on.
pub(super) const BADGE_TOPICS: [Topic; 2] = [Topic::Policies, Topic::Notifications];

/// What is drawn for those who see the same: of which company, in which language, for which role.
#[derive(Debug)]
pub(crate) struct Drawing {
    subject: Arc<Subject>,
    pub(super) viewer: Viewer,
    /// What is chosen on the page, if it is not all at its defaults.
    mark: Option<String>,
    page: PageQuery,
    /// How whoever looks arranged their widgets, in short; none where they did not.
    pub(super) arranged: Option<String>,
    request_id: String,
    pub(super) patience: Patience,
    /// How many values were made for it, and not found.
    made: AtomicU32,
    /// Whether nobody waits for it.
    ahead: bool,
}

impl Drawing {
    /// A drawing for whoever asks; `chosen` is every widget that may be drawn, `page` what the page's links keep.
    pub(super) fn new(app: &App, at: &InCompany, page: &PageQuery, chosen: &[Chosen]) -> Arc<Self> {
        let (scope, slug) = (at.scope.clone(), at.company.slug.clone());
        let role = at.scope.role();
        let subject = Subject::new(app, Found { scope, slug, zone: at.zone, versions: at.versions }, chosen);
        let context = &at.visitor.context;
        let arranged = at.visitor.visit().arranged.as_ref().map(|(_, mark)| mark.clone());
        let reads = (context.lang, context.hours);
        Arc::new(Self { arranged, ..Self::of(subject, reads, role, page, context.request_id.clone()) })
    }

    /// A drawing that nobody waits for. A card that fails is shown to nobody, and needs no request's id.
    pub(super) fn ahead(subject: Arc<Subject>, lang: Lang, role: Role, page: &PageQuery) -> Arc<Self> {
        let reads = (lang, Hours::default());
        Arc::new(Self { ahead: true, ..Self::of(subject, reads, role, page, "ahead".to_owned()) })
    }

    /// The same for who arranged their widgets.
    pub(super) fn ahead_arranged(
        subject: Arc<Subject>,
        reads: (Lang, Hours),
        role: Role,
        page: &PageQuery,
        arranged: Option<String>,
    ) -> Arc<Self> {
        Arc::new(Self { ahead: true, arranged, ..Self::of(subject, reads, role, page, "ahead".to_owned()) })
    }

    /// A drawing of `subject` in a language and with times as they are read, for those who may do what `role` may; `request_id` stands on cards that fail.
    fn of(
        subject: Arc<Subject>,
        (lang, hours): (Lang, Hours),
        role: Role,
        page: &PageQuery,
        request_id: String,
    ) -> Self {
        let patience = Patience::new(subject.app.config.cache.patience);
        Self {
            subject,
            mark: mark(page),
            page: page.clone(),
            arranged: None,
            viewer: Viewer { lang, hours, role: rights(role), page: page.url("/admin", &[]) },
            request_id,
            patience,
            made: AtomicU32::new(0),
            ahead: false,
        }
    }

    /// What is chosen on the page.
    pub(super) fn page(&self) -> &PageQuery {
        &self.page
    }

    /// The instant of the drawing.
    pub(super) fn present(&self) -> Present {
        self.subject.present
    }

    /// The versions that were read before anything else.
    pub(super) fn versions(&self) -> &Versions {
        &self.subject.versions
    }

    /// The middle of the dashboard, from the widgets in their order.
    ///
    /// # Errors
    /// Where a template cannot be written; a widget that fails does so on its own card.
    pub(super) async fn dashboard(self: &Arc<Self>, chosen: Vec<Chosen>) -> Result<Content, CacheError> {
        let entry = self.keep_dashboard(chosen).await?;
        let (mut content, html) = unpacked_text::<Content>(&entry.bytes)?;
        content.html = html;
        Ok(content)
    }

    /// Sees to it that the middle of the dashboard is kept.
    pub(super) async fn keep_dashboard(self: &Arc<Self>, chosen: Vec<Chosen>) -> Result<Entry, CacheError> {
        let name = self.dashboard_name();
        let drawing = Arc::clone(self);
        let version = self.versions().company();
        let load = move || async move {
            let cards = join_all(chosen.iter().map(|chosen| drawing.packed(chosen))).await;
            let (fragments, cards): (Vec<Fragment>, Vec<Bytes>) = cards.into_iter().collect::<Result<_, _>>()?;
            let badges = drawing.badges().await.ok();
            let tag = tags::summary(drawing.versions(), drawing.present().today);
            // Who gets no advice still has all figures.
            let advice = drawing.advice().await.unwrap_or_default();
            // Nor does anybody miss the list of first steps.
            let steps = drawing.steps(&fragments, badges).await.unwrap_or_default();
            let (viewer, slug) = (&drawing.viewer, &drawing.subject.slug);
            let content = Content::around(viewer, slug, badges, &tag, &advice, &fragments, steps);
            let (mut content, around) = content.map_err(std::io::Error::other)?;
            // Who cannot choose among them still has all figures of the company.
            content.branches = drawing.branches().await.unwrap_or_default();
            drawing.made.fetch_add(1, Ordering::Relaxed);
            let packed = pack::pack_between(&content, &around, &cards)?;
            // A card that failed, and figures that are missing, are shown to who waits for them and to nobody else.
            Ok::<_, std::io::Error>(if content.whole { Load::Keep(packed) } else { Load::Pass(packed) })
        };
        self.kept(&name, version, load).await
    }

    /// What a widget shows, in no language yet.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) async fn panel(&self, chosen: &Chosen) -> Result<Arc<Panel>, Unavailable> {
        self.subject.panel(chosen).await
    }

    /// A widget's card; where it fails, one that says so.
    pub(super) async fn fragment(self: &Arc<Self>, chosen: &Chosen) -> Fragment {
        let kept = self.keep_fragment(chosen).await.and_then(|entry| fragment_of(&entry.bytes));
        kept.unwrap_or_else(|error| self.failed(chosen, &error))
    }

    /// What a dashboard has to know of a widget's card, and the card itself as it is kept.
    async fn packed(self: &Arc<Self>, chosen: &Chosen) -> std::io::Result<(Fragment, Bytes)> {
        let kept = self.keep_fragment(chosen).await.and_then(|entry| {
            let fragment = pack::unpack_beside(&entry.bytes).map_err(corrupt)?;
            Ok((fragment, entry.bytes))
        });
        kept.or_else(|error| {
            let failed = self.failed(chosen, &error);
            let packed = pack::pack_text(&failed, &failed.html)?;
            Ok((failed, packed))
        })
    }

    /// Sees to it that a widget's card is kept.
    pub(super) async fn keep_fragment(self: &Arc<Self>, chosen: &Chosen) -> Result<Entry, CacheError> {
        let name = self.widget_name(chosen);
        let (drawing, chosen) = (Arc::clone(self), chosen.clone());
        let version = self.version_before_data(chosen.0).await;
        let load = move || async move {
            let panel = drawing.subject.panel(&chosen).await?;
            let card = drawing.card(chosen.0, chosen.1, Ok(panel));
            let fragment = Fragment::of(&drawing.viewer, &card).map_err(std::io::Error::other)?;
            drawing.made.fetch_add(1, Ordering::Relaxed);
            let packed = pack::pack_text(&fragment, &fragment.html)?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Load::Keep(packed))
        };
        self.kept(&name, version, load).await
    }

    /// A widget's figures.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(super) async fn figures(self: &Arc<Self>, chosen: &Chosen) -> Result<Json, CacheError> {
        unpacked(&self.keep_figures(chosen).await?.bytes)
    }

    /// Sees to it that a widget's figures are kept.
    pub(super) async fn keep_figures(self: &Arc<Self>, chosen: &Chosen) -> Result<Entry, CacheError> {
        let name = self.figures_name(chosen);
        let (drawing, chosen) = (Arc::clone(self), chosen.clone());
        let version = self.version_before_data(chosen.0).await;
        let load = move || async move {
            let panel = drawing.subject.panel(&chosen).await?;
            let figures = pack::pack(&panel_json(&panel, chosen.0, drawing.viewer.lang))?;
            drawing.made.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Load::Keep(figures))
        };
        self.kept(&name, version, load).await
    }

    /// The value of that name, kept or made. What is drawn ahead does not count as served: nobody was.
    async fn kept<L, F, E>(&self, name: &Name, version: u64, load: L) -> Result<Entry, CacheError>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<Load, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let cache = &self.subject.app.cache;
        match self.ahead {
            true => cache.prepare(&self.patience, name, version, load).await,
            false => cache.get_or_load(&self.patience, name, version, load).await,
        }
    }

    /// How many values were made so far, and not found.
    pub(super) fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }

    fn card(&self, spec: &'static Spec, choices: Choices, outcome: Result<Arc<Panel>, CardFailure>) -> Card {
        let Present { now, zone, today, .. } = self.present();
        let tag = tags::widget(spec, self.versions(), today);
        Card { spec, choices, outcome, zone, now, today, tag }
    }

    fn failed(&self, (spec, choices): &Chosen, error: &CacheError) -> Fragment {
        let company_id = self.subject.scope.company_id();
        tracing::error!(%error, widget = spec.key, company_id, "a widget failed");
        let failure = CardFailure { request_id: self.request_id.clone() };
        let card = self.card(spec, choices.clone(), Err(failure));
        Fragment::of(&self.viewer, &card).unwrap_or_else(|error| {
            tracing::error!(%error, widget = spec.key, "a failed card could not be drawn");
            Fragment::blank()
        })
    }

    /// The version under which a widget is kept: as it was before its data was read.
    async fn version_before_data(&self, spec: &Spec) -> u64 {
        if seeded::on("version-read-after-data") {
            let _ = self.subject.snapshot().await;
            let known = self.subject.app.db.versions().get(self.subject.scope.company_id());
            return known.unwrap_or(*self.versions()).of(spec.topics);
        }
        self.version(spec)
    }
}

fn unpacked<T: serde::de::DeserializeOwned>(packed: &Bytes) -> Result<T, CacheError> {
    pack::unpack(packed).map_err(corrupt)
}

fn unpacked_text<T: serde::de::DeserializeOwned>(packed: &Bytes) -> Result<(T, String), CacheError> {
    pack::unpack_text(packed).map_err(corrupt)
}

fn fragment_of(packed: &Bytes) -> Result<Fragment, CacheError> {
    let (mut fragment, html) = unpacked_text::<Fragment>(packed)?;
    fragment.html = html;
    Ok(fragment)
}

fn corrupt(error: std::io::Error) -> CacheError {
    CacheError::Loader(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(error)))
}

/// The roles that see the same are one.
fn rights(role: Role) -> Role {
    match role {
        Role::Admin | Role::Manager => Role::Manager,
        Role::Viewer | Role::SuperAdmin => role,
    }
}
