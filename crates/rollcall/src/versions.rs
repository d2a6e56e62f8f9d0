//! Versions: what says whether something that was computed earlier still holds.
//!
//! Each company has a version, which grows in the transaction of every refresh that changed something, and for each
//! [`Topic`] the version at which that last changed. Whatever is kept is kept under the version of what it depends on,
//! read *before* its data: [`Versions::of`]. [`Known`] is what this process has heard of versions.

mod known;

use tiercache::seeded;

pub(crate) use known::Followed;
pub use known::Known;

/// What changed: the kinds of events that make widgets stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Appointments.
    Appointments,
    /// Counted events of customers.
    Stats,
    /// Carried-out cancellations and reschedules.
    Modifications,
    /// Policies, and what they hang on.
    Policies,
    /// Notification configurations, and what they hang on.
    NotificationConfigurations,
    /// Notifications, and whom they go to.
    Notifications,
    /// Customers.
    Customers,
    /// Staff.
    Staff,
    /// The company's settings, its time zone among them.
    Settings,
    /// Who may look, and what stands around the figures: users, their roles, branches to choose, and the company itself.
    Users,
}

impl Topic {
    /// All of them, in the order in which their versions are stored: a new one comes last.
    pub const ALL: [Self; 10] = [
        Self::Appointments,
        Self::Stats,
        Self::Modifications,
        Self::Policies,
        Self::NotificationConfigurations,
        Self::Notifications,
        Self::Customers,
        Self::Staff,
        Self::Settings,
        Self::Users,
    ];

    /// A word for cache keys, messages and the translations `ui.topic.<name>`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Appointments => "appointments",
            Self::Stats => "stats",
            Self::Modifications => "modifications",
            Self::Policies => "policies",
            Self::NotificationConfigurations => "notification_configurations",
            Self::Notifications => "notifications",
            Self::Customers => "customers",
            Self::Staff => "staff",
            Self::Settings => "settings",
            Self::Users => "users",
        }
    }
}

/// A set of topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Topics(u16);

impl Topics {
    /// Every topic.
    pub const ALL: Self = Self((1 << Topic::ALL.len()) - 1);

    /// Whether `topic` is among them.
    #[must_use]
    pub const fn contains(self, topic: Topic) -> bool {
        self.0 & (1 << topic as u16) != 0
    }

    /// The topics of either.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl From<&[Topic]> for Topics {
    fn from(topics: &[Topic]) -> Self {
        Self(topics.iter().fold(0, |set, topic| set | 1 << *topic as u16))
    }
}

impl Extend<Topic> for Topics {
    fn extend<I: IntoIterator<Item = Topic>>(&mut self, topics: I) {
        for topic in topics {
            self.0 |= 1 << topic as u16;
        }
    }
}

/// A company's version, and for each topic the version at which it last changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    company: u64,
    topics: [u64; Topic::ALL.len()],
}

impl Versions {
    /// As a row of `company_versions` has them. A topic that `topics` does not tell changed, for all we know, just now.
    #[must_use]
    pub fn read(version: i64, topics: &str) -> Self {
        let company = u64::try_from(version).unwrap_or(0);
        let mut told = topics.split(',').map(|version| version.parse().ok());
        Self { company, topics: std::array::from_fn(|_| told.next().flatten().unwrap_or(company)) }
    }

    /// The form in which the topics are stored, in the order of [`Topic::ALL`].
    #[must_use]
    pub fn stored_topics(&self) -> String {
        self.topics.map(|version| version.to_string()).join(",")
    }

    /// The company's version: it grows with every change.
    #[must_use]
    pub fn company(&self) -> u64 {
        self.company
    }

    /// The version of what depends on `topics`.
    #[must_use]
    pub fn of(&self, topics: &[Topic]) -> u64 {
        topics.iter().map(|topic| self.topics[*topic as usize]).max().unwrap_or(0)
    }

    /// The topic of `topics` that changed last; the first of several that changed together.
    #[must_use]
    pub fn latest(&self, topics: &[Topic]) -> Option<Topic> {
        topics.iter().rev().max_by_key(|topic| self.topics[**topic as usize]).copied()
    }

    /// The next version, at which these topics changed.
    #[must_use]
    pub fn raised(mut self, topics: Topics) -> Self {
        self.company += 1;
        for topic in Topic::ALL {
            if topics.contains(topic) {
                self.topics[topic as usize] = self.company;
            }
        }
        self
    }

    /// The newer of both: what was read earlier may be heard later.
    #[must_use]
    pub fn newest(self, other: Self) -> Self {
        if other.company > self.company || seeded::on("memory-goes-back") { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_changed_raises_what_depends_on_it_and_nothing_else() {
        let before = Versions::read(7, "");
        assert_eq!(before.of(&Topic::ALL), 7, "nothing is known of the topics of an older database");
        let after = before.raised(Topics::from(&[Topic::Staff][..]));
        assert_eq!((after.company(), after.of(&[Topic::Staff, Topic::Stats]), after.of(&[Topic::Stats])), (8, 8, 7));
        assert_eq!(after.latest(&[Topic::Stats, Topic::Staff]), Some(Topic::Staff));
        assert_eq!(after.latest(&[Topic::Stats, Topic::Policies]), Some(Topic::Stats));
        assert_eq!(Versions::read(8, &after.stored_topics()), after);
        assert!(after.raised(Topics::ALL).of(&[Topic::Stats]) == 9);
    }

    #[test]
    fn nonsense_counts_as_changed_just_now() {
        assert_eq!(Versions::read(5, "1,x,3").of(&[Topic::Stats]), 5);
        assert_eq!(Versions::read(-1, "1").company(), 0);
        assert!(Versions::read(i64::MAX, &"9".repeat(255)).stored_topics().len() <= 255, "it fits its column");
    }

    #[test]
    fn what_was_heard_late_is_no_step_back() {
        let (old, new) = (Versions::read(5, ""), Versions::read(6, "5,5,6"));
        assert_eq!((old.newest(new), new.newest(old)), (new, new));
    }
}
