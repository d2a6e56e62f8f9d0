//! Every row of a list as a file, while it is read: the next page is on its way while the last one is written, so that a
//! million rows take no more memory than two thousand.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::HeaderName;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::db::Error;
use crate::export::{Book, Format};
use crate::resource::{Flat, Joins, Listing, Names, Resource, Rows, flat};
use crate::tenant::TenantScope;

/// So many rows are read at a time.
const AT_A_TIME: i64 = 1_000;

/// What is exported, and how.
#[derive(Clone, Debug)]
pub(super) struct Export {
    pub(super) app: App,
    pub(super) scope: Of,
    pub(super) resource: &'static Resource,
    pub(super) format: Format,
    /// The names that stand beside ids, read with each row or kept; none where nobody asked for them.
    pub(super) joins: Joins,
    pub(super) names: Arc<Names>,
    /// Where instants are told; none: UTC.
    pub(super) zone: Option<Tz>,
}

/// Whose rows are exported.
#[derive(Clone, Debug)]
pub(super) enum Of {
    /// A company's.
    Company(TenantScope),
    /// Nobody's: for operators, with what they read them for.
    Above(&'static str),
}

impl From<TenantScope> for Of {
    fn from(scope: TenantScope) -> Self {
        Self::Company(scope)
    }
}

/// An export on its way.
struct Going {
    export: Export,
    listing: Listing,
    book: Book,
    /// The table's name, until it is begun.
    name: Option<String>,
    page: JoinHandle<Result<Flat, Error>>,
}

impl Export {
    /// The answer; `name` is the file's, in front of the time.
    pub(super) fn answer(self, listing: Listing, name: &str) -> Response {
        let headers = headers(&self.app, self.format, name);
        let listing = listing.forwards().in_pages_of(AT_A_TIME);
        let (page, book, name) = (self.page(listing.clone()), self.format.book(self.zone), Some(name.to_owned()));
        let going = Box::new(Going { export: self, listing, book, name, page });
        let stream = futures_util::stream::try_unfold(Some(going), |going| async move {
            match going {
                Some(going) => going.next().await,
                None => Ok(None),
            }
        });
        (headers, Body::from_stream(stream)).into_response()
    }

    /// Reads a page in a task of its own, which comes to its end though the client goes away: see `web/completion.rs`.
    fn page(&self, listing: Listing) -> JoinHandle<Result<Flat, Error>> {
        let it = self.clone();
        tokio::spawn(async move {
            let beside = (&it.joins, &*it.names);
            match &it.scope {
                Of::Company(scope) => flat(&Rows::Company(&scope.db(&it.app.db)), it.resource, &listing, beside).await,
                Of::Above(purpose) => {
                    flat(&Rows::Platform(&it.app.db.platform(), purpose), it.resource, &listing, beside).await
                }
            }
        })
    }

    /// The names of the columns: each id has its name behind it.
    fn names(&self) -> impl Iterator<Item = String> {
        let columns = self.resource.columns.iter().flat_map(|column| {
            let named = self.joins.names(column.name) || self.names.of(column).is_some();
            let name = named.then(|| column.name.replace("_id", ""));
            std::iter::once(column.name.to_owned()).chain(name)
        });
        std::iter::once("id".to_owned()).chain(columns)
    }
}

impl Going {
    /// The next part of the file, and how it goes on.
    async fn next(mut self: Box<Self>) -> io::Result<Option<(Bytes, Option<Box<Self>>)>> {
        if let Some(name) = self.name.take() {
            self.book.table(&name, &self.export.names().collect::<Vec<_>>())?;
        }
        let page = (&mut self.page).await.map_err(io::Error::other)?.map_err(|error| {
            tracing::error!(%error, "an export could not be read to its end");
            io::Error::other(error)
        })?;
        let next = page.next.map(|cursor| self.export.page(self.listing.after(cursor)));
        self.book.rows(&page.rows)?;
        let more = next.is_some();
        match next {
            Some(next) => self.page = next,
            None => self.book.finish()?,
        }
        let bytes = Bytes::from(self.book.take());
        Ok(Some((bytes, more.then_some(self))))
    }
}

/// What a browser is told of a file; `name` is the file's, in front of the time.
pub(super) fn headers(app: &App, format: Format, name: &str) -> [(HeaderName, String); 2] {
    let at = app.clock.now().format("%Y-%m-%d_%H%M%S");
    let file = format!("{}_{at}.{}", name.replace('-', "_"), format.ending());
    [(CONTENT_TYPE, format.media().to_owned()), (CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\""))]
}
