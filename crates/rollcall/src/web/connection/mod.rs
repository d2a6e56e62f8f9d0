//! One connection of HTTP/1. What was kept goes out before hyper hears of it ([`quick`]); hyper speaks on the connection
//! otherwise, until an answer goes on as a stream of events: then the socket is taken out, because hyper's buffers and state are
//! many times what a listener costs otherwise.

mod line;
mod quick;
mod wire;

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Version};
use futures_util::future::poll_fn;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;

use super::context::Peer;
use super::live::{Loan, go_on};
use super::routes::Panel;
pub(super) use line::Line;
use line::Tracked;
use wire::{Turn, Wire};

/// How a connection ends.
enum End {
    /// Its answer goes on without hyper.
    Lent(Arc<Loan>),
    /// One of the sides is done.
    Over(hyper::Result<()>),
    /// The client has taken too long to say what it wants.
    Silent,
}

/// Serves HTTP/1 on `stream` until either side ends it, until `stop` is cancelled and the answer under way is out, or until
/// the client has said nothing complete for `patience` or a little longer. `builder` sets no times of its own.
pub(super) async fn serve(
    builder: &Builder,
    panel: Arc<Panel>,
    stream: TcpStream,
    peer: Peer,
    patience: Duration,
    stop: CancellationToken,
) {
    let line = Line::default();
    let wire = Wire::new(stream, line.clone(), Arc::clone(&panel));
    let service = hyper::service::service_fn({
        let line = line.clone();
        move |mut request: Request<Incoming>| {
            line.asks();
            request.extensions_mut().insert(peer);
            // An older client knows no chunks.
            if request.version() == Version::HTTP_11 {
                request.extensions_mut().insert(line.clone());
            }
            let (panel, line) = (Arc::clone(&panel), line.clone());
            // In a box of its own, which goes with the answer.
            Box::pin(async move {
                let answer = panel.answer(request.map(Body::new)).await;
                Ok::<_, Infallible>(answer.map(|body| Tracked::new(body, line)))
            })
        }
    });
    let mut connection = builder.serve_connection(wire.clone(), service);
    let mut stopped = pin!(stop.cancelled());
    let (mut told, mut begun) = (false, false);
    let mut tired = pin!(tokio::time::sleep(patience));
    let end = poll_fn(|context| {
        // While hyper has nothing to do it need not know what is answered without it.
        let turn = if told || !line.is_idle() { Turn::Hypers } else { wire.look_ahead(context) };
        // The others know whom to wake since they were first asked, and say at less cost whether they did.
        if begun && turn == Turn::Answered && !stop.is_cancelled() && !tired.is_elapsed() {
            return Poll::Pending;
        }
        begun = true;
        if !told && stopped.as_mut().poll(context).is_ready() {
            told = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        if told || turn == Turn::Hypers {
            if let Poll::Ready(result) = connection.poll_without_shutdown(context) {
                return Poll::Ready(End::Over(result));
            }
            if let Some(loan) = line.due() {
                return Poll::Ready(End::Lent(loan));
            }
        }
        is_silent(&line, patience, tired.as_mut(), context).map(|()| End::Silent)
    });
    let end = end.await;
    drop(connection);
    let Some(mut socket) = wire.into_socket() else { return };
    match end {
        // In a task of its own, which is as small as a listener.
        End::Lent(loan) => drop(loan.take_back().map(|stream| tokio::spawn(go_on(socket, stream)))),
        End::Over(Ok(())) | End::Silent => {
            let _gone_either_way = socket.shutdown().await;
        }
        End::Over(Err(error)) => {
            tracing::debug!(%error, "a connection ended early");
            let _gone_either_way = socket.shutdown().await;
        }
    }
}

/// Ready when nobody has asked anything complete for `patience`, or up to twice as long. `timer` is set anew only when it has
/// run out: whoever asks often does not pay for it each time.
fn is_silent(line: &Line, patience: Duration, mut timer: Pin<&mut Sleep>, context: &mut Context<'_>) -> Poll<()> {
    while timer.as_mut().poll(context).is_ready() {
        if line.is_silent() {
            return Poll::Ready(());
        }
        timer.as_mut().reset(Instant::now() + patience);
    }
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::app::App;
    use crate::chance::Chance;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::db::Database;

    #[tokio::test]
    async fn nobody_is_waited_for_who_says_nothing_complete() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("rollcall.db").display());
        let db = Database::open(&url, 1).await.unwrap();
        db.migrate_up().await.unwrap();
        let clock = Clock::pinned("2026-11-22T12:00:00Z".parse().unwrap());
        let app = App::new(Config::defaults().unwrap(), db, clock, Chance::seeded(7)).await.unwrap();
        let panel = Arc::new(Panel::new(app));
        let mut builder = Builder::new();
        builder.header_read_timeout(None);
        let whole = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let old = "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        for (said, answers) in [
            ("", 0),
            (&whole[..20], 0),
            (whole, 1),
            (&[whole, whole, &whole[..20]].concat(), 2),
            (&[old, "GET"].concat(), 1),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (stream, peer) = listener.accept().await.unwrap();
            client.write_all(said.as_bytes()).await.unwrap();
            let patience = Duration::from_millis(20);
            let stop = CancellationToken::new();
            serve(&builder, Arc::clone(&panel), stream, Peer(peer.ip()), patience, stop).await;
            let mut heard = Vec::new();
            client.read_to_end(&mut heard).await.unwrap();
            assert_eq!(String::from_utf8(heard).unwrap().matches(" 200 OK\r\n").count(), answers, "{said:?}");
        }
    }
}
