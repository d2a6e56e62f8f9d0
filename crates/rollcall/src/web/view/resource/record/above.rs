//! What a row above companies leads to, and what is done with a token.

use serde_json::{Map, Value as Json};

use super::{Button, Cell, RecordPage};
use crate::web::view::query::PageQuery;
use crate::web::view::tokens::ended;

impl RecordPage {
    /// Of a token, with the form that revokes it; or with why it holds no longer.
    #[must_use]
    pub(crate) fn token(mut self, row: &Map<String, Json>) -> Self {
        let w = self.w;
        match ended(w, row, self.formats.now) {
            Some(why) => self.fields.push((w.t("ui.list.condition.state.label"), Cell::text(why))),
            None => {
                let url = self.chrome.in_company(&format!("{}/{}/revoke", self.screen.path(), self.id));
                self.actions =
                    vec![Button { label: w.t("ui.tokens.revoke"), icon: w.icon("x-mark"), url, asks: false }];
            }
        }
        if self.chrome.company.is_none() {
            self.log = Some("/admin/platform-audit".to_owned());
        }
        self
    }

    /// Of a company, with the way into it; of a security event, with the lines of the audit log.
    #[must_use]
    pub(crate) fn above(mut self, row: &Map<String, Json>) -> Self {
        let w = self.w;
        let link = |name: &str, path: &str, query: &[(&str, String)]| {
            let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            (w.t(&format!("ui.nav.{name}")), PageQuery::default().url(path, &query))
        };
        match self.screen.name {
            "companies" => {
                let of = |name: &'static str| (name, self.id.to_string());
                self.log = Some(format!("/admin/audit?company={}", self.id));
                self.related = vec![
                    link("users", "/admin/users", &[of("company")]),
                    link("audit", "/admin/audit", &[of("company")]),
                    link("security", "/admin/operations/security", &[of("company_id")]),
                ];
                let url = format!("/admin?company={}", self.id);
                let enter = Button { label: w.t("ui.companies.enter"), icon: w.icon("chart-bar"), url, asks: true };
                let is_open = row.get("is_active").and_then(Json::as_bool).unwrap_or_default();
                let button = |label: &str, icon, page: &str, asks| {
                    let url = format!("{}/{}/{page}", self.screen.path(), self.id);
                    Button { label: w.t(label), icon: w.icon(icon), url, asks }
                };
                let switch = match is_open {
                    true => button("ui.closing.close", "lock-closed", "close", true),
                    false => button("ui.closing.reopen", "check", "reopen", false),
                };
                self.actions = vec![enter, button("ui.form.change", "pencil-square", "edit", true), switch];
            }
            "security" => {
                let kind = row.get("kind").and_then(Json::as_str).unwrap_or_default();
                let action = ("action", format!("security.{kind}"));
                self.related = vec![match row.get("company_id").and_then(Json::as_i64) {
                    Some(id) => link("audit", "/admin/audit", &[("company", id.to_string()), action]),
                    None => link("platform-audit", "/admin/platform-audit", &[action]),
                }];
            }
            _ => {}
        }
        self
    }
}
