//! What a report shows: the dashboard's own figures, read at this moment.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::Contents;
use crate::analytics::policy_report::{self, Table};
use crate::app::App;
use crate::db::Error;
use crate::summaries::snapshot::Unavailable;
use crate::summaries::zone::local_day;
use crate::summaries::{self, Needs};
use crate::tenant::TenantScope;
use crate::widget::{Choices, Narrowed, Panel, Spec};

/// A widget of a report.
#[derive(Debug)]
pub struct Card {
    /// The widget.
    pub spec: &'static Spec,
    /// What it shows; where it fails, the others stand.
    pub panel: Result<Panel, Unavailable>,
}

/// All that a report shows.
#[derive(Debug)]
pub struct Figures {
    /// The company's day.
    pub today: NaiveDate,
    /// The widgets in their order.
    pub cards: Vec<Card>,
    /// The tables of the policy analytics, where they are in it.
    pub(crate) analytics: Vec<Table>,
}

/// Reads what a report shows to somebody with that scope, as the dashboard would at `now`.
///
/// # Errors
/// Where the database fails.
pub async fn figures(
    app: &App,
    scope: &TenantScope,
    (zone, now): (Tz, DateTime<Utc>),
    contents: &Contents,
) -> Result<Figures, Error> {
    let db = scope.db(&app.db);
    let choices = Choices::default().on(Narrowed { period: contents.period, branch: contents.branch });
    let all = |spec: &'static Spec| (spec, (spec.needs)(&choices));
    let wanted: Vec<_> = contents.specs().filter(|spec| contents.branch.is_none() || spec.by_branch).map(all).collect();
    let needs = wanted.iter().fold(Needs::NOTHING, |all, (_, needs)| all.and(*needs));
    let snapshot = summaries::read(&db, zone, now, &needs).await?;
    let mut cards = Vec::new();
    for spec in contents.specs() {
        let Some((_, needs)) = wanted.iter().find(|(known, _)| known.key == spec.key) else {
            cards.push(Card { spec, panel: Ok(Panel::not_by_branch()) });
            continue;
        };
        let mut own = snapshot.within(needs.days);
        summaries::read_newest(&db, needs, &mut own).await;
        cards.push(Card { spec, panel: (spec.render)(&own, &choices) });
    }
    let analytics = match contents.has_analytics() {
        true => policy_report::tables(&summaries::read(&db, zone, now, &policy_report::NEEDS).await?).into(),
        false => Vec::new(),
    };
    Ok(Figures { today: local_day(zone, now.naive_utc()), cards, analytics })
}
