//! The policy analytics that are exported: what `domain.md` names, as tables.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::customer::compliance;
use super::policy::{by_type, compliance_rate, within_rate};
use crate::export::Field;
use crate::summaries::Needs;
use crate::summaries::snapshot::Snapshot;

/// The days that are reported, today included.
const DAYS: u32 = 30;
/// The most customers.
const VIOLATORS: usize = 10;

/// What the report looks at.
pub(crate) const NEEDS: Needs = Needs::days(DAYS);

/// A table of the report: names are not translated, so that whoever reads it with a program can rely on them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Field>>,
}

impl Table {
    fn new(name: &str, columns: &[&str], rows: Vec<Vec<Field>>) -> Self {
        Self { name: name.to_owned(), columns: columns.iter().map(|column| (*column).to_owned()).collect(), rows }
    }
}

/// The report: summary, violations by type, daily trend of window(30), the customers with most violations.
pub(crate) fn tables(snapshot: &Snapshot) -> [Table; 4] {
    let month = snapshot.sum(snapshot.window(DAYS));
    let violations = month.violations_total();
    let summary = [
        ("active_policies", Field::Whole(snapshot.company.active_policies)),
        ("total_configurations", Field::Whole(snapshot.company.policies)),
        ("appointments", Field::Whole(month.created)),
        ("violations", Field::Whole(violations)),
        ("compliance_rate", percent(compliance_rate(month.created, violations))),
        ("cancellations", Field::Whole(month.cancellations)),
        ("reschedules", Field::Whole(month.reschedules)),
        ("cancellations_within_policy", percent(within_rate(&month.cancel_modifications))),
        ("reschedules_within_policy", percent(within_rate(&month.reschedule_modifications))),
    ];
    let types = by_type(&month.violations);
    let day = |day: NaiveDate| {
        let it = snapshot.day(day).cloned().unwrap_or_default();
        let counts = [it.violations_total(), it.cancellations, it.reschedules];
        std::iter::once(day.to_string().as_str().into()).chain(counts.map(Field::Whole)).collect()
    };
    let violators = snapshot.top_customers.iter().filter(|customer| customer.violations > 0).take(VIOLATORS);
    let violators = violators.map(|customer| {
        vec![
            Field::Whole(customer.id),
            customer.email.clone().into(),
            customer.journey_status.as_str().into(),
            Field::Whole(customer.violations),
            Field::Whole(customer.cancellations),
            Field::Whole(customer.appointments),
            percent(compliance(customer)),
        ]
    });
    [
        Table::new("summary", &["figure", "value"], summary.map(|(name, value)| vec![name.into(), value]).to_vec()),
        Table::new(
            "violations_by_type",
            &["policy_type", "violations"],
            types.into_iter().map(|(name, count)| vec![name.into(), Field::Whole(count)]).collect(),
        ),
        Table::new(
            "daily_trend",
            &["day", "violations", "cancellations", "reschedules"],
            snapshot.window(DAYS).map(day).collect(),
        ),
        Table::new(
            "top_violators",
            &[
                "customer_id",
                "email",
                "journey_status",
                "violations",
                "cancellations",
                "appointments",
                "compliance_rate",
            ],
            violators.collect(),
        ),
    ]
}

/// A rate in percent.
fn percent(rate: Decimal) -> Field {
    Field::Amount(rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summaries::DaySummary;
    use crate::summaries::snapshot::TopCustomer;
    use crate::widget::testing::{empty, violations, with_days};

    fn customer(id: i64, violations: i64) -> TopCustomer {
        let journey_status = "vip".to_owned();
        TopCustomer { id, email: None, journey_status, violations, cancellations: 1, appointments: 4 }
    }

    #[test]
    fn the_report_says_what_the_dashboard_says() {
        let day = DaySummary { created: 8, cancellations: 3, ..violations(&[("no_show", 1), ("payment", 2)]) };
        let mut snapshot = with_days([(29, day), (30, violations(&[("no_show", 9)]))]);
        snapshot.top_customers = (1..=12).map(|id| customer(id, 13 - id)).chain([customer(13, 0)]).collect();
        let [summary, types, trend, violators] = tables(&snapshot);
        let value = |name: &str| summary.rows.iter().find(|row| row[0] == name.into()).unwrap()[1].clone();
        assert_eq!((value("violations"), value("appointments")), (Field::Whole(3), Field::Whole(8)));
        assert_eq!(value("compliance_rate"), Field::Amount(compliance_rate(8, 3)));
        assert_eq!(
            types.rows,
            [vec!["payment".into(), Field::Whole(2)], vec!["no_show".into(), Field::Whole(1)]],
            "the day before the window is none of it"
        );
        assert_eq!(trend.rows.len(), 30);
        assert_eq!(trend.rows[0][1..], [Field::Whole(3), Field::Whole(3), Field::Whole(0)]);
        assert_eq!((violators.rows.len(), &violators.rows[0][3]), (10, &Field::Whole(12)));
    }

    #[test]
    fn an_empty_company_has_a_report_too() {
        let [summary, types, trend, violators] = tables(&empty());
        assert_eq!((summary.rows.len(), types.rows.len(), trend.rows.len(), violators.rows.len()), (9, 0, 30, 0));
    }
}
