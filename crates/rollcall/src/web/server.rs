//! Connections: accepted, served, and drained at shut-down.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::context::Peer;
use super::routes::Panel;
use super::session;
use crate::app::App;

/// How long a client may take to send its request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How often sessions that have ended are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// Serves the panel on `listener` until `stop` is cancelled; then takes no new connections and gives those that are
/// open `shutdown.grace` to finish.
///
/// # Errors
/// Where the listener fails for good.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
    raise_file_limit();
    let panel = Arc::new(Panel::new(app.clone()));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(20)));
    let open = GracefulShutdown::new();
    let pruner = tokio::spawn(prune(app.clone(), stop.clone()));
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
        serve_connection(&builder, &open, Arc::clone(&panel), stream, Peer(peer.ip()));
    }
    drop(listener);
    // Whoever listens would listen on: their browsers come back to another node, or to the next start.
    app.live.close();
    drain(open, app.config.shutdown.grace).await;
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

fn serve_connection(
    builder: &Builder<TokioExecutor>,
    open: &GracefulShutdown,
    panel: Arc<Panel>,
    stream: TcpStream,
    peer: Peer,
) {
    // Answers are small and written at once: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let panel = Arc::clone(&panel);
        // In a box of its own, which goes with the answer: a connection that waits for events holds no room for a request.
        Box::pin(async move { Ok::<_, Infallible>(panel.answer(request.map(Body::new)).await) })
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = open.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

/// A failed accept concerns one client, or the process is out of file handles: those come back when clients leave.
async fn refuse(error: &io::Error) {
    let gone = [io::ErrorKind::ConnectionRefused, io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
    if !gone.contains(&error.kind()) {
        tracing::error!(%error, "no connection could be accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn drain(open: GracefulShutdown, grace: Duration) {
    tracing::info!("shutting down: open requests are finished");
    if tokio::time::timeout(grace, open.shutdown()).await.is_err() {
        tracing::warn!(?grace, "some requests did not finish in time and were cut off");
    }
}

async fn prune(app: App, stop: CancellationToken) {
    let store = session::store(&app);
    while !stop.is_cancelled() {
        if let Err(error) = store.prune().await {
            tracing::warn!(%error, "sessions that have ended could not be deleted");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PRUNE_EVERY) => {}
        }
    }
}
