//! `/admin/companies/new`: an operator founds a company, and invites its first admin.

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::DATA;
use crate::accounts::{self, AccountError, NewCompany, found_company};
use crate::app::App;
use crate::changes;
use crate::deliver::reaches_people;
use crate::i18n::Lang;
use crate::people::invitation::{self, InvitationError, Invited};
use crate::people::{LinkKind, letter};
use crate::tenant::{OperatorScope, TenantScope};
use crate::web::error::Failure;
use crate::web::people::origin;
use crate::web::resource::above::operator;
use crate::web::see_other;
use crate::web::view::{CompanyDraft, CompanyProblem, NewCompanyPage};
use crate::web::visitor::Visitor;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    slug: String,
    timezone: String,
    locale: String,
    currency: String,
    admin_name: String,
    admin_email: String,
}

/// `GET /admin/companies/new`
pub(super) async fn form(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    operator(&app, &visitor, super::COMPANY).await?;
    let draft = CompanyDraft::new(visitor.context.lang);
    let page = NewCompanyPage::new(visitor.chrome(), draft, None, reaches_people(&app.config));
    Ok(Html(page.html()?).into_response())
}

/// `POST /admin/companies/new`: makes the company and the invitation, and leads on to its data.
pub(super) async fn found(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let operator = operator(&app, &visitor, super::COMPANY).await?;
    let draft = typed.draft();
    let problem = match make(&app, &visitor, &operator, &draft).await? {
        Ok(made) => return invite(&app, &visitor, &headers, &made, draft).await,
        Err(problem) => problem,
    };
    let status =
        if problem == CompanyProblem::SlugTaken { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = NewCompanyPage::new(visitor.chrome(), draft, Some(problem), reaches_people(&app.config));
    Ok((status, Html(page.html()?)).into_response())
}

/// A company that was made a moment ago.
struct Made {
    id: i64,
    name: String,
    lang: Lang,
    scope: TenantScope,
}

/// Makes the company; all that is wrong with the form is found before anything is there.
async fn make(
    app: &App,
    visitor: &Visitor,
    operator: &OperatorScope,
    draft: &CompanyDraft,
) -> Result<Result<Made, CompanyProblem>, Failure> {
    if let Some(problem) = draft.wrong() {
        return Ok(Err(problem));
    }
    if draft.has_admin() && invitation::is_taken(app, &draft.admin_email.trim().to_lowercase()).await? {
        return Ok(Err(CompanyProblem::AdminTaken));
    }
    let slug = if draft.slug.is_empty() { accounts::slug_of(&draft.name) } else { Some(draft.slug.clone()) };
    let Some(slug) = slug else { return Ok(Err(CompanyProblem::Slug)) };
    let (name, timezone, locale) = (draft.name.clone(), draft.timezone.clone(), draft.locale.clone());
    let new = NewCompany { name, slug, timezone, locale };
    if accounts::find_company(&app.db, &new.slug).await?.is_some_and(|company| company.slug == new.slug) {
        return Ok(Err(CompanyProblem::SlugTaken));
    }
    let tx = app.db.platform().begin().await?;
    let company = match found_company(&tx, &app.clock, &visitor.actor(), new).await {
        Ok(company) => company,
        Err(AccountError::Database(error)) => return Err(error.into()),
        // Somebody was faster; or the button was pressed twice.
        Err(_) => return Ok(Err(CompanyProblem::SlugTaken)),
    };
    accounts::set_currency(&tx, company.id, &draft.currency).await?;
    tx.commit().await?;
    let scope = operator.enter_known(company.id);
    changes::settle(&app.db, &scope, &app.clock).await?;
    let lang = company.locale.parse().unwrap_or(visitor.context.lang);
    Ok(Ok(Made { id: company.id, name: company.name, lang, scope }))
}

/// Invites the first admin, where one was named; shows their link this once where there is no mail.
async fn invite(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    made: &Made,
    draft: CompanyDraft,
) -> Result<Response, Failure> {
    let next = |notice: &str| format!("{DATA}?notice={notice}&company={}", made.id);
    if !draft.has_admin() {
        return Ok(see_other(&next("company_made")));
    }
    let invited =
        Invited { email: draft.admin_email.clone(), name: draft.admin_name.clone(), role: "admin".to_owned() };
    let (pending, secret) = match invitation::invite(app, &made.scope, &visitor.actor(), &invited).await {
        Ok(sent) => sent,
        Err(InvitationError::Database(error)) => return Err(error.into()),
        // The company is there: whoever is to look after it is invited on the page that says what is wrong.
        Err(_) => return Ok(see_other(&format!("/admin/users/new?company={}", made.id))),
    };
    if letter::invitation(app, &made.name, &pending, &secret, made.lang).await {
        return Ok(see_other(&next("company_made_invited")));
    }
    let url = letter::url(app, LinkKind::Invitation, &secret);
    let url = url.unwrap_or_else(|| format!("{}{}", origin(app, headers), LinkKind::Invitation.path(&secret)));
    let page = NewCompanyPage::new(visitor.chrome(), draft, None, false);
    let data = format!("{DATA}?company={}", made.id);
    Ok(Html(page.made(&made.name, &pending, url, data).html()?).into_response())
}

impl Typed {
    fn draft(self) -> CompanyDraft {
        let trimmed = |text: String| text.trim().to_owned();
        CompanyDraft {
            name: trimmed(self.name),
            slug: trimmed(self.slug),
            timezone: trimmed(self.timezone),
            locale: accounts::locale(&self.locale).unwrap_or("en").to_owned(),
            currency: trimmed(self.currency).to_uppercase(),
            admin_name: trimmed(self.admin_name),
            admin_email: trimmed(self.admin_email),
        }
    }
}
