//! `GET /admin/live`: a dashboard left open hears of what changes (server-sent events).
//!
//! A [`Room`] for each company that somebody listens to, with one task that keeps it: it hears of each version of the
//! company, of the company's midnight and of the time for a sign of life, makes one [`Message`] for all who listen and wakes
//! them. A message says how things are, not what happened, so that whoever was slow may miss any but the last. A listener
//! costs a seat in the room and a small task that waits with their socket: no timer, no copy of a message, and nothing of hyper's (see
//! `web::connection`).

mod keeper;
mod listeners;
mod loan;
mod message;
mod room;
mod socket;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};

use super::connection::Line;
use super::error::Failure;
use super::presence;
use super::view::PageQuery;
use super::visitor::InCompany;
use crate::app::App;
use crate::chance::Chance;
use crate::summaries::zone::local_day;
use crate::versions::{Topic, Versions};
use loan::Lent;
pub(super) use loan::Loan;
use message::Message;
use room::{Listener, Person, Room, Stream};
pub(super) use socket::go_on;

/// At most so many connections listen by one session: a person's windows, and not what a script opens.
const MOST: usize = 20;
/// A client that lost its connection comes back after so many milliseconds, and up to as many more by chance, so that not
/// all come at once when a node went away.
const COME_BACK: u64 = 1_000;
const COME_BACK_SPREAD: u64 = 3_000;

const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Who listens to what, in this process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<Rooms>);

#[derive(Debug, Default)]
struct Rooms {
    open: Mutex<HashMap<i64, Arc<Room>>>,
    /// The process is about to end: nobody is let in any more.
    closed: AtomicBool,
}

impl Live {
    /// Ends all streams, and begins no new ones.
    pub(super) fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        let rooms: Vec<_> = self.rooms().values().cloned().collect();
        rooms.iter().for_each(|room| room.close());
    }

    /// Whether the process is about to end.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::SeqCst)
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.rooms().values().map(|room| room.seated()).sum()
    }

    /// Ends the streams of a session that has ended.
    pub(super) fn end(&self, session: i128) {
        self.dismiss(|person| person.session.0 == session);
    }

    /// Ends the streams of those sessions.
    pub(super) fn end_those(&self, ended: impl Fn(i128) -> bool) {
        self.dismiss(|person| ended(person.session.0));
    }

    /// Ends the streams of a user, but those of one session.
    pub(super) fn end_of(&self, user: i64, but: Option<i128>) {
        self.dismiss(|person| person.user == user && Some(person.session.0) != but);
    }

    fn dismiss(&self, whom: impl Fn(&Person) -> bool) {
        let rooms: Vec<_> = self.rooms().values().cloned().collect();
        rooms.iter().for_each(|room| room.dismiss(&whom));
    }

    /// A seat in the company's room, which is opened for the first who comes.
    fn join(&self, app: &App, at: &InCompany, person: Person) -> Result<Listener, Failure> {
        let company = at.company.id;
        let mut rooms = self.rooms();
        if self.0.closed.load(Ordering::SeqCst) {
            return Err(Failure::Unavailable);
        }
        let room = rooms.entry(company).or_insert_with(|| {
            let today = local_day(at.zone, app.clock.now_utc());
            let room = Arc::new(Room::new(company, Message::new(&at.versions, today)));
            keeper::keep(app, self, at, Arc::clone(&room));
            room
        });
        room.seat(person, MOST).ok_or(Failure::TooMany(60))
    }

    /// Lets go of a room if nobody is in it any more.
    fn leave(&self, room: &Arc<Room>) -> bool {
        let mut rooms = self.rooms();
        let empty = room.is_empty();
        if empty {
            self.remove(&mut rooms, room);
        }
        empty
    }

    /// Lets go of a room that nobody keeps any more, whoever is in it.
    fn abandon(&self, room: &Arc<Room>) {
        self.remove(&mut self.rooms(), room);
        room.close();
    }

    fn remove(&self, rooms: &mut HashMap<i64, Arc<Room>>, room: &Arc<Room>) {
        if rooms.get(&room.company).is_some_and(|open| Arc::ptr_eq(open, room)) {
            rooms.remove(&room.company);
        }
    }

    // An insertion, a removal: no panic leaves the map half-changed.
    fn rooms(&self) -> MutexGuard<'_, HashMap<i64, Arc<Room>>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of an answer that goes on, on its way through the layers: see [`begin`].
#[derive(Clone)]
struct Later(Arc<Mutex<Option<Stream>>>, Option<Line>);

/// `GET /admin/live`
pub(super) async fn live(
    State(app): State<App>,
    at: InCompany,
    line: Option<Extension<Line>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let session = presence::session_id(&headers).ok_or(Failure::SignIn)?;
    let user = &at.visitor.user;
    let person = Person { session, user: user.id, role: user.role, company: user.company_id };
    let query = PageQuery::of(&at.visitor.context.target);
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let last = last.or_else(|| query.get("since"));
    let listener = app.live.join(&app, &at, person)?;
    // Whoever lost the right from now on is found in their seat; whoever did while they came is found here.
    if app.sessions.has_ended(&session) {
        return Err(Failure::SignIn);
    }
    let users = |versions: Versions| versions.of(&[Topic::Users]);
    if app.db.versions().get(at.company.id).is_some_and(|known| users(known) != users(at.versions)) {
        return Err(Failure::Unavailable);
    }
    let stream = Stream::new(listener, hello(&app.chance), last);
    let head = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (NO_BUFFERING, "no")];
    let mut response = head.into_response();
    response.extensions_mut().insert(Later(Arc::new(Mutex::new(Some(stream))), line.map(|Extension(line)| line)));
    Ok(response)
}

/// Gives an answer that goes on its body, once all layers have seen its head: none of them is to wrap it, pack it or hold it to a
/// time.
pub(super) fn begin(mut response: Response) -> Response {
    let Some(Later(stream, line)) = response.extensions_mut().remove() else { return response };
    if let Some(stream) = stream.lock().unwrap_or_else(PoisonError::into_inner).take() {
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = match line {
            Some(line) => {
                let loan = Loan::of(stream);
                line.lend(Arc::clone(&loan));
                Body::new(Lent(loan))
            }
            None => Body::new(stream),
        };
    }
    response
}

/// The first words to a client: when to come back should the connection be lost.
fn hello(chance: &Chance) -> String {
    let mut bytes = [0; 8];
    chance.fill(&mut bytes);
    format!("retry: {}\n\n", COME_BACK + u64::from_le_bytes(bytes) % COME_BACK_SPREAD)
}
