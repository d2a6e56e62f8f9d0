//! The customers with most violations, and how they keep to policies otherwise.

use super::panel::{Column, Row, Rows, Unit, Value};
use super::{Choices, Filter, Kind, Needs, Panel, Spec, Topic, Width};
use crate::analytics::customer::{SortBy, compliance, sorted};
use crate::summaries::snapshot::{Snapshot, TopCustomer, Unavailable};

/// Whose customers: those of one journey status, or all. The snapshot holds the top customers of that choice.
pub const JOURNEY: Filter = Filter {
    name: "journey",
    options: &["all", "lead", "prospect", "customer", "regular", "vip", "at_risk", "churned"],
};

/// The column that they are sorted by.
pub const SORT: Filter = Filter {
    name: "sort",
    options: &["violations", "email", "journey", "cancellations", "appointments", "compliance"],
};

/// The direction.
pub const DIR: Filter = Filter { name: "dir", options: &["desc", "asc"] };

/// The widget.
pub static SPEC: Spec = Spec {
    key: "customer_compliance",
    kind: Kind::Table,
    topics: &[Topic::Stats, Topic::Customers, Topic::Appointments],
    ttl: 300,
    width: Width::Full,
    filters: &[JOURNEY, SORT, DIR],
    by_branch: false,
    by_role: false,
    needs: |choices| Needs::customers(Some(choices.get(&JOURNEY)).filter(|status| *status != "all")),
    render,
};

const COLUMNS: [Column; 6] = [
    Column::sortable("email", Unit::Text),
    Column::sortable("journey", Unit::Text),
    Column::sortable("violations", Unit::Count),
    Column::sortable("cancellations", Unit::Count),
    Column::sortable("appointments", Unit::Count),
    Column::sortable("compliance", Unit::Percent),
];

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let by = SortBy::parse(choices.get(&SORT)).unwrap_or(SortBy::Violations);
    let customers = sorted(&snapshot.top_customers, by, choices.get(&DIR) == "desc");
    Ok(Panel::table(&COLUMNS, customers.into_iter().map(row).collect()))
}

fn row(customer: &TopCustomer) -> Row {
    Row::new(vec![
        customer.email.as_deref().into(),
        Value::term("journey", &customer.journey_status),
        customer.violations.into(),
        customer.cancellations.into(),
        customer.appointments.into(),
        compliance(customer).into(),
    ])
    .record("customers", customer.id)
    .rows(2, Rows { sums: true, ..Rows::of("violations", customer.violations) }.with("customer_id", customer.id))
    .rows(4, Rows::of("appointments", customer.appointments).with("customer_id", customer.id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::analytics::customer;
    use crate::widget::testing::{empty, shown};

    fn some() -> Snapshot {
        let customer =
            |id, email: Option<&str>, journey: &str, [violations, cancellations, appointments]: [i64; 3]| TopCustomer {
                id,
                email: email.map(str::to_owned),
                journey_status: journey.to_owned(),
                violations,
                cancellations,
                appointments,
            };
        let top_customers = vec![
            customer(2, Some("b@example.org"), "vip", [5, 1, 15]),
            customer(7, None, "lead", [5, 9, 0]),
            customer(1, Some("a@example.org"), "frozen", [1, 0, 8]),
        ];
        Snapshot { top_customers, ..empty() }
    }

    #[track_caller]
    fn first_column(chosen: &[(&str, &'static str)]) -> Vec<String> {
        let rows = shown(&SPEC, &some(), chosen)["rows"].clone();
        rows.as_array().unwrap().iter().map(|row| row[0].as_str().unwrap_or("-").to_owned()).collect()
    }

    #[test]
    fn customers_come_in_the_order_of_their_violations() {
        let rows = json!([
            ["b@example.org", "vip", 5, 1, 15, 66.7],
            [null, "lead", 5, 9, 0, 100.0],
            ["a@example.org", "frozen", 1, 0, 8, 87.5],
        ]);
        assert_eq!(shown(&SPEC, &some(), &[])["rows"], rows);
    }

    #[test]
    fn any_column_sorts_them_in_both_directions() {
        assert_eq!(first_column(&[("dir", "asc")]), ["a@example.org", "b@example.org", "-"]);
        assert_eq!(first_column(&[("sort", "email"), ("dir", "asc")]), ["a@example.org", "b@example.org", "-"]);
        assert_eq!(first_column(&[("sort", "cancellations")]), ["-", "b@example.org", "a@example.org"]);
        assert_eq!(first_column(&[("sort", "appointments")]), ["b@example.org", "a@example.org", "-"]);
        assert_eq!(first_column(&[("sort", "compliance")]), ["-", "a@example.org", "b@example.org"]);
        assert_eq!(first_column(&[("sort", "journey")]), ["b@example.org", "-", "a@example.org"]);
    }

    #[test]
    fn every_sort_is_known_and_every_status_can_be_chosen() {
        assert!(SORT.options.iter().all(|column| SortBy::parse(column).is_some()));
        assert_eq!(JOURNEY.options[1..], customer::JOURNEY);
    }

    #[test]
    fn an_empty_company_has_no_row() {
        assert_eq!(shown(&SPEC, &empty(), &[("journey", "vip")])["rows"], json!([]));
    }
}
