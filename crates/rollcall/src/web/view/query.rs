//! The page's query: every widget's filters in one URL.

use url::form_urlencoded::{Serializer, parse};

/// The parameters of a page, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageQuery(Vec<(String, String)>);

impl PageQuery {
    /// The query of a path such as `/admin?company=1&policy_trend.days=90`.
    #[must_use]
    pub fn of(path_and_query: &str) -> Self {
        let without_fragment = path_and_query.split('#').next().unwrap_or_default();
        let query = without_fragment.split_once('?').map_or("", |(_, query)| query);
        Self(parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// The parameters whose names `drop` does not like.
    pub fn without<'a>(&'a self, drop: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = &'a (String, String)> {
        self.0.iter().filter(move |(name, _)| !drop(name))
    }

    /// `path` with these parameters, those in `changes` replaced or added.
    #[must_use]
    pub fn url(&self, path: &str, changes: &[(String, String)]) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in self.without(|name| changes.iter().any(|(changed, _)| changed == name)) {
            query.append_pair(name, value);
        }
        for (name, value) in changes {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

impl FromIterator<(String, String)> for PageQuery {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(parameters: I) -> Self {
        Self(parameters.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_keeps_what_others_chose() {
        let query = PageQuery::of("/admin?company=3&a.days=7&b.by=hour#a");
        let url = query.url("/admin", &[("a.days".into(), "90".into())]);
        assert_eq!(url, "/admin?company=3&b.by=hour&a.days=90");
    }

    #[test]
    fn what_could_break_out_is_encoded() {
        let query = PageQuery::of("/admin?x=%22%3E%3Cscript%3E&y=a%26b");
        assert_eq!(query.url("/admin", &[]), "/admin?x=%22%3E%3Cscript%3E&y=a%26b");
        assert_eq!(PageQuery::of("/admin").url("/admin", &[]), "/admin");
    }
}
