//! What came of a try to send a notification, and when the next one is due.

use crate::chance::Chance;

/// So many tries a notification has.
pub(super) const TRIES: i64 = 5;
/// How long after the first try the second one is due, in seconds; each further wait is four times as long.
const FIRST_WAIT: i64 = 30;
/// The longest wait, in seconds, whatever a provider asks for.
const LONGEST_WAIT: i64 = 3_600;
/// So many letters of an error are kept.
const KEPT: usize = 500;

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The provider took it, under that id.
    Sent { id: Option<String> },
    /// Not this time: it is to be tried again, after as many seconds as the provider asked for, if it did.
    Later { why: String, wait: Option<i64>, trouble: bool },
    /// Never: another try would end as this one.
    Never { why: String },
    /// It was not tried: this process is about to stop, or was too slow.
    Released,
}

impl Outcome {
    /// The provider is at fault: down, slow, or talking nonsense.
    pub(super) fn trouble(why: impl std::fmt::Display) -> Self {
        Self::Later { why: kept(why), wait: None, trouble: true }
    }

    /// This notification could not be taken now; others may be.
    pub(super) fn later(why: impl std::fmt::Display) -> Self {
        Self::Later { why: kept(why), wait: None, trouble: false }
    }

    /// This notification is refused for good.
    pub(super) fn never(why: impl std::fmt::Display) -> Self {
        Self::Never { why: kept(why) }
    }

    /// Whether it speaks against the provider; none where it says nothing about it.
    pub(super) fn is_trouble(&self) -> Option<bool> {
        match self {
            Self::Sent { .. } | Self::Never { .. } => Some(false),
            Self::Later { trouble, .. } => Some(*trouble),
            Self::Released => None,
        }
    }
}

/// An error as it is kept: one line of printable letters, not too long.
fn kept(why: impl std::fmt::Display) -> String {
    let line: String = why.to_string().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    line.trim().chars().take(KEPT).collect()
}

/// All causes of an error on one line.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if more.starts_with(&text) {
            text = more;
        } else if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// How many seconds after a failed try the next one is due: exponential, and a quarter more or less by chance, so that what
/// failed together does not come back together.
pub(super) fn wait(tries: i64, asked: Option<i64>, chance: &Chance) -> i64 {
    let power = u32::try_from(tries.clamp(1, 8) - 1).unwrap_or(0);
    let own = FIRST_WAIT.saturating_mul(4_i64.saturating_pow(power)).min(LONGEST_WAIT);
    jittered(own, chance).max(asked.unwrap_or(0).min(LONGEST_WAIT))
}

/// `seconds`, a quarter more or less.
pub(super) fn jittered(seconds: i64, chance: &Chance) -> i64 {
    let mut byte = [0];
    chance.fill(&mut byte);
    seconds + seconds * (i64::from(byte[0]) - 128) / 512
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_fourfold_and_lie_within_a_quarter_of_what_they_should_be() {
        let chance = Chance::seeded(3);
        for (tries, seconds) in [(1, 30), (2, 120), (3, 480), (4, 1_920), (5, 3_600), (99, 3_600)] {
            for _ in 0..200 {
                let waits = wait(tries, None, &chance);
                assert!((seconds * 3 / 4..=seconds * 5 / 4).contains(&waits), "{tries}: {waits}");
            }
        }
        let several: std::collections::BTreeSet<_> = (0..50).map(|_| wait(2, None, &chance)).collect();
        assert!(several.len() > 10, "they do not come back together: {several:?}");
    }

    #[test]
    fn a_provider_may_ask_for_more_time_but_not_for_ever() {
        let chance = Chance::seeded(3);
        assert_eq!(wait(1, Some(600), &chance), 600);
        assert_eq!(wait(1, Some(i64::MAX), &chance), 3_600);
        assert!(wait(4, Some(1), &chance) > 1_000);
    }

    #[test]
    fn what_an_error_says_twice_is_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("{0}")]
        struct Told(&'static str, #[source] Option<Box<Told>>);
        let told = |text, cause| Told(text, Some(Box::new(cause)));
        let error = told("no way", told("no way: refused", told("refused", Told("port 25", None))));
        assert_eq!(causes(&error), "no way: refused: port 25");
    }

    #[test]
    fn an_error_is_one_line_of_bounded_length() {
        let Outcome::Never { why } = Outcome::never(format!("a\r\nb\0{}", "x".repeat(9_999))) else { panic!() };
        assert!(why.starts_with("a  b ") && why.chars().count() == KEPT);
    }
}
