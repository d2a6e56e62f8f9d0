//! The foreign application: chooses operations at random and remembers which rows there are.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::rows::{Cell, Values};
use crate::oracle::calendar::ZONES;
use crate::support::Backend;

/// The company that comes and goes.
pub const FLEETING: i64 = 4;

/// One statement.
pub struct Operation {
    pub sql: String,
    /// A table of which only the database knows which rows are left.
    pub reread: Option<&'static str>,
}

impl From<String> for Operation {
    fn from(sql: String) -> Self {
        Self { sql, reread: None }
    }
}

/// Ids of the rows that there are, by table.
pub type Rows = BTreeMap<&'static str, BTreeSet<i64>>;

/// A table, how often it is written to (of 100), and the highest id that single inserts use.
const TABLES: [(&str, u32, i64); 10] = [
    ("appointments", 34, 500),
    ("appointment_modification_stats", 14, 250),
    ("notification_queues", 16, 300),
    ("appointment_modifications", 8, 150),
    ("policy_configurations", 6, 50),
    ("notification_configurations", 4, 30),
    ("customers", 7, 40),
    ("staff", 5, 25),
    ("users", 3, 15),
    ("branches", 3, 10),
];

pub struct Writer {
    values: Values,
    rows: Rows,
    /// Where bulk loads put their rows next: above all ids that single inserts use.
    bulk: i64,
}

impl Writer {
    pub fn new(backend: Backend, seed: u64) -> Self {
        Self { values: Values::new(ChaCha8Rng::seed_from_u64(seed), backend), rows: Rows::new(), bulk: 10_000 }
    }

