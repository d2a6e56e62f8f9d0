//! A proxy between the cache and Redis that lies: it delays, swaps, cuts short or turns replies into rubbish.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lie {
    /// None: replies pass as they are.
    None,
    /// Each batch of replies comes this much later.
    Delay(Duration),
    /// Replies that follow each other closely change places, in pairs.
    Swap,
    /// Values are half as long as they were.
    Cut,
    /// Values have one byte that is another.
    Damage,
    /// Everybody is told this, whatever they asked.
    Say(&'static str),
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    lie: Arc<Mutex<Lie>>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    pub(crate) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let lie = Arc::new(Mutex::new(Lie::None));
        let mut tasks = JoinSet::new();
        let told = Arc::clone(&lie);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                connections.spawn(forward(from_client, to_server));
                connections.spawn(relate(from_server, to_client, Arc::clone(&told)));
            }
        });
        Self { port: own, lie, _tasks: tasks }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn lie(&self, lie: Lie) {
        *self.lie.lock().unwrap() = lie;
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ = tokio::io::copy(&mut from, &mut to).await;
}

async fn relate(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, told: Arc<Mutex<Lie>>) {
    let mut buffer = Vec::new();
    while let Ok(read) = from.read_buf(&mut buffer).await {
        if read == 0 {
            return;
        }
        let lie = *told.lock().unwrap();
        if lie == Lie::Swap {
            // So that there are two to be swapped.
            tokio::time::sleep(Duration::from_millis(3)).await;
            let _ = from.try_read_buf(&mut buffer);
        }
        let mut replies = Vec::new();
        while let Some(length) = frame(&buffer) {
            replies.push(buffer.drain(..length).collect::<Vec<u8>>());
        }
        match lie {
            Lie::None => {}
            Lie::Delay(by) => tokio::time::sleep(by).await,
            Lie::Swap => replies.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1)),
            Lie::Cut => replies.iter_mut().for_each(|reply| change(reply, |value| value.truncate(value.len() / 2))),
            Lie::Damage => replies.iter_mut().for_each(|reply| {
                change(reply, |value| {
                    let middle = value.len() / 2;
                    value[middle] ^= 1;
                });
            }),
            Lie::Say(what) => replies.iter_mut().for_each(|reply| *reply = what.as_bytes().to_vec()),
        }
        if to.write_all(&replies.concat()).await.is_err() {
            return;
        }
    }
}

/// Changes a bulk string that is long enough to be an envelope.
fn change(reply: &mut Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) {
    let Some(line) = reply.iter().position(|&byte| byte == b'\n') else { return };
    if reply[0] == b'$' && reply.len() > 60 {
        let mut value = reply[line + 1..reply.len() - 2].to_vec();
        change(&mut value);
        *reply = [format!("${}\r\n", value.len()).into_bytes(), value, b"\r\n".to_vec()].concat();
    }
}

/// The length of the first reply in `bytes`, if all of it is there.
fn frame(bytes: &[u8]) -> Option<usize> {
    let line = bytes.windows(2).position(|pair| pair == b"\r\n")? + 2;
    let number = || std::str::from_utf8(&bytes[1..line - 2]).unwrap().parse::<i64>().unwrap();
    match bytes[0] {
        b'$' if number() >= 0 => {
            let end = line + usize::try_from(number()).unwrap() + 2;
            (bytes.len() >= end).then_some(end)
        }
        b'*' if number() >= 0 => (0..number()).try_fold(line, |at, _| Some(at + frame(&bytes[at..])?)),
        _ => Some(line),
    }
}
