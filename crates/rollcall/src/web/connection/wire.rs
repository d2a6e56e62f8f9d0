//! The socket as hyper has it: it is handed one request at a time, whole, and only what could not be answered before.
//!
//! A request is framed here by hyper's own parser. Whatever is not plainly one request after the other — another version,
//! chunks, an upgrade, a body of two lengths, nonsense — is hyper's from then on, untouched, to the connection's end.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use hyper::body::Buf;
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio_util::bytes::BytesMut;
use tokio_util::io::poll_read_buf;

use super::line::Line;
use super::quick::Quick;
use crate::web::routes::Panel;

/// So much is read ahead of hyper at the most.
const MOST: usize = 64 << 10;
/// So much is read at once.
const AT_ONCE: usize = 4 << 10;
/// As many as hyper takes.
const HEADERS: usize = 100;

/// A socket as hyper has it, and whoever looks ahead. Cheap to clone.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<Ahead>>);

/// The socket, and what was read from it.
struct Ahead {
    socket: TcpStream,
    line: Line,
    quick: Quick,
    read: BytesMut,
    /// So much of what was read, and is to be read yet, is hyper's.
    handed: usize,
    /// Whether all of it is.
    plain: bool,
    /// Whether the client has said all that it will.
    ended: bool,
    out: Out,
    /// Whether something was answered since that was last looked at.
    answered: bool,
}

/// What came of looking ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// There is something for hyper.
    Hypers,
    /// Something was answered, and nothing else was asked.
    Answered,
    /// Nothing was asked.
    Nobodys,
}

/// What lies before the wire.
enum Next {
    /// A request that was answered.
    Answered,
    /// A request of that length, body included, for hyper.
    Request(usize),
    /// A part of a request.
    Partial,
    /// Something else.
    Other,
}

impl Wire {
    pub(super) fn new(socket: TcpStream, line: Line, panel: Arc<Panel>) -> Self {
        let (quick, read) = (Quick::new(panel), BytesMut::new());
        let (handed, plain, ended, answered) = (0, false, false, false);
        let ahead = Ahead { socket, line, quick, read, handed, plain, ended, out: Out::default(), answered };
        Self(Arc::new(Mutex::new(ahead)))
    }

    /// Answers what can be answered.
    pub(super) fn look_ahead(&self, context: &mut Context<'_>) -> Turn {
        let mut ahead = self.ahead();
        match (ahead.poll_due(context), std::mem::take(&mut ahead.answered)) {
            // A socket that fails does so for hyper again.
            (Poll::Ready(_), _) => Turn::Hypers,
            (Poll::Pending, true) => Turn::Answered,
            (Poll::Pending, false) => Turn::Nobodys,
        }
    }

    /// The socket; none while somebody else has it.
    pub(super) fn into_socket(self) -> Option<TcpStream> {
        Some(Arc::into_inner(self.0)?.into_inner().unwrap_or_else(PoisonError::into_inner).socket)
    }

