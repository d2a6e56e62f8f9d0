//! What the product stored and shows, flattened to the oracle's figures.

use std::collections::BTreeMap;
use std::str::FromStr;

use rollcall::summaries::day::Outcomes;
use rollcall::summaries::{CompanySummary, DaySummary, Needs, read};
use rollcall::tenant::TenantScope;

use super::{Figures, Sql};

pub async fn days(sql: &Sql<'_>) -> Figures {
    let mut figures = Figures::new();
    let columns = ["day", "failed", "data", "COALESCE(branches, '{}')"];
    for row in sql.rows(&columns, "FROM day_summaries WHERE company_id = {company}").await {
        let day: DaySummary = serde_json::from_str(&row[2]).unwrap_or_else(|error| panic!("{error}: {}", row[2]));
        let failed: i64 = day.channels.values().map(|channel| channel.failed).sum();
        if failed.to_string() != row[1] {
            figures.insert(format!("{} column failed", row[0]), row[1].clone());
        }
        flatten(&row[0], &day, &mut figures);
        let branches: BTreeMap<i64, DaySummary> = serde_json::from_str(&row[3]).unwrap();
        for (branch, day) in branches {
            flatten(&format!("{} branch {branch}", row[0]), &day, &mut figures);
        }
    }
    figures
}

fn outcomes(it: Outcomes) -> [i64; 4] {
    [it.total, it.completed, it.cancelled, it.missed]
}

fn flatten(number: &str, day: &DaySummary, figures: &mut Figures) {
    let mut put = |name: String, values: &[i64]| {
        if values.iter().any(|value| *value != 0) {
            let values: Vec<_> = values.iter().map(i64::to_string).collect();
            figures.insert(format!("{number} {name}"), values.join("/"));
        }
    };
    put("created".to_owned(), &[day.created]);
    put("appointments".to_owned(), &outcomes(day.appointments));
    for (hour, count) in &day.hours {
        put(format!("hour {hour}"), &[*count]);
    }
    for (id, it) in &day.staff {
        put(format!("staff {id}"), &outcomes(*it));
    }
    for (id, it) in &day.places {
        put(format!("place {id}"), &outcomes(*it));
    }
    put("cancellations".to_owned(), &[day.cancellations]);
    put("reschedules".to_owned(), &[day.reschedules]);
    for (name, it) in [("cancel", day.cancel_modifications), ("reschedule", day.reschedule_modifications)] {
        let cents = i64::from_str(&(it.fees * rust_decimal::Decimal::from(100)).normalize().to_string()).unwrap();
        put(format!("modifications {name}"), &[it.total, it.within, cents]);
    }
    for (kind, count) in &day.violations {
        figures.insert(format!("{number} violations {kind}"), count.to_string());
    }
    for (channel, deliveries) in &day.channels {
        let values: Vec<_> = <[i64; 5]>::from(*deliveries).iter().map(i64::to_string).collect();
        figures.insert(format!("{number} channel {channel}"), values.join("/"));
    }
    for (class, count) in &day.errors {
        figures.insert(format!("{number} error {class}"), count.to_string());
    }
}

pub async fn present(sql: &Sql<'_>) -> Figures {
    let mut figures = Figures::new();
    let columns = ["customer_id", "journey_status", "violations", "cancellations", "appointments"];
    for row in sql.rows(&columns, "FROM customer_summaries WHERE company_id = {company}").await {
        figures.insert(format!("customer {}", row[0]), row[1..].join("/"));
    }
    let data = sql.value("data", "FROM company_summaries WHERE company_id = {company}").await;
    let it: CompanySummary = serde_json::from_str(&data).unwrap_or_else(|error| panic!("{error}: {data}"));
    let mut put = |name: String, value: String| figures.insert(format!("company {name}"), value);
    put("policies".to_owned(), format!("{}/{}", it.policies, it.active_policies));
    for kind in it.policy_types {
        put(format!("policy type {kind}"), "configured".to_owned());
    }
    let configurations = format!("{}/{}", it.notification_configurations, it.enabled_notification_configurations);
    put("notification configurations".to_owned(), configurations);
    for (id, name) in it.staff {
        put(format!("staff {id}"), name);
    }
    for (id, branch) in it.staff_branches {
        put(format!("staff {id} branch"), branch.to_string());
    }
    for (id, name) in it.branches {
        put(format!("branch {id}"), name);
    }
    put("staff_capacity".to_owned(), it.staff_capacity.to_string());
    put("currency".to_owned(), it.currency.code().to_owned());
    for (status, count) in it.journey {
        put(format!("journey {status}"), count.to_string());
    }
    figures
}

/// What a page reads.
pub async fn page(sql: &Sql<'_>, scope: &TenantScope) -> Figures {
    let zone = rollcall::summaries::zone::zone(&sql.value("timezone", "FROM companies WHERE id = {company}").await);
    let needs = Needs { days: 90, journey: None, branch: None, violations: true, failures: true };
    let snapshot = read(&scope.db(&sql.test.db), zone, sql.test.clock.now(), &needs).await.unwrap();
    let mut figures = Figures::new();
    for (day, summary) in &snapshot.days {
        flatten(&day.format("page %Y%m%d").to_string(), summary, &mut figures);
    }
    figures.insert("page badge failed".to_owned(), snapshot.failed_notifications.to_string());
    figures.insert("page badge policies".to_owned(), snapshot.company.policies.to_string());
    for (place, it) in snapshot.top_customers.iter().enumerate() {
        let email = it.email.clone().unwrap_or_default();
        let value = format!(
            "{}/{}/{}/{}/{}/{email}",
            it.id, it.journey_status, it.violations, it.cancellations, it.appointments
        );
        figures.insert(format!("page top {place:02}"), value);
    }
    let null = || "NULL".to_owned();
    for (place, it) in snapshot.latest_violations.unwrap().into_iter().enumerate() {
        let customer = it.customer.unwrap_or_else(null);
        let (first, last) = it.period.unwrap();
        let value = format!("{customer}/{}/{}/{first}/{last}/{}", it.policy_type, it.count, it.at);
        figures.insert(format!("page violation {place}"), value);
    }
    for (place, it) in snapshot.latest_failures.unwrap().into_iter().enumerate() {
        let error = it.error.unwrap_or_else(null);
        let value = format!("{}/{}/{}/{error}/{}/{}", it.id, it.channel, it.recipient, it.retries, it.at);
        figures.insert(format!("page failure {place}"), value);
    }
    figures
}
