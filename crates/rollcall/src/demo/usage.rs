//! How the panel itself was used.

use chrono::{NaiveDateTime, TimeDelta};
use rust_decimal::Decimal;

use super::Plan;
use super::company::Company;
use super::dice::Dice;
use super::store::{Kind, Store};

const FEATURES: [&str; 5] = ["export_csv", "filter_days", "retry_notification", "company_switch", "dark_mode"];

/// Adds the visits of a company's users, up to three a week each.
pub(super) fn add(store: &mut Store, plan: &Plan, company: &Company, chance: &mut Dice) {
    let now = plan.now.naive_utc();
    for user in &company.users {
        for week in 0..i64::from(plan.days / 7) {
            for _ in 0..chance.below(4) {
                let at = chance.instant(now - TimeDelta::days(7 * (week + 1)), now - TimeDelta::days(7 * week));
                visit(store, *user, at, chance);
            }
        }
    }
}

fn visit(store: &mut Store, user: i64, opened: NaiveDateTime, chance: &mut Dice) {
    let session = format!("{:032x}", u128::from(chance.below(u64::MAX)) << 32);
    let mut add = |event: &str, feature: Option<&str>, score: Option<Decimal>, seconds: i64| {
        let at = opened + TimeDelta::seconds(seconds);
        let values = [
            user.into(),
            session.as_str().into(),
            event.into(),
            feature.map(str::to_owned).into(),
            score.into(),
            at.into(),
        ];
        store.add(Kind::Usage, values);
    };
    add("dashboard_opened", None, None, 0);
    if chance.per_mille(40) {
        add("dashboard_abandoned", None, None, 1);
        return;
    }
    add("dashboard_rendered", None, None, 0);
    if chance.per_mille(450) {
        add("feature_used", Some(chance.pick(&FEATURES)), None, 20);
    }
    if chance.per_mille(80) {
        add("rated", None, Some(Decimal::new(chance.between(50, 100), 1)), 90);
    }
}
