//! Triggers that tell the change log what a writer touched, whoever the writer is.
//!
//! They append and do nothing else, so that no writer ever waits for another. An update that leaves the subject alone
//! writes one line, one that moves a row (to another day, customer or company) writes two.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::super::Dialect;
use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_change_log_triggers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for watch in WATCHED {
            for statement in watch.create(dialect(manager)) {
                run(manager, &statement).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for watch in WATCHED {
            for statement in watch.drop(dialect(manager)) {
                run(manager, &statement).await?;
            }
        }
        Ok(())
    }
}

/// A watched table and what its lines in the change log say.
#[derive(Debug)]
pub struct Watch {
    table: &'static str,
    scope: &'static str,
    /// The column that names the company.
    company: &'static str,
    /// The columns whose values make the subject, joined by `|`.
    subject: &'static [&'static str],
    /// The columns of which each holds a different value in each row, the key first.
    unique: &'static [&'static str],
}

const fn watch(table: &'static str, scope: &'static str, subject: &'static [&'static str]) -> Watch {
    Watch { table, scope, company: "company_id", subject, unique: &["id"] }
}

/// Every watched table. `changes::log` reads the subjects.
pub const WATCHED: &[Watch] = &[
    watch("appointments", "appointment", &["starts_at", "created_at", "customer_id"]),
    watch("appointment_modification_stats", "stat", &["created_at", "customer_id"]),
    watch("appointment_modifications", "modification", &["created_at"]),
    watch("notification_queues", "notification", &["created_at"]),
    watch("policy_configurations", "policy", &[]),
    watch("notification_configurations", "notify_config", &[]),
    watch("customers", "customer", &["id"]),
    watch("staff", "staff", &["id"]),
    Watch { unique: &["id", "email"], ..watch("users", "user", &["id"]) },
    watch("branches", "branch", &[]),
    watch("services", "service", &[]),
    Watch { unique: &["company_id"], ..watch("company_settings", "settings", &[]) },
    Watch { company: "id", unique: &["id", "slug"], ..watch("companies", "company", &["timezone"]) },
];

impl Watch {
    fn name(&self, event: &str) -> String {
        format!("rollcall_{}_{event}", self.table)
    }

    /// The subject of the row `side` (NEW or OLD).
    fn subject(&self, side: &str, dialect: Dialect) -> String {
        let part = |column: &&str| match dialect {
            Dialect::Sqlite | Dialect::MySql => format!("COALESCE({side}.{column}, '')"),
            // Not a cast: how that writes an instant is for each session to choose.
            Dialect::Postgres if column.ends_with("_at") => {
                format!("COALESCE(to_char({side}.{column}, 'YYYY-MM-DD HH24:MI:SS'), '')")
            }
            Dialect::Postgres => format!("COALESCE({side}.{column}::text, '')"),
        };
        let parts: Vec<_> = self.subject.iter().map(part).collect();
        match (parts.as_slice(), dialect) {
            ([], _) => "''".to_owned(),
            (parts, Dialect::MySql) => format!("CONCAT({})", parts.join(", '|', ")),
            (parts, _) => parts.join(" || '|' || "),
        }
    }

    /// The values of a line about the row `side`; `mark` says what became of it.
    fn line(&self, side: &str, mark: char, dialect: Dialect) -> String {
        let subject = self.subject(side, dialect);
        let marked = match dialect {
            Dialect::MySql => format!("CONCAT('{mark}', {subject})"),
            Dialect::Sqlite | Dialect::Postgres => format!("'{mark}' || {subject}"),
        };
        format!("{side}.{}, '{}', {marked}", self.company, self.scope)
    }

