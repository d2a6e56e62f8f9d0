//! Where a list goes on: after which row. A cursor is good for the list that it came from, and cannot be made up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;

/// The last row of a page: its place in the order, and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) key: String,
    pub(crate) id: i64,
}

impl Cursor {
    /// The cursor as a client gets it; `list` names the company, the resource and the order.
    pub(crate) fn write(&self, app: &App, list: &str) -> String {
        let text = format!("{}.{}", self.id, self.key);
        URL_SAFE_NO_PAD.encode(format!("{}{text}", seal(app, list, &text)))
    }

    /// The cursor that a client gave back; none where it is none of the list.
    pub(crate) fn read(app: &App, list: &str, written: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(written).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        text.as_deref().and_then(|text| {
            let (given, text) = text.split_at_checked(SEAL)?;
            let (id, key) = text.split_once('.')?;
            (given == seal(app, list, text)).then_some(Self { key: key.to_owned(), id: id.parse().ok()? })
        })
    }
}

const SEAL: usize = 16;

fn seal(app: &App, list: &str, text: &str) -> String {
    let mut seal = app.keyed_hash("cursor", &format!("{list}\n{text}"));
    seal.truncate(SEAL);
    seal
}
