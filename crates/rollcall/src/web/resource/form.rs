//! Making and changing rows by forms: what is wrong stands beside its field, and nothing is overwritten unseen.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value as Json};

use super::choices::choices;
use super::list::{report, report_type};
use super::{chrome, id_of, meanwhile, rebook, standing};
use crate::app::App;
use crate::changes;
use crate::db::Mode;
use crate::resource::{
    Beside, Fault, Form, Joins, Kind, Refusal, Screen, Taken, Wrong, blank, body, change, checked, etag, make, no_type,
    one, take, typed, value, written_row,
};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::view::{FormDraft, FormPage, FormProblem, PageQuery};
use crate::web::visitor::InCompany;

/// How often a transaction that lost to another one is begun again.
const ATTEMPTS: usize = 5;

/// Whom the form is about, and where.
#[derive(Clone, Copy)]
pub(in crate::web) struct Of<'a> {
    pub(in crate::web) app: &'a App,
    pub(in crate::web) screen: &'static Screen,
    pub(in crate::web) at: &'a InCompany,
}

/// A row that there is, and what stands beside it.
pub(in crate::web) struct There {
    pub(in crate::web) id: i64,
    pub(in crate::web) row: Map<String, Json>,
    pub(in crate::web) beside: Beside,
}

/// The form of a row that is to be made.
pub(super) async fn new(of: Of<'_>, headers: &HeaderMap) -> Result<Response, Failure> {
    of.allow()?;
    let mut form = blank(of.screen, of.at.visitor.context.lang);
    // Of what it is to be, if that decides which fields there are.
    let kind = PageQuery::of(&of.at.visitor.context.target).get("policy_type").map(str::to_owned);
    form.extend(kind.map(|kind| ("policy_type".to_owned(), kind)));
    of.page(None, FormDraft::of(form), headers).await
}

/// The form of a row that there is.
pub(super) async fn edit(of: Of<'_>, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    of.allow()?;
    let id = id_of(id)?;
    let there = of.there(id).await?;
    let form = typed(of.screen, &there.row, of.at.visitor.context.lang);
    of.page(Some(&there), FormDraft::of(form), headers).await
}

/// Makes a row, or changes the one of that id.
pub(super) async fn save(of: Of<'_>, id: Option<&str>, form: Form, headers: &HeaderMap) -> Result<Response, Failure> {
    of.allow()?;
    let id = id.map(id_of).transpose()?;
    let before = match id {
        Some(id) => Some(of.there(id).await?),
        None => None,
    };
    let making = before.is_none();
    let row = before.as_ref().map(|there| &there.row);
    let taken = take(of.screen.resource, &body(of.screen, &form, row), making);
    let taken = taken.and_then(|taken| if making { checked(of.screen.resource, taken) } else { Ok(taken) });
    if let (Ok(_), Some(there)) = (&taken, &before)
        && value(&form, "anyway") != "yes"
        && !rebook::in_the_way(of, &there.row, &form).await?.is_empty()
    {
        let draft = FormDraft { form, faults: Vec::new(), problem: Some(FormProblem::Busy) };
        return of.page(Some(there), draft, headers).await;
    }
    let result = match taken {
        Ok(taken) => of.write(id, value(&form, "tag"), &taken).await,
        Err(faults) => Err(Refusal::Invalid(faults)),
    };
    let (faults, problem) = match result {
        Ok(id) => {
            changes::settle(&of.app.db, &of.at.scope, &of.app.clock).await?;
            let done = if making { "created" } else { "saved" };
            return Ok(see_other(&format!("{}/{id}?notice={done}{}", of.screen.path(), of.at.and_company())));
        }
        Err(Refusal::Invalid(faults)) => {
            if let Some(given) = no_type(&faults) {
                report_type(of.app, of.at, given).await;
            }
            (faults, FormProblem::Invalid)
        }
        Err(Refusal::Stale) => (Vec::new(), FormProblem::Stale),
        Err(Refusal::NoTarget { field, table, id }) => {
            report(of.app, of.at, table, id).await;
            (vec![Fault::field(&field, Wrong::NoRow(id))], FormProblem::Invalid)
        }
        Err(Refusal::NoRow { .. }) => return Err(Failure::NotFound),
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(Refusal::LastAdmin) => (Vec::new(), FormProblem::LastAdmin),
        Err(Refusal::InUse(_) | Refusal::Open | Refusal::Internal) => return Err(Failure::Internal),
    };
    let there = match id {
        Some(id) => Some(of.there(id).await?),
        None => None,
    };
    let draft = FormDraft { form, faults, problem: Some(problem) };
    of.page(there.as_ref(), draft, headers).await
}

