//! Rows that point into another company, or belong to none.

use super::{Check, TOLD};
use crate::analytics::polymorphic::{Configurable, Notifiable};
use crate::db::{Arg, Database, Error, PlatformSql};

/// Tables with a column that names a row of another table; behind them what tells a row of theirs.
const REFERENCES: [(&str, &str, &str, &str); 14] = [
    ("staff", "branch_id", "branches", "id"),
    ("appointments", "customer_id", "customers", "id"),
    ("appointments", "staff_id", "staff", "id"),
    ("appointments", "service_id", "services", "id"),
    ("appointments", "branch_id", "branches", "id"),
    ("appointment_modifications", "appointment_id", "appointments", "id"),
    ("appointment_modifications", "customer_id", "customers", "id"),
    ("appointment_modification_stats", "customer_id", "customers", "id"),
    ("policy_configurations", "overrides_id", "policy_configurations", "id"),
    ("notification_queues", "notification_configuration_id", "notification_configurations", "id"),
    ("user_analytics", "user_id", "users", "id"),
    ("deliveries", "notification_id", "notification_queues", "notification_id"),
    ("customer_summaries", "customer_id", "customers", "customer_id"),
    ("api_tokens", "user_id", "users", "id"),
];

/// Tables whose rows are of no use without their company.
const OWNED: [&str; 17] = [
    "branches",
    "services",
    "users",
    "staff",
    "customers",
    "appointments",
    "appointment_modifications",
    "appointment_modification_stats",
    "policy_configurations",
    "notification_configurations",
    "notification_queues",
    "user_analytics",
    "day_summaries",
    "customer_summaries",
    "company_summaries",
    "search_words",
    "deliveries",
];

