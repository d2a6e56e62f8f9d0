//! A listener's socket, after hyper: events go out as chunks (RFC 9112, section 7.1) for as long as somebody is there.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use futures_util::future::poll_fn;
use hyper::body::{Body, Buf};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::room::Stream;

/// Whoever does not take an event for so long is not there any more.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);

/// Sends what there is to hear until either side ends it.
pub(in crate::web) async fn go_on(mut socket: TcpStream, mut stream: Stream) {
    let ended = loop {
        let sent = match poll_fn(|context| next(&socket, &mut stream, context)).await {
            Heard::Event(event) => within(send(&mut socket, event)).await,
            Heard::Left => return,
            Heard::End => break within(socket.write_all(b"0\r\n\r\n")).await,
        };
        if sent.is_err() {
            break sent;
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a listener was lost");
    }
    let _gone_either_way = socket.shutdown().await;
}

/// What happened first.
enum Heard {
    Event(Bytes),
    /// There is nothing more to hear.
    End,
    /// The listener went away.
    Left,
}

fn next(socket: &TcpStream, stream: &mut Stream, context: &mut Context<'_>) -> Poll<Heard> {
    while let Poll::Ready(ready) = socket.poll_read_ready(context) {
        // Nobody has anything to say here; what is said anyway is not listened to.
        let read = ready.and_then(|()| socket.try_read(&mut [0; 64]));
        match read {
            Ok(0) => return Poll::Ready(Heard::Left),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Poll::Ready(Heard::Left),
            Ok(_) | Err(_) => {}
        }
    }
    Pin::new(stream).poll_frame(context).map(|frame| match frame {
        Some(Ok(frame)) => frame.into_data().map_or(Heard::End, Heard::Event),
        Some(Err(never)) => match never {},
        None => Heard::End,
    })
}

async fn send(socket: &mut TcpStream, event: Bytes) -> io::Result<()> {
    let length = format!("{:x}\r\n", event.len());
    socket.write_all_buf(&mut length.as_bytes().chain(event).chain(&b"\r\n"[..])).await
}

async fn within(writing: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    tokio::time::timeout(TAKEN_WITHIN, writing).await.unwrap_or_else(|late| Err(late.into()))
}
