//! What the address of a page chooses in its widgets.

use sha2::{Digest, Sha256};

use super::error::Failure;
use super::resource::report;
use super::view::PageQuery;
use super::visitor::InCompany;
use crate::app::App;
use crate::db::TenantSql;
use crate::tenant::Role;
use crate::widget::{self, Choices, InvalidChoice, Narrowed, Period, Spec};

/// A widget and what was chosen in it.
pub(crate) type Chosen = (&'static Spec, Choices);

/// Every widget with what is chosen in it.
///
/// # Errors
/// Where something is chosen that there is not.
pub(super) fn all(query: &PageQuery) -> Result<Vec<Chosen>, Failure> {
    let page = narrowed(query)?;
    widget::ALL.iter().map(|spec| Ok((*spec, choices(spec, query, false)?.on(page)))).collect()
}

/// The widgets that whoever asks wants to see, in their order.
pub(super) fn arranged(at: &InCompany, chosen: Vec<Chosen>) -> Vec<Chosen> {
    let Some((arrangement, _)) = &at.visitor.visit().arranged else { return chosen };
    let wanted = arrangement.widgets().filter(|(_, shown)| *shown);
    wanted.filter_map(|(spec, _)| chosen.iter().find(|(it, _)| it.key == spec.key).cloned()).collect()
}

/// One widget that is asked for alone: what it calls its filters is enough.
///
/// # Errors
/// Where something is chosen that there is not.
pub(super) fn alone(spec: &'static Spec, query: &PageQuery) -> Result<Chosen, Failure> {
    Ok((spec, choices(spec, query, true)?.on(narrowed(query)?)))
}

/// What is chosen on the page that a fragment belongs to: its own choices are as new as the request, all others as the page.
pub(super) fn on_page(at: &InCompany, own: &Chosen) -> Vec<Chosen> {
    let page = PageQuery::of(&at.visitor.context.page);
    let chosen = |spec: &&'static Spec| match spec.key == own.0.key {
        true => own.clone(),
        false => (*spec, choices(spec, &page, false).unwrap_or_default().on(own.1.page())),
    };
    widget::ALL.iter().map(chosen).collect()
}

/// What the query chooses for a widget: `policy_trend.days=90`, and `days=90` where only one widget is asked for.
fn choices(spec: &Spec, query: &PageQuery, alone: bool) -> Result<Choices, Failure> {
    let given = |name: &str| {
        let own = query.get(&format!("{}.{name}", spec.key));
        own.or_else(|| alone.then(|| query.get(name)).flatten())
    };
    Choices::of(spec, given).map_err(Failure::Bad)
}

/// What the query narrows all widgets to.
fn narrowed(query: &PageQuery) -> Result<Narrowed, Failure> {
    let given = |name: &str| query.get(name).filter(|value| !value.is_empty());
    let wrong = |name: &str, value: &str, allowed: String| {
        let value = value.chars().take(80).collect();
        Failure::Bad(InvalidChoice { name: name.to_owned(), value, allowed })
    };
    let names = || Period::ALL.map(Period::name).join(", ");
    let period = given("period").map(|name| Period::named(name).ok_or_else(|| wrong("period", name, names())));
    let branch = given("branch").map(|id| {
        let number = id.parse().ok().filter(|id| *id > 0);
        number.ok_or_else(|| wrong("branch", id, "1, 2, …".to_owned()))
    });
    Ok(Narrowed { period: period.transpose()?, branch: branch.transpose()? })
}

const BRANCH: TenantSql = TenantSql::new("SELECT id FROM branches WHERE company_id = :company AND id = ?");

/// Sees to it that the branch which is asked for is the company's: another one does not exist, and where it is another
/// company's, asking is a security event.
///
/// # Errors
/// [`Failure::NotFound`] where it is not.
pub(super) async fn check_branch(app: &App, at: &InCompany, chosen: &[Chosen]) -> Result<(), Failure> {
    let Some(branch) = chosen.first().and_then(|(_, choices)| choices.page().branch) else { return Ok(()) };
    if !at.scope.db(&app.db).rows(&BRANCH, vec![branch.into()]).await?.is_empty() {
        return Ok(());
    }
    report(app, at, "branches", branch).await;
    Err(Failure::NotFound)
}

/// A short name of what is chosen on the page; none where all is at its defaults.
pub(super) fn mark(page: &PageQuery) -> Option<String> {
    let chosen = page.url("", &[]);
    (!chosen.is_empty()).then(|| {
        let hash = Sha256::digest(chosen.as_bytes());
        let mut mark = "q".to_owned();
        mark.extend(hash.iter().take(8).map(|byte| format!("{byte:02x}")));
        mark
    })
}

/// What the links of a page keep of its query: an operator's company, by its id, and every choice that is not the default. All else
/// that somebody may have typed is left out, so that there are no more pages than there are choices.
pub(super) fn canonical(at: &InCompany, chosen: &[Chosen]) -> PageQuery {
    let page = chosen_page((at.scope.role() == Role::SuperAdmin).then_some(at.company.id), chosen);
    // Whether it hangs on a wall.
    let wall = PageQuery::of(&at.visitor.context.page).get("wall").filter(|wall| *wall == "1").map(str::to_owned);
    page.without(|_| false).cloned().chain(wall.map(|wall| ("wall".to_owned(), wall))).collect()
}

/// The page with these choices, for an operator of that company.
pub(super) fn chosen_page(company: Option<i64>, chosen: &[Chosen]) -> PageQuery {
    let company = company.map(|id| ("company".to_owned(), id.to_string()));
    let page = chosen.first().map(|(_, choices)| choices.page()).unwrap_or_default();
    let period = page.period.map(|period| ("period".to_owned(), period.name().to_owned()));
    let branch = page.branch.map(|branch| ("branch".to_owned(), branch.to_string()));
    let choices = chosen.iter().flat_map(|(spec, choices)| {
        let other = |filter: &&widget::Filter| choices.differs(filter);
        let pair = |filter: &widget::Filter| (format!("{}.{}", spec.key, filter.name), choices.get(filter).to_owned());
        spec.filters.iter().filter(other).map(pair)
    });
    company.into_iter().chain(period).chain(branch).chain(choices).collect()
}
