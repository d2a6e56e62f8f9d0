//! Tags: what the figures on a page are of. Where a tag says something newer than the page has, that part is fetched anew.
//!
//! `45`, or `45.20261122` for what depends on the day as well, whichever day that is where the company is.

use chrono::NaiveDate;

use super::drawing::BADGE_TOPICS;
use crate::summaries::zone::day_number;
use crate::versions::{Topic, Versions};
use crate::widget::{self, Choices, Kind, Spec};

/// The tag of a widget; the choices that are made in it change what it shows, and not what that depends on.
pub(super) fn widget(spec: &Spec, versions: &Versions, today: NaiveDate) -> String {
    let version = versions.of(spec.topics);
    match (spec.needs)(&Choices::default()).days {
        0 => version.to_string(),
        _ => dated(version, today),
    }
}

/// The tag of what needs attention, which stands in stats, and of the badges.
pub(super) fn summary(versions: &Versions, today: NaiveDate) -> String {
    let stats = widget::ALL.iter().filter(|spec| matches!(spec.kind, Kind::Stats | Kind::StatsAndChart));
    let topics: Vec<Topic> =
        stats.flat_map(|spec| spec.topics).chain(&BADGE_TOPICS).chain(&[Topic::Customers]).copied().collect();
    dated(versions.of(&topics), today)
}

/// The tag of the whole dashboard.
pub(super) fn dashboard(versions: &Versions, today: NaiveDate) -> String {
    dated(versions.company(), today)
}

fn dated(version: u64, today: NaiveDate) -> String {
    format!("{version}.{}", day_number(today))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_widget_depends_on_is_the_same_whatever_is_chosen_in_it() {
        for spec in widget::ALL {
            let daily = |choices: &Choices| (spec.needs)(choices).days > 0;
            for filter in spec.filters {
                for option in filter.options {
                    let choices = Choices::of(spec, |name| (name == filter.name).then_some(*option)).unwrap();
                    assert_eq!(daily(&choices), daily(&Choices::default()), "{} {option}", spec.key);
                }
            }
        }
    }

    #[test]
    fn a_tag_says_what_changed_and_the_day_where_that_counts() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap();
        let versions = Versions::read(7, "1,2,3,4,5,6,7,2,1,1");
        let tag = |key| widget(widget::find(key).unwrap(), &versions, day);
        assert_eq!((tag("policy_trend"), tag("customer_journey")), ("2.20261102".into(), "7".into()));
        assert_eq!((summary(&versions, day), dashboard(&versions, day)), ("7.20261102".into(), "7.20261102".into()));
    }
}
