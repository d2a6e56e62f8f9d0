//! `/admin/search`: customers, appointments, staff and policies by what is typed, and the pages that somebody may see. As a page,
//! and as the list below the field that opens anywhere.

mod day;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;

use self::day::day_of;
use super::answer::{self, Body, Media};
use super::error::Failure;
use super::listed::Routes;
use super::resource::{chrome, printable, start_of};
use super::view::{Badges, Found, FoundList, PageQuery, SearchPage};
use super::visitor::InCompany;
use crate::app::App;
use crate::db::TenantDb;
use crate::i18n::{Lang, t};
use crate::resource::{
    APPOINTMENTS, Joins, Kind as Column, Listing, POLICIES, Page, Resource, Screen, id, integer, page,
};
use crate::search::{Kind, asked, begins, people};
use crate::summaries::zone::local_day;

/// The longest text that is looked for, in characters.
const LONGEST: usize = 100;
/// So many of each kind stand below the field, and on the page.
const BELOW: i64 = 5;
const ON_A_PAGE: i64 = 25;
/// So many policies are looked through at most.
const POLICIES_READ: i64 = 1_000;

pub(super) fn routes() -> Routes {
    Routes::new().route("/admin/search", get(results)).route("/admin/search/found", get(below))
}

/// `GET /admin/search?q=…`
async fn results(State(app): State<App>, at: InCompany, headers: HeaderMap) -> Result<Response, Failure> {
    let typed = Typed::of(&app, &at)?;
    let found = look(&app, &at, &typed, ON_A_PAGE).await?;
    let page = SearchPage::new(chrome(&app, &at).await, at.zone, app.clock.now(), &found);
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, &headers)
}

/// `GET /admin/search/found?q=…`: what stands below the field.
async fn below(State(app): State<App>, at: InCompany, headers: HeaderMap) -> Result<Response, Failure> {
    let typed = Typed::of(&app, &at)?;
    let found = look(&app, &at, &typed, BELOW).await?;
    let list = FoundList::new(&at.chrome(Badges::default()), at.zone, app.clock.now(), &found);
    answer::passing(Body { text: list.html()?, keep: false }, Media::Html, &headers)
}

/// What was typed, and what it may mean.
struct Typed {
    text: String,
    words: Vec<String>,
    /// `#123`, or a number alone.
    id: Option<i64>,
    day: Option<NaiveDate>,
}

impl Typed {
    fn of(app: &App, at: &InCompany) -> Result<Self, Failure> {
        let query = PageQuery::of(&at.visitor.context.target);
        let text = printable("q", query.get("q").unwrap_or_default().trim())?;
        let text: String = text.chars().take(LONGEST).collect();
        let number = text.strip_prefix('#').unwrap_or(&text).trim();
        let day = day_of(&text, local_day(at.zone, app.clock.now_utc()));
        let words = if day.is_some() || text.starts_with('#') { Vec::new() } else { asked(&text) };
        Ok(Self { id: integer(number).and_then(|number| id(&number.into()).ok()), words, day, text })
    }
}

async fn look(app: &App, at: &InCompany, typed: &Typed, at_most: i64) -> Result<Found, Failure> {
    let db = at.scope.db(&app.db);
    let wanted = usize::try_from(at_most).unwrap_or_default();
    let (text, words) = (typed.text.clone(), typed.words.clone());
    let mut found = Found { text, words, day: typed.day, at_most: wanted, ..Found::default() };
    let sees = |table: &str| Screen::of_table(table).is_some_and(|screen| at.scope.role() >= screen.sees);
    if !typed.words.is_empty() {
        let people = people(&db, &typed.words, wanted).await?;
        found.partly = people.partly;
        found.people = people.found;
        found.people.retain(|person| match person.kind {
            Kind::Customer => sees("customers"),
            Kind::Staff => sees("staff"),
        });
    }
    if sees("appointments") {
        for narrow in appointments(at, typed, &found) {
            let (rows, beside) = read(&db, &APPOINTMENTS, narrow, at_most).await?;
            found.appointments.extend(rows.into_iter().zip(beside));
        }
        found.appointments.truncate(wanted);
    }
    if let (true, Some(id)) = (sees("policy_configurations"), typed.id) {
        let (rows, beside) = read(&db, &POLICIES, Narrow::Id(id), 1).await?;
        found.policies.extend(rows.into_iter().zip(beside));
    }
    if sees("policy_configurations") && !typed.words.is_empty() {
        let (rows, beside) = read(&db, &POLICIES, Narrow::None, POLICIES_READ).await?;
        let meant = rows.into_iter().zip(beside).filter(|(row, beside)| {
            let kind = row.get("policy_type").and_then(|kind| kind.as_str()).unwrap_or_default();
            let names = Lang::ALL.map(|lang| t(lang, &format!("term.policy_type.{kind}")));
            let text = format!("{} {}", names.join(" "), beside.get("configurable_id").map_or("", String::as_str));
            begins(&text, &typed.words)
        });
        found.policies.extend(meant.take(wanted));
    }
    Ok(found)
}

/// Which rows are meant.
enum Narrow {
    None,
    Id(i64),
    Day([chrono::NaiveDateTime; 2]),
    Customers(Vec<i64>),
}

/// Which appointments are meant: those of a day, the one of a number, those of the customers who were found.
fn appointments(at: &InCompany, typed: &Typed, found: &Found) -> Vec<Narrow> {
    if let Some(day) = typed.day {
        let next = day.succ_opt().unwrap_or(day);
        return vec![Narrow::Day([start_of(at.zone, day), start_of(at.zone, next)])];
    }
    let mut all: Vec<_> = typed.id.map(Narrow::Id).into_iter().collect();
    let customers = found.people.iter().filter(|person| person.kind == Kind::Customer);
    let customers: Vec<_> = customers.map(|person| person.id).collect();
    if !customers.is_empty() {
        all.push(Narrow::Customers(customers));
    }
    all
}

type Rows = (Vec<serde_json::Map<String, serde_json::Value>>, Vec<crate::resource::Beside>);

async fn read(db: &TenantDb, resource: &'static Resource, narrow: Narrow, limit: i64) -> Result<Rows, Failure> {
    let sort = match narrow {
        Narrow::Day(_) => "starts_at",
        Narrow::Customers(_) => "-starts_at",
        Narrow::None | Narrow::Id(_) => "id",
    };
    let mut listing = Listing::of(resource, db.company_id(), sort, limit).ok_or(Failure::Internal)?;
    match narrow {
        Narrow::None => {}
        Narrow::Id(id) => listing.when("t.id = ?", [id.into()]),
        Narrow::Day(bounds) => listing.when("t.starts_at >= ? AND t.starts_at < ?", bounds.map(Into::into)),
        Narrow::Customers(ids) => listing.among(db.dialect(), (resource.table, "customer_id"), &ids),
    }
    let named = |column: &&crate::resource::Column| {
        matches!(column.kind, Column::Target) || matches!(column.name, "customer_id" | "service_id")
    };
    let joins = Joins::of(db.dialect(), resource.columns, resource.columns.iter().filter(named));
    let Page { rows, beside, .. } = page(db, resource, &listing, &joins).await?;
    Ok((rows, beside))
}
