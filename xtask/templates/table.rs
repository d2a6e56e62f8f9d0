//! Appointments of the last seven days, newest day first.

use super::panel::{Column, Row, Unit, Value};
use super::{Choices, Kind, Panel, Spec, Topic, Width};
use crate::summaries::snapshot::{Snapshot, Unavailable};

/// The widget.
pub static SPEC: Spec = Spec {
    key: "{key}",
    kind: Kind::Table,
    topics: &[Topic::Appointments, Topic::Settings],
    ttl: 300,
    width: Width::Full,
    filters: &[],
    by_branch: true,
    by_role: false,
    needs: |choices| choices.needs(7),
    render,
};

const COLUMNS: [Column; 3] =
    [Column::new("day", Unit::Text), Column::new("appointments", Unit::Count), Column::new("completed", Unit::Count)];

fn render(snapshot: &Snapshot, choices: &Choices) -> Result<Panel, Unavailable> {
    let days = choices.span(snapshot.today, 7).days().filter_map(|day| Some((day, snapshot.day(day)?.appointments)));
    let rows = days.map(|(day, its)| Row::new(vec![Value::Day(day), its.total.into(), its.completed.into()]));
    let mut rows: Vec<Row> = rows.collect();
    rows.reverse();
    Ok(Panel::table(&COLUMNS, rows))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SPEC;
    use crate::summaries::DaySummary;
    use crate::widget::testing::{shown, with_days};

    #[test]
    fn the_newest_day_comes_first_and_the_eighth_not_at_all() {
        let day = |total| DaySummary { appointments: [total, 1, 0].into(), ..DaySummary::default() };
        let table = shown(&SPEC, &with_days([(0, day(3)), (6, day(4)), (7, day(5))]), &[]);
        assert_eq!(table["rows"], json!([["2026-11-22", 3, 1], ["2026-11-16", 4, 1]]));
    }
}
