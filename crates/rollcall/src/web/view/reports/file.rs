//! The file that is attached to a report: every table of it.

use anyhow::Context as _;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::mail::Letterhead;
use crate::analytics::policy_report::Table as Exported;
use crate::export::{Field, Format};
use crate::reports::{Attachment, Card, Figures};
use crate::web::policy_report;
use crate::web::view::file::{Part, panel_records};
use crate::web::view::format::Formats;
use crate::widget::panel::Panel;

/// A file is not larger, in bytes; whoever wants more has the panel.
const FILE: usize = 5 << 20;

/// The file, and what is said of it in the mail.
#[expect(clippy::type_complexity, reason = "a list of files as a mail takes them, and a sentence")]
pub(super) fn attached(
    head: &Letterhead,
    attachment: Attachment,
    figures: &Figures,
    formats: &Formats,
) -> anyhow::Result<(Vec<(String, &'static str, Vec<u8>)>, Option<String>)> {
    let format = match attachment {
        Attachment::None => return Ok((Vec::new(), None)),
        Attachment::Csv => Format::Csv,
        Attachment::Json => Format::Array,
        Attachment::Xlsx => Format::Xlsx,
    };
    let mut tables: Vec<Exported> = Vec::new();
    for card in &figures.cards {
        let Ok(panel) = &card.panel else { continue };
        tables.extend(exported(panel, card, formats));
    }
    tables.extend(figures.analytics.iter().cloned());
    let bytes = policy_report::written(&tables, format).context("the file")?;
    if bytes.len() > FILE {
        return Ok((Vec::new(), Some(formats.w.t("mail.report.too_large"))));
    }
    let name = format!("report_{}.{}", head.now.with_timezone(&head.zone).format("%Y-%m-%d"), format.ending());
    let said = formats.w.with("mail.report.attached", "name", &name);
    Ok((vec![(name, format.media(), bytes)], Some(said)))
}

fn exported(panel: &Panel, card: &Card, formats: &Formats) -> Vec<Exported> {
    let field = |value: Json| match value {
        Json::Null => Field::Nothing,
        Json::String(text) => Field::Text(text),
        value => match (value.as_i64(), value.as_f64().and_then(|n| Decimal::try_from(n).ok())) {
            (Some(n), _) => Field::Whole(n),
            (None, Some(n)) => Field::Amount(n),
            (None, None) => Field::Json(value),
        },
    };
    let table = |(part, records): (Part, Vec<Vec<Json>>)| {
        let mut records = records.into_iter();
        let columns = records.next().unwrap_or_default();
        let columns = columns.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect();
        let rows = records.map(|row| row.into_iter().map(field).collect()).collect();
        let suffix = if part == Part::Chart { "" } else { part.name() };
        let name = format!("{} {suffix}", card.spec.key);
        Exported { name: name.trim().replace(' ', "_"), columns, rows }
    };
    panel_records(panel, card.spec, formats).into_iter().map(table).collect()
}
