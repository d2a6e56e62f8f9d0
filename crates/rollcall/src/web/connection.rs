//! One connection. Hyper speaks on it until an answer goes on as a stream of events: then the socket is taken out, because
//! hyper's buffers and state are many times what a listener costs otherwise.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{Request, Version};
use futures_util::future::poll_fn;
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::context::Peer;
use super::live::{Loan, go_on};
use super::routes::Panel;

/// What a connection and the answer on it know of each other. Rides in the request; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Whether hyper has written all that it had, and the system taken it.
    flushed: AtomicBool,
    loan: Mutex<Option<Arc<Loan>>>,
}

impl Line {
    /// The answer on this connection goes on as `loan`.
    pub(super) fn lend(&self, loan: Arc<Loan>) {
        *self.0.loan.lock().unwrap_or_else(PoisonError::into_inner) = Some(loan);
    }

    /// The loan that can be taken back now: its answer's head is out, and so is all that there was to hear.
    fn due(&self) -> Option<Arc<Loan>> {
        if !self.0.flushed.load(Ordering::SeqCst) {
            return None;
        }
        self.0.loan.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(|loan| loan.is_waiting())
    }
}

/// Serves HTTP/1 on `stream` until either side ends it, or until `stop` is cancelled and the answer under way is out.
pub(super) async fn serve(
    builder: &Builder,
    panel: Arc<Panel>,
    stream: TcpStream,
    peer: Peer,
    stop: CancellationToken,
) {
    let line = Line::default();
    let io = Watched { io: TokioIo::new(stream), line: line.clone() };
    let service = hyper::service::service_fn({
        let line = line.clone();
        move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            // An older client knows no chunks.
            if request.version() == Version::HTTP_11 {
                request.extensions_mut().insert(line.clone());
            }
            let panel = Arc::clone(&panel);
            // In a box of its own, which goes with the answer.
            Box::pin(async move { Ok::<_, Infallible>(panel.answer(request.map(Body::new)).await) })
        }
    });
    let mut connection = builder.serve_connection(io, service);
    let mut stopped = pin!(stop.cancelled());
    let mut told = false;
    let ended = poll_fn(|context| {
        if !told && stopped.as_mut().poll(context).is_ready() {
            told = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        match connection.poll_without_shutdown(context) {
            Poll::Ready(result) => Poll::Ready(Err(result)),
            Poll::Pending => line.due().map_or(Poll::Pending, |loan| Poll::Ready(Ok(loan))),
        }
    });
    let ended = ended.await;
    let mut socket = connection.into_parts().io.io.into_inner();
    match ended {
        // In a task of its own, which is as small as a listener.
        Ok(loan) => drop(loan.take_back().map(|stream| tokio::spawn(go_on(socket, stream)))),
        Err(result) => {
            if let Err(error) = result {
                tracing::debug!(%error, "a connection ended early");
            }
            let _gone_either_way = socket.shutdown().await;
        }
    }
}

/// A socket that notes whether hyper has anything left to write: it flushes only when it has not.
struct Watched {
    io: TokioIo<TcpStream>,
    line: Line,
}

impl Watched {
    fn note(&self, flushed: bool) {
        self.line.0.flushed.store(flushed, Ordering::SeqCst);
    }
}

impl Read for Watched {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, to)
    }
}

impl Write for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.note(false);
        Pin::new(&mut self.io).poll_write(context, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(context);
        self.note(matches!(flushed, Poll::Ready(Ok(()))));
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.note(false);
        Pin::new(&mut self.io).poll_write_vectored(context, from)
    }
}
