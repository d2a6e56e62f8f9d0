//! Rows that lie about what they belong to. They count nowhere; that they are there shows that the panel knows.

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::json;

use super::company::Company;
use super::store::{Kind, Store};

/// An id that no row has.
const NOBODY: i64 = 9_000_000_000;

/// Adds lying policies, notification configurations and notifications to a company; `other` is another company.
pub(super) fn add(store: &mut Store, company: &Company, other: i64, now: NaiveDateTime) {
    let at = now - TimeDelta::days(3);
    let own = company.id;
    let mut configurables = vec![
        ("Company ", own),
        ("company ", own),
        ("COMPANY", own),
        ("tenant", own),
        ("", own),
        ("App\\Models\\company", own),
        ("App\\Models\\User", company.users[0]),
        ("company", other),
        ("App\\Models\\Company", other),
        ("staff", NOBODY),
        ("branch", 0),
    ];
    configurables.extend(company.strangers());
    for (number, (kind, id)) in configurables.into_iter().enumerate() {
        let policy_type = super::policies::TYPES[number % 6];
        let config = json!({"hours_before": 1, "fee": 1_000});
        let deleted = None::<NaiveDateTime>;
        let policy = [
            kind.into(),
            id.into(),
            policy_type.into(),
            config.into(),
            true.into(),
            false.into(),
            None::<i64>.into(),
            at.into(),
            at.into(),
            deleted.into(),
        ];
        store.add(Kind::Policy, policy);
        let event = "policy_violation";
        let values = [kind.into(), id.into(), event.into(), "sms".into(), true.into(), at.into(), at.into()];
        store.add(Kind::NotifyConfig, values);
    }
    let stranger = if company.customers.first == 1 { NOBODY } else { 1 };
    let notifiables = [
        ("Customer ", company.customers.first),
        ("CUSTOMER", company.customers.first),
        ("lead", company.customers.first),
        ("customer", stranger),
        ("staff", NOBODY),
        ("user", 1), // the operator, who belongs to no company
        ("company", own),
    ];
    for (number, (kind, id)) in (0..).zip(notifiables) {
        let status = if number % 2 == 0 { "failed" } else { "sent" };
        notification(store, kind, id, status, at + TimeDelta::minutes(number));
    }
}

fn notification(store: &mut Store, kind: &'static str, id: i64, status: &'static str, at: NaiveDateTime) {
    let done = Some(at + TimeDelta::hours(2));
    let (sent, failed) = if status == "sent" { (done, None) } else { (None, done) };
    let error = failed.map(|_| "550 a hostile row must not be seen");
    let values = [
        None::<i64>.into(),
        kind.into(),
        id.into(),
        "push".into(),
        "hostile@example.test".into(),
        json!({"subject": "hostile"}).into(),
        status.into(),
        0.into(),
        error.map(str::to_owned).into(),
        None::<String>.into(),
        at.into(),
        sent.into(),
        None::<NaiveDateTime>.into(),
        failed.into(),
        at.into(),
        at.into(),
    ];
    store.add(Kind::Notification, values);
}
