//! What this process has heard of companies' versions.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::Versions;

/// Versions of companies as this process has heard of them: from its own refreshes, from pages that read them, and from
/// the poll. They never go back.
///
/// What is known is at least as new as every write that this process has acknowledged. What other processes wrote is
/// known once the poll came by.
#[derive(Debug, Default)]
pub struct Known {
    companies: RwLock<HashMap<i64, Arc<Heard>, RandomState>>,
    /// When the last poll began that came to its end.
    polled: Polled,
    /// Companies that somebody listens to and whose version rose: to be drawn ahead.
    risen: Mutex<BTreeSet<i64>>,
    rose: Notify,
}

/// An instant that every request asks for: without a lock.
#[derive(Debug)]
struct Polled {
    /// What it is counted from.
    start: Instant,
    /// In milliseconds, rounded down; [`Polled::NEVER`] before the first.
    since: AtomicU64,
}

impl Polled {
    const NEVER: u64 = u64::MAX;

    fn at(&self, begun: Instant) {
        let since = begun.saturating_duration_since(self.start).as_millis();
        self.since.store(u64::try_from(since).unwrap_or(Self::NEVER), Ordering::Release);
    }

    fn get(&self) -> Option<Instant> {
        let since = Some(self.since.load(Ordering::Acquire)).filter(|since| *since != Self::NEVER)?;
        Some(self.start + Duration::from_millis(since))
    }
}

impl Default for Polled {
    fn default() -> Self {
        Self { start: Instant::now(), since: AtomicU64::new(Self::NEVER) }
    }
}

#[derive(Debug)]
struct Heard {
    versions: watch::Sender<Versions>,
    /// Used since the last [`Known::take_stock`].
    used: AtomicU32,
    /// Nobody is told any more: the company was forgotten here.
    gone: AtomicBool,
}

/// A company whose versions somebody asks for again and again, without a look-up each time.
#[derive(Clone, Debug)]
pub(crate) struct Followed(Arc<Heard>);

impl Followed {
    /// The same as [`Known::get`]; none once the company was forgotten, which says nothing of whether it is known again.
    pub(crate) fn get(&self) -> Option<Versions> {
        // Read first: whoever hears of a version after that was told it before it was forgotten.
        let versions = self.0.used();
        (!self.0.gone.load(Ordering::Acquire)).then_some(versions)
    }
}

/// So many polls a company is remembered without being asked for.
const REMEMBERED: u32 = 2_400;

impl Known {
    /// What is known of a company.
    #[must_use]
    pub fn get(&self, company: i64) -> Option<Versions> {
        self.read().get(&company).map(|heard| heard.used())
    }

    /// A company that is known, to be asked for again and again.
    pub(crate) fn follow(&self, company: i64) -> Option<Followed> {
        self.read().get(&company).map(|heard| Followed(Arc::clone(heard)))
    }

    /// Takes in what somebody read or wrote; answers the newest that is known now.
    pub fn tell(&self, company: i64, versions: Versions) -> Versions {
        if let Some(heard) = self.read().get(&company) {
            let (newest, rose) = tell(&heard.versions, versions);
            if rose && heard.versions.receiver_count() > 0 {
                self.risen.lock().unwrap_or_else(PoisonError::into_inner).insert(company);
                self.rose.notify_one();
            }
            return newest;
        }
        let mut companies = self.write();
        let heard = companies.entry(company).or_insert_with(|| Heard::of(versions));
        tell(&heard.versions, versions).0
    }

    /// Forgets a company that is gone.
    pub fn forget(&self, company: i64) {
        if let Some(heard) = self.write().remove(&company) {
            heard.gone.store(true, Ordering::Release);
        }
    }

    /// Hears of each change of a company from now on, the newest alone where several come at once.
    #[must_use]
    pub fn subscribe(&self, company: i64, versions: Versions) -> watch::Receiver<Versions> {
        let mut companies = self.write();
        let heard = companies.entry(company).or_insert_with(|| Heard::of(versions));
        tell(&heard.versions, versions);
        heard.versions.subscribe()
    }

