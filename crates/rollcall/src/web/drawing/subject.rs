//! What is drawn: a company at its versions and at an instant, and what was read of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono_tz::Tz;
use tokio::sync::OnceCell;

use crate::app::App;
use crate::summaries::snapshot::{Snapshot, Unavailable};
use crate::summaries::{self, Needs};
use crate::tenant::TenantScope;
use crate::versions::Versions;
use crate::web::chosen::Chosen;
use crate::web::view::Present;
use crate::widget::{Choices, Panel};

type Shown = Arc<OnceCell<Result<Arc<Panel>, Unavailable>>>;

/// A company, as whoever proved that they may see it found it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) scope: TenantScope,
    pub(crate) slug: String,
    pub(crate) zone: Tz,
    /// Read before anything that is drawn, and together with the zone.
    pub(crate) versions: Versions,
}

/// A company at an instant. Several drawings of it, in other languages and for other roles, share what is read and computed:
/// whoever is the first to need it reads it.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(super) app: App,
    pub(super) scope: TenantScope,
    pub(super) slug: String,
    pub(super) versions: Versions,
    pub(super) present: Present,
    needs: Needs,
    read: OnceCell<Result<Arc<Snapshot>, Unavailable>>,
    panels: Mutex<HashMap<(&'static str, Choices), Shown>>,
}

impl Subject {
    /// The company now; `chosen` is every widget that may be drawn of it.
    pub(crate) fn new(app: &App, found: Found, chosen: &[Chosen]) -> Arc<Self> {
        let Found { scope, slug, zone, versions } = found;
        let now = app.clock.now();
        let today = summaries::zone::local_day(zone, now.naive_utc());
        let needs = chosen.iter().fold(Needs::default(), |needs, (spec, choices)| needs.and((spec.needs)(choices)));
        Arc::new(Self {
            app: app.clone(),
            scope,
            slug,
            versions,
            present: Present { now, zone, today, pinned: app.clock.is_pinned() },
            // The newest rows are read by who shows them.
            // Advice looks at the last thirty days, whatever the widgets look at.
            needs: Needs {
                days: needs.days.max(if chosen.len() > 1 { 30 } else { 0 }),
                violations: false,
                failures: false,
                ..needs
            },
            read: OnceCell::new(),
            panels: Mutex::default(),
        })
    }

    /// What a widget shows: in no language, and so computed once for all of them.
    pub(super) async fn panel(&self, chosen: &Chosen) -> Result<Arc<Panel>, Unavailable> {
        let shown = {
            // One look-up or insertion: no panic leaves the map half-changed.
            let mut panels = self.panels.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(panels.entry((chosen.0.key, chosen.1.clone())).or_default())
        };
        shown.get_or_init(|| self.compute(chosen)).await.clone()
    }

    async fn compute(&self, (spec, choices): &Chosen) -> Result<Arc<Panel>, Unavailable> {
        if choices.page().branch.is_some() && !spec.by_branch {
            return Ok(Arc::new(Panel::not_by_branch()));
        }
        let snapshot = self.snapshot().await?;
        let needs = (spec.needs)(choices);
        if !needs.violations && !needs.failures {
            return (spec.render)(&snapshot, choices).map(Arc::new);
        }
        let mut own = snapshot.within(needs.days);
        summaries::read_newest(&self.scope.db(&self.app.db), &needs, &mut own).await;
        (spec.render)(&own, choices).map(Arc::new)
    }

    /// What the widgets look at: one statement, whoever is the first to need it.
    pub(super) async fn snapshot(&self) -> Result<Arc<Snapshot>, Unavailable> {
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
}
