//! What the address of a page chooses in its widgets.

use sha2::{Digest, Sha256};

use super::error::Failure;
use super::view::PageQuery;
use super::visitor::InCompany;
use crate::tenant::Role;
use crate::widget::{self, Choices, Spec};

/// A widget and what was chosen in it.
pub(crate) type Chosen = (&'static Spec, Choices);

/// Every widget with what is chosen in it.
///
/// # Errors
/// Where something is chosen that there is not.
pub(super) fn all(query: &PageQuery) -> Result<Vec<Chosen>, Failure> {
    widget::ALL.iter().map(|spec| Ok((*spec, choices(spec, query, false)?))).collect()
}

/// One widget that is asked for alone: what it calls its filters is enough.
///
/// # Errors
/// Where something is chosen that there is not.
pub(super) fn alone(spec: &'static Spec, query: &PageQuery) -> Result<Chosen, Failure> {
    Ok((spec, choices(spec, query, true)?))
}

/// What is chosen on the page that a fragment belongs to: its own choices are as new as the request, all others as the page.
pub(super) fn on_page(at: &InCompany, own: &Chosen) -> Vec<Chosen> {
    let page = PageQuery::of(&at.visitor.context.page);
    let chosen = |spec: &&'static Spec| match spec.key == own.0.key {
        true => own.clone(),
        false => (*spec, choices(spec, &page, false).unwrap_or_default()),
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
    chosen_page((at.scope.role() == Role::SuperAdmin).then_some(at.company.id), chosen)
}

/// The page with these choices, for an operator of that company.
pub(super) fn chosen_page(company: Option<i64>, chosen: &[Chosen]) -> PageQuery {
    let company = company.map(|id| ("company".to_owned(), id.to_string()));
    let choices = chosen.iter().flat_map(|(spec, choices)| {
        let other = |filter: &&widget::Filter| filter.options.first() != Some(&choices.get(filter));
        let pair = |filter: &widget::Filter| (format!("{}.{}", spec.key, filter.name), choices.get(filter).to_owned());
        spec.filters.iter().filter(other).map(pair)
    });
    company.into_iter().chain(choices).collect()
}