    pub fn chance(&mut self, chance: f64) -> bool {
        self.values.rng.random_bool(chance)
    }

    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        self.values.rng.random_range(least..=most)
    }

    pub fn rows(&self) -> Rows {
        self.rows.clone()
    }

    pub fn restore(&mut self, rows: Rows) {
        self.rows = rows;
    }

    pub fn reread(&mut self, table: &'static str, ids: BTreeSet<i64>) {
        self.rows.insert(table, ids);
    }

    /// What is there at first.
    pub fn companies(&mut self) -> Vec<String> {
        self.rows.insert("companies", (1..=FLEETING).collect());
        (1..=FLEETING).map(|id| self.company(id)).collect()
    }

    fn company(&mut self, id: i64) -> String {
        let zone = self.values.one(&ZONES);
        format!(
            "INSERT INTO companies (id, name, slug, timezone) VALUES ({id}, 'Company {id}', 'company-{id}', '{zone}')"
        )
    }

    /// What a foreign application may set for its session before a transaction.
    pub fn session(&mut self) -> Vec<&'static str> {
        match self.values.backend {
            Backend::Sqlite => {
                vec![self.values.one(&["PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers = OFF"])]
            }
            Backend::MariaDb => vec![self.values.one(&["SET autocommit = 1", "SET time_zone = '+09:30'"])],
            Backend::Postgres => {
                vec![self.values.one(&[
                    "SET DateStyle = 'German'",
                    "SET DateStyle = 'ISO'",
                    "SET DateStyle = 'SQL, DMY'",
                ])]
            }
        }
    }

    pub fn operation(&mut self) -> Operation {
        match self.between(0, 99) {
            0 => self.zone(),
            1 => self.fleeting(),
            2 => self.settings(),
            3..=7 => self.bulk_update(),
            8..=9 => self.bulk_insert(),
            10 => self.bulk_delete(),
            11 => self.services(),
            _ => self.single(),
        }
    }

    fn zone(&mut self) -> Operation {
        let (zone, id) = (self.values.one(&ZONES), self.between(1, FLEETING));
        format!("UPDATE companies SET timezone = '{zone}', locale = 'en' WHERE id = {id}").into()
    }

    fn fleeting(&mut self) -> Operation {
        let companies = self.rows.entry("companies").or_default();
        if companies.remove(&FLEETING) {
            return format!("DELETE FROM companies WHERE id = {FLEETING}").into();
        }
        companies.insert(FLEETING);
        self.company(FLEETING).into()
    }

    fn settings(&mut self) -> Operation {
        let (id, capacity) = (self.between(1, FLEETING), self.between(1, 60));
        let currency = ["EUR", "CHF", "NPR"][usize::try_from(capacity.unsigned_abs() % 3).unwrap()];
        let end = match self.values.backend {
            Backend::MariaDb => {
                "ON DUPLICATE KEY UPDATE staff_capacity = VALUES(staff_capacity), currency = VALUES(currency)"
            }
            _ => {
                "ON CONFLICT (company_id) DO UPDATE SET staff_capacity = excluded.staff_capacity, \
                 currency = excluded.currency"
            }
        };
        if self.chance(0.2) {
            return format!("DELETE FROM company_settings WHERE company_id = {id}").into();
        }
        let columns = "company_id, staff_capacity, currency";
        format!("INSERT INTO company_settings ({columns}) VALUES ({id}, {capacity}, '{currency}') {end}").into()
    }

    fn services(&mut self) -> Operation {
        let id = self.between(1, 10);
        let row = self.values.named(id);
        self.insert_or_change("services", id, &row)
    }

    fn row(&mut self, table: &str, id: i64) -> Vec<Cell> {
        let values = &mut self.values;
        match table {
            "appointments" => values.appointment(),
            "appointment_modification_stats" => values.stat(),
            "notification_queues" => values.notification(),
            "appointment_modifications" => values.modification(),
            "policy_configurations" => values.policy(),
            "notification_configurations" => values.notification_configuration(),
            "customers" => values.customer(id),
            "staff" => values.staff(id),
            "users" => values.user(id),
            _ => values.named(id),
        }
    }

    fn table(&mut self) -> (&'static str, i64) {
        let mut at = self.values.rng.random_range(0..TABLES.iter().map(|table| table.1).sum());
        for (table, weight, most) in TABLES {
            if at < weight {
                return (table, most);
            }
            at -= weight;
        }
        (TABLES[0].0, TABLES[0].2)
    }

    fn single(&mut self) -> Operation {
        let (table, most) = self.table();
        let id = self.between(1, most);
        let row = self.row(table, id);
        self.insert_or_change(table, id, &row)
    }

    fn insert_or_change(&mut self, table: &'static str, id: i64, row: &[Cell]) -> Operation {
        if self.rows.entry(table).or_default().insert(id) {
            return insert("INSERT", table, id, row, "").into();
        }
        match self.between(0, 99) {
            0..=54 => self.update(table, id, row),
            55..=69 => {
                self.rows.entry(table).or_default().remove(&id);
                format!("DELETE FROM {table} WHERE id = {id}").into()
            }
            70..=79 if table == "appointments" || table == "policy_configurations" => {
                let deleted = self.values.deleted_at(0.5);
                format!("UPDATE {table} SET deleted_at = {deleted} WHERE id = {id}").into()
            }
            70..=89 => self.replace(table, id, row),
            _ => self.renumber(table, id),
        }
    }

    /// Some columns of the row, never the unique ones.
    fn update(&mut self, table: &'static str, id: i64, row: &[Cell]) -> Operation {
        let all: Vec<_> = row.iter().filter(|(column, _)| *column != "email").collect();
        let kept: Vec<_> = all.iter().filter(|_| self.values.rng.random_bool(0.3)).map(|cell| assign(cell)).collect();
        let set = if kept.is_empty() { assign(all[0]) } else { kept.join(", ") };
        format!("UPDATE {table} SET {set} WHERE id = {id}").into()
    }

    fn replace(&mut self, table: &'static str, id: i64, row: &[Cell]) -> Operation {
        let set = |of: &dyn Fn(&str) -> String| {
            row.iter().map(|(column, _)| format!("{column} = {}", of(column))).collect::<Vec<_>>().join(", ")
        };
        match (self.values.backend, self.between(0, 1)) {
            (Backend::MariaDb, 0) => {
                let end = format!("ON DUPLICATE KEY UPDATE {}", set(&|column| format!("VALUES({column})")));
                insert("INSERT", table, id, row, &end).into()
            }
            (Backend::Postgres, _) | (Backend::Sqlite, 0) => {
                let end = format!("ON CONFLICT (id) DO UPDATE SET {}", set(&|column| format!("excluded.{column}")));
                insert("INSERT", table, id, row, &end).into()
            }
            _ => {
                let mut row = row.to_vec();
                // A user may take another's address, and with it its place.
                if let Some(email) = row.iter_mut().find(|(column, _)| table == "users" && *column == "email") {
                    email.1 = self.values.taken_address();
                }
                Operation { sql: insert("REPLACE", table, id, &row, ""), reread: Some(table) }
            }
        }
    }

    /// The row gets another id, which on SQLite may be another row's.
    fn renumber(&mut self, table: &'static str, id: i64) -> Operation {
        let to = self.between(1, 60);
        let taken = self.rows.entry(table).or_default().contains(&to);
        let verb = if self.values.backend == Backend::Sqlite { "UPDATE OR REPLACE" } else { "UPDATE" };
        if taken && self.values.backend != Backend::Sqlite {
            return format!("DELETE FROM {table} WHERE id = 0").into();
        }
        Operation { sql: format!("{verb} {table} SET id = {to} WHERE id = {id}"), reread: Some(table) }
    }

    fn bulk_update(&mut self) -> Operation {
        let (a, b) = (self.between(1, 4), self.between(1, 4));
        let (instant, status) = (self.values.instant(), self.values.status());
        let (staff, customer) = (self.values.id(25), self.values.id(40));
        let (notifiable, configurable) = (self.values.notifiable(), self.values.configurable());
        let sql = match self.between(0, 10) {
            0 => format!("UPDATE appointments SET status = {status} WHERE company_id = {a} AND staff_id = {staff}"),
            1 => format!("UPDATE appointments SET starts_at = {instant} WHERE company_id = {a} AND staff_id = {staff}"),
            2 => {
                format!("UPDATE appointments SET company_id = {b} WHERE company_id = {a} AND customer_id = {customer}")
            }
            3 => format!("UPDATE appointments SET customer_id = {customer} WHERE staff_id = {staff}"),
            4 => format!("UPDATE customers SET company_id = {b} WHERE company_id = {a} AND id < {customer}"),
            5 => format!("UPDATE staff SET company_id = {b}, is_active = TRUE WHERE id = {staff}"),
            6 => format!(
                "UPDATE notification_queues SET status = 'failed', created_at = NULL WHERE notifiable_id = {staff}"
            ),
            7 => format!("UPDATE notification_queues SET notifiable_type = {notifiable} WHERE notifiable_id = {staff}"),
            8 => format!("UPDATE appointment_modification_stats SET count = count + 1 WHERE customer_id = {customer}"),
            9 => format!(
                "UPDATE policy_configurations SET configurable_type = {configurable} WHERE company_id = {a} AND configurable_id < 4"
            ),
            _ => format!(
                "UPDATE appointment_modifications SET within_policy = FALSE, created_at = {instant} WHERE customer_id = {customer}"
            ),
        };
        sql.into()
    }

    fn bulk_insert(&mut self) -> Operation {
        let (table, _) = self.table();
        self.bulk += 1_000;
        let first = self.bulk;
        if self.chance(0.5) && table != "users" {
            let columns: Vec<_> = self.row(table, 1).into_iter().map(|cell| cell.0).collect();
            let columns = columns.join(", ");
            let sql = format!(
                "INSERT INTO {table} (id, {columns}) SELECT id + {first}, {columns} FROM {table} WHERE id <= {}",
                self.between(5, 25)
            );
            return Operation { sql, reread: Some(table) };
        }
        let mut rows = Vec::new();
        let mut columns = String::new();
        for id in first..first + self.between(2, 25) {
            let row = self.row(table, id);
            columns = row.iter().map(|cell| cell.0).collect::<Vec<_>>().join(", ");
            rows.push(format!("({id}, {})", row.into_iter().map(|cell| cell.1).collect::<Vec<_>>().join(", ")));
            self.rows.entry(table).or_default().insert(id);
        }
        format!("INSERT INTO {table} (id, {columns}) VALUES {}", rows.join(", ")).into()
    }

    fn bulk_delete(&mut self) -> Operation {
        let (table, _) = self.table();
        let below = self.bulk - 2_000;
        let sql = format!("DELETE FROM {table} WHERE id > 1000 AND id < {below}");
        Operation { sql, reread: Some(table) }
    }
}

fn assign((column, value): &Cell) -> String {
    format!("{column} = {value}")
}

fn insert(verb: &str, table: &str, id: i64, row: &[Cell], end: &str) -> String {
    let columns: String = row.iter().map(|(column, _)| format!(", {column}")).collect();
    let values: String = row.iter().map(|(_, value)| format!(", {value}")).collect();
    format!("{verb} INTO {table} (id{columns}) VALUES ({id}{values}) {end}")
}
