//! The room of a company: who listens, and what is to be heard.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::task::{Context, Poll};

use axum::body::Bytes;
use futures_util::task::AtomicWaker;
use hyper::body::Frame;
use tokio::sync::Notify;
use tower_sessions::session::Id;

use super::message::{BEAT, Message, OVER};
use crate::tenant::{Role, User};

/// Who listens, as they were when they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) session: Id,
    pub(super) user: i64,
    pub(super) role: Role,
    /// The company that they are at home in; none for an operator.
    pub(super) company: Option<i64>,
}

impl Person {
    pub(super) fn is(&self, user: &User) -> bool {
        (self.user, self.role, self.company) == (user.id, user.role, user.company_id)
    }
}

/// Everybody who listens to one company, and what they hear.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) company: i64,
    seats: Mutex<HashMap<i128, Vec<Arc<Seat>>>>,
    news: RwLock<News>,
    /// Somebody left.
    pub(super) left: Notify,
}

/// What is to be heard now.
#[derive(Debug)]
struct News {
    message: Message,
    /// The how manieth message it is.
    number: u64,
    /// The how manieth sign of life.
    beat: u64,
    over: bool,
}

#[derive(Debug)]
struct Seat {
    person: Person,
    waker: AtomicWaker,
    dismissed: AtomicBool,
}

impl Room {
    pub(super) fn new(company: i64, message: Message) -> Self {
        let news = News { message, number: 1, beat: 0, over: false };
        Self { company, seats: Mutex::default(), news: RwLock::new(news), left: Notify::new() }
    }

    /// A seat for a person who has fewer than `most` already.
    pub(super) fn seat(self: &Arc<Self>, person: Person, most: usize) -> Option<Listener> {
        let mut seats = self.seats();
        let own = seats.entry(person.session.0).or_default();
        (own.len() < most).then(|| {
            let seat = Arc::new(Seat { person, waker: AtomicWaker::new(), dismissed: AtomicBool::new(false) });
            own.push(Arc::clone(&seat));
            Listener { room: Arc::clone(self), seat }
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.seats().is_empty()
    }

    /// How many listen.
    pub(super) fn seated(&self) -> usize {
        self.seats().values().map(Vec::len).sum()
    }

    /// Everybody who listens, each session once.
    pub(super) fn people(&self) -> Vec<Person> {
        self.seats().values().filter_map(|seats| Some(seats.first()?.person)).collect()
    }

    /// Tells everybody how things are now; answers whether that is other than what they were told.
    pub(super) fn tell(&self, message: Message) -> bool {
        let mut news = self.news_mut();
        if news.message.says_the_same_as(&message) {
            return false;
        }
        (news.message, news.number) = (message, news.number + 1);
        drop(news);
        self.wake();
        true
    }

    /// Gives everybody a sign of life.
    pub(super) fn beat(&self) {
        self.news_mut().beat += 1;
        self.wake();
    }

    /// Ends everybody's stream: the process ends, or the company does.
    pub(super) fn close(&self) {
        self.news_mut().over = true;
        self.wake();
    }

    /// Ends the streams of those whom `whom` names.
    pub(super) fn dismiss(&self, whom: impl Fn(&Person) -> bool) {
        for seat in self.seats().values().flatten().filter(|seat| whom(&seat.person)) {
            seat.dismissed.store(true, Ordering::SeqCst);
            seat.waker.wake();
        }
    }

    // To wake is to put a task into a queue: nothing is run here, so nothing comes back for the lock.
    fn wake(&self) {
        self.seats().values().flatten().for_each(|seat| seat.waker.wake());
    }

    fn stand_up(&self, seat: &Arc<Seat>) {
        let mut seats = self.seats();
        if let Some(own) = seats.get_mut(&seat.person.session.0) {
            own.retain(|other| !Arc::ptr_eq(other, seat));
            if own.is_empty() {
                seats.remove(&seat.person.session.0);
            }
        }
        let empty = seats.is_empty();
        drop(seats);
        if empty {
            self.left.notify_one();
        }
    }

    // Insertions, removals and assignments: no panic leaves anything half-changed.
    fn seats(&self) -> MutexGuard<'_, HashMap<i128, Vec<Arc<Seat>>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn news(&self) -> RwLockReadGuard<'_, News> {
        self.news.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn news_mut(&self) -> RwLockWriteGuard<'_, News> {
        self.news.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody in their seat, which is free again when this goes.
#[derive(Debug)]
pub(super) struct Listener {
    room: Arc<Room>,
    seat: Arc<Seat>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.room.stand_up(&self.seat);
    }
}

/// The body of an answer that goes on: what one listener hears.
#[derive(Debug)]
pub(in crate::web) struct Stream {
    listener: Listener,
    hello: Option<Bytes>,
    /// The message and the sign of life that were sent last.
    number: u64,
    beat: u64,
    over: bool,
}

impl Stream {
    /// Begins with `hello`, and with how things are unless `last` says that this is known.
    pub(super) fn new(listener: Listener, hello: String, last: Option<&str>) -> Self {
        let news = listener.room.news();
        let known = last == Some(news.message.id.as_str());
        let (number, beat) = (if known { news.number } else { 0 }, news.beat);
        drop(news);
        Self { listener, hello: Some(hello.into()), number, beat, over: false }
    }

    fn next(&mut self) -> Next {
        if let Some(hello) = self.hello.take() {
            return Next::Send(hello);
        }
        if self.over {
            return Next::End;
        }
        if self.listener.seat.dismissed.load(Ordering::SeqCst) {
            self.over = true;
            return Next::Send(OVER);
        }
        let news = self.listener.room.news();
        if news.over {
            return Next::End;
        }
        let sent = (self.number, self.beat);
        (self.number, self.beat) = (news.number, news.beat);
        match sent {
            (number, _) if number != news.number => Next::Send(news.message.event.clone()),
            (_, beat) if beat != news.beat => Next::Send(BEAT),
            _ => Next::Wait,
        }
    }
}

/// What a stream does next.
enum Next {
    Send(Bytes),
    Wait,
    End,
}

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // First of all, so that nothing that comes from now on is missed.
        self.listener.seat.waker.register(context.waker());
        match self.next() {
            Next::Send(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Next::Wait => Poll::Pending,
            Next::End => Poll::Ready(None),
        }
    }
}
