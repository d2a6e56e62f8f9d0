//! What happened on one local day of one company, as sums that add up.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use rust_decimal::Decimal;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One local day of a company. Recomputed from the raw rows, never incremented; `a + b` is the summary of both days.
///
/// Soft-deleted appointments and notifications to an invalid `notifiable` are not in it. The serialised form is a row
/// of `day_summaries`: its names are short and zeros are left out, because a page reads up to ninety of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DaySummary {
    /// Appointments created on the day (the A of `domain.md`).
    #[serde(rename = "n", skip_serializing_if = "is_default")]
    pub created: i64,
    /// Appointments that start on the day.
    #[serde(rename = "a", skip_serializing_if = "is_default")]
    pub appointments: Outcomes,
    /// Appointments by the local hour in which they start.
    #[serde(rename = "h", skip_serializing_if = "is_default")]
    pub hours: BTreeMap<u8, i64>,
    /// Appointments that start on the day, by staff id; those without staff are not in it.
    #[serde(rename = "s", skip_serializing_if = "is_default")]
    pub staff: BTreeMap<i64, Outcomes>,
    /// Appointments that start on the day, by branch id; those without a branch are not in it.
    #[serde(rename = "b", skip_serializing_if = "is_default")]
    pub places: BTreeMap<i64, Outcomes>,
    /// Violations created on the day, by policy type; `other` where the type is unknown.
    #[serde(rename = "v", skip_serializing_if = "is_default")]
    pub violations: BTreeMap<String, i64>,
    /// Cancellations counted by stats of the day.
    #[serde(rename = "x", skip_serializing_if = "is_default")]
    pub cancellations: i64,
    /// Reschedules counted by stats of the day.
    #[serde(rename = "r", skip_serializing_if = "is_default")]
    pub reschedules: i64,
    /// Modifications of type `cancel` carried out on the day.
    #[serde(rename = "mc", skip_serializing_if = "is_default")]
    pub cancel_modifications: Modifications,
    /// Modifications of type `reschedule` carried out on the day.
    #[serde(rename = "mr", skip_serializing_if = "is_default")]
    pub reschedule_modifications: Modifications,
    /// Notifications created on the day, by channel.
    #[serde(rename = "c", skip_serializing_if = "is_default")]
    pub channels: BTreeMap<String, Deliveries>,
    /// Failed notifications created on the day, by error class.
    #[serde(rename = "e", skip_serializing_if = "is_default")]
    pub errors: BTreeMap<String, i64>,
    /// What of it belongs to a branch, by its id: what is about appointments. Stored beside the rest, and read where a branch
    /// is asked for: most pages ask for none.
    #[serde(skip)]
    pub branches: BTreeMap<i64, DaySummary>,
}

/// How appointments ended: `[total, completed, cancelled]`, and how many were missed where any was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// All of them, whatever their status.
    pub total: i64,
    /// Of status `completed`.
    pub completed: i64,
    /// Of status `cancelled`.
    pub cancelled: i64,
    /// Of status `no_show`.
    pub missed: i64,
}

/// Modifications of one type and what they cost: `[total, within, fees]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, i64, Decimal)", into = "(i64, i64, Decimal)")]
pub struct Modifications {
    /// All of them.
    pub total: i64,
    /// Those within policy.
    pub within: i64,
    /// The fees charged, in the company's currency.
    pub fees: Decimal,
}

/// What became of notifications: `[total, sent, failed, timed, seconds]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[i64; 5]", into = "[i64; 5]")]
pub struct Deliveries {
    /// All of them, whatever their status.
    pub total: i64,
    /// Of status `sent` or `delivered`.
    pub sent: i64,
    /// Of status `failed`.
    pub failed: i64,
    /// Sent ones of which both `created_at` and `sent_at` are known.
    pub timed: i64,
    /// The sum of `sent_at - created_at` over the timed ones, in seconds.
    pub seconds: i64,
}

