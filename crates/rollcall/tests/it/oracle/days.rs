//! Days: what `day_summaries` ought to say.

use super::calendar::{local, zone};
use super::{Figures, Sql};
use crate::support::Backend;

/// The number under which the product sums up what has no date.
const UNDATED: &str = "0";

pub async fn figures(sql: &Sql<'_>) -> Figures {
    let mut figures = Figures::new();
    appointments(sql, &mut figures).await;
    hours(sql, &mut figures).await;
    stats(sql, &mut figures).await;
    modifications(sql, &mut figures).await;
    notifications(sql, &mut figures).await;
    figures
}

fn put(figures: &mut Figures, name: String, values: &[String]) {
    if values.iter().any(|value| value != "0") {
        figures.insert(name, values.join("/"));
    }
}

/// `FROM` the company's days joined to the rows of `table` whose `column` is on them.
fn on_days(table: &str, alias: &str, column: &str) -> String {
    format!(
        "FROM oracle_days d JOIN companies c ON c.timezone = d.zone JOIN {table} {alias} \
         ON {alias}.{column} >= d.from_at AND {alias}.{column} < d.until_at AND {alias}.company_id = c.id \
         WHERE c.id = {{company}}"
    )
}

async fn appointments(sql: &Sql<'_>, figures: &mut Figures) {
    let created = format!("{} AND a.deleted_at IS NULL GROUP BY d.day", on_days("appointments", "a", "created_at"));
    for row in sql.rows(&["d.day", "COUNT(*)"], &created).await {
        put(figures, format!("{} created", row[0]), &row[1..]);
    }
    let status = sql.exact("a.status");
    let count = |status_is: &str| format!("SUM(CASE WHEN {status} = '{status_is}' THEN 1 ELSE 0 END)");
    let (completed, cancelled, missed) = (count("completed"), count("cancelled"), count("no_show"));
    let starts = format!("{} AND a.deleted_at IS NULL", on_days("appointments", "a", "starts_at"));
    let columns = ["d.day", "COUNT(*)", &completed, &cancelled, &missed];
    for row in sql.rows(&columns, &format!("{starts} GROUP BY d.day")).await {
        put(figures, format!("{} appointments", row[0]), &row[1..]);
    }
    let created = format!("{created}, a.branch_id").replace("GROUP BY", "AND a.branch_id IS NOT NULL GROUP BY");
    for row in sql.rows(&["d.day", "a.branch_id", "COUNT(*)"], &created).await {
        put(figures, format!("{} branch {} created", row[0], row[1]), &row[2..]);
    }
    let columns = ["d.day", "a.branch_id", "COUNT(*)", &completed, &cancelled, &missed];
    let by_branch = format!("{starts} AND a.branch_id IS NOT NULL GROUP BY d.day, a.branch_id");
    for row in sql.rows(&columns, &by_branch).await {
        put(figures, format!("{} branch {} appointments", row[0], row[1]), &row[2..]);
        put(figures, format!("{} place {}", row[0], row[1]), &row[2..]);
    }
    let columns = ["d.day", "a.branch_id", "a.staff_id", "COUNT(*)", &completed, &cancelled, &missed];
    let both = format!(
        "{starts} AND a.branch_id IS NOT NULL AND a.staff_id IS NOT NULL GROUP BY d.day, a.branch_id, a.staff_id"
    );
    for row in sql.rows(&columns, &both).await {
        put(figures, format!("{} branch {} staff {}", row[0], row[1], row[2]), &row[3..]);
    }
    let columns = ["d.day", "a.staff_id", "COUNT(*)", &completed, &cancelled, &missed];
    let by_staff = format!("{starts} AND a.staff_id IS NOT NULL GROUP BY d.day, a.staff_id");
    for row in sql.rows(&columns, &by_staff).await {
        put(figures, format!("{} staff {}", row[0], row[1]), &row[2..]);
    }
}

async fn hours(sql: &Sql<'_>, figures: &mut Figures) {
    let name = sql.value("timezone", "FROM companies WHERE id = {company}").await;
    let zone = zone(&name);
    let rest = "FROM appointments WHERE company_id = {company} AND deleted_at IS NULL";
    let mut hours = std::collections::BTreeMap::<String, i64>::new();
    for row in sql.rows(&["starts_at", "COALESCE(branch_id, 0)"], rest).await {
        let (day, hour) = local(&zone, &row[0]);
        *hours.entry(format!("{day} hour {hour}")).or_default() += 1;
        if row[1] != "0" {
            *hours.entry(format!("{day} branch {} hour {hour}", row[1])).or_default() += 1;
        }
    }
    figures.extend(hours.into_iter().map(|(name, count)| (name, count.to_string())));
}