impl Of<'_> {
    pub(in crate::web) fn allow(self) -> Result<(), Failure> {
        match self.at.scope.role() >= self.screen.writes {
            true => Ok(()),
            false => Err(Failure::Forbidden),
        }
    }

    pub(in crate::web) async fn there(self, id: i64) -> Result<There, Failure> {
        let db = self.at.scope.db(&self.app.db);
        let columns = self.screen.resource.columns;
        let joins = Joins::of(db.dialect(), columns, columns.iter());
        match one(&db, self.screen.resource, id, &joins).await? {
            Some((row, beside)) => Ok(There { id, row, beside }),
            None => {
                report(self.app, self.at, self.screen.resource.table, id).await;
                Err(Failure::NotFound)
            }
        }
    }

    pub(in crate::web) async fn write(self, id: Option<i64>, tag: &str, taken: &Taken) -> Result<i64, Refusal> {
        let mut attempt = 1;
        loop {
            match self.write_once(id, tag, taken).await {
                Err(Refusal::Database(error)) if changes::is_conflict(&error) && attempt < ATTEMPTS => attempt += 1,
                result => return result,
            }
        }
    }

    async fn write_once(self, id: Option<i64>, tag: &str, taken: &Taken) -> Result<i64, Refusal> {
        let resource = self.screen.resource;
        let tx = self.at.scope.db(&self.app.db).begin(Mode::Write).await?;
        let by = (&self.at.visitor.actor(), self.app.clock.now_utc());
        let row = match (id, resource.made) {
            (Some(id), _) => change(&tx, resource, (id, tag), taken, by).await?,
            (None, Some(verb)) => make(&tx, resource, verb, taken, by).await?,
            (None, None) => return Err(Refusal::Internal),
        };
        tx.commit().await?;
        row.get("id").and_then(Json::as_i64).ok_or(Refusal::Internal)
    }

    async fn page(self, there: Option<&There>, draft: FormDraft, headers: &HeaderMap) -> Result<Response, Failure> {
        let status = match draft.problem {
            None => StatusCode::OK,
            Some(FormProblem::Stale | FormProblem::LastAdmin) => StatusCode::CONFLICT,
            Some(FormProblem::Invalid | FormProblem::Busy) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let page = self.form(there, &draft).await?;
        let mut response = answer::passing(Body { text: page.html()?, keep: false }, Media::Html, headers)?;
        *response.status_mut() = status;
        Ok(response)
    }

    /// The form with what was typed.
    pub(super) async fn form(self, there: Option<&There>, draft: &FormDraft) -> Result<FormPage, Failure> {
        let row = there.map(|there| (there.id, &there.row));
        let choices = choices(self, value(&draft.form, "policy_type"), row).await?;
        let tag = match draft.problem {
            // Whoever mistyped has been told of no other change: theirs would be overwritten unseen. So would be that of
            // somebody who looked at what would happen meanwhile.
            Some(FormProblem::Invalid | FormProblem::Busy | FormProblem::LastAdmin) => {
                value(&draft.form, "tag").to_owned()
            }
            None if !value(&draft.form, "tag").is_empty() => value(&draft.form, "tag").to_owned(),
            // As it stands by now: what is saved next is saved over that.
            None | Some(FormProblem::Stale) => row.map(|(_, row)| etag(&written_row(row.clone()))).unwrap_or_default(),
        };
        let chrome = chrome(self.app, self.at).await;
        let standing = match row {
            Some(row) => standing::html(self.app, self.at, &chrome, self.screen, row).await?,
            None => None,
        };
        let meanwhile = match (row, draft.problem) {
            (Some((id, _)), Some(FormProblem::Stale)) => {
                let seen = (id, value(&draft.form, "tag"));
                meanwhile::told((self.app, self.screen), self.at, &chrome, seen, meanwhile::tag_of).await?
            }
            _ => None,
        };
        let busy = match row {
            Some((_, row)) => rebook::in_the_way(self, row, &draft.form).await?,
            None => Vec::new(),
        };
        let page = FormPage::new(chrome, self.screen, row, tag, &choices, draft);
        let page = page.standing(standing).meanwhile(meanwhile);
        Ok(match there {
            Some(there) => page.about((self.at.zone, self.app.clock.now()), (&there.row, &there.beside), &busy),
            None => page,
        })
    }
}

/// The columns of a form that name rows of other tables.
pub(super) fn is_choice(kind: Kind) -> bool {
    matches!(kind, Kind::Ref(_) | Kind::Target)
}
