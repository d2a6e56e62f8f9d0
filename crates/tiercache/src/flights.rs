//! Single flight: of all who miss the same value at the same time, one loads and the others wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::entry::Entry;
use crate::error::Error;
use crate::key::Key;
use crate::seeded;

pub(crate) type Outcome = Result<Entry, Error>;
type Route = (Key, u64);
type Slot = Option<Outcome>;

/// Loads under way, by key (with its owner) and version.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<Route, watch::Receiver<Slot>>>);

/// What whoever asks for a seat gets.
#[derive(Debug)]
pub(crate) enum Seat {
    /// The first to ask: theirs is to load, and to land.
    Pilot(Pilot, Passenger),
    /// A load is under way.
    Passenger(Passenger),
}

/// Whoever holds it loads. Dropped without landing, as by a panic, it leaves its passengers with [`Error::Abandoned`] and the
/// route free: nothing is poisoned.
#[derive(Debug)]
pub(crate) struct Pilot {
    flights: Arc<Flights>,
    route: Route,
    outcome: watch::Sender<Slot>,
}

/// Whoever holds it waits.
#[derive(Debug)]
pub(crate) struct Passenger(watch::Receiver<Slot>);

impl Flights {
    /// A seat on the flight to `key` at `version`.
    pub(crate) fn board(self: &Arc<Self>, key: &Key, version: u64) -> Seat {
        let route = (key.clone(), version);
        let mut under_way = self.under_way();
        let any_version = || under_way.iter().find(|((flown, _), _)| flown == key).map(|(_, outcome)| outcome);
        let flown = under_way.get(&route);
        if let Some(outcome) = if seeded::on("flights-by-key-alone") { any_version() } else { flown } {
            return Seat::Passenger(Passenger(outcome.clone()));
        }
        let (outcome, receiver) = watch::channel(None);
        under_way.insert(route.clone(), receiver.clone());
        Seat::Pilot(Pilot { flights: Arc::clone(self), route, outcome }, Passenger(receiver))
    }

    /// Waits until nobody is on the way to `key` at `version` any longer: what was loaded has been taken to Redis too.
    pub(crate) async fn over(&self, key: &Key, version: u64) {
        let route = (key.clone(), version);
        loop {
            let Some(mut outcome) = self.under_way().get(&route).cloned() else { return };
            // An error says that its pilot is gone.
            while outcome.changed().await.is_ok() {}
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Route, watch::Receiver<Slot>>> {
        // Held for one look-up or one change of the map: no panic leaves it half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pilot {
    pub(crate) fn key(&self) -> &Key {
        &self.route.0
    }

    pub(crate) fn version(&self) -> u64 {
        self.route.1
    }

    /// Tells everybody on board, and whoever boards before this is dropped.
    pub(crate) fn land(&self, outcome: Outcome) {
        self.outcome.send_replace(Some(outcome));
    }
}

impl Drop for Pilot {
    /// The route is free before the sender goes, which tells those who wait for the end.
    fn drop(&mut self) {
        self.flights.under_way().remove(&self.route);
    }
}

impl Passenger {
    /// Waits for the landing.
    pub(crate) async fn arrive(mut self) -> Outcome {
        match self.0.wait_for(Option::is_some).await {
            Ok(slot) => slot.clone().unwrap_or(Err(Error::Abandoned)),
            Err(_) => Err(Error::Abandoned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pilot_lost_frees_the_route_and_tells_the_passengers() {
        let flights = Arc::new(Flights::default());
        let key = Key::new(1, "k");
        let Seat::Pilot(pilot, first) = flights.board(&key, 1) else { panic!("nobody else is there") };
        let Seat::Passenger(second) = flights.board(&key, 1) else { panic!("one is under way") };
        assert!(matches!(flights.board(&key, 2), Seat::Pilot(..)), "another version is another flight");
        assert!(matches!(flights.board(&Key::new(2, "k"), 1), Seat::Pilot(..)), "so is another owner");
        drop(pilot);
        assert!(matches!(first.arrive().await, Err(Error::Abandoned)));
        assert!(matches!(second.arrive().await, Err(Error::Abandoned)));
        assert!(matches!(flights.board(&key, 1), Seat::Pilot(..)));
    }
}
