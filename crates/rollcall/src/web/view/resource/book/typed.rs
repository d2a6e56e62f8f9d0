//! What is typed into the form for booking, what it offers, and what is in the way.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct BookDraft {
    /// The word by which customers are looked for.
    pub word: String,
    /// Whose it is to be.
    pub customer: Option<i64>,
    /// What for.
    pub service: Option<i64>,
    /// With whom.
    pub staff: Option<i64>,
    /// Where.
    pub branch: Option<i64>,
    /// The day, in the company's zone.
    pub day: String,
    /// The time of that day.
    pub time: String,
    /// `first` or `second`, of a time that comes twice.
    pub meant: String,
    /// How long it takes, in minutes.
    pub minutes: String,
    /// The price.
    pub price: String,
    /// Whether it is to be booked though somebody is busy.
    pub anyway: bool,
    /// Whether it is to be booked though its time is over.
    pub late: bool,
}

/// Somebody who may be chosen.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id.
    pub id: i64,
    /// Their name.
    pub name: String,
    /// Their address or number.
    pub reached: String,
}

/// A service, a member of staff or a branch that may be chosen.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// How long it takes.
    pub minutes: Option<i64>,
    /// What it costs.
    pub price: Option<Decimal>,
    /// Of a member of staff: the branch where they work.
    pub branch: Option<(i64, String)>,
}

/// An appointment that is in the way.
#[derive(Clone, Debug)]
pub struct Busy {
    /// Its id.
    pub id: i64,
    /// When it starts.
    pub from: NaiveDateTime,
    /// When it ends.
    pub until: NaiveDateTime,
    /// Whether it is the member of staff's, or the customer's.
    pub of_staff: bool,
}

impl Busy {
    /// What is in the way, in words, and its page.
    pub(in crate::web::view::resource) fn told(&self, formats: &Formats, chrome: &Chrome) -> (String, String) {
        let span = format!("{} – {}", formats.instant(self.from), formats.instant(self.until));
        let key = if self.of_staff { "ui.book.staff_busy" } else { "ui.book.customer_busy" };
        (formats.w.with(key, "when", span), chrome.in_company(&format!("/admin/appointments/{}", self.id)))
    }
}
