//! `POST /admin/data/upload`: a file comes in, piece by piece, and is looked at.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::data::show;
use super::{allow, data_url};
use crate::app::App;
use crate::import::screen::{self, Choices, Incoming, Sheet, SheetError};
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::view::DataProblem;
use crate::web::visitor::InCompany;

/// A file that came in.
struct Came {
    /// What it is called in the folder.
    file: String,
    /// What they call it.
    name: String,
    bytes: u64,
}

/// Why a file did not come in.
enum Refused {
    Problem(DataProblem),
    Failure(Failure),
}

impl From<MultipartError> for Refused {
    fn from(error: MultipartError) -> Self {
        Self::Problem(match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => DataProblem::TooLarge,
            _ => DataProblem::Broken,
        })
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "a file could not be kept in import.folder");
        Self::Failure(Failure::Internal)
    }
}

pub(super) async fn upload(State(app): State<App>, at: InCompany, form: Multipart) -> Result<Response, Failure> {
    allow(&at)?;
    let Some(_alone) = app.arriving.begin(at.scope.company_id()) else {
        return show(&app, &at, Some(DataProblem::Busy)).await;
    };
    let room = screen::room(&app, &at.scope.db(&app.db), None).await?;
    if room.files == 0 {
        return show(&app, &at, Some(DataProblem::TooMany)).await;
    }
    let came = match receive(&app, form, room.bytes).await {
        Ok(came) => came,
        Err(Refused::Problem(problem)) => return show(&app, &at, Some(problem)).await,
        Err(Refused::Failure(failure)) => return Err(failure),
    };
    let path = screen::folder(&app.config).join(&came.file);
    let looked = tokio::task::spawn_blocking({
        let path = path.clone();
        move || Sheet::open(&path, None, None)
    });
    let sheet = match looked.await.map_err(|_| Failure::Internal)? {
        Ok(sheet) => sheet,
        Err(error) => {
            let _later = tokio::fs::remove_file(&path).await;
            return show(&app, &at, Some(problem(&error))).await;
        }
    };
    let choices = choices(&app, &at, &sheet).await?;
    let actor = at.visitor.actor();
    let id = screen::create(&app, &at.scope, &actor, &came.file, &came.name, came.bytes).await?;
    screen::keep_choices(&app, &at.scope, id, &choices).await?;
    Ok(see_other(&data_url(&at, &format!("/imports/{id}"), "")))
}

/// What was chosen for the last file, where this one has the same columns; else what they seem to be.
async fn choices(app: &App, at: &InCompany, sheet: &Sheet) -> Result<Choices, Failure> {
    let last = screen::recent(&at.scope.db(&app.db)).await?.into_iter().find_map(|upload| upload.choices);
    let has = |column: &String| sheet.columns().any(|known| known == column);
    let fits = last.filter(|last| !last.columns.is_empty() && last.columns.values().all(has));
    Ok(match fits {
        Some(last) => last.changed(&[], sheet),
        None => screen::guess(sheet, at.zone.name()),
    })
}

/// Receives a file of so many bytes at most.
async fn receive(app: &App, mut form: Multipart, room: u64) -> Result<Came, Refused> {
    while let Some(field) = patiently(app, form.next_field()).await? {
        if field.name() == Some("file") {
            return keep(app, field, room).await;
        }
    }
    Err(Refused::Problem(DataProblem::NoFile))
}

async fn keep(app: &App, mut field: Field<'_>, room: u64) -> Result<Came, Refused> {
    let plain = |sign: &char| !sign.is_control();
    let name: String = field.file_name().unwrap_or_default().chars().filter(plain).take(200).collect();
    if name.trim().is_empty() {
        return Err(Refused::Problem(DataProblem::NoFile));
    }
    let id: String = app.chance.id().iter().copied().map(char::from).collect();
    let file = format!("{id}.csv");
    let mut incoming = Incoming::begin(&screen::folder(&app.config), &file)?;
    while let Some(bytes) = patiently(app, field.chunk()).await? {
        if incoming.bytes() + bytes.len() as u64 > room {
            return Err(Refused::Problem(DataProblem::NoRoom));
        }
        incoming.add(&bytes).await?;
    }
    let bytes = incoming.end().await?;
    Ok(Came { file, name, bytes })
}

/// What comes; who sends nothing for as long as a request may take is waited for no longer.
async fn patiently<T>(app: &App, coming: impl Future<Output = Result<T, MultipartError>>) -> Result<T, Refused> {
    match tokio::time::timeout(app.config.request.timeout, coming).await {
        Ok(came) => Ok(came?),
        Err(_) => Err(Refused::Problem(DataProblem::Broken)),
    }
}

fn problem(error: &SheetError) -> DataProblem {
    match error {
        SheetError::Workbook => DataProblem::Workbook,
        SheetError::NoHeader => DataProblem::NoHeader,
        SheetError::Unreadable(error) => {
            tracing::info!(%error, "a file that came cannot be read");
            DataProblem::Unreadable
        }
        SheetError::Gone => DataProblem::Broken,
    }
}