async fn stats(sql: &Sql<'_>, figures: &mut Figures) {
    let from = on_days("appointment_modification_stats", "s", "created_at");
    let (kind, stat) = (sql.policy_type(), sql.exact("s.stat_type"));
    let violations = format!("{from} AND {stat} = 'violation' GROUP BY d.day, {kind}");
    for row in sql.rows(&["d.day", &kind, "SUM(s.count)"], &violations).await {
        figures.insert(format!("{} violations {}", row[0], row[1]), row[2].clone());
    }
    for (name, value) in [("cancellations", "cancellation"), ("reschedules", "reschedule")] {
        let rest = format!("{from} AND {stat} = '{value}' GROUP BY d.day");
        for row in sql.rows(&["d.day", "SUM(s.count)"], &rest).await {
            put(figures, format!("{} {name}", row[0]), &row[1..]);
        }
    }
}

async fn modifications(sql: &Sql<'_>, figures: &mut Figures) {
    let cents = match sql.test.backend {
        Backend::Sqlite => "CAST(ROUND(SUM(m.fee_charged) * 100) AS INTEGER)",
        Backend::MariaDb => "CAST(SUM(m.fee_charged) * 100 AS SIGNED)",
        Backend::Postgres => "CAST(SUM(m.fee_charged) * 100 AS BIGINT)",
    };
    let within = "SUM(CASE WHEN m.within_policy THEN 1 ELSE 0 END)";
    let kind = sql.exact("m.modification_type");
    for name in ["cancel", "reschedule"] {
        let from = on_days("appointment_modifications", "m", "created_at");
        let rest = format!("{from} AND {kind} = '{name}' GROUP BY d.day");
        for row in sql.rows(&["d.day", "COUNT(*)", within, cents], &rest).await {
            put(figures, format!("{} modifications {name}", row[0]), &row[1..]);
        }
    }
}

async fn notifications(sql: &Sql<'_>, figures: &mut Figures) {
    let valid = sql.valid_notifiable();
    let dated = format!("{} AND {valid}", on_days("notification_queues", "n", "created_at"));
    let undated =
        format!("FROM notification_queues n WHERE n.company_id = {{company}} AND n.created_at IS NULL AND {valid}");
    for (day, from, group) in [("d.day", dated, "d.day, "), (UNDATED, undated, "")] {
        channels(sql, figures, day, &from, group).await;
        errors(sql, figures, day, &from, group).await;
    }
}

async fn channels(sql: &Sql<'_>, figures: &mut Figures, day: &str, from: &str, group: &str) {
    let (status, channel) = (sql.exact("n.status"), sql.exact("n.channel"));
    let sent = format!("{status} IN ('sent', 'delivered')");
    let took = match sql.test.backend {
        Backend::Sqlite => "(strftime('%s', n.sent_at) - strftime('%s', n.created_at))",
        Backend::MariaDb => "TIMESTAMPDIFF(SECOND, n.created_at, n.sent_at)",
        Backend::Postgres => "CAST(EXTRACT(EPOCH FROM n.sent_at - n.created_at) AS BIGINT)",
    };
    let sum = |when: &str, what: &str| format!("SUM(CASE WHEN {when} THEN {what} ELSE 0 END)");
    let timed = format!("{sent} AND n.sent_at IS NOT NULL AND n.created_at IS NOT NULL");
    let columns = [
        day,
        "MIN(n.channel)",
        "COUNT(*)",
        &sum(&sent, "1"),
        &sum(&format!("{status} = 'failed'"), "1"),
        &sum(&timed, "1"),
        &sum(&timed, took),
    ];
    for row in sql.rows(&columns, &format!("{from} GROUP BY {group}{channel}")).await {
        figures.insert(format!("{} channel {}", row[0], row[1]), row[2..].join("/"));
    }
}

/// The messages that the property test writes, as SQL matches them, and their classes.
const CLASSES: [(&str, &str); 3] = [
    ("n.error_message LIKE 'Timeout after %'", "Timeout after # seconds"),
    ("n.error_message LIKE 'Mailbox % is full'", "Mailbox @ is full"),
    ("n.error_message = 'Connection refused'", "Connection refused"),
];

async fn errors(sql: &Sql<'_>, figures: &mut Figures, day: &str, from: &str, group: &str) {
    let arms: String = CLASSES.iter().map(|(matches, class)| format!("WHEN {matches} THEN '{class}' ")).collect();
    let class = format!("CASE {arms}ELSE 'unknown' END");
    let failed = format!("{from} AND {} = 'failed' GROUP BY {group}{class}", sql.exact("n.status"));
    for row in sql.rows(&[day, &class, "COUNT(*)"], &failed).await {
        figures.insert(format!("{} error {}", row[0], row[1]), row[2].clone());
    }
}
