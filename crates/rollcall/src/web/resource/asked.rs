//! What the address asks of a list: which rows, in which order, and which of their columns.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use crate::app::App;
use crate::db::{Arg, Dialect};
use crate::resource::{Column, Kind, Listing, NOTIFICATIONS, Screen, Wrong, of_reason, only_deleted, search};
use crate::summaries::zone::{next_day, span};
use crate::tenant::TenantScope;
use crate::web::error::Failure;
use crate::web::view::{Chosen, PageQuery};
use crate::web::visitor::InCompany;
use crate::widget::InvalidChoice;

/// So many rows are on a page.
const ON_A_PAGE: i64 = 50;
/// The longest word that is looked for, in characters.
const LONGEST: usize = 100;
/// The parameter that asks for what was deleted.
const DELETED: &str = "deleted";
/// The parameter that asks for failed notifications of one reason.
const REASON: &str = "reason";
/// The years that a day may be of.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

/// Where somebody asks: with which address, of which company, and in which zone its days are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Where<'a> {
    pub(super) target: &'a str,
    /// None: above all companies.
    pub(super) scope: Option<&'a TenantScope>,
    /// Whose list it is, for cursors: a company's by its id, the platform's by 0, a person's by theirs below it.
    pub(super) whose: i64,
    pub(super) zone: Tz,
}

impl<'a> From<&'a InCompany> for Where<'a> {
    fn from(at: &'a InCompany) -> Self {
        let whose = at.scope.company_id();
        Self { target: &at.visitor.context.target, scope: Some(&at.scope), whose, zone: at.zone }
    }
}

/// Reads what the address asks for. What was left empty in the form asks for nothing.
pub(super) async fn asked(app: &App, screen: &'static Screen, at: Where<'_>) -> Result<(Listing, Chosen), Failure> {
    let query = PageQuery::of(at.target);
    let given = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
    let sort = given("sort").unwrap_or(screen.sort);
    let known = |sort: &str| sort == screen.sort || headings(screen).any(|name| name == sort.trim_start_matches('-'));
    let listing = Listing::of(screen.resource, at.whose, sort, ON_A_PAGE).filter(|_| known(sort));
    let allowed = || headings(screen).collect::<Vec<_>>().join(", ");
    let mut listing = listing.ok_or_else(|| bad("sort", sort, allowed()))?;
    let mut filters = Vec::new();
    for column in screen.filters.iter().filter_map(|name| screen.resource.column(name)) {
        for parameter in parameters(column) {
            let Some(value) = given(&parameter) else { continue };
            narrow(&mut listing, column, (&parameter, value), (app.db.dialect(), at.zone))?;
            filters.push((parameter, value.to_owned()));
        }
    }
    for condition in screen.conditions {
        let Some(value) = given(condition.name) else { continue };
        let allowed = || condition.options.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let option = condition.options.iter().find(|(name, _)| *name == value);
        let (_, text) = option.ok_or_else(|| bad(condition.name, value, allowed()))?;
        let now = Arg::from(app.clock.now_utc());
        listing.when(text, text.matches('?').map(|_| now.clone()));
        filters.push((condition.name.to_owned(), value.to_owned()));
    }
    if let (Some(reason), Some(scope), true) = (given(REASON), at.scope, screen.resource.table == NOTIFICATIONS.table) {
        of_reason(&scope.db(&app.db), &mut listing, printable(REASON, reason)?).await?;
        filters.push((REASON.to_owned(), reason.to_owned()));
    }
    if deleted(screen, at, &query)? {
        only_deleted(&mut listing, screen.resource, app.clock.now_utc());
        filters.push((DELETED.to_owned(), "yes".to_owned()));
    }
    let word: String = printable("q", given("q").unwrap_or_default())?.chars().take(LONGEST).collect();
    if !word.is_empty() {
        let db = at.scope.map(|scope| scope.db(&app.db));
        search((db.as_ref(), app.db.dialect()), &mut listing, screen, &word).await?;
    }
    let listing = turned(app, listing, (given("after"), given("before")))?;
    let columns = columns(screen, &query)?;
    let chosen = Chosen { screen, word, sort: sort.to_owned(), filters, columns };
    Ok((listing, chosen))
}

/// The list after a row, or before one, of which the address has the place; both are none.
fn turned(app: &App, listing: Listing, (after, before): (Option<&str>, Option<&str>)) -> Result<Listing, Failure> {
    match (after, before) {
        (None, None) => Ok(listing),
        (Some(after), None) => listing.resumed(app, after).ok_or_else(|| bad("after", after, String::new())),
        (_, Some(before)) => {
            let turned = listing.turned_back(app, before).filter(|_| after.is_none());
            turned.ok_or_else(|| bad("before", before, String::new()))
        }
    }
}

