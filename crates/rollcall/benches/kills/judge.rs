//! Holds the database against what was acknowledged.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use super::Plan;
use super::foreign::Foreign;
use super::writer::{Write, Writer};

/// Every acknowledged write is there once, with all that belongs to it; what is not acknowledged is there once or not at all.
pub(crate) async fn inspect(foreign: &Foreign, writers: &[Writer]) -> Result<()> {
    for writer in writers {
        customers(foreign, writer).await?;
        bookings(foreign, writer).await?;
        cancellations(foreign, writer).await?;
    }
    Ok(())
}

async fn customers(foreign: &Foreign, writer: &Writer) -> Result<()> {
    let id = writer.company.id;
    let sql = format!("SELECT name, COUNT(*) FROM customers WHERE company_id = {id} AND name LIKE 'k-%' GROUP BY name");
    let mut found = BTreeMap::new();
    for row in foreign.query(&sql).await? {
        found.insert(row.try_get_by_index::<String>(0)?, row.try_get_by_index::<i64>(1)?);
    }
    for name in &writer.customers {
        ensure!(found.remove(name) == Some(1), "the customer {name} was acknowledged and is not there once");
    }
    if let Some((_, Write::Customer(name))) = &writer.pending {
        ensure!(found.remove(name).is_none_or(|count| count == 1), "the customer {name} is there more than once");
    }
    ensure!(found.is_empty(), "nobody made these customers: {found:?}");
    let lines = numbers(foreign, &audited(id, "customer.created")).await?;
    ensure!(lines.values().all(|count| *count == 1), "a customer has more than one line in the audit log");
    Ok(())
}

async fn bookings(foreign: &Foreign, writer: &Writer) -> Result<()> {
    let id = writer.company.id;
    let made =
        numbers(foreign, &format!("SELECT id, COUNT(*) FROM appointments WHERE company_id = {id} GROUP BY id")).await?;
    let lost: Vec<_> = writer.bookings.iter().filter(|id| !made.contains_key(id)).collect();
    ensure!(lost.is_empty(), "appointments were acknowledged and are lost: {lost:?}");
    let more = made.len() - writer.bookings.len();
    let pending = match &writer.pending {
        Some((_, Write::Bookings(_, count))) => usize::try_from(*count)?,
        _ => 0,
    };
    ensure!(more == 0 || more == pending, "{more} appointments that were not acknowledged; {pending} may be");
    let twice = format!("SELECT MIN(id), COUNT(*) FROM appointments WHERE company_id = {id} GROUP BY starts_at");
    ensure!(numbers(foreign, &twice).await?.values().all(|count| *count == 1), "an appointment is there twice");
    let lines = numbers(foreign, &audited(id, "appointment.booked")).await?;
    ensure!(
        lines.len() == made.len() && lines.values().all(|count| *count == 1),
        "not one line for each in the audit log"
    );
    Ok(())
}

async fn cancellations(foreign: &Foreign, writer: &Writer) -> Result<()> {
    let id = writer.company.id;
    let status =
        format!("SELECT id, COUNT(*) FROM appointments WHERE company_id = {id} AND status = 'cancelled' GROUP BY id");
    let effects = [
        ("status", status),
        (
            "modification",
            format!(
                "SELECT appointment_id, COUNT(*) FROM appointment_modifications WHERE company_id = {id} \
                 AND modification_type = 'cancel' GROUP BY appointment_id"
            ),
        ),
        ("line in the audit log", audited(id, "appointment.cancelled")),
    ];
    let mut counts = Vec::new();
    for (what, sql) in effects {
        let found = numbers(foreign, &sql).await?;
        let lost: Vec<_> = writer.cancelled.iter().filter(|id| found.get(id) != Some(&1)).collect();
        ensure!(lost.is_empty(), "cancelled, and without its one {what}: {lost:?}");
        let more = found.len() - writer.cancelled.len();
        let pending = matches!(&writer.pending, Some((_, Write::Cancellation(_))));
        ensure!(more <= usize::from(pending), "{more} more with a {what}");
        counts.push(found.len());
    }
    let told =
        format!("SELECT company_id, COUNT(*) FROM notification_queues WHERE company_id = {id} GROUP BY company_id");
    let told = numbers(foreign, &told).await?.get(&id).copied().unwrap_or(0);
    counts.push(usize::try_from(told)?);
    ensure!(counts.iter().all(|count| *count == counts[0]), "half of a cancellation is there: {counts:?}");
    Ok(())
}

fn audited(company: i64, action: &str) -> String {
    format!(
        "SELECT subject_id, COUNT(*) FROM audit_log WHERE company_id = {company} AND action = '{action}' GROUP BY subject_id"
    )
}

/// Rows of two numbers.
async fn numbers(foreign: &Foreign, sql: &str) -> Result<BTreeMap<i64, i64>> {
    let rows = foreign.query(sql).await?;
    // MySQL's ids have no sign.
    let number = |row: &sea_orm::QueryResult, at| {
        row.try_get_by_index::<i64>(at).or_else(|_| row.try_get_by_index::<u64>(at).map(u64::cast_signed))
    };
    rows.iter().map(|row| Ok((number(row, 0)?, number(row, 1)?))).collect()
}

/// `rollcall summaries verify` has nothing to say.
pub(crate) fn verify(plan: &Plan) -> Result<()> {
    let mut command = Command::new(&plan.program);
    command.args(["summaries", "verify", "--database", &plan.database]).env_clear().stdin(Stdio::null());
    let said = command.output()?;
    ensure!(
        said.status.success(),
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
    Ok(())
}
