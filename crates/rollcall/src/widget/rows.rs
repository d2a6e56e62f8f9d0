//! From a figure to the rows behind it.

use super::panel::Rows;
use super::period::Span;

impl Rows {
    /// A list's rows, `count` of them.
    #[must_use]
    pub fn of(list: &'static str, count: i64) -> Self {
        Self { list, filters: Vec::new(), count, sums: false }
    }

    /// Violations of these days, whose counts add up to `count`; of a type of policy, if there is one.
    #[must_use]
    pub fn violations(count: i64, span: Span, policy_type: Option<&str>) -> Self {
        let all = Self { sums: true, ..Self::of("violations", count) }.on(CREATED, span);
        match policy_type {
            Some(policy_type) => all.with("policy_type", policy_type),
            None => all,
        }
    }

    /// Of them those of which the filter holds.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids, days, flags and words")]
    pub fn with(mut self, filter: &'static str, value: impl ToString) -> Self {
        self.filters.push((filter, value.to_string()));
        self
    }

    /// Of them those of these days; `from` and `until` are the filters of the first and the last day.
    #[must_use]
    pub fn on(self, [from, until]: [&'static str; 2], span: Span) -> Self {
        self.with(from, span.first).with(until, span.last)
    }

    /// Of them those of the branch, if there is one.
    #[must_use]
    pub fn of_branch(self, branch: Option<i64>) -> Self {
        match branch {
            Some(branch) => self.with("branch_id", branch),
            None => self,
        }
    }
}

/// The filters of the days on which appointments start.
pub(super) const STARTS: [&str; 2] = ["starts_at_from", "starts_at_until"];
/// The filters of the days on which rows were made.
pub(super) const CREATED: [&str; 2] = ["created_at_from", "created_at_until"];
