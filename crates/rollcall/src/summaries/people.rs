//! Customers and a company's present state, recomputed.

use std::collections::{BTreeMap, BTreeSet};

use super::invalid::{Invalid, Target, check_configurable};
use super::snapshot::CompanySummary;
use crate::analytics::currency::Currency;
use crate::db::{Arg, Error, Row, TenantSql, TenantTx};

/// Appointments that one member of staff can take in thirty days, unless the company's settings say otherwise.
pub(crate) const DEFAULT_CAPACITY: i64 = 40;

/// What a customer did, over all time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CustomerSummary {
    pub(crate) journey_status: String,
    pub(crate) violations: i64,
    pub(crate) cancellations: i64,
    pub(crate) appointments: i64,
}

/// Recomputes the customers of `ids`; those that the company does not have are not in the answer.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn customers(tx: &TenantTx, ids: &[i64]) -> Result<BTreeMap<i64, CustomerSummary>, Error> {
    let mut customers = BTreeMap::new();
    for ids in ids.chunks(500) {
        let statement = |text: &str| listed(text, ids);
        let (sql, args) = statement("SELECT id, journey_status FROM customers WHERE company_id = :company AND id")?;
        for row in tx.rows(&sql, args).await? {
            let customer = CustomerSummary { journey_status: row.text(1)?, ..CustomerSummary::default() };
            customers.insert(row.int(0)?, customer);
        }
        let (sql, args) = statement(
            "SELECT customer_id FROM appointments WHERE company_id = :company AND deleted_at IS NULL AND customer_id",
        )?;
        tx.for_each(&sql, args, |row| {
            if let Some(customer) = customers.get_mut(&row.int(0)?) {
                customer.appointments += 1;
            }
            Ok(())
        })
        .await?;
        let (sql, args) = statement(
            "SELECT customer_id, stat_type, count FROM appointment_modification_stats \
             WHERE company_id = :company AND customer_id",
        )?;
        tx.for_each(&sql, args, |row| count_stat(&mut customers, row)).await?;
    }
    Ok(customers)
}

fn count_stat(customers: &mut BTreeMap<i64, CustomerSummary>, row: &Row) -> Result<(), Error> {
    let Some(customer) = customers.get_mut(&row.int(0)?) else { return Ok(()) };
    match row.text(1)?.as_str() {
        "violation" => customer.violations += row.small(2)?,
        "cancellation" => customer.cancellations += row.small(2)?,
        _ => {}
    }
    Ok(())
}

/// A statement that ends in `IN (…)`, with its values.
pub(crate) fn listed(text: &str, ids: &[i64]) -> Result<(TenantSql, Vec<Arg>), Error> {
    let marks = vec!["?"; ids.len()].join(", ");
    let sql = TenantSql::composed(format!("{text} IN ({marks})"))?;
    Ok((sql, ids.iter().map(|id| Arg::from(*id)).collect()))
}

const POLICIES: TenantSql = TenantSql::new(
    "SELECT p.id, p.configurable_type, p.configurable_id, p.is_active, p.configurable_id = :company, \
     EXISTS (SELECT 1 FROM branches b WHERE b.id = p.configurable_id AND b.company_id = :company), \
     EXISTS (SELECT 1 FROM services s WHERE s.id = p.configurable_id AND s.company_id = :company), \
     EXISTS (SELECT 1 FROM staff t WHERE t.id = p.configurable_id AND t.company_id = :company), p.policy_type \
     FROM policy_configurations p WHERE p.company_id = :company AND p.deleted_at IS NULL",
);
const NOTIFICATION_CONFIGURATIONS: TenantSql = TenantSql::new(
    "SELECT p.id, p.configurable_type, p.configurable_id, p.is_enabled, p.configurable_id = :company, \
     EXISTS (SELECT 1 FROM branches b WHERE b.id = p.configurable_id AND b.company_id = :company), \
     EXISTS (SELECT 1 FROM services s WHERE s.id = p.configurable_id AND s.company_id = :company), \
     EXISTS (SELECT 1 FROM staff t WHERE t.id = p.configurable_id AND t.company_id = :company) \
     FROM notification_configurations p WHERE p.company_id = :company",
);
const STAFF: TenantSql =
    TenantSql::new("SELECT id, name, branch_id FROM staff WHERE company_id = :company AND is_active");
