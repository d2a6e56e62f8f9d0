//! Connections: accepted, served, and drained at shut-down.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::context::Peer;
use super::routes::Panel;
use super::{api, connection, session};
use crate::app::App;
use crate::audit;
use crate::import::screen;
use crate::resource;
use crate::security;

/// How long a client may take to send its request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How often sessions that have ended, old lines of the audit log and old answers of the API are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// Serves the panel on `listener` until `stop` is cancelled; then takes no new connections and gives those that are
/// open `shutdown.grace` to finish.
///
/// # Errors
/// Where the listener fails for good.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
    raise_file_limit();
    let panel = Arc::new(Panel::new(app.clone()));
    let builders = Arc::new(Builders::new());
    // Held by every connection: none is open any more when the last is dropped.
    let (open, all_closed) = mpsc::channel::<Infallible>(1);
    let pruner = tokio::spawn(prune_until(app.clone(), stop.clone()));
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(connection) => connection,
                Err(error) => {
                    refuse(&error).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let (open, stop) = (open.clone(), stop.clone());
        let serving = Arc::clone(&builders).serve(Arc::clone(&panel), stream, Peer(peer.ip()), stop);
        tokio::spawn(async move {
            serving.await;
            drop(open);
        });
    }
    drop((listener, open));
    // Whoever listens would listen on: their browsers come back to another node, or to the next start.
    app.live.close();
    drain(all_closed, app.config.shutdown.grace).await;
    pruner.abort();
    Ok(())
}

/// Each dashboard that is open is a file handle: as many as the system grants.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
    {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
}

/// How hyper speaks.
struct Builders {
    http1: http1::Builder,
    /// For HTTP/2, which a client begins with what no request of HTTP/1 begins with.
    http2: http2::Builder<TokioExecutor>,
}

/// How a connection of HTTP/2 begins (RFC 9113, section 3.4).
const HTTP2: &[u8] = b"PRI ";

impl Builders {
    fn new() -> Self {
        let mut http1 = http1::Builder::new();
        // Who says nothing is timed by `connection`, which hears everything first.
        http1.header_read_timeout(None);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2.timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(20)));
        Self { http1, http2 }
    }

    async fn serve(self: Arc<Self>, panel: Arc<Panel>, stream: TcpStream, peer: Peer, stop: CancellationToken) {
        // Answers are small and written at once: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let begins = tokio::select! {
            begins = tokio::time::timeout(HEAD_TIMEOUT, begins_as_http2(&stream)) => begins,
            // Nothing was asked yet.
            () = stop.cancelled() => return,
        };
        match begins {
            Ok(Ok(false)) => connection::serve(&self.http1, panel, stream, peer, HEAD_TIMEOUT, stop).await,
            Ok(Ok(true)) => self.serve_http2(panel, stream, peer, stop).await,
            Ok(Err(_)) | Err(_) => {}
        }
    }

    async fn serve_http2(&self, panel: Arc<Panel>, stream: TcpStream, peer: Peer, stop: CancellationToken) {
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            let panel = Arc::clone(&panel);
            Box::pin(async move { Ok::<_, Infallible>(panel.answer(request.map(Body::new)).await) })
        });
        let mut connection = pin!(self.http2.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// Looks at what a client says first, and leaves it where it is.
async fn begins_as_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0; HTTP2.len()];
    let mut seen = 0;
    loop {
        let length = stream.peek(&mut first).await?;
        if length == 0 || first[..length] != HTTP2[..length] {
            return Ok(false);
        }
        if length == HTTP2.len() {
            return Ok(true);
        }
        // One letter after the other: to look again at once would find the same.
        if length == seen {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        seen = length;
    }
}

/// A failed accept concerns one client, or the process is out of file handles: those come back when clients leave.
async fn refuse(error: &io::Error) {
    let gone = [io::ErrorKind::ConnectionRefused, io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
    if !gone.contains(&error.kind()) {
        tracing::error!(%error, "no connection could be accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn drain(mut all_closed: mpsc::Receiver<Infallible>, grace: Duration) {
    tracing::info!("shutting down: open requests are finished");
    if tokio::time::timeout(grace, all_closed.recv()).await.is_err() {
        tracing::warn!(?grace, "some requests did not finish in time and were cut off");
    }
}

async fn prune_until(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        prune(&app).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PRUNE_EVERY) => {}
        }
    }
}

/// Deletes what is kept no longer, of all companies. What cannot be deleted now stays until the next time.
pub async fn prune(app: &App) {
    let store = session::store(app);
    if let Err(error) = store.prune().await {
        tracing::warn!(%error, "sessions that have ended could not be deleted");
    }
    if let Err(error) = audit::prune(app).await {
        tracing::warn!(%error, "old lines of the audit log could not be deleted");
    }
    if let Err(error) = security::prune(app).await {
        tracing::warn!(%error, "old security events could not be deleted");
    }
    if let Err(error) = screen::prune(app).await {
        tracing::warn!(%error, "old imports could not be forgotten");
    }
    if let Err(error) = api::prune(app).await {
        tracing::warn!(%error, "old answers of the API could not be deleted");
    }
    if let Err(error) = resource::prune(app).await {
        tracing::warn!(%error, "old notes of what was deleted could not be forgotten");
    }
}
