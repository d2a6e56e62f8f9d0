//! Rows that are written many at once, as events.

use serde_json::{Map, Value as Json};

use super::{Event, Thing, Verb};
use crate::clock::rfc3339;
use crate::db::Arg;

/// The events of rows that were made: of each its id, and what stands in these columns.
pub(crate) fn made(thing: Thing, verb: Verb, ids: &[i64], columns: &[&str], rows: &[Vec<Arg>]) -> Vec<Event> {
    ids.iter().zip(rows).map(|(id, row)| Event::new(thing, verb, *id).after(state(columns, row))).collect()
}

/// What stands in the columns of a row; when it was written, the event's own line says.
fn state(columns: &[&str], args: &[Arg]) -> Json {
    let fields = columns.iter().zip(args).filter(|(column, _)| !["created_at", "updated_at"].contains(*column));
    Json::Object(fields.map(|(column, arg)| ((*column).to_owned(), json(arg))).collect::<Map<_, _>>())
}

fn json(arg: &Arg) -> Json {
    match arg {
        Arg::Bool(Some(flag)) => (*flag).into(),
        Arg::BigInt(Some(number)) => (*number).into(),
        Arg::String(Some(text)) => text.as_str().into(),
        Arg::Decimal(Some(amount)) => amount.to_string().into(),
        Arg::ChronoDateTime(Some(at)) => rfc3339(at).into(),
        Arg::Json(Some(value)) => (**value).clone(),
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_row_is_an_event_with_what_stands_in_it() {
        let noon = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(12, 0, 0).unwrap();
        let row = |name: &str| -> Vec<Arg> {
            vec![
                name.into(),
                7_i64.into(),
                Decimal::new(1250, 2).into(),
                noon.into(),
                None::<String>.into(),
                noon.into(),
            ]
        };
        let columns = ["name", "branch_id", "price", "starts_at", "city", "created_at"];
        let events = made(Thing::Service, Verb::Created, &[4, 9], &columns, &[row("Cut"), row("Colour")]);
        let state = |name: &str| json!({"name": name, "branch_id": 7, "price": "12.50", "starts_at": "2026-11-22T12:00:00Z", "city": null});
        assert_eq!(
            events,
            [
                Event::new(Thing::Service, Verb::Created, 4).after(state("Cut")),
                Event::new(Thing::Service, Verb::Created, 9).after(state("Colour")),
            ]
        );
    }
}
