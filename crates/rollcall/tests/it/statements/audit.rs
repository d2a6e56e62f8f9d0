//! The auditor: a statement's tree, and whether each tenant's table in it is held to the statement's company.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Delete, Expr, FromTable, Insert, Join, JoinConstraint, JoinOperator, Query, Select, SelectItem,
    SetExpr, Statement, TableFactor, TableObject, TableWithJoins, Value, Visit, Visitor,
};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

/// Tables with a `company_id`: the contract's and Rollcall's own.
const TENANTS: &[&str] = &[
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
    "security_events",
    "import_keys",
];

/// What stands for the bound company while a statement is parsed.
const COMPANY: &str = "the company";

/// A tenant's statement: an error says which table is not held to the company.
pub fn audit(sql: &str) -> Result<(), String> {
    let statement = parse(sql)?;
    let mut auditor = Auditor { problem: None };
    auditor.statement(&statement);
    let _ = statement.visit(&mut auditor);
    auditor.problem.map_or(Ok(()), Err)
}

/// Whether a statement names any tenant's table.
pub fn touches_a_tenant(sql: &str) -> Result<bool, String> {
    struct Tables(bool);
    impl Visitor for Tables {
        type Break = ();

        fn pre_visit_relation(&mut self, relation: &sqlparser::ast::ObjectName) -> ControlFlow<()> {
            self.0 |= TENANTS.contains(&relation.to_string().to_lowercase().as_str());
            ControlFlow::Continue(())
        }
    }
    let mut tables = Tables(false);
    let _ = parse(sql)?.visit(&mut tables);
    Ok(tables.0)
}

fn parse(sql: &str) -> Result<Statement, String> {
    let sql = sql.replace(":company", &format!("'{COMPANY}'"));
    let dialects: [&dyn Dialect; 4] = [&GenericDialect {}, &MySqlDialect {}, &PostgreSqlDialect {}, &SQLiteDialect {}];
    let mut last = String::new();
    for dialect in dialects {
        match Parser::parse_sql(dialect, &sql) {
            Ok(mut statements) if statements.len() == 1 => return Ok(statements.remove(0)),
            Ok(statements) => return Err(format!("{} statements in one", statements.len())),
            Err(error) => last = error.to_string(),
        }
    }
    Err(format!("cannot be parsed: {last}"))
}

struct Auditor {
    problem: Option<String>,
}

impl Visitor for Auditor {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.body(&query.body);
        ControlFlow::Continue(())
    }
}

impl Auditor {
    fn complain(&mut self, why: String) {
        self.problem.get_or_insert(why);
    }