/// The two spellings of a type, and the table of what it stands for.
type Type = ([&'static str; 2], &'static str);

/// The tables with polymorphic columns, what these begin with, and the types that there are.
fn polymorphic() -> [(&'static str, &'static str, Vec<Type>); 3] {
    let configurable = || {
        let table = |it| match it {
            Configurable::Company => "companies",
            Configurable::Branch => "branches",
            Configurable::Service => "services",
            Configurable::Staff => "staff",
        };
        Configurable::ALL.into_iter().map(|it| (it.names(), table(it))).collect()
    };
    let table = |it| match it {
        Notifiable::Customer => "customers",
        Notifiable::Staff => "staff",
        Notifiable::User => "users",
    };
    let notifiable = Notifiable::ALL.into_iter().map(|it| (it.names(), table(it))).collect();
    [
        ("policy_configurations", "configurable", configurable()),
        ("notification_configurations", "configurable", configurable()),
        ("notification_queues", "notifiable", notifiable),
    ]
}

/// A condition on a row `t`, and its values.
struct Where {
    text: String,
    args: Vec<Arg>,
}

/// The company whose rows are meant; none: all.
fn of(company: Option<i64>) -> Where {
    match company {
        Some(id) => Where { text: "t.company_id = ?".to_owned(), args: vec![id.into()] },
        None => Where { text: "1 = 1".to_owned(), args: vec![] },
    }
}

/// Does a column name rows of the own company alone?
pub(super) async fn references(db: &Database, company: Option<i64>) -> Result<Vec<Check>, Error> {
    let mut checks = Vec::new();
    for (table, column, target, key) in REFERENCES {
        let mut check = Check::new("references", format!("does {table}.{column} name rows of the own company alone?"));
        let from = format!("{table} t JOIN {target} r ON r.id = t.{column}");
        joined(db, &mut check, (&from, "r.company_id <> t.company_id"), (table, key, "r.company_id"), of(company))
            .await?;
        checks.push(check);
    }
    Ok(checks)
}

/// Counts the rows of a join and those that do not pass, and tells the first of them.
async fn joined(
    db: &Database,
    check: &mut Check,
    (from, bad): (&str, &str),
    (table, key, other): (&str, &str, &str),
    Where { text, args }: Where,
) -> Result<(), Error> {
    let (all, crossing) = (
        db.dialect().integer("COUNT(*)"),
        db.dialect().integer(&format!("COALESCE(SUM(CASE WHEN {bad} THEN 1 ELSE 0 END), 0)")),
    );
    let count = PlatformSql::composed(
        "the doctor counts rows that point into another company",
        format!("SELECT {all}, {crossing} FROM {from} WHERE {text}"),
    );
    let counted = db.platform().row(&count, args.clone()).await?;
    let (looked_at, found) = match counted {
        Some(row) => (row.int(0)?, row.int(1)?),
        None => (0, 0),
    };
    check.looked_at += u64::try_from(looked_at).unwrap_or_default();
    check.found += u64::try_from(found).unwrap_or_default();
    if found == 0 {
        return Ok(());
    }
    let (id, own, other) =
        (db.dialect().integer(&format!("t.{key}")), db.dialect().integer("t.company_id"), db.dialect().integer(other));
    let told = PlatformSql::composed(
        "the doctor names rows that point into another company",
        format!("SELECT {id}, {own}, {other} FROM {from} WHERE {text} AND {bad} ORDER BY t.{key} LIMIT {TOLD}"),
    );
    for row in db.platform().rows(&told, args).await? {
        let (id, own, other) = (row.int(0)?, row.int(1)?, row.int(2)?);
        check.examples.push(format!("{table} {id} of company {own} names a row of company {other}"));
    }
    check.examples.truncate(TOLD);
    Ok(())
}

/// Is every polymorphic type one of the known names, and what it names of the own company?
pub(super) async fn types(db: &Database, company: Option<i64>) -> Result<Vec<Check>, Error> {
    let mut checks = Vec::new();
    for (table, column, kinds) in polymorphic() {
        let stored = db.dialect().exact(&format!("t.{column}_type"));
        let mut known = Check::new("types", format!("is {table}.{column}_type one of the known names, to the letter?"));
        let marks = vec!["?"; kinds.len() * 2].join(", ");
        let names = kinds.iter().flat_map(|(names, _)| names.iter().map(|name| Arg::from(*name)));
        unknown(db, &mut known, (table, column), &format!("{stored} NOT IN ({marks})"), (names.collect(), of(company)))
            .await?;
        let mut own = Check::new("types", format!("does {table}.{column}_id name rows of the own company alone?"));
        for (names, target) in kinds {
            let owner = if target == "companies" { "r.id" } else { "r.company_id" };
            let from = format!("{table} t JOIN {target} r ON r.id = t.{column}_id");
            let Where { text, mut args } = of(company);
            let text = format!("{text} AND {stored} IN (?, ?)");
            args.extend(names.map(Arg::from));
            let bad = format!("{owner} <> t.company_id");
            joined(db, &mut own, (&from, &bad), (table, "id", owner), Where { text, args }).await?;
        }
        checks.extend([known, own]);
    }
    Ok(checks)
}

/// Counts types that are no names, and tells the first of them.
async fn unknown(
    db: &Database,
    check: &mut Check,
    (table, column): (&str, &str),
    bad: &str,
    (names, Where { text, args }): (Vec<Arg>, Where),
) -> Result<(), Error> {
    let id = db.dialect().integer("t.id");
    let stored = db.dialect().text(&format!("t.{column}_type"));
    let count = |bad: &str| {
        let all = db.dialect().integer("COUNT(*)");
        PlatformSql::composed(
            "the doctor counts polymorphic types that are no known names",
            format!("SELECT {all} FROM {table} t WHERE {text} AND t.{column}_type IS NOT NULL AND {bad}"),
        )
    };
    let number = |row: Option<crate::db::Row>| row.map_or(Ok(0), |row| row.int(0));
    let looked_at = number(db.platform().row(&count("1 = 1"), args.clone()).await?)?;
    let args: Vec<Arg> = args.into_iter().chain(names).collect();
    let found = number(db.platform().row(&count(bad), args.clone()).await?)?;
    check.looked_at = u64::try_from(looked_at).unwrap_or_default();
    check.found = u64::try_from(found).unwrap_or_default();
    if found > 0 {
        let told = PlatformSql::composed(
            "the doctor names polymorphic types that are no known names",
            format!(
                "SELECT {id}, {stored} FROM {table} t WHERE {text} AND t.{column}_type IS NOT NULL AND {bad} \
                 ORDER BY t.id LIMIT {TOLD}"
            ),
        );
        for row in db.platform().rows(&told, args).await? {
            let kind: String = row.text(1)?.chars().take(80).collect();
            check.examples.push(format!("{table} {} has the type {kind:?}", row.int(0)?));
        }
    }
    Ok(())
}

/// Is there a company to every row?
pub(super) async fn owners(db: &Database) -> Result<Vec<Check>, Error> {
    let mut checks = Vec::new();
    for table in OWNED {
        let mut check = Check::new("owners", format!("is there a company to every row of {table}?"));
        let (company, all) = (db.dialect().integer("t.company_id"), db.dialect().integer("COUNT(*)"));
        let homeless = PlatformSql::composed(
            "the doctor counts rows by their company",
            format!(
                "SELECT {company}, {all}, MAX(c.id) FROM {table} t LEFT JOIN companies c ON c.id = t.company_id \
                 WHERE t.company_id IS NOT NULL GROUP BY t.company_id"
            ),
        );
        for row in db.platform().rows(&homeless, vec![]).await? {
            let (company, rows) = (row.int(0)?, row.int(1)?);
            check.looked_at += u64::try_from(rows).unwrap_or_default();
            if row.opt_int(2)?.is_none() {
                check.finds(format!("{rows} rows of {table} belong to company {company}, which there is not"));
            }
        }
        checks.push(check);
    }
    Ok(checks)
}