const BRANCHES: TenantSql = TenantSql::new("SELECT id, name FROM branches WHERE company_id = :company");
const SETTINGS: TenantSql =
    TenantSql::new("SELECT staff_capacity, currency FROM company_settings WHERE company_id = :company");

/// Recomputes the company's present state.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn company(tx: &TenantTx) -> Result<(CompanySummary, Vec<Invalid>), Error> {
    let mut invalid = Vec::new();
    let mut policy_types = BTreeSet::new();
    let (mut policies, mut active_policies) = (0, 0);
    tx.for_each(&POLICIES, vec![], |row| {
        if is_valid(row, Target::Policy, &mut invalid)? {
            policies += 1;
            active_policies += i64::from(row.flag(3)?);
            policy_types.insert(crate::analytics::policy::known_policy_type(Some(&row.text(8)?)).to_owned());
        }
        Ok(())
    })
    .await?;
    let (mut notification_configurations, mut enabled) = (0, 0);
    tx.for_each(&NOTIFICATION_CONFIGURATIONS, vec![], |row| {
        if is_valid(row, Target::NotificationConfiguration, &mut invalid)? {
            notification_configurations += 1;
            enabled += i64::from(row.flag(3)?);
        }
        Ok(())
    })
    .await?;
    let staff = tx.rows(&STAFF, vec![]).await?;
    let branch_of = |row: &Row| row.opt_int(2).map(|branch| Some((row.int(0).ok()?, branch?)));
    let staff_branches = staff.iter().filter_map(|row| branch_of(row).transpose()).collect::<Result<_, _>>()?;
    let named = |row: &Row| Ok::<_, Error>((row.int(0)?, row.text(1)?));
    let branches = tx.rows(&BRANCHES, vec![]).await?;
    let settings = tx.rows(&SETTINGS, vec![]).await?;
    let settings = settings.first();
    let summary = CompanySummary {
        active_policies,
        policies,
        policy_types,
        notification_configurations,
        enabled_notification_configurations: enabled,
        staff: staff.iter().map(named).collect::<Result<_, Error>>()?,
        staff_branches,
        branches: branches.iter().map(named).collect::<Result<_, Error>>()?,
        staff_capacity: settings.map_or(Ok(DEFAULT_CAPACITY), |row| row.small(0))?,
        currency: settings.map_or(Ok(Currency::EUR), |row| Ok::<_, Error>(Currency::of(&row.text(1)?)))?,
        journey: journey(tx).await?,
    };
    Ok((summary, invalid))
}

async fn journey(tx: &TenantTx) -> Result<BTreeMap<String, i64>, Error> {
    let (count, exact) = (tx.dialect().integer("COUNT(*)"), tx.dialect().exact("journey_status"));
    let text = format!(
        "SELECT MIN(journey_status), {count} FROM customers WHERE company_id = :company \
         GROUP BY journey_status, {exact}"
    );
    let sql = TenantSql::composed(text)?;
    let rows = tx.rows(&sql, vec![]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
}

fn is_valid(row: &Row, table: Target, invalid: &mut Vec<Invalid>) -> Result<bool, Error> {
    let kind = row.text(1)?;
    let found = [row.flag(4)?, row.flag(5)?, row.flag(6)?, row.flag(7)?];
    let Err(reason) = check_configurable(&kind, found) else { return Ok(true) };
    invalid.push(Invalid { table, row: row.int(0)?, reason, kind: Some(kind), target: row.opt_int(2)? });
    Ok(false)
}