    /// Queries inside are visited by themselves.
    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(_) => {}
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.tables(std::slice::from_ref(&update.table), update.selection.as_ref()),
            Statement::Delete(delete) => self.delete(delete),
            other => self.complain(format!("a tenant's statement does not do this: {other}")),
        }
    }

    fn delete(&mut self, delete: &Delete) {
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        self.tables(tables, delete.selection.as_ref());
    }

    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(name) = &insert.table else { return self.complain("an odd table".to_owned()) };
        let name = name.to_string();
        if !TENANTS.contains(&name.as_str()) {
            return self.complain(format!("a tenant's statement writes {name}"));
        }
        let position = insert.columns.iter().position(|column| column.to_string() == "company_id");
        let rows = insert.source.as_deref().map(|query| values(&query.body));
        match (position, rows) {
            (Some(at), Some(Some(rows))) if rows.iter().all(|row| row.get(at).is_some_and(is_company)) => {}
            _ => self.complain(format!("rows of {name} are not the company's")),
        }
    }

    fn body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.tables(&select.from, select.selection.as_ref()),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            SetExpr::Query(_) | SetExpr::Values(_) => {}
            other => self.complain(format!("an odd query: {other}")),
        }
    }

    /// Each tenant's table among `tables` has a condition of its own that must hold for every row.
    fn tables(&mut self, tables: &[TableWithJoins], selection: Option<&Expr>) {
        let lonely = tables.len() == 1 && tables[0].joins.is_empty();
        let mut conditions = Vec::new();
        selection.into_iter().for_each(|condition| all_of(condition, &mut conditions));
        for table in tables {
            // An inner join's condition holds for both of its sides, an outer one's for the joined table alone.
            let mut here = conditions.clone();
            for join in &table.joins {
                if let JoinOperator::Join(JoinConstraint::On(on)) | JoinOperator::Inner(JoinConstraint::On(on)) =
                    &join.join_operator
                {
                    all_of(on, &mut here);
                }
            }
            self.factor(&table.relation, &here, lonely);
            for join in &table.joins {
                let mut there = here.clone();
                outer(join).into_iter().for_each(|on| all_of(on, &mut there));
                self.factor(&join.relation, &there, lonely);
            }
        }
    }

    fn factor(&mut self, factor: &TableFactor, conditions: &[&Expr], lonely: bool) {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                let name = name.to_string().to_lowercase();
                let column = match name.as_str() {
                    "companies" => "id",
                    name if TENANTS.contains(&name) => "company_id",
                    "pending" => return,
                    _ => return self.complain(format!("a tenant's statement reads {name}")),
                };
                let called = alias.as_ref().map_or(name.clone(), |alias| alias.name.value.clone());
                if !conditions.iter().any(|condition| holds(condition, &called, column, lonely)) {
                    self.complain(format!("{name} (as {called}) is not held to the company"));
                }
            }
            TableFactor::Derived { .. } => {}
            other => self.complain(format!("an odd table: {other}")),
        }
    }
}

fn outer(join: &Join) -> Option<&Expr> {
    match &join.join_operator {
        JoinOperator::Left(JoinConstraint::On(on)) | JoinOperator::LeftOuter(JoinConstraint::On(on)) => Some(on),
        _ => None,
    }
}

/// The conditions that all have to hold: the parts of a chain of ANDs.
fn all_of<'a>(condition: &'a Expr, into: &mut Vec<&'a Expr>) {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            all_of(left, into);
            all_of(right, into);
        }
        Expr::Nested(inner) => all_of(inner, into),
        other => into.push(other),
    }
}

/// `called.column = the company`; without a name before it where there is but one table.
fn holds(condition: &Expr, called: &str, column: &str, lonely: bool) -> bool {
    let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = condition else { return false };
    let (named, other) = if is_company(right) { (left, right) } else { (right, left) };
    is_company(other) && names(named, called, column, lonely)
}

fn names(expression: &Expr, called: &str, column: &str, lonely: bool) -> bool {
    match expression {
        Expr::Identifier(name) => lonely && name.value == column,
        Expr::CompoundIdentifier(path) => {
            matches!(path.as_slice(), [table, name] if table.value == called && name.value == column)
        }
        Expr::Nested(inner) => names(inner, called, column, lonely),
        // `company_id + 0`: the same value, without the index.
        Expr::BinaryOp { left, op: BinaryOperator::Plus, right } => {
            right.to_string() == "0" && names(left, called, column, lonely)
        }
        _ => false,
    }
}

fn is_company(expression: &Expr) -> bool {
    matches!(expression, Expr::Value(value) if value.value == Value::SingleQuotedString(COMPANY.to_owned()))
}

/// The rows of VALUES, or the one of a SELECT.
fn values(body: &SetExpr) -> Option<Vec<Vec<Expr>>> {
    match body {
        SetExpr::Values(values) => Some(values.rows.iter().map(|row| row.iter().cloned().collect()).collect()),
        SetExpr::Select(select) => selected(select).map(|row| vec![row]),
        _ => None,
    }
}

fn selected(select: &Select) -> Option<Vec<Expr>> {
    let expression = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } => {
            Some(expression.clone())
        }
        _ => None,
    };
    select.projection.iter().map(expression).collect()
}