/// Whether the list is of rows that were deleted: for those who may have them back.
fn deleted(screen: &Screen, at: Where<'_>, query: &PageQuery) -> Result<bool, Failure> {
    match query.get(DELETED).unwrap_or_default() {
        "" => Ok(false),
        "yes" if screen.resource.soft && at.scope.is_some_and(|scope| scope.role() >= screen.writes) => Ok(true),
        "yes" if screen.resource.soft => Err(Failure::Forbidden),
        other => Err(bad(DELETED, other, "yes".to_owned())),
    }
}

/// What would do, where that can be listed.
fn choices(wrong: &Wrong) -> String {
    match wrong {
        Wrong::OneOf(words) | Wrong::NoType { known: words, .. } => words.join(", "),
        Wrong::Flag => "true, false".to_owned(),
        Wrong::Id => "1, 2, 3, …".to_owned(),
        _ => String::new(),
    }
}

/// A word that is looked for. Nobody types control characters, and PostgreSQL has no text with a zero in it.
pub(in crate::web) fn printable<'a>(name: &str, word: &'a str) -> Result<&'a str, Failure> {
    match word.chars().any(char::is_control) {
        true => Err(bad(name, &word.escape_debug().to_string(), "A–Z, 0–9, …".to_owned())),
        false => Ok(word),
    }
}

/// By what headings order the list.
fn headings(screen: &'static Screen) -> impl Iterator<Item = &'static str> {
    screen.columns.iter().filter_map(|shown| shown.sort)
}

/// The parameters that narrow a list by a column.
pub(super) fn parameters(column: &Column) -> Vec<String> {
    match column.kind {
        Kind::Instant => vec![format!("{}_from", column.name), format!("{}_until", column.name)],
        _ => vec![column.name.to_owned()],
    }
}

fn narrow(
    listing: &mut Listing,
    column: &'static Column,
    (parameter, value): (&str, &str),
    (dialect, zone): (Dialect, Tz),
) -> Result<(), Failure> {
    if let (Kind::OneOf(words), true) = (column.kind, value.contains(',')) {
        // Several of the words: any of them.
        let wrong = || bad(parameter, value, words.join(", "));
        let known = |value| words.iter().find(|word| **word == value).copied().ok_or_else(wrong);
        let values = value.split(',').map(known).collect::<Result<BTreeSet<_>, _>>()?;
        let marks = vec!["?"; values.len()].join(", ");
        listing.when(&format!("{} IN ({marks})", column.sql(dialect)), values.into_iter().map(Arg::from));
        return Ok(());
    }
    if !matches!(column.kind, Kind::Instant) {
        return listing.narrow(dialect, column, "=", value).map_err(|wrong| bad(parameter, value, choices(&wrong)));
    }
    let day = value.parse::<NaiveDate>().ok().filter(|day| YEARS.contains(&day.year()));
    let day = day.ok_or_else(|| bad(parameter, value, "2026-11-22".to_owned()))?;
    let (comparison, bound) = match parameter.ends_with("_until") {
        true => ("<", start_of(zone, day + Days::new(1))),
        false => (">=", start_of(zone, day)),
    };
    listing.compare(dialect, column, comparison, bound.into());
    Ok(())
}

/// The first second of a local day.
pub(in crate::web) fn start_of(zone: Tz, day: NaiveDate) -> NaiveDateTime {
    let before = day - Days::new(1);
    next_day(zone, span(zone, before, before).0 + TimeDelta::hours(12))
}

/// The columns that are chosen, in their order, the first one always.
fn columns(screen: &'static Screen, query: &PageQuery) -> Result<Vec<&'static str>, Failure> {
    let chosen: Vec<_> = query.without(|name| name != "column").map(|(_, value)| value.as_str()).collect();
    let names = || screen.columns.iter().map(|shown| shown.name);
    if let Some(unknown) = chosen.iter().find(|name| !names().any(|known| known == **name)) {
        return Err(bad("column", unknown, names().collect::<Vec<_>>().join(", ")));
    }
    let wanted = |at: usize, name: &str, first: bool| match chosen.is_empty() {
        true => first,
        false => at == 0 || chosen.contains(&name),
    };
    let shown = screen.columns.iter().enumerate().filter(|(at, shown)| wanted(*at, shown.name, shown.first));
    Ok(shown.map(|(_, shown)| shown.name).collect())
}

pub(super) fn bad(name: &str, value: &str, allowed: String) -> Failure {
    let value = value.chars().take(80).collect();
    Failure::Bad(InvalidChoice { name: name.to_owned(), value, allowed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_when_the_companys_clocks_say_so() {
        let start = |zone: Tz, day: &str| start_of(zone, day.parse().unwrap()).to_string();
        assert_eq!(start(Tz::Europe__Berlin, "2026-11-22"), "2026-11-21 23:00:00");
        assert_eq!(start(Tz::Europe__Berlin, "2026-03-30"), "2026-03-29 22:00:00", "after a short day");
        assert_eq!(start(Tz::Asia__Kathmandu, "2026-11-22"), "2026-11-21 18:15:00");
        assert_eq!(start(Tz::Africa__Cairo, "2026-04-24"), "2026-04-23 22:00:00", "whose midnight is left out");
    }
}
