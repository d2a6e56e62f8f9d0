//! A report as a row, and as the audit log has it.

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::schedule::{Cadence, Schedule};
use super::{Attachment, Contents, Recipient, Report, known};
use crate::db::{Arg, Error, Row};
use crate::i18n::Lang;
use crate::widget::Period;

/// The columns, in the order in which [`read`] takes them.
pub(super) const COLUMNS: &str =
    "id, name, cadence, weekday, month_day, minute, period, branch_id, widgets, attachment, next_at";
/// A report without its recipients.
pub(super) fn read(row: &Row) -> Result<Report, Error> {
    let number = |column, most: i64| Ok::<_, Error>(u32::try_from(row.int(column)?.clamp(0, most)).unwrap_or(0));
    let schedule = Schedule {
        cadence: Cadence::named(&row.text(2)?).unwrap_or(Cadence::Monthly),
        weekday: number(3, 6)?,
        month_day: number(4, 31)?.max(1),
        minute: number(5, 1_439)?,
    };
    let contents = Contents {
        name: row.text(1)?,
        schedule,
        period: Period::named(&row.text(6)?),
        branch: row.opt_int(7)?,
        widgets: row.text(8)?.split(',').filter_map(known).collect(),
        attachment: Attachment::named(&row.text(9)?).unwrap_or_default(),
        recipients: Vec::new(),
    };
    Ok(Report { id: row.int(0)?, contents, next_at: row.opt_int(10)? })
}

/// A recipient: the report's id stands in front.
pub(super) fn recipient(row: &Row) -> Result<Recipient, Error> {
    Ok(Recipient { user: row.int(1)?, language: row.text(2)?.parse().ok(), unsubscribed: row.flag(3)? })
}

/// What is written of a report, in the order of its columns.
pub(super) fn values(contents: &Contents) -> Vec<Arg> {
    let schedule = contents.schedule;
    vec![
        contents.name.as_str().into(),
        schedule.cadence.as_str().into(),
        schedule.weekday.into(),
        schedule.month_day.into(),
        schedule.minute.into(),
        contents.period.map_or("", Period::name).into(),
        contents.branch.into(),
        contents.widgets.join(",").into(),
        contents.attachment.as_str().into(),
    ]
}

/// What a report says, in short: another word where anything of it is changed.
pub(super) fn tag(contents: &Contents) -> String {
    let languages: Vec<_> = contents.recipients.iter().map(|it| it.language.map(Lang::as_str)).collect();
    let text = json!([state(contents), languages]).to_string();
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A report as the audit log has it.
pub(super) fn state(contents: &Contents) -> Json {
    let schedule = contents.schedule;
    json!({
        "name": contents.name,
        "cadence": schedule.cadence.as_str(),
        "weekday": schedule.weekday,
        "month_day": schedule.month_day,
        "time": format!("{:02}:{:02}", schedule.minute / 60, schedule.minute % 60),
        "period": contents.period.map(Period::name),
        "branch_id": contents.branch,
        "widgets": contents.widgets,
        "attachment": contents.attachment.as_str(),
        "recipients": contents.recipients.iter().map(|it| it.user).collect::<Vec<_>>(),
    })
}
