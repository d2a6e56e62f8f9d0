//! Every row of a list, as CSV, as lines of JSON or as one JSON array, while it is read: a page at a time, so that a million
//! rows take no more memory than a thousand.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::TimeZone;
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use crate::app::App;
use crate::resource::{Beside, Joins, Kind, Listing, Page, Resource, csv, instant, page, written_row};
use crate::tenant::TenantScope;

/// So many rows are read at a time.
const AT_A_TIME: i64 = 1_000;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    /// An object a line.
    Lines,
    /// One array of objects.
    Array,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Lines => "ndjson",
            Self::Array => "json",
        }
    }

    fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Lines => "application/x-ndjson",
            Self::Array => "application/json",
        }
    }
}

/// What is exported, and how.
#[derive(Clone, Debug)]
pub(super) struct Export {
    pub(super) app: App,
    pub(super) scope: TenantScope,
    pub(super) resource: &'static Resource,
    pub(super) format: Format,
    /// The names that stand beside ids; none where nobody asked for them.
    pub(super) joins: Joins,
    /// Where instants are told; none: UTC.
    pub(super) zone: Option<Tz>,
}

/// Where an export goes on, and whether nothing of it was written yet.
type Next = Option<(Listing, bool)>;

impl Export {
    /// The answer; `name` is the file's, in front of the time.
    pub(super) fn answer(self, listing: Listing, name: &str) -> Response {
        let (ending, media) = (self.format.ending(), self.format.media());
        let file = format!("{}_{}.{ending}", name.replace('-', "_"), self.app.clock.now().format("%Y-%m-%d_%H%M%S"));
        let listing = listing.in_pages_of(AT_A_TIME);
        let stream = futures_util::stream::try_unfold(Some((listing, true)), move |state| self.clone().next(state));
        let headers =
            [(CONTENT_TYPE, media.to_owned()), (CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\""))];
        (headers, Body::from_stream(stream)).into_response()
    }

    /// The next page as text. It is read in a task of its own, which comes to its end though the client goes away: see
    /// `web/completion.rs`.
    async fn next(self, state: Next) -> Result<Option<(Bytes, Next)>, std::io::Error> {
        let Some((listing, first)) = state else { return Ok(None) };
        let it = self.clone();
        let reading = tokio::spawn(async move {
            let page = page(&it.scope.db(&it.app.db), it.resource, &listing, &it.joins).await;
            (page, listing)
        });
        let (page, listing) = reading.await.map_err(std::io::Error::other)?;
        let page = page.map_err(|error| {
            tracing::error!(%error, "an export could not be read to its end");
            std::io::Error::other(error)
        })?;
        let last = page.next.is_none();
        let next = page.next.clone().map(|cursor| (listing.after(cursor), false));
        Ok(Some((Bytes::from(self.text(page, first, last)?), next)))
    }

    fn text(&self, page: Page, first: bool, last: bool) -> std::io::Result<Vec<u8>> {
        let rows: Vec<_> =
            page.rows.into_iter().zip(&page.beside).map(|(row, beside)| self.told(row, beside)).collect();
        let names: Vec<_> = self.names().collect();
        match self.format {
            Format::Csv => csv::table(&names, &rows, first),
            Format::Lines => Ok(rows.into_iter().map(|row| written_row(row) + "\n").collect::<String>().into_bytes()),
            Format::Array => {
                let rows = rows.into_iter().map(written_row).collect::<Vec<_>>().join(",\n");
                let between = if first {
                    "["
                } else if rows.is_empty() {
                    ""
                } else {
                    ",\n"
                };
                Ok(format!("{between}{rows}{}", if last { "]\n" } else { "" }).into_bytes())
            }
        }
    }

    /// The names of the columns: each id has its name behind it.
    fn names(&self) -> impl Iterator<Item = String> {
        let columns = self.resource.columns.iter().flat_map(|column| {
            let name = self.joins.names(column.name).then(|| column.name.replace("_id", ""));
            std::iter::once(column.name.to_owned()).chain(name)
        });
        std::iter::once("id".to_owned()).chain(columns)
    }

    /// A row with its instants in the zone and the names of what it hangs on.
    fn told(&self, mut row: Map<String, Json>, beside: &Beside) -> Map<String, Json> {
        for column in self.resource.columns {
            if self.joins.names(column.name) {
                let name = beside.get(column.name).map_or(Json::Null, |name| Json::from(name.as_str()));
                row.insert(column.name.replace("_id", ""), name);
            }
            let zone = self.zone.filter(|_| matches!(column.kind, Kind::Instant));
            let at = row.get(column.name).and_then(Json::as_str).and_then(|text| instant(text).ok());
            if let Some((zone, at)) = zone.zip(at) {
                row.insert(column.name.to_owned(), zone.from_utc_datetime(&at).to_rfc3339().into());
            }
        }
        row
    }
}
