//! What a notification says, in the company's language, with times in the company's zone.

use chrono::{DateTime, NaiveDateTime};
use rust_decimal::Decimal;

use super::people::{People, Recipient};
use super::{Channel, EventType, Occasion};
use crate::analytics::currency::Currency;
use crate::db::{Error, TenantSql, TenantTx};
use crate::i18n::{Lang, t, t_with};
use crate::summaries::zone::zone;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// Subject and body. What goes by e-mail has a letter, all else one short text.
pub(super) struct Text {
    pub(super) subject: String,
    pub(super) body: String,
}

/// Writes a company's notifications.
pub(super) struct Writer<'a> {
    company: String,
    formats: Formats,
    currency: Currency,
    people: &'a People,
}

const COMPANY: TenantSql = TenantSql::new("SELECT name, locale, timezone FROM companies WHERE id = :company");
const CURRENCY: TenantSql = TenantSql::new("SELECT currency FROM company_settings WHERE company_id = :company");

impl<'a> Writer<'a> {
    /// The company's writer; none where the company is gone.
    pub(super) async fn read(tx: &TenantTx, people: &'a People) -> Result<Option<Self>, Error> {
        let Some(row) = tx.rows(&COMPANY, vec![]).await?.pop() else { return Ok(None) };
        let currency = tx.rows(&CURRENCY, vec![]).await?;
        let currency = currency.first().map(|row| row.text(0)).transpose()?;
        let lang: Lang = row.text(1)?.parse().unwrap_or_default();
        Ok(Some(Self {
            company: plain(&row.text(0)?),
            formats: Formats { w: Words::of(lang), zone: zone(&row.text(2)?), now: DateTime::UNIX_EPOCH },
            currency: currency.map_or(Currency::EUR, |code| Currency::of(&code)),
            people,
        }))
    }

    pub(super) fn lang(&self) -> Lang {
        self.formats.w.0
    }

    pub(super) fn write(&self, event: EventType, occasion: &Occasion, to: &Recipient, channel: Channel) -> Text {
        let words = |form: &str| {
            let values = self.values(occasion, to);
            let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            t_with(self.lang(), &format!("notify.{}.{form}", event.as_str()), &values)
        };
        let subject = words("subject");
        let body =
            if channel == Channel::Email { words("body") + &self.details(event, occasion) } else { words("short") };
        Text { subject, body }
    }

    fn values(&self, occasion: &Occasion, to: &Recipient) -> [(&'static str, String); 7] {
        let violated = occasion.violated.map_or_else(String::new, |kind| {
            t(self.lang(), &format!("term.policy_type.{}", kind.as_str())).into_owned()
        });
        [
            ("to", plain(&to.name)),
            ("customer", plain(self.people.customer(occasion.customer))),
            ("company", self.company.clone()),
            ("when", self.when(occasion.starts_at)),
            ("was", self.when(occasion.moved_from.unwrap_or(occasion.starts_at))),
            ("policy", violated),
            ("number", occasion.appointment.to_string()),
        ]
    }

    /// Under a letter: what is booked, with whom and where, and what it costs.
    fn details(&self, event: EventType, occasion: &Occasion) -> String {
        let place = &occasion.place;
        let name = |names: &std::collections::BTreeMap<i64, String>, id: Option<i64>| {
            id.and_then(|id| names.get(&id)).map(|name| plain(name))
        };
        let costs = matches!(
            event,
            EventType::AppointmentCancelled | EventType::AppointmentRescheduled | EventType::PolicyViolation
        );
        let fee = (costs && occasion.fee > Decimal::ZERO).then(|| self.formats.money(occasion.fee, self.currency));
        let lines = [
            ("service", name(&self.people.services, place.service)),
            ("staff", name(&self.people.staff, place.staff)),
            ("branch", name(&self.people.branches, place.branch)),
            ("fee", fee),
        ];
        let mut text = String::from("\n");
        for (what, value) in lines {
            if let Some(value) = value {
                text.push_str(&format!("\n{}: {value}", t(self.lang(), &format!("notify.line.{what}"))));
            }
        }
        text.push_str(&format!("\n\n{}\n", self.company));
        text
    }

    fn when(&self, at: NaiveDateTime) -> String {
        let local = at.and_utc().with_timezone(&self.formats.zone);
        let time = local.format("%H:%M").to_string();
        t_with(self.lang(), "notify.when", &[("day", &self.formats.named_day(local.date_naive())), ("time", &time)])
    }
}

/// A name as it may stand in a subject: on one line, and not without end.
fn plain(name: &str) -> String {
    let one_line = name.chars().map(|c| if c.is_control() { ' ' } else { c });
    let one_line: String = one_line.take(120).collect();
    one_line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::try_t;

    #[test]
    fn every_event_has_its_words_in_both_languages() {
        for lang in Lang::ALL {
            for event in EventType::ALL {
                for form in ["subject", "body", "short"] {
                    let key = format!("notify.{}.{form}", event.as_str());
                    assert!(try_t(lang, &key).is_some(), "{lang} {key}");
                }
            }
            for kind in crate::policy::PolicyType::ALL {
                assert!(try_t(lang, &format!("term.policy_type.{}", kind.as_str())).is_some(), "{lang} {kind:?}");
            }
        }
    }

    #[test]
    fn a_name_breaks_no_line() {
        assert_eq!(plain("Ada\r\nBcc: x@example.test"), "Ada  Bcc: x@example.test");
        assert_eq!(plain(&"x".repeat(500)).len(), 120);
    }
}