impl DaySummary {
    /// All violations of the day.
    #[must_use]
    pub fn violations_total(&self) -> i64 {
        self.violations.values().sum()
    }

    /// All notifications of the day, whatever the channel.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        self.channels.values().fold(Deliveries::default(), |mut all, channel| {
            all += channel;
            all
        })
    }
}

impl AddAssign<&DaySummary> for DaySummary {
    fn add_assign(&mut self, other: &DaySummary) {
        self.created += other.created;
        self.appointments += &other.appointments;
        add_counts(&mut self.hours, &other.hours);
        for (id, outcomes) in &other.staff {
            *self.staff.entry(*id).or_default() += outcomes;
        }
        for (id, outcomes) in &other.places {
            *self.places.entry(*id).or_default() += outcomes;
        }
        add_counts(&mut self.violations, &other.violations);
        self.cancellations += other.cancellations;
        self.reschedules += other.reschedules;
        self.cancel_modifications += &other.cancel_modifications;
        self.reschedule_modifications += &other.reschedule_modifications;
        for (channel, deliveries) in &other.channels {
            *self.channels.entry(channel.clone()).or_default() += deliveries;
        }
        add_counts(&mut self.errors, &other.errors);
        for (id, branch) in &other.branches {
            *self.branches.entry(*id).or_default() += branch;
        }
    }
}

impl AddAssign<&Outcomes> for Outcomes {
    fn add_assign(&mut self, other: &Outcomes) {
        self.total += other.total;
        self.completed += other.completed;
        self.cancelled += other.cancelled;
        self.missed += other.missed;
    }
}

impl AddAssign<&Modifications> for Modifications {
    fn add_assign(&mut self, other: &Modifications) {
        self.total += other.total;
        self.within += other.within;
        self.fees += other.fees;
    }
}

impl AddAssign<&Deliveries> for Deliveries {
    fn add_assign(&mut self, other: &Deliveries) {
        self.total += other.total;
        self.sent += other.sent;
        self.failed += other.failed;
        self.timed += other.timed;
        self.seconds += other.seconds;
    }
}

fn add_counts<K: Ord + Clone>(into: &mut BTreeMap<K, i64>, from: &BTreeMap<K, i64>) {
    for (key, count) in from {
        *into.entry(key.clone()).or_default() += count;
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<[i64; 3]> for Outcomes {
    fn from([total, completed, cancelled]: [i64; 3]) -> Self {
        Self { total, completed, cancelled, missed: 0 }
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { total, completed, cancelled, missed } = *self;
        match missed {
            0 => [total, completed, cancelled].serialize(to),
            _ => [total, completed, cancelled, missed].serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Outcomes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Figures;
        impl<'de> Visitor<'de> for Figures {
            type Value = Outcomes;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("three or four whole numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut figures: A) -> Result<Outcomes, A::Error> {
                let mut three = [0; 3];
                for (at, figure) in three.iter_mut().enumerate() {
                    *figure = figures.next_element()?.ok_or_else(|| Error::invalid_length(at, &self))?;
                }
                let missed = figures.next_element()?.unwrap_or_default();
                Ok(Outcomes { missed, ..Outcomes::from(three) })
            }
        }
        from.deserialize_seq(Figures)
    }
}

impl From<(i64, i64, Decimal)> for Modifications {
    fn from((total, within, fees): (i64, i64, Decimal)) -> Self {
        Self { total, within, fees }
    }
}

impl From<Modifications> for (i64, i64, Decimal) {
    fn from(it: Modifications) -> Self {
        (it.total, it.within, it.fees)
    }
}

impl From<[i64; 5]> for Deliveries {
    fn from([total, sent, failed, timed, seconds]: [i64; 5]) -> Self {
        Self { total, sent, failed, timed, seconds }
    }
}

impl From<Deliveries> for [i64; 5] {
    fn from(it: Deliveries) -> Self {
        [it.total, it.sent, it.failed, it.timed, it.seconds]
    }
}
