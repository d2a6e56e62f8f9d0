//! How the cache did over time: a sample every ten seconds for an hour, and one a minute for a day.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Milliseconds between two samples.
pub const EVERY_MS: i64 = 10_000;
const FINE: usize = 361;
const MINUTE_MS: i64 = 60_000;
const COARSE: usize = 1_441;

/// What the cache had done by an instant, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Values served from memory.
    pub memory: u64,
    /// Values served from Redis.
    pub redis: u64,
    /// Values made.
    pub made: u64,
    /// Entries in memory.
    pub entries: u64,
    /// What they weigh, in bytes.
    pub bytes: u64,
    /// Entries that were pushed out of memory for want of room.
    pub evictions: u64,
}

impl Sample {
    /// Values served, wherever they came from.
    #[must_use]
    pub fn served(&self) -> u64 {
        self.memory + self.redis + self.made
    }

    /// What was done between `earlier` and this; all of it where the process began anew in between.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let less = |now: u64, then: u64| now.checked_sub(then).unwrap_or(now);
        Self {
            memory: less(self.memory, earlier.memory),
            redis: less(self.redis, earlier.redis),
            made: less(self.made, earlier.made),
            evictions: less(self.evictions, earlier.evictions),
            ..*self
        }
    }
}

/// The samples of a process.
#[derive(Debug, Default)]
pub struct History(Mutex<Rings>);

#[derive(Debug, Default)]
struct Rings {
    fine: VecDeque<Sample>,
    coarse: VecDeque<Sample>,
}

impl History {
    /// Takes a sample in. Those of a clock that went back are forgotten.
    pub fn take(&self, sample: Sample) {
        let mut rings = self.rings();
        rings.fine.retain(|known| known.at_ms < sample.at_ms);
        rings.coarse.retain(|known| known.at_ms < sample.at_ms);
        let minute_over = rings.coarse.back().is_none_or(|last| sample.at_ms - last.at_ms >= MINUTE_MS);
        if minute_over {
            push(&mut rings.coarse, sample, COARSE);
        }
        push(&mut rings.fine, sample, FINE);
    }

    /// The samples of the last hour, the oldest first.
    #[must_use]
    pub fn hour(&self) -> Vec<Sample> {
        self.rings().fine.iter().copied().collect()
    }

    /// The samples of the last day, the oldest first.
    #[must_use]
    pub fn day(&self) -> Vec<Sample> {
        self.rings().coarse.iter().copied().collect()
    }

    fn rings(&self) -> std::sync::MutexGuard<'_, Rings> {
        // Two rings of plain numbers: a panic leaves nothing half-done that matters.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push(ring: &mut VecDeque<Sample>, sample: Sample, most: usize) {
    ring.push_back(sample);
    while ring.len() > most {
        ring.pop_front();
    }
}

/// What was done in each span of `length_ms`, the oldest first: at the span's end, the difference to its beginning.
#[must_use]
pub fn spans(samples: &[Sample], length_ms: i64) -> Vec<Sample> {
    let mut spans = Vec::new();
    let Some(mut begun) = samples.first() else { return spans };
    for sample in samples {
        if sample.at_ms - begun.at_ms >= length_ms {
            spans.push(sample.since(begun));
            begun = sample;
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(second: i64, memory: u64, made: u64) -> Sample {
        Sample { at_ms: second * 1_000, memory, made, ..Sample::default() }
    }

    #[test]
    fn an_hour_is_kept_finely_and_a_day_by_the_minute() {
        let history = History::default();
        for n in 0..10_000 {
            history.take(sample(n * 10, n.unsigned_abs(), 0));
        }
        let (hour, day) = (history.hour(), history.day());
        assert_eq!((hour.len(), day.len()), (FINE, COARSE));
        assert_eq!(hour.last().unwrap().at_ms - hour[0].at_ms, 3_600_000);
        assert_eq!(day.last().unwrap().at_ms - day[0].at_ms, 86_400_000);
    }

    #[test]
    fn a_span_says_what_was_done_in_it() {
        let samples: Vec<_> = (0..=12).map(|n| sample(n * 10, (n * n).unsigned_abs(), 1)).collect();
        let spans = spans(&samples, 60_000);
        assert_eq!(
            spans.iter().map(|span| (span.at_ms, span.memory, span.made)).collect::<Vec<_>>(),
            [(60_000, 36, 0), (120_000, 108, 0)]
        );
        assert!(super::spans(&[], 1).is_empty());
    }

    #[test]
    fn a_start_in_between_counts_from_nothing() {
        assert_eq!(sample(20, 3, 1).since(&sample(10, 500, 1)), sample(20, 3, 0));
    }

    #[test]
    fn a_clock_that_was_put_back_leaves_no_future_behind() {
        let history = History::default();
        for second in [10, 20, 30, 15] {
            history.take(sample(second, 0, 0));
        }
        assert_eq!(history.hour().iter().map(|sample| sample.at_ms).collect::<Vec<_>>(), [10_000, 15_000]);
    }
}