    /// Whether an update moved the row: its old line says something that the new one does not.
    fn moved(&self, dialect: Dialect) -> String {
        let differs = |column: &str| match dialect {
            Dialect::Sqlite => format!("OLD.{column} IS NOT NEW.{column}"),
            // The column's collation may take `europe/berlin` for `Europe/Berlin`.
            Dialect::MySql if column == "timezone" => format!("NOT (BINARY OLD.{column} <=> BINARY NEW.{column})"),
            Dialect::MySql => format!("NOT (OLD.{column} <=> NEW.{column})"),
            Dialect::Postgres => format!("OLD.{column} IS DISTINCT FROM NEW.{column}"),
        };
        let columns = std::iter::once(self.company).chain(self.subject.iter().copied());
        let columns: std::collections::BTreeSet<_> = columns.collect();
        columns.into_iter().map(differs).collect::<Vec<_>>().join(" OR ")
    }

    fn create(&self, dialect: Dialect) -> Vec<String> {
        match dialect {
            Dialect::Sqlite => self.create_sqlite(),
            Dialect::MySql => self.create_mysql(),
            Dialect::Postgres => self.create_postgres(),
        }
    }

    /// Makes its triggers, in place of those that are there.
    pub(super) async fn remake(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for statement in self.drop(dialect(manager)).iter().chain(&self.create(dialect(manager))) {
            run(manager, statement).await?;
        }
        Ok(())
    }

    /// The names of its triggers.
    pub(super) fn names(&self, dialect: Dialect) -> Vec<String> {
        let events: &[&str] =
            dialect.pick(&["ins", "upd", "mov", "del", "rep", "dis"], &["ins", "upd", "del"], &["log", "emp"]);
        events.iter().map(|event| self.name(event)).collect()
    }

    /// The names of its triggers, each with the statement that says what it does: on PostgreSQL, that of its function.
    pub(super) fn statements(&self, dialect: Dialect) -> Vec<(String, String)> {
        let kind = dialect.pick("TRIGGER", "TRIGGER", "FUNCTION");
        let all = self.create(dialect);
        let of = |name: &String| {
            let starts = |rest: &str| rest.starts_with([' ', '(']);
            let head = format!("CREATE {kind} {name}");
            all.iter().find(|statement| statement.strip_prefix(&head).is_some_and(starts)).cloned()
        };
        self.names(dialect).into_iter().map(|name| (name.clone(), of(&name).unwrap_or_default())).collect()
    }

    fn drop(&self, dialect: Dialect) -> Vec<String> {
        let on = dialect.pick(String::new(), String::new(), format!(" ON {}", self.table));
        let mut statements: Vec<_> =
            self.names(dialect).iter().map(|name| format!("DROP TRIGGER IF EXISTS {name}{on}")).collect();
        if dialect == Dialect::Postgres {
            statements.extend(self.names(dialect).iter().map(|name| format!("DROP FUNCTION IF EXISTS {name}()")));
        }
        statements
    }

