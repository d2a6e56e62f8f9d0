//! The list of first steps, on a dashboard that is empty or has not come far.

use crate::web::view::chrome::Viewer;
use crate::web::view::words::Words;

/// What of the first steps is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// There are appointments.
    pub data: bool,
    /// There are people beside the first.
    pub people: bool,
    /// There are policies.
    pub policies: bool,
    /// Notifications can be sent.
    pub provider: bool,
}

/// A step, in words.
pub(in crate::web::view) struct StepView {
    pub(in crate::web::view) done: bool,
    pub(in crate::web::view) what: String,
    /// The way there; none where it is not gone by the browser.
    pub(in crate::web::view) href: Option<String>,
    pub(in crate::web::view) how: String,
}

impl Steps {
    pub(in crate::web::view) fn views(self, w: Words, viewer: &Viewer) -> Vec<StepView> {
        let steps = [
            ("company", true, None),
            ("data", self.data, Some("/admin/data")),
            ("people", self.people, Some("/admin/users")),
            ("policies", self.policies, Some("/admin/policies/new")),
            ("provider", self.provider, None),
        ];
        let step = |(name, done, href): (&str, bool, Option<&str>)| StepView {
            done,
            what: w.t(&format!("ui.steps.{name}")),
            href: href.filter(|_| !done).map(|href| in_company(viewer, href)),
            how: if done { String::new() } else { w.t(&format!("ui.steps.how.{name}")) },
        };
        steps.map(step).into()
    }
}

/// A path with the company that an operator looks at.
pub(in crate::web::view) fn in_company(viewer: &Viewer, path: &str) -> String {
    match viewer.query().get("company") {
        Some(company) => format!("{path}?company={company}"),
        None => path.to_owned(),
    }
}
