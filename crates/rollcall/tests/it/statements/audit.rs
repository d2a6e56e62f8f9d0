//! The auditor: a statement as `sqlparser` reads it, and whether each tenant's table in it is held to `:company`.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    AssignmentTarget, BinaryOperator, Delete, Expr, FromTable, Insert, Join, JoinConstraint, JoinOperator, ObjectName,
    Query, Select, SelectItem, SetExpr, Statement, TableFactor, TableObject, TableWithJoins, Update, Value, Visit,
    Visitor,
};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

/// The tables whose rows belong to a company.
const TENANTS: [&str; 37] = [
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
    "change_log",
    "company_versions",
    "day_summaries",
    "customer_summaries",
    "company_summaries",
    "company_settings",
    "deliveries",
    "import_keys",
    "idempotency_keys",
    "security_events",
    "audit_log",
    "rollcall_people",
    "rollcall_links",
    "rollcall_arrangements",
    "rollcall_deleted",
    "rollcall_set_aside",
    "rollcall_bulk",
    "rollcall_bulk_rows",
    "rollcall_reports",
    "rollcall_report_recipients",
    "rollcall_report_mails",
    "search_words",
    "rollcall_seen",
    "rollcall_imports",
    "rollcall_first_steps",
];

/// Whether a tenant's statement is held to its company wherever it touches a table.
pub fn audit(sql: &str) -> Result<(), String> {
    let mut auditor = Auditor::default();
    let _ = parse(sql)?.visit(&mut Ctes(&mut auditor.ctes));
    let statement = parse(sql)?;
    auditor.statement(&statement);
    let _ = statement.visit(&mut auditor);
    if auditor.seen != auditor.checked {
        auditor.offences.push(format!("{} tables, {} understood", auditor.seen, auditor.checked));
    }
    if auditor.offences.is_empty() { Ok(()) } else { Err(format!("{}: {sql}", auditor.offences.join("; "))) }
}

fn parse(sql: &str) -> Result<Statement, String> {
    let dialects: [&dyn Dialect; 4] = [&MySqlDialect {}, &GenericDialect {}, &SQLiteDialect {}, &PostgreSqlDialect {}];
    let mut error = String::new();
    for dialect in dialects {
        match Parser::parse_sql(dialect, sql).as_deref() {
            Ok([statement]) => return Ok(statement.clone()),
            Ok(statements) => return Err(format!("{} statements: {sql}", statements.len())),
            Err(failure) => error = failure.to_string(),
        }
    }
    Err(format!("{error}: {sql}"))
}

struct Ctes<'a>(&'a mut BTreeSet<String>);

impl Visitor for Ctes<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        self.0.extend(ctes.map(|cte| cte.alias.name.value.clone()));
        ControlFlow::Continue(())
    }
}

#[derive(Default)]
struct Auditor {
    ctes: BTreeSet<String>,
    offences: Vec<String>,
    /// References to tables, as the parser's own walk meets them, and those that were understood.
    seen: usize,
    checked: usize,
}

impl Visitor for Auditor {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.seen += usize::from(!self.ctes.contains(&relation.to_string()));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.tables(&select.from, select.selection.as_ref());
        ControlFlow::Continue(())
    }
}

/// What holds in every row of an answer.
#[derive(Default)]
struct Facts {
    /// Aliases that `company_id = :company` (or `id = :company`) holds for, by column.
    bound: BTreeSet<(String, String)>,
    /// Aliases of which the second is of the first's company.
    same: Vec<(String, String)>,
}

