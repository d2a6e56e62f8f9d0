//! What is no sum over days: customers, the company's present state, the badge, the tables of newest rows.

use super::{Figures, Sql, calendar};
use crate::support::NOW;

/// Figures whose names the product's page shares; `days` are the sums over days.
pub async fn figures(sql: &Sql<'_>, days: &Figures) -> Figures {
    let mut figures = Figures::new();
    customers(sql, &mut figures).await;
    company(sql, &mut figures).await;
    badge(sql, &mut figures).await;
    latest(sql, &mut figures).await;
    let zone = calendar::zone(&sql.value("timezone", "FROM companies WHERE id = {company}").await);
    let (today, _) = calendar::local(&zone, NOW.trim_end_matches('Z'));
    // Ninety days: none of the days of the test lies between the first of them and September.
    let shown = |name: &str| &name[..8] >= "20260901" && name[..8] <= *today;
    let dated = days.iter().filter(|(name, _)| !name.starts_with("0 ") && !name.contains(" branch "));
    figures.extend(dated.filter(|(name, _)| shown(name)).map(|(name, value)| (format!("page {name}"), value.clone())));
    figures
}

async fn customers(sql: &Sql<'_>, figures: &mut Figures) {
    let sum = |stat: &str| {
        format!(
            "(SELECT COALESCE(SUM(s.count), 0) FROM appointment_modification_stats s WHERE s.customer_id = c.id \
             AND s.company_id = {} AND {} = '{stat}')",
            sql.company,
            sql.exact("s.stat_type")
        )
    };
    let appointments = format!(
        "(SELECT COUNT(*) FROM appointments a WHERE a.customer_id = c.id AND a.company_id = {} AND a.deleted_at IS NULL)",
        sql.company
    );
    let (violations, cancellations) = (sum("violation"), sum("cancellation"));
    let columns = ["c.id", "c.journey_status", &violations, &cancellations, &appointments, "COALESCE(c.email, '')"];
    let mut rows = sql.rows(&columns, "FROM customers c WHERE c.company_id = {company}").await;
    for row in &rows {
        figures.insert(format!("customer {}", row[0]), row[1..5].join("/"));
    }
    let number = |text: &String| text.parse::<i64>().unwrap();
    rows.sort_by_key(|row| (-number(&row[2]), number(&row[0])));
    for (place, row) in rows.iter().take(20).enumerate() {
        figures.insert(format!("page top {place:02}"), row.join("/"));
    }
}

async fn company(sql: &Sql<'_>, figures: &mut Figures) {
    let valid = sql.valid_configurable();
    let policies =
        format!("FROM policy_configurations p WHERE p.company_id = {{company}} AND p.deleted_at IS NULL AND {valid}");
    let active = "COALESCE(SUM(CASE WHEN p.is_active THEN 1 ELSE 0 END), 0)";
    let row = sql.rows(&["COUNT(*)", active], &policies).await.remove(0);
    figures.insert("company policies".to_owned(), row.join("/"));
    figures.insert("page badge policies".to_owned(), row[0].clone());
    let kind = sql.known("p.policy_type");
    for row in sql.rows(&[&kind], &format!("{policies} GROUP BY {kind}")).await {
        figures.insert(format!("company policy type {}", row[0]), "configured".to_owned());
    }
    let configurations = format!("FROM notification_configurations p WHERE p.company_id = {{company}} AND {valid}");
    let enabled = "COALESCE(SUM(CASE WHEN p.is_enabled THEN 1 ELSE 0 END), 0)";
    let row = sql.rows(&["COUNT(*)", enabled], &configurations).await.remove(0);
    figures.insert("company notification configurations".to_owned(), row.join("/"));
    for row in sql.rows(&["id", "name"], "FROM staff WHERE company_id = {company} AND is_active = TRUE").await {
        figures.insert(format!("company staff {}", row[0]), row[1].clone());
    }
    let placed = "FROM staff WHERE company_id = {company} AND is_active = TRUE AND branch_id IS NOT NULL";
    for row in sql.rows(&["id", "branch_id"], placed).await {
        figures.insert(format!("company staff {} branch", row[0]), row[1].clone());
    }
    for row in sql.rows(&["id", "name"], "FROM branches WHERE company_id = {company}").await {
        figures.insert(format!("company branch {}", row[0]), row[1].clone());
    }
    for (setting, default) in [("staff_capacity", "40"), ("currency", "'EUR'")] {
        let company = sql.company;
        let of = format!("COALESCE((SELECT {setting} FROM company_settings WHERE company_id = {company}), {default})");
        figures.insert(format!("company {setting}"), sql.value(&of, "").await);
    }
    let by_journey = format!("FROM customers WHERE company_id = {{company}} GROUP BY {}", sql.exact("journey_status"));
    for row in sql.rows(&["MIN(journey_status)", "COUNT(*)"], &by_journey).await {
        figures.insert(format!("company journey {}", row[0]), row[1].clone());
    }
}

async fn badge(sql: &Sql<'_>, figures: &mut Figures) {
    let rest = format!(
        "FROM notification_queues n WHERE n.company_id = {{company}} AND {} = 'failed' AND {}",
        sql.exact("n.status"),
        sql.valid_notifiable()
    );
    figures.insert("page badge failed".to_owned(), sql.value("COUNT(*)", &rest).await);
}

async fn latest(sql: &Sql<'_>, figures: &mut Figures) {
    let newest = "ORDER BY s.created_at DESC, s.id DESC LIMIT 10";
    let rest = format!(
        "FROM appointment_modification_stats s LEFT JOIN customers c ON c.id = s.customer_id AND c.company_id = {{company}} \
         WHERE s.company_id = {{company}} AND {} = 'violation' AND s.created_at IS NOT NULL {newest}",
        sql.exact("s.stat_type")
    );
    let kind = sql.policy_type();
    let columns = ["c.name", &kind, "s.count", "s.period_start", "s.period_end", "s.created_at"];
    for (place, row) in sql.rows(&columns, &rest).await.iter().enumerate() {
        figures.insert(format!("page violation {place}"), row.join("/"));
    }
    let rest = format!(
        "FROM notification_queues n WHERE n.company_id = {{company}} AND {} = 'failed' AND n.created_at IS NOT NULL \
         AND {} ORDER BY n.created_at DESC, n.id DESC LIMIT 10",
        sql.exact("n.status"),
        sql.valid_notifiable()
    );
    let columns = ["n.id", "n.channel", "n.recipient", "n.error_message", "n.retry_count", "n.created_at"];
    for (place, row) in sql.rows(&columns, &rest).await.iter().enumerate() {
        figures.insert(format!("page failure {place}"), row.join("/"));
    }
}

/// Invalid polymorphic rows that no security event names.
pub async fn unreported(sql: &Sql<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (table, alias, valid, more) in [
        ("notification_queues", "n", sql.valid_notifiable(), ""),
        ("policy_configurations", "p", sql.valid_configurable(), "AND p.deleted_at IS NULL"),
        ("notification_configurations", "p", sql.valid_configurable(), ""),
    ] {
        let rest = format!("FROM {table} {alias} WHERE {alias}.company_id = {{company}} AND NOT {valid} {more}");
        let reported = sql.rows(&["subject"], "FROM security_events WHERE company_id = {company}").await;
        for row in sql.rows(&[&format!("{alias}.id")], &rest).await {
            let subject = format!("{table}:{} of company {}", row[0], sql.company);
            if !reported.iter().any(|reported| reported[0] == subject) {
                lines.push(format!("no security event names {subject}"));
            }
        }
    }
    lines
}
