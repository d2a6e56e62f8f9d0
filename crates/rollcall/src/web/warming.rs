//! Drawing ahead of requests, by what requests call, under the names and versions that requests ask for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tiercache::Kept;

use super::chosen::{Chosen, chosen_page};
use super::drawing::{Drawing, Found, Subject};
use super::view::PageQuery;
use crate::app::App;
use crate::cache::Name;
use crate::i18n::{Hours, Lang};
use crate::tenant::Role;
use crate::widget::{self, Choices, Spec};

/// Those who see different things on a company's dashboard: who may write, and who may not. (Operators come to any company, and
/// rarely to one: theirs are drawn when they come.)
const ROLES: [Role; 2] = [Role::Manager, Role::Viewer];

/// How much of a company is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The dashboard, every filter at its default.
    Dashboard,
    /// Also each widget by itself, each option of its filters, and its figures as JSON.
    Everything,
}

/// What was drawn: which values were to be kept, and how many of them had to be made.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    /// With their versions, by the names themselves.
    names: BTreeMap<String, (Name, u64)>,
    made: u64,
}

/// How many of the values that were to be kept were made, were there already, or are not there after all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warmth {
    /// Made just now.
    pub made: u64,
    /// There already.
    pub kept: u64,
    /// Not there although they were drawn.
    pub missing: u64,
    /// In this process's memory and not in Redis, where there should be one.
    pub here_alone: u64,
}

/// Draws a company's dashboard in every language, for each who sees something different.
pub(crate) async fn draw(app: &App, company: Found, extent: Extent) -> Drawn {
    let defaults: Vec<Chosen> = widget::ALL.iter().map(|spec| (*spec, Choices::default())).collect();
    let mut drawn = Drawn::default();
    let subject = Subject::new(app, company.clone(), &defaults);
    for (lang, role) in audiences() {
        let drawing = Drawing::ahead(Arc::clone(&subject), lang, role, &PageQuery::default());
        drawn.dashboard(&drawing, &defaults).await;
        if extent == Extent::Everything && role == ROLES[0] {
            drawn.figures(&drawing, &defaults).await;
        }
    }
    if extent == Extent::Everything {
        for chosen in widget::ALL.iter().flat_map(|spec| options(spec)) {
            drawn.option(app, company.clone(), chosen).await;
        }
    }
    drawn
}

/// Draws what a screen shows, for those who have it before them.
pub(crate) async fn draw_screen(subject: Arc<Subject>, screen: &Screen) {
    let Screen { lang, hours, role, page, arranged, chosen } = screen.clone();
    let drawing = Drawing::ahead_arranged(subject, (lang, hours), role, &page, arranged);
    if let Err(error) = drawing.keep_dashboard(chosen).await {
        tracing::warn!(%error, "a dashboard could not be drawn ahead");
    }
}

/// What somebody looks at: what a dashboard depends on besides its company.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    pub(super) lang: Lang,
    pub(super) hours: Hours,
    pub(super) role: Role,
    pub(super) page: PageQuery,
    /// How its widgets are arranged, in short.
    pub(super) arranged: Option<String>,
    pub(super) chosen: Vec<Chosen>,
}

impl Screen {
    /// What is chosen on it.
    pub(crate) fn chosen(&self) -> &[Chosen] {
        &self.chosen
    }
}

/// What people looked at lately, by company.
#[derive(Clone, Debug)]
pub struct Screens(moka::sync::Cache<i64, Arc<Mutex<VecDeque<Screen>>>>);

/// A screen is remembered for this long after anybody of the company was given a page.
const REMEMBERED: Duration = Duration::from_secs(12 * 3600);
/// So many different ones of a company, the latest.
const OF_A_COMPANY: usize = 8;
/// Of so many companies.
const COMPANIES: u64 = 10_000;

impl Default for Screens {
    fn default() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(COMPANIES).time_to_idle(REMEMBERED).build())
    }
}

impl Screens {
    /// Somebody was given this.
    pub(super) fn note(&self, company: i64, screen: Screen) {
        let screens = self.0.get_with(company, Arc::default);
        let mut screens = screens.lock().unwrap_or_else(PoisonError::into_inner);
        screens.retain(|known| *known != screen);
        screens.push_front(screen);
        screens.truncate(OF_A_COMPANY);
    }

