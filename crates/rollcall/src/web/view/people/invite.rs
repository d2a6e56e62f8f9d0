//! `/admin/users/new`: an invitation.

use askama::Template;

use crate::people::invitation::{Invited, Pending};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// Why nobody was invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteProblem {
    /// The name will not do.
    Name,
    /// The address will not do.
    Email,
    /// Somebody signs in with the address.
    Taken,
}

/// The page.
#[derive(Template)]
#[template(path = "invite.html")]
pub struct InvitePage {
    w: Words,
    chrome: Chrome,
    draft: Invited,
    problem: Option<InviteProblem>,
    /// Whether it goes out by mail.
    by_mail: bool,
    /// Whom the link is for, and the link: shown this once.
    made: Option<(String, String)>,
}

impl InvitePage {
    /// An empty form.
    #[must_use]
    pub fn new(chrome: Chrome, by_mail: bool) -> Self {
        let draft = Invited { role: "viewer".to_owned(), ..Invited::default() };
        Self { w: chrome.w(), chrome, draft, problem: None, by_mail, made: None }
    }

    /// With what was typed, and why nobody was invited.
    #[must_use]
    pub fn failed(self, draft: Invited, problem: InviteProblem) -> Self {
        Self { draft, problem: Some(problem), ..self }
    }

    /// With the link that is to be handed on.
    #[must_use]
    pub fn made(self, pending: &Pending, url: String) -> Self {
        Self { made: Some((format!("{} ({})", pending.name, pending.email), url)), ..self }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn problem_text(&self) -> Option<String> {
        self.problem.map(|problem| {
            self.w.t(match problem {
                InviteProblem::Name => "ui.invite.problem.name",
                InviteProblem::Email => "ui.wrong.email",
                InviteProblem::Taken => "ui.invite.problem.taken",
            })
        })
    }

    fn is_about_name(&self) -> bool {
        self.problem == Some(InviteProblem::Name)
    }

    fn is_about_email(&self) -> bool {
        matches!(self.problem, Some(InviteProblem::Email | InviteProblem::Taken))
    }

    fn roles(&self) -> Vec<(&'static str, String, bool)> {
        let role = |name: &'static str| (name, self.w.t(&format!("ui.role.{name}")), self.draft.role == name);
        ["viewer", "manager", "admin"].map(role).into()
    }
}

/// An invitation that nobody took up yet, on the list of users.
pub(in crate::web::view) struct PendingRow {
    pub(in crate::web::view) name: String,
    pub(in crate::web::view) email: String,
    pub(in crate::web::view) role: String,
    /// Until when it holds; none: it is too old.
    pub(in crate::web::view) until: Option<String>,
    pub(in crate::web::view) resend: String,
    pub(in crate::web::view) withdraw: String,
}

impl PendingRow {
    pub(in crate::web::view) fn of(chrome: &Chrome, formats: &Formats, pending: &Pending) -> Self {
        let url = |deed: &str| chrome.in_company(&format!("/admin/users/invitations/{}/{deed}", pending.id));
        let w = chrome.w();
        Self {
            name: pending.name.clone(),
            email: pending.email.clone(),
            role: w.maybe(&format!("ui.role.{}", pending.role)).unwrap_or_else(|| pending.role.clone()),
            until: (pending.expires_at > formats.now.naive_utc()).then(|| formats.instant(pending.expires_at)),
            resend: url("resend"),
            withdraw: url("withdraw"),
        }
    }
}