impl Auditor {
    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(_) => {}
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            other => self.offences.push(format!("no query: {other}")),
        }
    }

    /// The tables of one `FROM`, under the condition that belongs to it.
    fn tables(&mut self, from: &[TableWithJoins], condition: Option<&Expr>) {
        let mut tables = Vec::new();
        for item in from {
            self.chain(item, &mut tables);
        }
        let alone = (tables.len() == 1).then(|| tables[0].1.clone());
        let mut facts = Facts::default();
        if let Some(condition) = condition {
            facts.learn(condition, alone.as_deref(), None);
        }
        from.iter().for_each(|item| learn_joins(item, &mut facts));
        facts.spread();
        for (table, alias) in tables {
            self.table(&table, &alias, &facts);
        }
    }

    /// The named tables of a chain of joins, with their aliases.
    fn chain(&mut self, item: &TableWithJoins, into: &mut Vec<(String, String)>) {
        let factors = std::iter::once(&item.relation).chain(item.joins.iter().map(|join| &join.relation));
        for factor in factors {
            match factor {
                TableFactor::Table { name, alias, .. } => {
                    let name = name.to_string();
                    let alias = alias.as_ref().map_or_else(|| name.clone(), |alias| alias.name.value.clone());
                    into.push((name, alias));
                }
                TableFactor::Derived { .. } => into.push((String::new(), String::new())),
                other => self.offences.push(format!("no table: {other}")),
            }
        }
        for join in &item.joins {
            if !matches!(join.join_operator, JoinOperator::Join(_) | JoinOperator::Inner(_)) && outer(join).is_none() {
                self.offences.push(format!("a join that the auditor does not know: {join}"));
            }
        }
    }

    fn table(&mut self, table: &str, alias: &str, facts: &Facts) {
        if table.is_empty() || self.ctes.contains(table) {
            return;
        }
        self.checked += 1;
        let column = match table {
            "companies" => "id",
            tenant if TENANTS.contains(&tenant) => "company_id",
            other => {
                self.offences.push(format!("`{other}` is no tenant's table"));
                return;
            }
        };
        if !facts.bound.contains(&(alias.to_owned(), column.to_owned())) {
            self.offences.push(format!("`{table} {alias}` without {column} = :company"));
        }
    }

    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(name) = &insert.table else {
            self.offences.push("an insert into no table".to_owned());
            return;
        };
        let name = name.to_string();
        self.checked += 1;
        if !TENANTS.contains(&name.as_str()) {
            self.offences.push(format!("`{name}` is no tenant's table"));
        }
        let at = insert.columns.iter().position(|column| column.to_string() == "company_id");
        let bound = at.zip(insert.source.as_deref()).is_some_and(|(at, source)| match source.body.as_ref() {
            SetExpr::Values(values) => values.rows.iter().all(|row| row.content.get(at).is_some_and(is_company)),
            SetExpr::Select(select) => match select.projection.get(at) {
                Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => is_company(expr),
                _ => false,
            },
            _ => false,
        });
        if !bound {
            self.offences.push(format!("rows of `{name}` without :company as their company_id"));
        }
    }

    fn update(&mut self, update: &Update) {
        self.tables(std::slice::from_ref(&update.table), update.selection.as_ref());
        for assignment in &update.assignments {
            if let AssignmentTarget::ColumnName(column) = &assignment.target
                && column.to_string().ends_with("company_id")
            {
                self.offences.push("a row given to another company".to_owned());
            }
        }
        if update.from.is_some() {
            self.offences.push("an update from other tables".to_owned());
        }
    }

    fn delete(&mut self, delete: &Delete) {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        self.tables(from, delete.selection.as_ref());
        if delete.using.is_some() {
            self.offences.push("a delete by other tables".to_owned());
        }
    }
}

/// The alias whose rows a left join may leave out, and its condition.
fn outer(join: &Join) -> Option<(String, &JoinConstraint)> {
    let (JoinOperator::Left(on) | JoinOperator::LeftOuter(on)) = &join.join_operator else { return None };
    match &join.relation {
        TableFactor::Table { name, alias, .. } => {
            Some((alias.as_ref().map_or_else(|| name.to_string(), |alias| alias.name.value.clone()), on))
        }
        _ => None,
    }
}

fn learn_joins(item: &TableWithJoins, facts: &mut Facts) {
    for join in &item.joins {
        match (&join.join_operator, outer(join)) {
            (JoinOperator::Join(JoinConstraint::On(on)) | JoinOperator::Inner(JoinConstraint::On(on)), _) => {
                facts.learn(on, None, None);
            }
            // What a left join's condition says, it says of its own rows alone.
            (_, Some((alias, JoinConstraint::On(on)))) => facts.learn(on, None, Some(&alias)),
            _ => {}
        }
    }
}

impl Facts {
    /// Takes what `condition` says of every row; `alone` is the one table that bare columns belong to, `only` the one
    /// alias that is spoken of.
    fn learn(&mut self, condition: &Expr, alone: Option<&str>, only: Option<&str>) {
        match condition {
            Expr::Nested(inner) => self.learn(inner, alone, only),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.learn(left, alone, only);
                self.learn(right, alone, only);
            }
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                let spoken_of = |alias: &str| only.is_none_or(|only| only == alias);
                match (column(left, alone), column(right, alone)) {
                    (Some(it), None) if is_company(right) && spoken_of(&it.0) => _ = self.bound.insert(it),
                    (None, Some(it)) if is_company(left) && spoken_of(&it.0) => _ = self.bound.insert(it),
                    (Some(a), Some(b)) if a.1 == "company_id" && b.1 == "company_id" => {
                        if spoken_of(&a.0) {
                            self.same.push((b.0.clone(), a.0.clone()));
                        }
                        if spoken_of(&b.0) {
                            self.same.push((a.0, b.0));
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Whoever is of the same company as one that is bound is bound.
    fn spread(&mut self) {
        for _ in 0..self.same.len() {
            for (from, to) in &self.same {
                if self.bound.contains(&(from.clone(), "company_id".to_owned())) {
                    self.bound.insert((to.clone(), "company_id".to_owned()));
                }
            }
        }
    }
}

fn is_company(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(&value.value, Value::Placeholder(name) if name == ":company"))
}

/// The alias and the name of a column; `company_id + 0`, which keeps an index out, is `company_id`.
fn column(expr: &Expr, alone: Option<&str>) -> Option<(String, String)> {
    match expr {
        Expr::Nested(inner) => column(inner, alone),
        Expr::Identifier(name) => Some((alone?.to_owned(), name.value.clone())),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [alias, name] => Some((alias.value.clone(), name.value.clone())),
            _ => None,
        },
        Expr::BinaryOp { left, op: BinaryOperator::Plus, right } if right.to_string() == "0" => column(left, alone),
        _ => None,
    }
}