    /// What people of that company were given lately, the latest first.
    pub(crate) fn of(&self, company: i64) -> Vec<Screen> {
        let screens = self.0.get(&company);
        screens.map_or_else(Vec::new, |screens| {
            screens.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
        })
    }
}

impl PartialEq for Screen {
    /// The page says what is chosen, and the arrangement in which order.
    fn eq(&self, other: &Self) -> bool {
        (self.lang, self.hours, self.role) == (other.lang, other.hours, other.role)
            && (&self.page, &self.arranged) == (&other.page, &other.arranged)
    }
}

impl Drawn {
    async fn dashboard(&mut self, drawing: &Arc<Drawing>, chosen: &[Chosen]) {
        let company = drawing.versions().company();
        self.take(drawing.keep_dashboard(chosen.to_vec()).await, drawing.dashboard_name(), company);
        self.take(drawing.keep_badges().await, drawing.badges_name(), drawing.badges_version());
        for one in chosen {
            // A dashboard that was there already does not look at its cards.
            self.take(drawing.keep_fragment(one).await, drawing.widget_name(one), drawing.version(one.0));
        }
        self.made += u64::from(drawing.made());
    }

    async fn figures(&mut self, drawing: &Arc<Drawing>, chosen: &[Chosen]) {
        let before = drawing.made();
        for one in chosen {
            self.take(drawing.keep_figures(one).await, drawing.figures_name(one), drawing.version(one.0));
        }
        self.made += u64::from(drawing.made() - before);
    }

    /// A widget with another choice, as it is fetched by itself.
    async fn option(&mut self, app: &App, company: Found, chosen: Chosen) {
        let page = chosen_page(None, std::slice::from_ref(&chosen));
        let subject = Subject::new(app, company, std::slice::from_ref(&chosen));
        for (lang, role) in audiences().filter(|(_, role)| chosen.0.by_role || *role == ROLES[0]) {
            let drawing = Drawing::ahead(Arc::clone(&subject), lang, role, &page);
            let version = drawing.version(chosen.0);
            self.take(drawing.keep_fragment(&chosen).await, drawing.widget_name(&chosen), version);
            self.take(drawing.keep_figures(&chosen).await, drawing.figures_name(&chosen), version);
            self.made += u64::from(drawing.made());
        }
    }

    /// Notes what is to be there. What could not be drawn is not, and is found missing.
    fn take(&mut self, kept: Result<tiercache::Entry, tiercache::Error>, name: Name, version: u64) {
        if let Err(error) = kept {
            tracing::warn!(%error, %name, "could not be drawn ahead");
        }
        self.names.entry(name.text().to_owned()).or_insert((name, version));
    }

    /// Looks whether everything is there, as a request would find it.
    pub(crate) async fn check(&self, app: &App) -> Warmth {
        let mut warmth = Warmth { made: self.made, ..Warmth::default() };
        for (name, version) in self.names.values() {
            match app.cache.kept(name, *version).await {
                Kept { memory: false, redis: None | Some(false) } => warmth.missing += 1,
                Kept { redis: Some(false), .. } => warmth.here_alone += 1,
                Kept { .. } => {}
            }
        }
        let all = u64::try_from(self.names.len()).unwrap_or(u64::MAX);
        warmth.kept = all.saturating_sub(warmth.made).saturating_sub(warmth.missing);
        warmth
    }
}

impl std::ops::AddAssign for Warmth {
    fn add_assign(&mut self, other: Self) {
        self.made += other.made;
        self.kept += other.kept;
        self.missing += other.missing;
        self.here_alone += other.here_alone;
    }
}

pub(super) fn audiences() -> impl Iterator<Item = (Lang, Role)> {
    Lang::ALL.into_iter().flat_map(|lang| ROLES.map(|role| (lang, role)))
}

/// Every choice but the default that one filter of a widget offers, one at a time.
pub(super) fn options(spec: &'static Spec) -> impl Iterator<Item = Chosen> {
    let others =
        spec.filters.iter().flat_map(|filter| filter.options.iter().skip(1).map(|option| (filter.name, *option)));
    others.filter_map(move |(name, option)| {
        let given = |asked: &str| (asked == name).then_some(option);
        Some((spec, Choices::of(spec, given).ok()?))
    })
}
