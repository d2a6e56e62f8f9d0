//! Staff: how much they do, and how well. Only active staff count.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::rate::{OverNothing, average, rate};
use crate::summaries::day::Outcomes;

/// What the active staff of a company did in a period.
#[derive(Clone, Debug)]
pub struct Performance<'a> {
    /// Name, id and outcomes of each, in the order that decides ties: by name, then by id.
    members: Vec<(&'a str, i64, Outcomes)>,
    /// What they did together.
    pub all: Outcomes,
}

impl<'a> Performance<'a> {
    /// Of the active `staff` (names by id), from what anyone did (by staff id).
    #[must_use]
    pub fn of(staff: &'a BTreeMap<i64, String>, outcomes: &BTreeMap<i64, Outcomes>) -> Self {
        let done = |id: &i64| outcomes.get(id).copied().unwrap_or_default();
        let mut members: Vec<_> = staff.iter().map(|(id, name)| (name.as_str(), *id, done(id))).collect();
        members.sort_by_key(|(name, id, _)| (*name, *id));
        Self { all: total(staff, outcomes), members }
    }

    /// Appointments for each member of staff, with one decimal; none where there is no staff.
    #[must_use]
    pub fn appointments_each(&self) -> Option<Decimal> {
        average(self.all.total, self.headcount())
    }

    /// Who completed most, and how many; ties by name, then id. None where nothing was completed.
    #[must_use]
    pub fn top_performer(&self) -> Option<(&'a str, i64)> {
        self.top_member().map(|(name, _, done)| (name, done.completed))
    }

    /// The same with their id and all that they did.
    #[must_use]
    pub fn top_member(&self) -> Option<(&'a str, i64, Outcomes)> {
        let completed = self.members.iter().filter(|(.., done)| done.completed > 0);
        // Of equal maxima, `max_by_key` takes the last: reversed, the first by name.
        completed.rev().max_by_key(|(.., done)| done.completed).copied()
    }

    /// Who has the lowest cancellation rate among those with an appointment, and that rate in percent; ties by name,
    /// then id. None where nobody has an appointment.
    #[must_use]
    pub fn best_compliance(&self) -> Option<(&'a str, Decimal)> {
        self.best_member().map(|(name, _, done)| (name, rate(done.cancelled, done.total, OverNothing::Zero)))
    }

    /// The same with their id and all that they did.
    #[must_use]
    pub fn best_member(&self) -> Option<(&'a str, i64, Outcomes)> {
        let busy = self.members.iter().filter(|(.., done)| done.total > 0);
        let share = |a: &Outcomes, b: &Outcomes| i128::from(a.cancelled) * i128::from(b.total);
        busy.min_by(|(.., a), (.., b)| share(a, b).cmp(&share(b, a))).copied()
    }

    /// Appointments of those that the staff could take, at `capacity` each, in percent; 0 where they could take none.
    #[must_use]
    pub fn utilisation(&self, capacity: i64) -> Decimal {
        self.utilisation_over(capacity, 30)
    }

    /// The same of so many `days`: `capacity` is that of thirty.
    #[must_use]
    pub fn utilisation_over(&self, capacity: i64, days: i64) -> Decimal {
        let could = self.headcount().saturating_mul(capacity).saturating_mul(days);
        rate(self.all.total.saturating_mul(30), could, OverNothing::Zero)
    }

    /// Completed appointments of all, in percent; 0 where there are none.
    #[must_use]
    pub fn completion_rate(&self) -> Decimal {
        rate(self.all.completed, self.all.total, OverNothing::Zero)
    }

    /// How many there are.
    #[must_use]
    pub fn headcount(&self) -> i64 {
        i64::try_from(self.members.len()).unwrap_or(i64::MAX)
    }
}

