//! Triggers that tell the change log what a writer touched, whoever the writer is.
//!
//! They append and do nothing else, so that no writer ever waits for another. An update that leaves the subject alone
//! writes one line, one that moves a row (to another day, customer or company) writes two.
//!
//! They run for whoever writes, who may have another search path, another time zone and no right to the change log: on
//! PostgreSQL with the rights of whoever made them, as MySQL's always do, and with instants in UTC.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::super::Dialect;
use super::ground::Ground;
use super::run;

pub(crate) const NAME: &str = "m0004_change_log_triggers";

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        NAME
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ground = Ground::of(manager.get_connection()).await?;
        for statement in WATCHED.iter().flat_map(|watch| watch.create(&ground)) {
            run(manager, &statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = super::dialect(manager);
        for statement in WATCHED.iter().flat_map(|watch| watch.drop(dialect)) {
            run(manager, &statement).await?;
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

/// Whose rights a function of PostgreSQL has, and that nobody else's functions or tables are mistaken for what it names.
const RIGHTS: &str = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp";

impl Watch {
    fn name(&self, event: &str) -> String {
        format!("rollcall_{}_{event}", self.table)
    }

    pub(crate) fn table(&self) -> &'static str {
        self.table
    }

    /// The subject of the row `side` (NEW or OLD).
    fn subject(&self, side: &str, ground: &Ground) -> String {
        let part = |column: &&str| match ground.dialect {
            // What TIMESTAMP reads as is for each session to choose; its seconds since 1970 are not.
            Dialect::MySql if ground.is_zoned(self.table, column) => format!(
                "COALESCE(DATE_ADD('1970-01-01 00:00:00', INTERVAL NULLIF(UNIX_TIMESTAMP({side}.{column}), 0) SECOND), '')"
            ),
            Dialect::Sqlite | Dialect::MySql => format!("COALESCE({side}.{column}, '')"),
            // Not a cast: how that writes an instant is for each session to choose.
            Dialect::Postgres if column.ends_with("_at") => {
                let zone = if ground.is_zoned(self.table, column) { " AT TIME ZONE 'UTC'" } else { "" };
                format!("COALESCE(to_char({side}.{column}{zone}, 'YYYY-MM-DD HH24:MI:SS'), '')")
            }
            Dialect::Postgres => format!("COALESCE({side}.{column}::text, '')"),
        };
        let parts: Vec<_> = self.subject.iter().map(part).collect();
        match (parts.as_slice(), ground.dialect) {
            ([], _) => "''".to_owned(),
            (parts, Dialect::MySql) => format!("CONCAT({})", parts.join(", '|', ")),
            (parts, _) => parts.join(" || '|' || "),
        }
    }

    /// The values of a line about the row `side`; `mark` says what became of it.
    fn line(&self, side: &str, mark: char, ground: &Ground) -> String {
        let subject = self.subject(side, ground);
        let marked = match ground.dialect {
            Dialect::MySql => format!("CONCAT('{mark}', {subject})"),
            Dialect::Sqlite | Dialect::Postgres => format!("'{mark}' || {subject}"),
        };
        format!("{side}.{}, '{}', {marked}", self.company, self.scope)
    }

    /// Whether an update moved the row: its old line says something that the new one does not.
    fn moved(&self, ground: &Ground) -> String {
        let differs = |column: &str| match ground.dialect {
            Dialect::Sqlite => format!("OLD.{column} IS NOT NEW.{column}"),
            // The column's collation may take `europe/berlin` for `Europe/Berlin`.
            Dialect::MySql if column == "timezone" => format!("NOT (BINARY OLD.{column} <=> BINARY NEW.{column})"),
            Dialect::MySql if ground.is_zoned(self.table, column) => {
                format!("NOT (UNIX_TIMESTAMP(OLD.{column}) <=> UNIX_TIMESTAMP(NEW.{column}))")
            }
            Dialect::MySql => format!("NOT (OLD.{column} <=> NEW.{column})"),
            Dialect::Postgres => format!("OLD.{column} IS DISTINCT FROM NEW.{column}"),
        };
        let columns = std::iter::once(self.company).chain(self.subject.iter().copied());
        let columns: std::collections::BTreeSet<_> = columns.collect();
        columns.into_iter().map(differs).collect::<Vec<_>>().join(" OR ")
    }

    fn create(&self, ground: &Ground) -> Vec<String> {
        match ground.dialect {
            Dialect::Sqlite => self.create_sqlite(ground),
            Dialect::MySql => self.create_mysql(ground),
            Dialect::Postgres => self.create_postgres(ground),
        }
    }

    /// The statements that make its triggers, in place of those that are there.
    pub(super) fn remake(&self, ground: &Ground) -> Vec<String> {
        self.drop(ground.dialect).into_iter().chain(self.create(ground)).collect()
    }

    /// The names of its triggers.
    pub(crate) fn names(&self, dialect: Dialect) -> Vec<String> {
        let events: &[&str] =
            dialect.pick(&["ins", "upd", "mov", "del", "rep", "dis"], &["ins", "upd", "del"], &["log", "emp"]);
        events.iter().map(|event| self.name(event)).collect()
    }

    /// The names of its triggers, each with the statement that says what it does: on PostgreSQL, that of its function.
    pub(super) fn statements(&self, ground: &Ground) -> Vec<(String, String)> {
        let kind = ground.dialect.pick("TRIGGER", "TRIGGER", "FUNCTION");
        let all = self.create(ground);
        let of = |name: &String| {
            let starts = |rest: &str| rest.starts_with([' ', '(']);
            let head = format!("CREATE {kind} {name}");
            all.iter().find(|statement| statement.strip_prefix(&head).is_some_and(starts)).cloned()
        };
        self.names(ground.dialect).into_iter().map(|name| (name.clone(), of(&name).unwrap_or_default())).collect()
    }

    /// On PostgreSQL a trigger is dropped by the table's owner alone, but goes with its function, which is Rollcall's.
    pub(super) fn drop(&self, dialect: Dialect) -> Vec<String> {
        let drop = |name: String| match dialect {
            Dialect::Sqlite | Dialect::MySql => format!("DROP TRIGGER IF EXISTS {name}"),
            Dialect::Postgres => format!("DROP FUNCTION IF EXISTS {name}() CASCADE"),
        };
        self.names(dialect).into_iter().map(drop).collect()
    }

    fn create_sqlite(&self, ground: &Ground) -> Vec<String> {
        let (table, company) = (self.table, self.company);
        let line = |side, mark| self.line(side, mark, ground);
        let insert = "INSERT INTO change_log (company_id, scope, subject) VALUES";
        let moved = self.moved(ground);
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

    fn create_mysql(&self, ground: &Ground) -> Vec<String> {
        let (table, company) = (self.table, self.company);
        let insert = |side, mark| {
            format!(
                "IF {side}.{company} IS NOT NULL THEN INSERT INTO change_log (company_id, scope, subject) \
                 VALUES ({}); END IF;",
                self.line(side, mark, ground)
            )
        };
        let trigger = |event: &str, when: &str, body: &str| {
            format!("CREATE TRIGGER {} AFTER {when} ON {table} FOR EACH ROW BEGIN {body} END", self.name(event))
        };
        let update = format!(
            "IF {} THEN {} {} ELSE {} END IF;",
            self.moved(ground),
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

    fn create_postgres(&self, ground: &Ground) -> Vec<String> {
        let (table, company, name, schema) = (self.table, self.company, self.name("log"), &ground.schema);
        let insert = |side, mark| {
            format!(
                "IF {side}.{company} IS NOT NULL THEN INSERT INTO {schema}change_log (company_id, scope, subject) \
                 VALUES ({}); END IF;",
                self.line(side, mark, ground)
            )
        };
        let function = format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {RIGHTS} AS $$ BEGIN \
             IF TG_OP = 'INSERT' THEN {inserted} \
             ELSIF TG_OP = 'DELETE' THEN {deleted} \
             ELSIF {moved} THEN {deleted} {inserted} \
             ELSE {kept} END IF; RETURN NULL; END $$",
            inserted = insert("NEW", '+'),
            deleted = insert("OLD", '-'),
            kept = insert("NEW", '='),
            moved = self.moved(ground),
        );
        let trigger = format!(
            "CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        );
        // TRUNCATE names no row: whose rows there were nobody knows, so everybody starts over.
        let emptied = self.name("emp");
        let everybody = format!(
            "CREATE FUNCTION {emptied}() RETURNS trigger LANGUAGE plpgsql {RIGHTS} AS $$ BEGIN \
             INSERT INTO {schema}change_log (company_id, scope, subject) \
             SELECT company_id, 'company', '+' FROM {schema}company_versions; \
             RETURN NULL; END $$"
        );
        let truncate = format!(
            "CREATE TRIGGER {emptied} AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {emptied}()"
        );
        vec![function, trigger, everybody, truncate]
    }
}
