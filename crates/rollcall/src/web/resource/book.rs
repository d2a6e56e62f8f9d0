//! `/admin/appointments/new`: an appointment is booked by [`booking`], as the API does. The form's own address says what was typed
//! so far, so that it is looked at as often as somebody likes, with a script or without.

mod offered;

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

pub(super) use self::offered::busy;
use self::offered::{branches, customers, services, staff};
use super::chrome;
use super::list::report;
use crate::app::App;
use crate::booking::{self, Error, NewAppointment};
use crate::i18n::Lang;
use crate::resource::{Form as Typed, amount, integer, local, money, value};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::view::{BookDraft, BookPage, BookProblem, Busy, PageQuery, Person, Thing};
use crate::web::visitor::InCompany;

const LENGTH: i64 = 30; // minutes, without a service
/// The longest appointment, in minutes: 31 days, as the API has it.
const LONGEST: i64 = 44_640;

/// `GET`: the form, with what was typed so far.
pub(super) async fn form(State(app): State<App>, at: InCompany, headers: HeaderMap) -> Result<Response, Failure> {
    allow(&at)?;
    let query = PageQuery::of(&at.visitor.context.target);
    let typed: Typed = query.without(|name| matches!(name, "company" | "notice")).cloned().collect();
    Booking::of(&app, &at, &typed).await?.page(Vec::new(), &headers).await
}

/// `POST`: it is booked.
pub(super) async fn book(
    State(app): State<App>,
    at: InCompany,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    allow(&at)?;
    let booking = Booking::of(&app, &at, &typed).await?;
    let (new, mut problems) = booking.new_appointment();
    let Some(new) = new.filter(|_| problems.is_empty()) else {
        return booking.page(problems, &headers).await;
    };
    problems.extend((booking.is_past() && !booking.draft.late).then_some(BookProblem::Past));
    problems.extend((!booking.busy.is_empty() && !booking.draft.anyway).then_some(BookProblem::Busy));
    if !problems.is_empty() {
        return booking.page(problems, &headers).await;
    }
    match booking::create(&app, &at.scope, &at.visitor.actor(), &new).await {
        Ok(made) => Ok(see_other(&format!("/admin/appointments/{}?notice=booked{}", made.id, at.and_company()))),
        // Who reached for another company's was told of when the form was read.
        Err(Error::NotFound { field, .. }) => {
            problems.push(BookProblem::Gone(field));
            booking.page(problems, &headers).await
        }
        Err(Error::Invalid { field: "price", .. }) => booking.page(vec![BookProblem::Price], &headers).await,
        Err(Error::Invalid { field: "ends_at", .. }) => booking.page(vec![BookProblem::Length], &headers).await,
        Err(Error::Invalid { .. }) => booking.page(vec![BookProblem::Time], &headers).await,
        Err(Error::Forbidden) => Err(Failure::Forbidden),
        Err(Error::Database(error)) => Err(error.into()),
        Err(_) => Err(Failure::Internal),
    }
}

fn allow(at: &InCompany) -> Result<(), Failure> {
    if at.scope.role().may_write() { Ok(()) } else { Err(Failure::Forbidden) }
}

struct Booking<'a> {
    app: &'a App,
    at: &'a InCompany,
    draft: BookDraft,
    customers: Vec<Person>,
    services: Vec<Thing>,
    staff: Vec<Thing>,
    branches: Vec<Thing>,
    when: When,
    /// When it starts and ends, as far as that can be said.
    span: Option<(NaiveDateTime, NaiveDateTime)>,
    busy: Vec<Busy>,
}

/// The instant that a local time stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Nothing was typed yet.
    Unsaid,
    /// What was typed is no time.
    Wrong,
    /// The clocks leave it out.
    LeftOut,
    /// It comes twice, and nobody said which.
    Twice,
    At(NaiveDateTime),
}