/// What the active `staff` did together, of what anyone did.
#[must_use]
pub fn total(staff: &BTreeMap<i64, String>, outcomes: &BTreeMap<i64, Outcomes>) -> Outcomes {
    outcomes.iter().filter(|(id, _)| staff.contains_key(id)).fold(Outcomes::default(), |mut sum, (_, one)| {
        sum += one;
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staff(of: &[(i64, &str)]) -> BTreeMap<i64, String> {
        of.iter().map(|(id, name)| (*id, (*name).to_owned())).collect()
    }

    fn outcomes(of: &[(i64, [i64; 3])]) -> BTreeMap<i64, Outcomes> {
        of.iter().map(|(id, figures)| (*id, Outcomes::from(*figures))).collect()
    }

    #[test]
    fn only_active_staff_count() {
        let (staff, outcomes) = (staff(&[(1, "Anna"), (2, "Bert")]), outcomes(&[(1, [4, 2, 1]), (3, [90, 80, 10])]));
        let performance = Performance::of(&staff, &outcomes);
        assert_eq!(performance.all, Outcomes::from([4, 2, 1]));
        assert_eq!(performance.appointments_each().unwrap().to_string(), "2.0");
        assert_eq!(performance.top_performer(), Some(("Anna", 2)));
        assert_eq!(performance.completion_rate().to_string(), "50.0");
        assert_eq!(performance.utilisation(40).to_string(), "5.0", "4 of 80");
    }

    #[test]
    fn ties_are_decided_by_name_then_id() {
        let (staff, outcomes) = (
            staff(&[(1, "Zoe"), (2, "Anna"), (3, "Anna"), (4, "Mia")]),
            outcomes(&[(1, [4, 2, 0]), (2, [2, 1, 1]), (3, [2, 2, 1]), (4, [3, 2, 0])]),
        );
        let performance = Performance::of(&staff, &outcomes);
        assert_eq!(performance.top_performer(), Some(("Anna", 2)), "the Anna of id 3, before Mia and Zoe");
        assert_eq!(performance.best_compliance(), Some(("Mia", Decimal::new(0, 1))));
    }

    #[test]
    fn cancellation_rates_are_compared_exactly() {
        let (staff, outcomes) =
            (staff(&[(1, "Anna"), (2, "Bert")]), outcomes(&[(1, [10_000, 0, 3]), (2, [10_001, 0, 3])]));
        let best = Performance::of(&staff, &outcomes).best_compliance();
        assert_eq!(best, Some(("Bert", Decimal::new(0, 1))), "both are 0.0 %, but Bert's is the lower");
    }

    #[test]
    fn those_without_an_appointment_do_not_compete() {
        let (staff, outcomes) = (staff(&[(1, "Anna"), (2, "Bert")]), outcomes(&[(2, [3, 0, 1])]));
        let performance = Performance::of(&staff, &outcomes);
        assert_eq!(performance.best_compliance(), Some(("Bert", Decimal::new(333, 1))));
        assert_eq!(performance.top_performer(), None, "nothing was completed");
    }

    #[test]
    fn over_nobody_and_over_nothing() {
        let (nobody, nothing) = (BTreeMap::new(), BTreeMap::new());
        let performance = Performance::of(&nobody, &nothing);
        assert_eq!(performance.appointments_each(), None);
        assert_eq!(performance.top_performer(), None);
        assert_eq!(performance.best_compliance(), None);
        assert_eq!(performance.utilisation(40).to_string(), "0.0");
        assert_eq!(performance.completion_rate().to_string(), "0.0");
    }

    #[test]
    fn utilisation_is_at_most_100() {
        let (staff, outcomes) = (staff(&[(1, "Anna")]), outcomes(&[(1, [41, 0, 0])]));
        let performance = Performance::of(&staff, &outcomes);
        assert_eq!(performance.utilisation(40).to_string(), "100.0");
        assert_eq!(performance.utilisation(80).to_string(), "51.3", "51.25");
        assert_eq!(performance.utilisation(0).to_string(), "0.0");
    }
}
