//! The parameters of a request: each is known, and stands there once.

use super::problem::{Fault, Problem};

/// The parameters that nobody has asked for yet.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The parameters of an address; `company` is read by who finds out which company is meant.
    pub(super) fn of(query: Option<&str>) -> Result<Self, Problem> {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs.map(|(name, value)| (name.into_owned(), value.into_owned())) {
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(Problem::bad(vec![Fault::parameter(&name, "stands there more than once")]));
            }
            if value.chars().any(char::is_control) {
                return Err(Problem::bad(vec![Fault::parameter(&name, "has control characters in it")]));
            }
            parameters.push((name, value));
        }
        parameters.retain(|(name, _)| name != "company");
        Ok(Self(parameters))
    }

    /// Takes a parameter out.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// What was not taken out is a mistake.
    pub(super) fn end(self, mut faults: Vec<Fault>) -> Result<(), Problem> {
        faults.extend(self.0.iter().map(|(name, _)| Fault::parameter(name, "is no parameter of this request")));
        if faults.is_empty() { Ok(()) } else { Err(Problem::bad(faults)) }
    }
}