/// The instant of a local day and time; of one that comes twice the one that is `meant`, `first` or `second`.
fn when(zone: Tz, day: &str, time: &str, meant: &str) -> When {
    if day.is_empty() && time.is_empty() {
        return When::Unsaid;
    }
    let day = day.parse::<NaiveDate>().ok();
    let formats = ["%H:%M", "%H:%M:%S"];
    let time = formats.iter().find_map(|format| NaiveTime::parse_from_str(time, format).ok());
    let Some((day, time)) = day.zip(time) else { return When::Wrong };
    match (zone.from_local_datetime(&day.and_time(time)), meant) {
        (LocalResult::None, _) => When::LeftOut,
        (LocalResult::Single(at), _)
        | (LocalResult::Ambiguous(at, _), "first")
        | (LocalResult::Ambiguous(_, at), "second") => When::At(at.naive_utc()),
        (LocalResult::Ambiguous(..), _) => When::Twice,
    }
}

/// So many minutes; none where that is no length of an appointment.
fn minutes(typed: &str) -> Option<i64> {
    integer(typed.trim()).filter(|minutes| (1..=LONGEST).contains(minutes))
}

fn span(when: When, typed: &str) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let (When::At(start), Some(minutes)) = (when, minutes(typed)) else { return None };
    Some((start, start.checked_add_signed(TimeDelta::minutes(minutes))?))
}

/// Another service than the one for which price and length stand there has others; what somebody typed stays.
fn follow_service(draft: &mut BookDraft, services: &[Thing], filled_for: Option<i64>, lang: Lang) {
    let of = |id: Option<i64>| services.iter().find(|it| Some(it.id) == id);
    let price =
        |of: Option<&Thing>| of.and_then(|it| it.price).map_or_else(String::new, |it| local(&format!("{it:.2}"), lang));
    let length =
        |of: Option<&Thing>| of.and_then(|it| it.minutes).filter(|minutes| *minutes > 0).unwrap_or(LENGTH).to_string();
    let (was, is) = (of(filled_for), of(draft.service));
    let other = filled_for != draft.service;
    if other && (draft.price.is_empty() || draft.price == price(was)) {
        draft.price = price(is);
    }
    if draft.minutes.trim().is_empty() || (other && draft.minutes == length(was)) {
        draft.minutes = length(is);
    }
}

impl<'a> Booking<'a> {
    async fn of(app: &'a App, at: &'a InCompany, typed: &Typed) -> Result<Self, Failure> {
        let db = at.scope.db(&app.db);
        let text = |name: &str| value(typed, name).to_owned();
        let number = |name: &str| value(typed, name).parse::<i64>().ok();
        let mut draft = BookDraft {
            word: text("q").chars().filter(|letter| !letter.is_control()).take(100).collect(),
            customer: number("customer_id"),
            service: number("service_id"),
            staff: number("staff_id"),
            branch: number("branch_id"),
            day: text("day"),
            time: text("time"),
            meant: text("meant"),
            minutes: text("minutes"),
            price: text("price"),
            anyway: value(typed, "anyway") == "yes",
            late: value(typed, "late") == "yes",
        };
        let services = services(&db, draft.service).await?;
        let staff = staff(&db, draft.staff).await?;
        let branches = branches(&db, draft.branch).await?;
        let customers = customers(&db, &draft).await?;
        if draft.customer.is_none() && customers.len() == 1 && !draft.word.is_empty() {
            draft.customer = customers.first().map(|it| it.id);
        }
        let ids = |of: &[Thing]| of.iter().map(|it| it.id).collect::<Vec<_>>();
        for (table, id, there) in [
            ("customers", draft.customer, customers.iter().map(|it| it.id).collect()),
            ("services", draft.service, ids(&services)),
            ("staff", draft.staff, ids(&staff)),
            ("branches", draft.branch, ids(&branches)),
        ] {
            if let Some(id) = id.filter(|id| !there.contains(id)) {
                report(app, at, table, id).await;
            }
        }
        follow_service(&mut draft, &services, number("priced_for"), at.visitor.context.lang);
        let when = when(at.zone, &draft.day, &draft.time, &draft.meant);
        let span = span(when, &draft.minutes);
        let busy = match span {
            Some(span) => busy(&db, &draft, span).await?,
            None => Vec::new(),
        };
        Ok(Self { app, at, draft, customers, services, staff, branches, when, span, busy })
    }

