//! Asking the Sentinels who the master is, and hearing from them when that changes.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use redis::Client;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::connect::{client, dial};
use super::fault::RedisFault;
use super::url::RedisUrl;

/// How long a Sentinel may take to answer. A hung one must not keep us from what the others say.
const ASK: Duration = Duration::from_millis(300);
/// How often a subscription is asked whether it still stands.
const CHECK: Duration = Duration::from_secs(5);
/// How long until a lost subscription is tried again.
const RETRY: Duration = Duration::from_millis(500);

pub(super) type Address = (String, u16);

/// The master, by what the best-informed Sentinel says: the one with the highest epoch of its configuration. Each failover raises
/// the epoch, so a Sentinel that was away does not lead us back to the old master.
pub(super) async fn master(url: &RedisUrl, name: &str) -> Result<Address, RedisFault> {
    let answers = join_all(url.hosts.iter().map(|sentinel| timeout(ASK, ask(url, sentinel, name)))).await;
    let mut fault = RedisFault::Timeout;
    let mut best: Option<(u64, Address)> = None;
    for answer in answers {
        match answer {
            Ok(Ok((epoch, address))) if best.as_ref().is_none_or(|(known, _)| epoch > *known) => {
                best = Some((epoch, address));
            }
            Ok(Err(why)) => fault = why,
            Ok(Ok(_)) | Err(_) => {}
        }
    }
    best.map(|(_, address)| address).ok_or(fault)
}

async fn ask(url: &RedisUrl, sentinel: &Address, name: &str) -> Result<(u64, Address), RedisFault> {
    let client = sentinel_client(url, sentinel)?;
    let mut connection = dial(&client, ASK).await?;
    let mut command = redis::cmd("SENTINEL");
    command.arg("MASTER").arg(name);
    let said: HashMap<String, String> = command.query_async(&mut connection).await.map_err(|error| {
        match RedisFault::from(&error) {
            // "ERR No such master with that name"
            RedisFault::Other => RedisFault::NoMaster,
            fault => fault,
        }
    })?;
    let number = |field: &str| said.get(field).and_then(|text| text.parse::<u64>().ok());
    let port = number("port").and_then(|port| u16::try_from(port).ok());
    match (said.get("ip"), port) {
        (Some(host), Some(port)) => Ok((number("config-epoch").unwrap_or(0), (host.clone(), port))),
        _ => Err(RedisFault::NoMaster),
    }
}

fn sentinel_client(url: &RedisUrl, sentinel: &Address) -> Result<Client, RedisFault> {
    client(url, sentinel, &url.sentinel_login, 0).map_err(|error| RedisFault::from(&error))
}

/// Listens to every Sentinel for `+switch-master`, and tells `news` the new address. Ends when the set is dropped.
pub(super) fn listen(url: &RedisUrl, name: &str, news: &watch::Sender<Option<Address>>) -> JoinSet<()> {
    let mut listeners = JoinSet::new();
    for sentinel in url.hosts.clone() {
        let (url, name, news) = (url.clone(), name.to_owned(), news.clone());
        listeners.spawn(async move {
            loop {
                // Why it ended does not matter: the others go on, and the supervisor asks by itself besides.
                let _ = hear(&url, &sentinel, &name, &news).await;
                tokio::time::sleep(RETRY).await;
            }
        });
    }
    listeners
}

async fn hear(
    url: &RedisUrl,
    sentinel: &Address,
    name: &str,
    news: &watch::Sender<Option<Address>>,
) -> Result<(), RedisFault> {
    let client = sentinel_client(url, sentinel)?;
    let lost = |_| RedisFault::Timeout;
    let broken = |error| RedisFault::from(&error);
    let subscription = timeout(ASK, client.get_async_pubsub()).await.map_err(lost)?.map_err(broken)?;
    let (mut asks, mut messages) = subscription.split();
    timeout(ASK, asks.subscribe("+switch-master")).await.map_err(lost)?.map_err(broken)?;
    loop {
        match timeout(CHECK, messages.next()).await {
            Ok(Some(message)) => {
                let text = String::from_utf8_lossy(message.get_payload_bytes()).into_owned();
                if let Some(address) = switched(&text, name) {
                    news.send_replace(Some(address));
                }
            }
            Ok(None) => return Err(RedisFault::Connection),
            Err(_) => timeout(ASK, asks.ping::<redis::Value>()).await.map_err(lost)?.map_err(broken).map(drop)?,
        }
    }
}

/// The new address in `<name> <old host> <old port> <new host> <new port>`, if it is of the master called `name`.
fn switched(text: &str, name: &str) -> Option<Address> {
    match text.split(' ').collect::<Vec<_>>()[..] {
        [of, _, _, host, port] if of == name => Some((host.to_owned(), port.parse().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_news_of_our_own_master_counts() {
        assert_eq!(switched("m 10.0.0.1 1 10.0.0.2 2", "m"), Some(("10.0.0.2".to_owned(), 2)));
        assert_eq!(switched("other 10.0.0.1 1 10.0.0.2 2", "m"), None);
        assert_eq!(switched("m 10.0.0.1 1", "m"), None);
    }
}