    fn create_sqlite(&self) -> Vec<String> {
        let (table, company) = (self.table, self.company);
        let line = |side, mark| self.line(side, mark, Dialect::Sqlite);
        let insert = "INSERT INTO change_log (company_id, scope, subject) VALUES";
        let moved = self.moved(Dialect::Sqlite);
        let trigger = |event: &str, when: &str, condition: &str, line: &str| {
            let name = self.name(event);
            format!("CREATE TRIGGER {name} {when} ON {table} WHEN {condition} BEGIN {insert} ({line}); END")
        };
        let (new, old) = (format!("NEW.{company} IS NOT NULL"), format!("OLD.{company} IS NOT NULL"));
        // REPLACE deletes without firing delete triggers unless recursive_triggers is on, and a foreign writer's
        // connection has it off: the rows that are about to go are looked up beforehand, by every unique column.
        let keys = self.unique.join(", ");
        let displaces = |event: &str, when: &str, own: &str| {
            let same = |key: &&str| format!("(gone.{key} = NEW.{key}{})", if *key == "id" { own } else { "" });
            let same = self.unique.iter().map(same).collect::<Vec<_>>().join(" OR ");
            let gone = format!("FROM {table} AS gone WHERE ({same})");
            let gone = if event == "dis" { format!("{gone} AND gone.{0} <> OLD.{0}", self.unique[0]) } else { gone };
            format!(
                "CREATE TRIGGER {} BEFORE {when} ON {table} WHEN EXISTS (SELECT 1 {gone}) BEGIN {} \
                 SELECT {} {gone} AND gone.{company} IS NOT NULL; END",
                self.name(event),
                "INSERT INTO change_log (company_id, scope, subject)",
                line("gone", '-'),
            )
        };
        vec![
            trigger("ins", "AFTER INSERT", &new, &line("NEW", '+')),
            trigger("upd", "AFTER UPDATE", &format!("{new} AND NOT ({moved})"), &line("NEW", '=')),
            format!(
                "CREATE TRIGGER {} AFTER UPDATE ON {table} WHEN {moved} BEGIN \
                 INSERT INTO change_log (company_id, scope, subject) SELECT {} WHERE {old}; \
                 INSERT INTO change_log (company_id, scope, subject) SELECT {} WHERE {new}; END",
                self.name("mov"),
                line("OLD", '-'),
                line("NEW", '+'),
            ),
            trigger("del", "AFTER DELETE", &old, &line("OLD", '-')),
            // Where the id is left to the database, NEW.id reads -1.
            displaces("rep", "INSERT", " AND NEW.id <> -1"),
            displaces("dis", &format!("UPDATE OF {keys}"), ""),
        ]
    }

    fn create_mysql(&self) -> Vec<String> {
        let (table, company) = (self.table, self.company);
        let insert = |side, mark| {
            format!(
                "IF {side}.{company} IS NOT NULL THEN INSERT INTO change_log (company_id, scope, subject) \
                 VALUES ({}); END IF;",
                self.line(side, mark, Dialect::MySql)
            )
        };
        let trigger = |event: &str, when: &str, body: &str| {
            format!("CREATE TRIGGER {} AFTER {when} ON {table} FOR EACH ROW BEGIN {body} END", self.name(event))
        };
        let update = format!(
            "IF {} THEN {} {} ELSE {} END IF;",
            self.moved(Dialect::MySql),
            insert("OLD", '-'),
            insert("NEW", '+'),
            insert("NEW", '=')
        );
        vec![
            trigger("ins", "INSERT", &insert("NEW", '+')),
            trigger("upd", "UPDATE", &update),
            trigger("del", "DELETE", &insert("OLD", '-')),
        ]
    }

    fn create_postgres(&self) -> Vec<String> {
        let (table, company, name) = (self.table, self.company, self.name("log"));
        let insert = |side, mark| {
            format!(
                "IF {side}.{company} IS NOT NULL THEN INSERT INTO change_log (company_id, scope, subject) \
                 VALUES ({}); END IF;",
                self.line(side, mark, Dialect::Postgres)
            )
        };
        let function = format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF TG_OP = 'INSERT' THEN {inserted} \
             ELSIF TG_OP = 'DELETE' THEN {deleted} \
             ELSIF {moved} THEN {deleted} {inserted} \
             ELSE {kept} END IF; RETURN NULL; END $$",
            inserted = insert("NEW", '+'),
            deleted = insert("OLD", '-'),
            kept = insert("NEW", '='),
            moved = self.moved(Dialect::Postgres),
        );
        let trigger = format!(
            "CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        );
        // TRUNCATE names no row: whose rows there were nobody knows, so everybody starts over.
        let emptied = self.name("emp");
        let everybody = format!(
            "CREATE FUNCTION {emptied}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO change_log (company_id, scope, subject) SELECT company_id, 'company', '+' FROM company_versions; \
             RETURN NULL; END $$"
        );
        let truncate = format!(
            "CREATE TRIGGER {emptied} AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {emptied}()"
        );
        vec![function, trigger, everybody, truncate]
    }
}
