//! How much one token, and one address without one, may ask of this node in a minute.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The length of a window, in seconds.
const WINDOW: i64 = 60;
/// At most so many tokens and addresses are counted at a time.
const MOST: u64 = 100_000;

/// Counts requests by token, and wrong tokens and forged receipts by address.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    tokens: moka::sync::Cache<i64, Arc<Window>>,
    wrong: moka::sync::Cache<Option<IpAddr>, Arc<Window>>,
}

impl Default for Limits {
    fn default() -> Self {
        let idle = Duration::from_secs(2 * WINDOW.unsigned_abs());
        Self {
            tokens: moka::sync::Cache::builder().max_capacity(MOST).time_to_idle(idle).build(),
            wrong: moka::sync::Cache::builder().max_capacity(MOST).time_to_idle(idle).build(),
        }
    }
}

/// The minute that is counted, and how much in it.
#[derive(Debug, Default)]
struct Window(Mutex<(i64, u32)>);

impl Window {
    /// Counts `more` at that second of the clock.
    fn count(&self, now: i64, more: u32, most: u32) -> Standing {
        let minute = now.div_euclid(WINDOW);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 != minute {
            *counted = (minute, 0);
        }
        counted.1 = counted.1.saturating_add(more);
        Standing { most, used: counted.1, reset: WINDOW - now.rem_euclid(WINDOW) }
    }
}

/// How one who asks stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) struct Standing {
    most: u32,
    used: u32,
    /// Seconds until the window ends.
    pub(in crate::web) reset: i64,
}

impl Standing {
    /// Whether it was too much.
    pub(super) fn is_over(self) -> bool {
        self.used > self.most
    }

    /// Whether it was too much without the last `more`.
    pub(super) fn was_over_before(self, more: u32) -> bool {
        self.used.saturating_sub(more) > self.most
    }

    /// Says so in the headers of the answer.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        let remaining = self.most.saturating_sub(self.used);
        let fields = [
            ("ratelimit-limit", HeaderValue::from(self.most)),
            ("ratelimit-remaining", HeaderValue::from(remaining)),
            ("ratelimit-reset", HeaderValue::from(self.reset)),
        ];
        for (name, value) in fields {
            headers.insert(HeaderName::from_static(name), value);
        }
        if let Ok(policy) = HeaderValue::from_str(&format!("{};w={WINDOW}", self.most)) {
            headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
        }
    }
}

impl Limits {
    /// Counts a request of a token.
    pub(super) fn request(&self, token: i64, now: i64, most: u32) -> Standing {
        self.requests(token, now, 1, most)
    }

    /// Counts what is as much as `more` requests of a token.
    pub(super) fn requests(&self, token: i64, now: i64, more: u32, most: u32) -> Standing {
        self.tokens.get_with(token, Arc::default).count(now, more, most)
    }

    /// How an address stands with its wrong tokens and forged receipts.
    pub(in crate::web) fn suspected(&self, address: Option<IpAddr>, now: i64, most: u32) -> Option<Standing> {
        let standing = self.wrong.get(&address.map(neighbourhood))?.count(now, 0, most);
        (standing.used >= most).then_some(standing)
    }

    /// Counts a wrong token or a forged receipt.
    pub(in crate::web) fn wrong(&self, address: Option<IpAddr>, now: i64) {
        self.wrong.get_with(address.map(neighbourhood), Arc::default).count(now, 1, 0);
    }
}

/// What is counted together: a customer of a provider has 2^64 addresses of IPv6, and may send each request from another.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_its_limit_and_the_next_one_begins_anew() {
        let limits = Limits::default();
        let over = |now| limits.request(7, now, 2).is_over();
        assert_eq!(
            [over(0), over(30), over(59), over(60), over(61), over(62)],
            [false, false, true, false, false, true]
        );
        assert!(!limits.request(8, 0, 2).is_over(), "another token counts for itself");
        assert_eq!(limits.request(9, 50, 2).reset, 10);
    }

    #[test]
    fn what_is_as_much_as_many_requests_passes_once() {
        let limits = Limits::default();
        let batch = || {
            assert!(!limits.request(7, 0, 3).is_over());
            limits.requests(7, 0, 99, 3).was_over_before(99)
        };
        assert!(!batch(), "one passes, however large");
        assert!(limits.request(7, 0, 3).is_over(), "and all that comes after it waits");
        assert!(limits.requests(7, 0, 99, 3).was_over_before(99), "what came in beside it too");
    }

    #[test]
    fn wrong_tokens_are_counted_by_address() {
        let limits = Limits::default();
        let (here, there) = (Some([192, 0, 2, 1].into()), Some([192, 0, 2, 2].into()));
        for _ in 0..3 {
            assert_eq!(limits.suspected(here, 5, 3), None);
            limits.wrong(here, 5);
        }
        assert!(limits.suspected(here, 5, 3).is_some_and(|standing| standing.reset == 55));
        assert_eq!(limits.suspected(there, 5, 3), None);
        assert_eq!(limits.suspected(here, 65, 3), None, "a minute later it may try again");
    }

    #[test]
    fn the_addresses_of_one_customer_are_counted_together() {
        let limits = Limits::default();
        let at = |text: &str| Some(text.parse().unwrap());
        for address in ["2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "::ffff:192.0.2.1", "192.0.2.1"] {
            limits.wrong(at(address), 5);
        }
        assert!(limits.suspected(at("2001:db8:1:2::3"), 5, 2).is_some());
        assert_eq!(limits.suspected(at("2001:db8:1:3::1"), 5, 2), None);
        assert!(limits.suspected(at("192.0.2.1"), 5, 2).is_some());
        assert_eq!(limits.suspected(at("192.0.2.2"), 5, 2), None);
    }
}