    // One connection is one task: nobody waits here, and a panic ends all that has it.
    fn ahead(&self) -> MutexGuard<'_, Ahead> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ahead {
    /// Answers what was read, or decides that it is hyper's.
    fn look(&mut self) -> Next {
        if let Some(length) = self.quick.knows(&self.read) {
            return self.answer(length, length);
        }
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let head = match request.parse(&self.read) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if self.read.len() < MOST && !self.ended => return Next::Partial,
            Ok(httparse::Status::Partial) | Err(_) => return Next::Other,
        };
        let Some(length) = body_length(&request).and_then(|body| head.checked_add(body)) else { return Next::Other };
        if length == head && self.quick.learn(&request, &self.read[..head]) {
            return self.answer(head, length);
        }
        Next::Request(length)
    }

    fn answer(&mut self, head: usize, length: usize) -> Next {
        if !self.quick.answer(&mut self.out) {
            return Next::Request(length);
        }
        self.read.advance(head);
        self.line.answered();
        self.answered = true;
        Next::Answered
    }

    /// How much of what was read is hyper's now.
    fn due(&mut self) -> usize {
        if !self.plain && self.handed == 0 && !self.read.is_empty() && self.line.is_idle() {
            match self.look() {
                Next::Answered | Next::Partial => {}
                Next::Request(length) => self.handed = length,
                Next::Other => self.plain = true,
            }
        }
        if self.plain { self.read.len() } else { self.handed.min(self.read.len()) }
    }

    /// Reads and answers until there is something for hyper: so many bytes, none where the client has ended.
    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.out.send(&mut self.socket, context))?;
            let due = self.due();
            if due > 0 {
                return Poll::Ready(Ok(due));
            }
            if !self.out.is_empty() {
                continue;
            }
            if self.ended {
                // What was asked before the client fell silent is answered first; `poll_flush` wakes for it.
                return if self.read.is_empty() { Poll::Ready(Ok(0)) } else { Poll::Pending };
            }
            if self.read.len() >= MOST {
                return Poll::Pending;
            }
            self.read.reserve(AT_ONCE);
            self.ended = ready!(poll_read_buf(Pin::new(&mut self.socket), context, &mut self.read))? == 0;
        }
    }
}

impl Read for Wire {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, mut to: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut ahead = self.ahead();
        let due = ready!(ahead.poll_due(context))?.min(to.remaining());
        ahead.line.hand();
        to.put_slice(&ahead.read[..due]);
        ahead.read.advance(due);
        ahead.handed = ahead.handed.saturating_sub(due);
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let mut ahead = self.ahead();
        ahead.line.writes();
        Pin::new(&mut ahead.socket).poll_write(context, from)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut ahead = self.ahead();
        ready!(Pin::new(&mut ahead.socket).poll_flush(context))?;
        if ahead.line.flushed() && !ahead.read.is_empty() {
            // Read while hyper was busy: nothing else would bring it to look again.
            context.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.ahead().socket).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.ahead().socket.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut ahead = self.ahead();
        ahead.line.writes();
        Pin::new(&mut ahead.socket).poll_write_vectored(context, from)
    }
}

/// How long a request's body is; none where only hyper should say.
fn body_length(request: &httparse::Request<'_, '_>) -> Option<usize> {
    if request.version != Some(1) || request.method == Some("CONNECT") {
        return None;
    }
    let mut length = None;
    for header in &*request.headers {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("transfer-encoding") || is("upgrade") || is("expect") {
            return None;
        }
        if is("content-length") {
            let digits = std::str::from_utf8(header.value).ok()?;
            // A sign would be taken for a part of the number.
            let said = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
            if length.replace(said).is_some() {
                return None;
            }
        }
    }
    Some(length.unwrap_or(0))
}

/// An answer on its way out.
#[derive(Default)]
pub(super) struct Out {
    head: Vec<u8>,
    /// So much of the head is out.
    sent: usize,
    body: Bytes,
}

impl Out {
    pub(super) fn put(&mut self, head: &[&[u8]], body: Bytes) {
        self.head.clear();
        self.sent = 0;
        head.iter().for_each(|part| self.head.extend_from_slice(part));
        self.body = body;
    }

    fn is_empty(&self) -> bool {
        self.sent == self.head.len() && self.body.is_empty()
    }

    fn send(&mut self, socket: &mut TcpStream, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.is_empty() {
            let (head, socket) = (&self.head[self.sent..], Pin::new(&mut *socket));
            let sent = match self.body.is_empty() {
                true => socket.poll_write(context, head),
                false => socket.poll_write_vectored(context, &[IoSlice::new(head), IoSlice::new(&self.body)]),
            };
            let sent = ready!(sent)?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_head = sent.min(self.head.len() - self.sent);
            self.sent += of_head;
            self.body.advance(sent - of_head);
        }
        Poll::Ready(Ok(()))
    }
}