    /// Waits until the version of a company rises that somebody listens to.
    pub(crate) async fn risen(&self) {
        self.rose.notified().await;
    }

    /// The companies whose version rose while somebody listened, since the last call.
    pub(crate) fn take_risen(&self) -> BTreeSet<i64> {
        std::mem::take(&mut *self.risen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many companies are known.
    #[must_use]
    pub fn count(&self) -> usize {
        self.read().len()
    }

    /// The companies that a poll asks for: those that somebody listens to or asked for lately. Others are forgotten.
    pub(crate) fn take_stock(&self) -> Vec<i64> {
        let mut companies = self.write();
        companies.retain(|_, heard| {
            let idle = heard.used.fetch_add(1, Ordering::Relaxed) + 1;
            let stays = idle <= REMEMBERED || heard.versions.receiver_count() > 0;
            heard.gone.store(!stays, Ordering::Release);
            stays
        });
        companies.keys().copied().collect()
    }

    /// A poll that began at `begun` came to its end: what others had written by then is known.
    pub(crate) fn polled(&self, begun: Instant) {
        self.polled.at(begun);
    }

    /// How long before `now` the last poll began that came to its end; none before the first.
    #[must_use]
    pub fn age(&self, now: Instant) -> Option<Duration> {
        self.polled.get().map(|begun| now.duration_since(begun))
    }

    // A look-up, an insertion, a removal: no panic leaves the map half-changed.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<i64, Arc<Heard>, RandomState>> {
        self.companies.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<i64, Arc<Heard>, RandomState>> {
        self.companies.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn of(versions: Versions) -> Arc<Self> {
        Arc::new(Self { versions: watch::Sender::new(versions), used: AtomicU32::new(0), gone: AtomicBool::new(false) })
    }

    fn used(&self) -> Versions {
        self.used.store(0, Ordering::Relaxed);
        *self.versions.borrow()
    }
}

/// The newest that is known, and whether that is news.
fn tell(known: &watch::Sender<Versions>, versions: Versions) -> (Versions, bool) {
    let rose = known.send_if_modified(|known| {
        let newest = known.newest(versions);
        std::mem::replace(known, newest) != newest
    });
    (*known.borrow(), rose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_never_goes_back_and_listeners_hear_of_steps_forward_alone() {
        let known = Known::default();
        let at = |version| Versions::read(version, "");
        assert_eq!(known.get(1), None);
        assert_eq!(known.tell(1, at(5)), at(5));
        let mut listener = known.subscribe(1, at(4));
        assert_eq!(*listener.borrow_and_update(), at(5));
        assert_eq!(known.tell(1, at(3)), at(5));
        assert!(!listener.has_changed().unwrap());
        known.tell(1, at(6));
        assert!(listener.has_changed().unwrap() && known.get(1) == Some(at(6)));
        assert_eq!(known.get(2), None, "another company's is another's");
    }

    #[test]
    fn whoever_follows_a_company_hears_what_others_hear_until_it_is_forgotten() {
        let known = Known::default();
        let at = |version| Versions::read(version, "");
        assert!(known.follow(1).is_none());
        known.tell(1, at(5));
        let followed = known.follow(1).unwrap();
        known.tell(1, at(6));
        assert_eq!(followed.get(), Some(at(6)));
        known.forget(1);
        known.tell(1, at(7));
        assert_eq!(followed.get(), None);
        let followed = known.follow(1).unwrap();
        for _ in 0..=REMEMBERED {
            known.take_stock();
        }
        assert_eq!((followed.get(), known.count()), (None, 0));
    }

    #[test]
    fn a_company_that_nobody_asks_for_is_forgotten_and_one_that_somebody_listens_to_is_not() {
        let known = Known::default();
        for company in [1, 2] {
            known.tell(company, Versions::default());
        }
        let _listener = known.subscribe(2, Versions::default());
        for _ in 0..REMEMBERED {
            assert_eq!(known.take_stock().len(), 2);
        }
        assert_eq!(known.take_stock(), [2]);
    }
}
