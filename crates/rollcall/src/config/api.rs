//! `api.*`: what one who asks the API may take.

use super::{Reader, value};

/// `api.*`
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// `api.requests_per_minute`
    pub requests_per_minute: u32,
    /// `api.wrong_tokens_per_minute`
    pub wrong_tokens_per_minute: u32,
    /// `api.max_batch`, in bytes
    pub max_batch: usize,
}

impl ApiSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let requests = from.get("api.requests_per_minute", |raw| value::count(raw, 1, 10_000_000));
        let wrong = from.get("api.wrong_tokens_per_minute", |raw| value::count(raw, 1, 1_000_000));
        let max_batch = from.get("api.max_batch", super::size::size);
        Some(Self { requests_per_minute: requests?, wrong_tokens_per_minute: wrong?, max_batch: max_batch? })
    }
}
