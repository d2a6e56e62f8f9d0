//! Which events a company wants told by which channels.

use std::collections::BTreeMap;

use super::{Channel, EventType};
use crate::analytics::polymorphic::Configurable;
use crate::db::{Error, TenantSql, TenantTx};
use crate::policy::Place;
use crate::summaries::invalid::check_configurable;

/// A company's valid notification configurations.
#[derive(Clone, Debug, Default)]
pub(super) struct Configured(Vec<Row>);

#[derive(Clone, Copy, Debug)]
struct Row {
    id: i64,
    on: Configurable,
    on_id: i64,
    event: EventType,
    channel: Channel,
    is_enabled: bool,
}

/// A channel to tell by, and the configuration that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) id: i64,
    pub(super) channel: Channel,
}

const READ: TenantSql = TenantSql::new(
    "SELECT n.id, n.configurable_type, n.configurable_id, n.event_type, n.channel, n.is_enabled, \
     n.configurable_id = :company, \
     EXISTS (SELECT 1 FROM branches b WHERE b.id = n.configurable_id AND b.company_id = :company), \
     EXISTS (SELECT 1 FROM services s WHERE s.id = n.configurable_id AND s.company_id = :company), \
     EXISTS (SELECT 1 FROM staff t WHERE t.id = n.configurable_id AND t.company_id = :company) \
     FROM notification_configurations n WHERE n.company_id = :company",
);

impl Configured {
    /// Reads what is valid: a known event and channel, and a configurable that is what it says.
    pub(super) async fn read(tx: &TenantTx) -> Result<Self, Error> {
        let mut valid = Vec::new();
        tx.for_each(&READ, vec![], |row| {
            let kind = row.text(1)?;
            let found = [row.flag(6)?, row.flag(7)?, row.flag(8)?, row.flag(9)?];
            let known = (Configurable::parse(&kind), EventType::parse(&row.text(3)?), Channel::parse(&row.text(4)?));
            if let (Some(on), Some(event), Some(channel)) = known
                && check_configurable(&kind, found).is_ok()
            {
                let (id, on_id, is_enabled) = (row.int(0)?, row.int(2)?, row.flag(5)?);
                valid.push(Row { id, on, on_id, event, channel, is_enabled });
            }
            Ok(())
        })
        .await?;
        Ok(Self(valid))
    }

    /// The channels by which an event at `place` is told.
    pub(super) fn channels(&self, event: EventType, place: &Place) -> Vec<Chosen> {
        let mut chosen: BTreeMap<Channel, &Row> = BTreeMap::new();
        for row in self.0.iter().filter(|row| row.event == event && place.holds(row.on, row.on_id)) {
            let best = chosen.entry(row.channel).or_insert(row);
            if (row.on, row.id) > (best.on, best.id) {
                *best = row;
            }
        }
        chosen
            .into_values()
            .filter(|row| row.is_enabled)
            .map(|row| Chosen { id: row.id, channel: row.channel })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_counts_for_each_channel_even_where_it_is_switched_off() {
        let row = |id, on, on_id, channel, is_enabled| Row {
            id,
            on,
            on_id,
            event: EventType::AppointmentBooked,
            channel,
            is_enabled,
        };
        let configured = Configured(vec![
            row(9, Configurable::Company, 1, Channel::Email, true),
            row(1, Configurable::Service, 20, Channel::Email, false),
            row(2, Configurable::Company, 1, Channel::Sms, false),
            row(3, Configurable::Company, 1, Channel::Sms, true),
            row(4, Configurable::Branch, 99, Channel::Push, true),
        ]);
        let place = Place { company: 1, branch: Some(10), service: None, staff: None };
        let chosen =
            |place: &Place, event| configured.channels(event, place).iter().map(|it| it.id).collect::<Vec<_>>();
        assert_eq!(chosen(&place, EventType::AppointmentBooked), [9, 3]);
        assert_eq!(chosen(&Place { service: Some(20), ..place }, EventType::AppointmentBooked), [3]);
        assert_eq!(chosen(&place, EventType::AppointmentCancelled), Vec::<i64>::new());
    }
}