#[test]
fn what_is_held_to_the_company_passes() {
    for sql in [
        "SELECT id FROM staff WHERE company_id = :company AND is_active = TRUE",
        "SELECT timezone FROM companies WHERE id = :company",
        "SELECT a.id FROM appointments a JOIN customers c ON c.id = a.customer_id AND c.company_id = :company \
         WHERE a.company_id = :company",
        "SELECT s.id FROM staff s LEFT JOIN branches b ON b.id = s.branch_id AND b.company_id = :company \
         WHERE s.company_id = :company",
        "DELETE FROM change_log WHERE company_id + 0 = :company AND id IN (?, ?)",
        "INSERT INTO day_summaries (company_id, day) VALUES (:company, ?), (:company, ?)",
        "SELECT id FROM staff WHERE company_id = :company AND EXISTS \
         (SELECT 1 FROM users u WHERE u.company_id = :company)",
    ] {
        assert_eq!(audit(sql), Ok(()), "{sql}");
    }
}

#[test]
fn what_is_not_is_caught() {
    for sql in [
        "SELECT COUNT(*) FROM appointments",
        "SELECT id FROM staff WHERE company_id = ?",
        "SELECT id FROM staff WHERE company_id = :company OR is_active = TRUE",
        "SELECT id FROM staff WHERE NOT (company_id = :company)",
        "SELECT id FROM staff WHERE company_id <> :company",
        "SELECT id FROM staff WHERE company_id >= :company",
        "SELECT id FROM staff WHERE id = :company",
        "SELECT id FROM companies WHERE slug = ? AND locale = :company",
        "SELECT id FROM staff WHERE company_id = :company UNION ALL SELECT id FROM customers",
        "SELECT id FROM staff WHERE company_id = :company AND EXISTS (SELECT 1 FROM users u WHERE u.id = staff.id)",
        "SELECT a.id FROM appointments a JOIN customers c ON c.id = a.customer_id WHERE a.company_id = :company",
        "SELECT a.id FROM appointments a, customers c WHERE a.company_id = :company AND c.company_id = a.company_id OR 1 = 1",
        "SELECT s.id FROM staff s LEFT JOIN branches b ON b.id = s.branch_id WHERE s.company_id = :company",
        "SELECT s.id FROM staff s LEFT JOIN branches b ON s.company_id = :company AND b.company_id = :company",
        "SELECT a.id FROM appointments a JOIN staff s ON s.company_id = :company WHERE company_id = :company",
        "SELECT top.id FROM (SELECT id FROM customers) AS top",
        "SELECT (SELECT COUNT(*) FROM staff) FROM companies WHERE id = :company",
        "WITH c AS (SELECT id FROM customers) SELECT 1 FROM companies WHERE id = :company",
        "UPDATE staff SET name = :company WHERE id = ?",
        "DELETE FROM staff WHERE id = ?",
        "DELETE FROM change_log WHERE company_id + 1 = :company",
        "INSERT INTO staff (company_id, name) VALUES (:company, ?), (?, ?)",
        "INSERT INTO staff (name, company_id) VALUES (:company, ?)",
        "INSERT INTO staff (company_id, name) SELECT company_id, name FROM customers WHERE company_id = :company",
        "SELECT id FROM sessions WHERE user_id = :company",
        "TRUNCATE TABLE staff",
        "DROP TABLE staff",
    ] {
        assert!(audit(sql).is_err(), "{sql}");
    }
}

#[test]
fn a_tenants_table_is_seen_wherever_it_stands() {
    assert_eq!(touches_a_tenant("SELECT id FROM sessions WHERE id IN (SELECT user_id FROM user_analytics)"), Ok(true));
    assert_eq!(touches_a_tenant("INSERT INTO users (id) VALUES (?)"), Ok(true));
    assert_eq!(touches_a_tenant("SELECT id FROM companies"), Ok(false));
}
