//! Where a list leads: to a new row, to the page of a row, and what can be done with one at its end.

use serde_json::{Map, Value as Json};

use super::ListPage;
use crate::web::view::resource::cell::Links;
use crate::web::view::tokens::ended;

/// So many companies fit into a choice.
const COMPANIES: usize = 200;

/// What stands at the end of a row.
pub(super) enum End {
    /// It was deleted, and is had back there, by a form.
    Restore(String),
    /// A page of its own, where its name leads elsewhere; and what that is called.
    Page { url: String, label: String },
    /// A token is revoked there, by a form.
    Revoke { url: String, label: String },
    /// Why there is nothing to do any more.
    Said(String),
}

impl ListPage {
    /// Where a row is made.
    pub(super) fn new_row(&self) -> Option<String> {
        let screen = self.chosen.screen;
        let may = (screen.edits() || matches!(screen.name, "companies" | "tokens"))
            && self.chrome.viewer.role >= screen.writes;
        may.then(|| self.chrome.in_company(&format!("{}/new", screen.path())))
    }

    /// What the button that makes a row says.
    pub(super) fn new_word(&self) -> String {
        let screen = self.chosen.screen;
        self.w.t(match screen.name {
            "appointments" => "ui.book.for",
            "companies" => "ui.company.title",
            "tokens" => "ui.tokens.new",
            _ if screen.has_form() => "ui.form.add",
            _ => "ui.invite.title",
        })
    }

    /// Where the name of a row leads: to its page, or into the company that it is.
    pub(super) fn leads_to(&self, id: i64) -> Option<String> {
        match self.chosen.screen.name {
            "companies" => Some(format!("/admin?company={id}")),
            _ => Links(&self.chrome).to(self.chosen.screen, id),
        }
    }

    /// What stands at the end of the row of that id and name.
    pub(super) fn end(&self, id: i64, row: &Map<String, Json>, name: &str) -> Option<End> {
        let screen = self.chosen.screen;
        if self.is_trash() {
            return Some(End::Restore(self.chrome.in_company(&format!("{}/{id}/restore", screen.path()))));
        }
        match screen.name {
            "companies" => {
                let label = self.w.with("ui.list.details_label", "what", name);
                Links(&self.chrome).to(screen, id).map(|url| End::Page { url, label })
            }
            "tokens" => Some(match ended(self.w, row, self.formats.now) {
                Some(why) => End::Said(why),
                None => End::Revoke {
                    url: self.chrome.in_company(&format!("{}/{id}/revoke", screen.path())),
                    label: self.w.with("ui.tokens.revoke_label", "name", name),
                },
            }),
            _ => None,
        }
    }

    /// Whether there is anything at the ends of rows.
    pub(super) fn has_ends(&self) -> bool {
        self.rows.iter().any(|line| line.end.is_some())
    }

    /// What is said above the list, where there is anything to say.
    pub(super) fn text(&self) -> Option<String> {
        self.w.maybe(&format!("ui.list.text.{}", self.chosen.screen.name))
    }

    /// Whether what the API can do is said elsewhere.
    pub(super) fn has_docs(&self) -> bool {
        self.chosen.screen.name == "tokens"
    }

    /// Whether the form offers the companies by name.
    pub(super) fn offers_companies(&self) -> bool {
        (1..=COMPANIES).contains(&self.companies.len())
    }
}
