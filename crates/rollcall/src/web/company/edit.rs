//! `/admin/settings` and `/admin/companies/{id}/edit`: the same form, of an admin's own company and of any for operators.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::{COMPANIES, Deed, entered, failed, write};
use crate::app::App;
use crate::company::{self, Company, Draft, Wrong};
use crate::resource::{ABOVE, Refusal};
use crate::tenant::Role;
use crate::web::error::Failure;
use crate::web::resource::{chrome, meanwhile};
use crate::web::see_other;
use crate::web::view::{CompanyFormPage, CompanyPlace, FormProblem};
use crate::web::visitor::{InCompany, Visitor};

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    tag: String,
    name: String,
    timezone: String,
    locale: String,
    currency: String,
    staff_capacity: String,
}

/// `GET /admin/settings`
pub(super) async fn settings(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    allow(&at)?;
    Of { app: &app, at: &at, place: CompanyPlace::Settings }.form().await
}

/// `POST /admin/settings`
pub(super) async fn save_settings(
    State(app): State<App>,
    at: InCompany,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    allow(&at)?;
    Of { app: &app, at: &at, place: CompanyPlace::Settings }.save(typed).await
}

/// `GET /admin/companies/{id}/edit`
pub(super) async fn company(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let at = entered(&app, visitor, &id).await?;
    Of { app: &app, at: &at, place: CompanyPlace::Companies }.form().await
}

/// `POST /admin/companies/{id}/edit`
pub(super) async fn save_company(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let at = entered(&app, visitor, &id).await?;
    Of { app: &app, at: &at, place: CompanyPlace::Companies }.save(typed).await
}

/// Settings are an admin's affair.
fn allow(at: &InCompany) -> Result<(), Failure> {
    if at.scope.role() >= Role::Admin { Ok(()) } else { Err(Failure::Forbidden) }
}

/// Which company, and on which page.
#[derive(Clone, Copy)]
struct Of<'a> {
    app: &'a App,
    at: &'a InCompany,
    place: CompanyPlace,
}

impl Of<'_> {
    async fn form(self) -> Result<Response, Failure> {
        let company = self.company().await?;
        let draft = Draft::of(&company.settings());
        self.page(&company, (&company.tag(), &draft), None, &[]).await
    }

    async fn save(self, typed: Typed) -> Result<Response, Failure> {
        let Typed { tag, name, timezone, locale, currency, staff_capacity } = typed;
        let draft = Draft { name, timezone, locale, currency, staff_capacity };
        let (problem, faults) = match draft.check() {
            Ok(settings) => match write(self.app, self.at, &Deed::Save(&tag, &settings)).await {
                Ok(()) => return Ok(self.done()),
                Err(Refusal::Stale) => (FormProblem::Stale, Vec::new()),
                Err(refusal) => return Err(failed(refusal)),
            },
            Err(faults) => (FormProblem::Invalid, faults),
        };
        self.page(&self.company().await?, (&tag, &draft), Some(problem), &faults).await
    }

    async fn company(self) -> Result<Company, Failure> {
        company::read(&self.at.scope.db(&self.app.db)).await?.ok_or(Failure::NotFound)
    }

    fn done(self) -> Response {
        see_other(&match self.place {
            CompanyPlace::Settings => format!("/admin/settings?notice=saved{}", self.at.and_company()),
            CompanyPlace::Companies => format!("{COMPANIES}/{}?notice=saved", self.at.company.id),
        })
    }

    async fn page(
        self,
        company: &Company,
        (tag, draft): (&str, &Draft),
        problem: Option<FormProblem>,
        faults: &[(&'static str, Wrong)],
    ) -> Result<Response, Failure> {
        let around = match self.place {
            CompanyPlace::Settings => chrome(self.app, self.at).await,
            CompanyPlace::Companies => self.at.visitor.chrome(),
        };
        let stale = problem == Some(FormProblem::Stale);
        let meanwhile = match ABOVE.into_iter().find(|screen| screen.name == "companies").filter(|_| stale) {
            Some(screen) => {
                // Of its row alone: what became of its settings stands in the audit log as another thing.
                let seen = (self.at.company.id, tag.split(' ').next().unwrap_or_default());
                meanwhile::told((self.app, screen), self.at, &around, seen, meanwhile::tag_of).await?
            }
            None => None,
        };
        // Whoever mistyped has been told of no other change; whoever was too late has been, and saves over it next.
        let tag = if stale { company.tag() } else { tag.to_owned() };
        let page = CompanyFormPage::new(around, (self.place, self.at.company.id, company), tag, draft);
        let page = page.failed(problem, faults).meanwhile(meanwhile).html()?;
        let status = match problem {
            None => StatusCode::OK,
            Some(FormProblem::Invalid) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(FormProblem::Stale | FormProblem::LastAdmin | FormProblem::Busy) => StatusCode::CONFLICT,
        };
        Ok((status, Html(page)).into_response())
    }
}
