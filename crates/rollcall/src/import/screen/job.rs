//! An import in the background.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::super::{self as import, Error, Mapping, Options, Report, Stopped, Telling};
use super::store::{self, Outcome, State, Upload};
use crate::app::App;
use crate::i18n::Lang;
use crate::tenant::TenantScope;
use crate::web::scope_of;

/// How far it is is said at most this often.
const PAUSE: Duration = Duration::from_millis(500);

/// Who has begun an import.
#[derive(Clone, Debug)]
pub struct Beginner {
    /// The company, as they see it.
    pub scope: TenantScope,
    /// The user.
    pub user: i64,
    /// The language in which they are told why rows are left out.
    pub lang: Lang,
}

/// Begins to import a file that was allowed to [`begin`](super::begin); whoever asked does not wait for it.
pub fn start(app: &App, by: Beginner, upload: Upload, mapping: Mapping, dry_run: bool) {
    let (app, handle) = (app.clone(), Handle::current());
    // Files are read as they come, which holds up a thread: it is one of those that may be.
    tokio::task::spawn_blocking(move || handle.block_on(work(&app, &by, &upload, &mapping, dry_run)));
}

async fn work(app: &App, by: &Beginner, upload: &Upload, mapping: &Mapping, dry_run: bool) {
    let (scope, user) = (&by.scope, by.user);
    let read = Arc::new(AtomicU64::new(0));
    let over = Arc::new(AtomicBool::new(is_over(app, scope, user).await));
    let (say, hear) = watch::channel(Outcome::default());
    let ended = CancellationToken::new();
    let telling = (Arc::clone(&over), ended.clone());
    let teller = tokio::spawn(tell(app.clone(), (scope.clone(), user), upload.id, hear, telling));
    let file = Counted { file: None, read: Arc::clone(&read), over, app: app.clone() };
    let done = run(app, by, upload, (mapping, dry_run), file, &say).await;
    drop(say);
    ended.cancel();
    // It says the last it heard before the end is written.
    let _told = teller.await;
    let read = read.load(Ordering::Relaxed);
    let (state, outcome) = match done {
        Ok(report) => (if dry_run { State::Checked } else { State::Done }, Outcome::of(&report, read)),
        Err(Stopped { error, report }) => {
            tracing::warn!(%error, import = upload.id, company_id = scope.company_id(), "an import stopped");
            (State::Stopped, Outcome { error: Some(told(&error)), ..Outcome::of(&report, read) })
        }
    };
    if let Err(error) = store::end(app, scope, upload.id, state, &outcome).await {
        tracing::error!(%error, import = upload.id, "what came of an import could not be written down");
    }
}

/// What people are told of it: nothing of the database's own words.
fn told(error: &Error) -> String {
    match error {
        Error::Database(_) => "database".to_owned(),
        Error::Open(source) | Error::Read { source, .. } => match source.kind() {
            io::ErrorKind::ConnectionAborted => "stopping",
            io::ErrorKind::PermissionDenied => "not_allowed",
            io::ErrorKind::FileTooLarge => "too_large",
            io::ErrorKind::NotFound => "gone",
            _ => "unreadable",
        }
        .to_owned(),
        Error::Rejects { .. } => "rejects".to_owned(),
        Error::Header(_) | Error::Mapping(_) => "mapping".to_owned(),
    }
}

async fn run(
    app: &App,
    by: &Beginner,
    upload: &Upload,
    (mapping, dry_run): (&Mapping, bool),
    file: Counted,
    say: &watch::Sender<Outcome>,
) -> Result<Report, Stopped> {
    let (read, scope) = (Arc::clone(&file.read), &by.scope);
    // One that cannot be opened is gone for them, whatever the file system's reason: only ours is "not allowed".
    let opened =
        File::open(upload.path(app)).map_err(|error| Error::Open(io::Error::new(io::ErrorKind::NotFound, error)))?;
    let counted = Counted { file: Some(opened), ..file };
    let at_most = Some(super::unpacked(&app.config));
    // Rejects fill no disk: as much as a file may have, where the company's others leave that.
    let room = super::room(app, &scope.db(&app.db), Some(upload.id)).await.map_err(Error::Database)?;
    let most = u64::try_from(app.config.import.max_file).unwrap_or(u64::MAX);
    let telling = Telling { lang: Some(by.lang), at_most: Some(room.bytes.min(most)) };
    let options = Options { dry_run, again: false, rejects: upload.rejects(app), at_most, telling };
    let mut progress = |report: &Report| {
        say.send_replace(Outcome::of(report, read.load(Ordering::Relaxed)));
    };
    import::run(&app.db, scope, &app.clock, mapping, counted, &options, &mut progress).await
}

/// Says how far it is, until there is nothing more to say; ends it where whoever began it may not do that any more.
async fn tell(
    app: App,
    (scope, user): (TenantScope, i64),
    id: i64,
    mut hear: watch::Receiver<Outcome>,
    (over, ended): (Arc<AtomicBool>, CancellationToken),
) {
    while hear.changed().await.is_ok() {
        let outcome = hear.borrow_and_update().clone();
        if is_over(&app, &scope, user).await {
            over.store(true, Ordering::Relaxed);
        }
        if let Err(error) = store::tell(&app, &scope, id, &outcome).await {
            tracing::debug!(%error, import = id, "how far an import is could not be written down");
        }
        tokio::select! {
            () = ended.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Whether whoever began it may not do that any more. Where nobody can say, it goes on until somebody can.
async fn is_over(app: &App, scope: &TenantScope, user: i64) -> bool {
    match scope_of(app, user, scope.company_id()).await {
        Ok(scope) => !scope.is_some_and(|scope| scope.role().may_write()),
        Err(error) => {
            tracing::debug!(%error, user, "whether an import may go on could not be read");
            false
        }
    }
}

/// A file that says how far it was read, and ends where the program does: what was read by then is written.
struct Counted {
    /// None: not opened yet.
    file: Option<File>,
    read: Arc<AtomicU64>,
    /// Whether whoever began it may not do that any more.
    over: Arc<AtomicBool>,
    app: App,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.app.live.is_closed() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the program is ending"));
        }
        if self.over.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "whoever began it may not do that any more"));
        }
        let length = self.file.as_mut().map_or(Ok(0), |file| file.read(buffer))?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}
