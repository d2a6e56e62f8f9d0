//! Which policy applies to an appointment.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Config, PolicyType};
use crate::analytics::polymorphic::Configurable;

/// Where an appointment is: what policies may hang on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its company.
    pub company: i64,
    /// Its branch.
    pub branch: Option<i64>,
    /// Its service.
    pub service: Option<i64>,
    /// Its member of staff.
    pub staff: Option<i64>,
}

impl Place {
    /// That of what is nowhere but on one configurable of a company.
    #[must_use]
    pub fn at(company: i64, on: Configurable, id: i64) -> Self {
        let at = |kind| (on == kind).then_some(id);
        let [branch, service, staff] = [Configurable::Branch, Configurable::Service, Configurable::Staff].map(at);
        Self { company, branch, service, staff }
    }

    pub(crate) fn holds(&self, on: Configurable, id: i64) -> bool {
        match on {
            Configurable::Company => self.company == id,
            Configurable::Branch => self.branch == Some(id),
            Configurable::Service => self.service == Some(id),
            Configurable::Staff => self.staff == Some(id),
        }
    }
}

/// A row of `policy_configurations` that is active, not deleted, and whose configurable is what it says it is: its type
/// known to the letter, its row there and of the same company. Whoever reads the rows has seen to that.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its id.
    pub id: i64,
    /// What it hangs on.
    pub on: Configurable,
    /// Which one.
    pub on_id: i64,
    /// What it is about.
    pub policy_type: PolicyType,
    /// What it says, as it stands in the database; null where that is no JSON.
    pub config: Value,
    /// The policy that it overrides, where it says that it is an override.
    pub overrides: Option<i64>,
}

/// The policy that applies.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its id.
    pub id: i64,
    /// What it is about.
    pub policy_type: PolicyType,
    /// What it hangs on.
    pub on: Configurable,
    /// What it says, with what it overrides beneath.
    pub config: Config,
}

/// The policy of `policy_type` that applies at `place`; none where none does.
///
/// The most specific configurable wins: staff, then service, then branch, then company. Of several on the same one an
/// override wins over what is none, then the newest (the largest id). An override says what the policy that it overrides
/// says, but for the keys that it has itself, and so on down; the walk ends at a policy that is not among `rows` (gone,
/// switched off, another company's, never there), is of another type, or was met before.
#[must_use]
pub fn choose(rows: &[Row], place: &Place, policy_type: PolicyType) -> Option<Policy> {
    let chain = chain(rows, place, policy_type);
    let (chosen, beneath) = chain.split_first()?;
    let beneath: Vec<_> = beneath.iter().map(|row| &row.config).collect();
    let config = Config::read(&chosen.config, &beneath);
    Some(Policy { id: chosen.id, policy_type, on: chosen.on, config })
}

/// The rows that say what applies at `place`: the one that is chosen, and what it overrides, the next one first.
#[must_use]
pub fn chain<'a>(rows: &'a [Row], place: &Place, policy_type: PolicyType) -> Vec<&'a Row> {
    let of_type = |row: &&Row| row.policy_type == policy_type;
    let find = |id: i64| rows.iter().filter(of_type).find(|row| row.id == id);
    let candidates = rows.iter().filter(of_type).filter(|row| place.holds(row.on, row.on_id));
    let chosen = candidates.max_by_key(|row| (row.on, row.overrides.and_then(find).is_some(), row.id));
    chosen.map(|chosen| beneath(rows, chosen)).unwrap_or_default()
}

/// A row, and what it overrides, the next one first.
#[must_use]
pub fn beneath<'a>(rows: &'a [Row], row: &'a Row) -> Vec<&'a Row> {
    let find = |id: i64| rows.iter().find(|other| other.policy_type == row.policy_type && other.id == id);
    let (mut chain, mut met) = (vec![row], BTreeSet::from([row.id]));
    let mut next = row.overrides.and_then(find);
    while let Some(row) = next.filter(|row| met.insert(row.id)) {
        chain.push(row);
        next = row.overrides.and_then(find);
    }
    chain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Limit;
    use super::*;

    const PLACE: Place = Place { company: 1, branch: Some(10), service: Some(20), staff: None };

    fn row(id: i64, on: Configurable, on_id: i64, hours: i64) -> Row {
        let config = json!({ "hours_before": hours });
        Row { id, on, on_id, policy_type: PolicyType::Cancellation, config, overrides: None }
    }

    fn chosen(rows: &[Row]) -> Option<(i64, Limit<rust_decimal::Decimal>)> {
        choose(rows, &PLACE, PolicyType::Cancellation).map(|policy| (policy.id, policy.config.hours_before))
    }

    #[test]
    fn the_most_specific_wins_and_others_places_do_not_count() {
        let rows = [
            row(4, Configurable::Company, 1, 1),
            row(3, Configurable::Branch, 10, 2),
            row(2, Configurable::Service, 20, 3),
            row(1, Configurable::Staff, 30, 4),
        ];
        assert_eq!(chosen(&rows), Some((2, Limit::Is(3.into()))));
        assert_eq!(chosen(&rows[..2]), Some((3, Limit::Is(2.into()))));
        assert_eq!(chosen(&rows[3..]), None, "nobody's member of staff");
        assert_eq!(chosen(&[row(5, Configurable::Branch, 11, 1), row(6, Configurable::Company, 2, 1)]), None);
        assert_eq!(choose(&rows, &PLACE, PolicyType::NoShow), None);
    }

    #[test]
    fn of_several_the_override_and_then_the_newest() {
        let base = row(1, Configurable::Company, 1, 1);
        let over = Row { overrides: Some(1), config: json!({"fee": 3}), ..row(2, Configurable::Company, 1, 0) };
        let newer = row(3, Configurable::Company, 1, 9);
        assert_eq!(chosen(&[base.clone(), newer.clone(), over.clone()]), Some((2, Limit::Is(1.into()))));
        assert_eq!(chosen(&[base, newer]), Some((3, Limit::Is(9.into()))));
        assert_eq!(chosen(&[over]), Some((2, Limit::None)), "what it overrides is gone");
    }

    #[test]
    fn overrides_in_a_circle_or_of_another_type_come_to_an_end() {
        let override_of = |id, of, key: &str| Row {
            overrides: Some(of),
            config: json!({ key: id }),
            ..row(id, Configurable::Company, 1, 0)
        };
        let ring = [override_of(1, 2, "hours_before"), override_of(2, 3, "fee"), override_of(3, 1, "fee_percentage")];
        let policy = choose(&ring, &PLACE, PolicyType::Cancellation).unwrap();
        assert_eq!(
            (policy.id, policy.config.fee, policy.config.hours_before),
            (3, Some(2.into()), Limit::Is(1.into()))
        );
        assert_eq!(chosen(&[override_of(1, 1, "hours_before")]), Some((1, Limit::Is(1.into()))));
        let other = Row { policy_type: PolicyType::Reschedule, ..row(7, Configurable::Company, 1, 5) };
        assert_eq!(chosen(&[other, override_of(8, 7, "fee")]), Some((8, Limit::None)));
    }
}
