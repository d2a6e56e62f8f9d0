//! A card's place on its page: what its links and forms keep, and where they lead.

use super::card::Card;
use super::chrome::Viewer;
use super::format::Formats;
use super::query::PageQuery;
use crate::widget::panel::{Record, Rows};

/// A card and all that its parts need to be drawn.
pub(super) struct CardContext<'a> {
    pub(super) card: &'a Card,
    pub(super) viewer: &'a Viewer,
    pub(super) query: PageQuery,
    pub(super) formats: Formats,
}

impl CardContext<'_> {
    /// A filter of this widget as a parameter of the page.
    pub(super) fn parameter(&self, name: &str, value: &str) -> (String, String) {
        (format!("{}.{name}", self.card.spec.key), value.to_owned())
    }

    /// The page with these choices, all others kept; it shows this widget.
    pub(super) fn page_url(&self, changes: &[(String, String)]) -> String {
        format!("{}#{}", self.query.url("/admin", changes), self.card.spec.key)
    }

    /// This widget alone with these choices.
    pub(super) fn fragment_url(&self, changes: &[(String, String)]) -> String {
        self.query.url(&format!("/admin/widgets/{}", self.card.spec.key), changes)
    }

    /// The page of the whole company, its other choices kept.
    pub(super) fn whole_company_url(&self) -> String {
        let rest: PageQuery = self.query.without(|name| name == "branch").cloned().collect();
        format!("{}#{}", rest.url("/admin", &[]), self.card.spec.key)
    }

    /// This widget as it is, to which a format is added.
    pub(super) fn file_url(&self) -> String {
        let prefix = format!("{}.", self.card.spec.key);
        let wanted = |name: &str| matches!(name, "company" | "period" | "branch") || name.starts_with(&prefix);
        let query: PageQuery = self.query.without(|name| !wanted(name)).cloned().collect();
        let url = query.url(&format!("/admin/widgets/{}", self.card.spec.key), &[]);
        format!("{url}{}", if url.contains('?') { "&" } else { "?" })
    }

    /// The list of these rows.
    pub(super) fn rows_url(&self, rows: &Rows) -> String {
        let filters = rows.filters.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let company = self.query.without(|name| name != "company").cloned();
        company.chain(filters).collect::<PageQuery>().url(&format!("/admin/{}", rows.list), &[])
    }

    /// The rows behind a figure, as a link.
    pub(super) fn rows(&self, rows: &Rows) -> RowsView {
        let shown = self.formats.count(rows.count);
        RowsView {
            href: self.rows_url(rows),
            count: rows.count,
            kind: if rows.sums { "sum" } else { "rows" },
            title: match rows.sums {
                true => self.formats.w.with("ui.rows.sum", "n", shown),
                false => self.formats.w.count("ui.rows.show", rows.count, shown),
            },
        }
    }

    /// The page of a row.
    pub(super) fn record_url(&self, record: Record) -> String {
        self.company_url(&format!("/admin/{}/{}", record.list, record.id))
    }

    /// `path`, with the company that an operator looks at.
    pub(super) fn company_url(&self, path: &str) -> String {
        let company: Vec<_> = self.query.without(|name| name != "company").cloned().collect();
        PageQuery::default().url(path, &company)
    }
}

/// A way to the rows behind a figure.
pub(super) struct RowsView {
    pub(super) href: String,
    /// How many they are, or what their counts add up to.
    pub(super) count: i64,
    /// Which of the two: `rows` or `sum`.
    pub(super) kind: &'static str,
    pub(super) title: String,
}