    /// The appointment that was described, and what is wrong with that.
    fn new_appointment(&self) -> (Option<NewAppointment>, Vec<BookProblem>) {
        let mut problems = Vec::new();
        if self.draft.customer.is_none() {
            problems.push(BookProblem::NoCustomer);
        }
        if minutes(&self.draft.minutes).is_none() {
            problems.push(BookProblem::Length);
        }
        let price = match self.draft.price.trim() {
            "" => None,
            text => money(&amount(text)).map_err(|_| problems.push(BookProblem::Price)).ok(),
        };
        let starts_at = match self.when {
            When::At(at) => Some(at),
            When::Unsaid | When::Wrong => {
                problems.push(BookProblem::Time);
                None
            }
            When::LeftOut => {
                problems.push(BookProblem::LeftOut);
                None
            }
            When::Twice => {
                problems.push(BookProblem::Twice);
                None
            }
        };
        let new = self.draft.customer.zip(starts_at).map(|(customer_id, starts_at)| NewAppointment {
            customer_id,
            branch_id: self.draft.branch.or_else(|| self.taken_over().map(|(id, _)| *id)),
            service_id: self.draft.service,
            staff_id: self.draft.staff,
            starts_at,
            ends_at: self.span.map(|(_, end)| end),
            status: None,
            price,
        });
        (new, problems)
    }

    /// The branch where the chosen member of staff works, where no other one was chosen.
    fn taken_over(&self) -> Option<&(i64, String)> {
        let chosen = self.staff.iter().find(|it| Some(it.id) == self.draft.staff);
        chosen.and_then(|it| it.branch.as_ref()).filter(|_| self.draft.branch.is_none())
    }

    fn is_past(&self) -> bool {
        matches!(self.when, When::At(at) if at <= self.app.clock.now_utc())
    }

    async fn page(self, mut problems: Vec<BookProblem>, headers: &HeaderMap) -> Result<Response, Failure> {
        let refused = !problems.is_empty();
        // What the clocks say of a time is said as soon as it is typed.
        if !refused {
            problems.extend(match self.when {
                When::LeftOut => Some(BookProblem::LeftOut),
                When::Twice => Some(BookProblem::Twice),
                _ => None,
            });
        }
        let chrome = chrome(self.app, self.at).await;
        let is_past = self.is_past();
        let branch = self.taken_over().map(|(_, name)| name.clone());
        let ends_at = self.span.map(|(_, end)| end);
        let ambiguous = self.when == When::Twice || !self.draft.meant.is_empty();
        let page = BookPage::new(chrome, self.at.zone, self.app.clock.now(), self.draft);
        let page = page.offers(self.customers, self.services, self.staff, self.branches);
        let text =
            page.found(self.busy, is_past, ambiguous).follows(branch, ends_at).refused(problems, refused).html()?;
        let mut response = answer::passing(Body { text, keep: false }, Media::Html, headers)?;
        if refused {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_is_an_instant_unless_the_clocks_have_it_otherwise() {
        let at = |day: &str, time: &str, meant: &str| when(Tz::Europe__Berlin, day, time, meant);
        let utc = |text: &str| When::At(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap());
        assert_eq!(at("2026-11-30", "10:00", ""), utc("2026-11-30 09:00"));
        assert_eq!(at("2027-03-28", "02:30", ""), When::LeftOut);
        assert_eq!(at("2026-10-25", "02:30", ""), When::Twice);
        assert_eq!(at("2026-10-25", "02:30", "first"), utc("2026-10-25 00:30"));
        assert_eq!(at("2026-10-25", "02:30", "second"), utc("2026-10-25 01:30"));
        assert_eq!(at("2026-11-30", "10:00", "second"), utc("2026-11-30 09:00"), "where it comes once, it is that");
        for (day, time) in [("", "10:00"), ("2026-11-30", ""), ("2026-02-30", "10:00"), ("soon", "now")] {
            assert_eq!(at(day, time, ""), When::Wrong, "{day} {time}");
        }
        assert_eq!(at("", "", ""), When::Unsaid);
    }

    #[test]
    fn a_length_is_a_whole_number_of_minutes_up_to_31_days() {
        assert_eq!(["1", " 45 ", "44640"].map(minutes), [Some(1), Some(45), Some(44_640)]);
        for wrong in ["", "0", "-5", "44641", "1.5", "soon", "99999999999999999999"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
    }
}
