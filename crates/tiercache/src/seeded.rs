//! Mistakes in the protocol that can be made on purpose, so that whoever checks it can show that they would be found.
//!
//! Only a program built with the feature `seeded-faults` makes any, and only those that the variable `SEEDED_FAULT` names,
//! separated by commas. Without the feature none of this is compiled into anything.

/// Whether the mistake of that name is to be made.
#[cfg(not(feature = "seeded-faults"))]
#[must_use]
pub const fn on(_mistake: &'static str) -> bool {
    false
}

/// Whether the mistake of that name is to be made.
#[cfg(feature = "seeded-faults")]
#[must_use]
pub fn on(mistake: &'static str) -> bool {
    static CHOSEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| std::env::var("SEEDED_FAULT").unwrap_or_default());
    chosen.split(',').any(|name| name == mistake)
}

/// The reply to a question; where replies are to shift, from the first that came too late on, the one to the question before.
#[cfg(not(feature = "seeded-faults"))]
pub(crate) fn reply(reply: redis::Value) -> redis::Value {
    reply
}

/// The reply to a question; where replies are to shift, from the first that came too late on, the one to the question before.
#[cfg(feature = "seeded-faults")]
pub(crate) fn reply(reply: redis::Value) -> redis::Value {
    match SHIFTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).as_mut() {
        Some(owed) => std::mem::replace(owed, reply),
        None => reply,
    }
}

/// A question was given up before its reply came.
#[cfg(not(feature = "seeded-faults"))]
pub(crate) const fn gave_up() {}

/// A question was given up before its reply came.
#[cfg(feature = "seeded-faults")]
pub(crate) fn gave_up() {
    if on("replies-shift") {
        SHIFTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(redis::Value::Nil);
    }
}

/// The reply that is owed to whoever asks next.
#[cfg(feature = "seeded-faults")]
static SHIFTED: std::sync::Mutex<Option<redis::Value>> = std::sync::Mutex::new(None);
