//! `/admin/data/imports/{id}`: what a file's columns are, how far its import is, what came of it.

use axum::Form;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use tokio_util::io::ReaderStream;

use super::{allow, data_url};
use crate::app::App;
use crate::import;
use crate::import::screen::{self, Beginner, Begun, Choices, Preview, Sheet, SheetError, State as Stage, Upload};
use crate::web::context::Wants;
use crate::web::error::Failure;
use crate::web::resource::list::report;
use crate::web::resource::{chrome, id_of};
use crate::web::see_other;
use crate::web::view::{MappingPage, PageQuery, RunPage, Trial, progress_html};
use crate::web::visitor::InCompany;

/// Tells the page to fetch itself anew.
const REFRESH: HeaderName = HeaderName::from_static("hx-refresh");

/// `GET /admin/data/imports/{id}`
pub(super) async fn page(State(app): State<App>, at: InCompany, Path(id): Path<String>) -> Result<Response, Failure> {
    let upload = found(&app, &at, &id).await?;
    let runs = upload.runs(app.clock.now_utc());
    if at.visitor.context.wants == Wants::Fragment {
        let mut response =
            Html(progress_html(at.visitor.context.lang, &upload, &data_url(&at, &below(&upload), ""))?).into_response();
        if !runs {
            response.headers_mut().insert(REFRESH, axum::http::HeaderValue::from_static("true"));
        }
        return Ok(response);
    }
    let edits = PageQuery::of(&at.visitor.context.target).get("edit").is_some();
    if runs || (upload.state != Stage::Ready && !edits) {
        let has_rejects = upload.rejects(&app).is_file();
        let page = RunPage::new(chrome(&app, &at).await, (at.zone, app.clock.now()), &upload, runs, has_rejects);
        return Ok(Html(page.html()?).into_response());
    }
    mapping(&app, &at, upload).await
}

/// `POST /admin/data/imports/{id}`: keeps what was chosen, and looks at it again, checks it all, or imports it.
pub(super) async fn choose(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let upload = found(&app, &at, &id).await?;
    let below = below(&upload);
    let again = || see_other(&data_url(&at, &below, "edit=1"));
    if upload.runs(app.clock.now_utc()) {
        return Ok(see_other(&data_url(&at, &below, "")));
    }
    let (delimiter, encoding) = Choices::written(&form);
    let Ok(sheet) = look(&app, &upload, delimiter, encoding).await? else { return Ok(again()) };
    let choices = upload.choices.clone().unwrap_or_default().changed(&form, &sheet);
    screen::keep_choices(&app, &at.scope, upload.id, &choices).await?;
    let wanted = form.iter().find(|(key, _)| key == "do").map_or("look", |(_, value)| value.as_str());
    let dry_run = match wanted {
        "check" => true,
        "import" => false,
        _ => return Ok(again()),
    };
    let Ok(mapping) = choices.mapping() else { return Ok(again()) };
    let actor = at.visitor.actor();
    match screen::begin(&app, &at.scope, &actor, &upload, dry_run).await? {
        Begun::Yes => {
            let by = Beginner { scope: at.scope.clone(), user: at.visitor.user.id, lang: at.visitor.context.lang };
            screen::start(&app, by, upload, mapping, dry_run);
        }
        Begun::Already => {}
        Begun::Other => return Ok(see_other(&data_url(&at, &below, "edit=1&notice=import_waits"))),
    }
    Ok(see_other(&data_url(&at, &below, "")))
}

/// `GET /admin/data/imports/{id}/rejects`: the rows that were left out, each with its reason.
pub(super) async fn rejects(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let upload = found(&app, &at, &id).await?;
    let file = tokio::fs::File::open(upload.rejects(&app)).await.map_err(|_| Failure::NotFound)?;
    let name = format!("attachment; filename=\"rejects-{}.csv\"", upload.id);
    let head = [(CONTENT_TYPE, "text/csv".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((head, Body::from_stream(ReaderStream::new(file))).into_response())
}

/// `POST /admin/data/imports/{id}/remove`
pub(super) async fn remove(State(app): State<App>, at: InCompany, Path(id): Path<String>) -> Result<Response, Failure> {
    let upload = found(&app, &at, &id).await?;
    let gone = screen::remove(&app, &at.scope, &at.visitor.actor(), &upload).await?;
    // One that runs stays, and shows how far it is.
    Ok(see_other(&if gone { data_url(&at, "", "notice=import_removed") } else { data_url(&at, &below(&upload), "") }))
}

async fn found(app: &App, at: &InCompany, id: &str) -> Result<Upload, Failure> {
    allow(at)?;
    let id = id_of(id)?;
    match screen::find(&at.scope.db(&app.db), id).await? {
        Some(upload) => Ok(upload),
        None => {
            report(app, at, "rollcall_imports", id).await;
            Err(Failure::NotFound)
        }
    }
}

fn below(upload: &Upload) -> String {
    format!("/imports/{}", upload.id)
}

/// The page on which columns are chosen, with what would come of the first rows.
async fn mapping(app: &App, at: &InCompany, upload: Upload) -> Result<Response, Failure> {
    let choices = upload.choices.clone().unwrap_or_default();
    let delimiter = choices.delimiter.chars().next();
    let looked = look(app, &upload, delimiter, Some(choices.encoding.clone())).await?;
    let chrome = chrome(app, at).await;
    let sheet = match looked {
        Ok(sheet) => sheet,
        Err(error) => {
            tracing::info!(%error, import = upload.id, "a file that was brought cannot be looked at");
            let page = MappingPage::gone(chrome, &upload);
            return Ok((StatusCode::GONE, Html(page.html()?)).into_response());
        }
    };
    let trial = trial(app, &upload, &choices).await?;
    let page = MappingPage::new(chrome, at.zone, &upload, &sheet, choices, trial);
    Ok(Html(page.html()?).into_response())
}

async fn trial(app: &App, upload: &Upload, choices: &Choices) -> Result<Trial, Failure> {
    let mapping = match choices.mapping() {
        Ok(mapping) => mapping,
        Err(wrong) => return Ok(Trial::Wrong(wrong)),
    };
    let (path, at_most) = (upload.path(app), screen::unpacked(&app.config));
    let tried = tokio::task::spawn_blocking(move || screen::preview(&path, &mapping, at_most));
    let tried: Result<Preview, _> = tried.await.map_err(|_| Failure::Internal)?;
    Ok(match tried {
        Ok(preview) => Trial::Preview(preview),
        // What is wrong with the file is said; what is wrong with the folder is the program's own.
        Err(error @ (import::Error::Header(_) | import::Error::Mapping(_) | import::Error::Read { .. })) => {
            Trial::Wrong(screen::Wrong::Other(error.to_string()))
        }
        Err(error) => {
            tracing::warn!(%error, import = upload.id, "a file that was brought cannot be tried");
            return Err(Failure::Internal);
        }
    })
}

async fn look(
    app: &App,
    upload: &Upload,
    delimiter: Option<char>,
    encoding: Option<String>,
) -> Result<Result<Sheet, SheetError>, Failure> {
    let path = upload.path(app);
    let looked = tokio::task::spawn_blocking(move || Sheet::open(&path, delimiter, encoding.as_deref()));
    looked.await.map_err(|_| Failure::Internal)
}
