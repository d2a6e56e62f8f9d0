//! What a list says of rows that were deleted, and of what is done with many rows.

use super::ListPage;
use crate::bulk::Act;
use crate::resource::KEPT;
use crate::web::view::query::PageQuery;

impl ListPage {
    /// Whether it is of rows that were deleted.
    pub(super) fn is_trash(&self) -> bool {
        self.chosen.filters.iter().any(|(name, _)| name == "deleted")
    }

    /// Whether it is what was chosen that leaves the list empty.
    pub(super) fn is_found_empty(&self) -> bool {
        let chosen = self.chosen.filters.iter().filter(|(name, _)| name != "deleted").count();
        chosen > 0 || !self.chosen.word.is_empty()
    }

    /// The list of what was deleted, for those who may have it back.
    pub(super) fn trash(&self) -> Option<String> {
        let screen = self.chosen.screen;
        let may = screen.resource.soft && self.chrome.viewer.role >= screen.writes && !self.is_trash();
        let url = self.chrome.in_company(&screen.path());
        may.then(|| PageQuery::of(&url).url(&screen.path(), &[("deleted".to_owned(), "yes".to_owned())]))
    }

    /// What can be done with many rows, by those who may: its name, and what it is called.
    pub(super) fn acts(&self) -> Vec<(&'static str, String)> {
        let screen = self.chosen.screen;
        let acts = if self.chrome.viewer.role >= screen.writes { Act::of(screen, self.is_trash()) } else { Vec::new() };
        acts.into_iter().map(|act| (act.as_str(), self.w.t(&format!("ui.bulk.act.{}", act.as_str())))).collect()
    }

    /// What that form keeps: which rows match.
    pub(super) fn matching(&self) -> Vec<(String, String)> {
        let own = |name: &str| matches!(name, "sort" | "column" | "id" | "act" | "all");
        self.query.without(own).cloned().collect()
    }

    /// What is said above a list of deleted rows.
    pub(super) fn trash_text(&self) -> Option<String> {
        self.is_trash().then(|| self.w.with("ui.trash.text", "n", KEPT))
    }
}
