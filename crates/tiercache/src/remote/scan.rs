//! Walking all keys that begin alike, on every server that has some.

use std::time::Duration;

use redis::cluster_routing::{RoutingInfo, SingleNodeRoutingInfo};
use redis::{Cmd, FromRedisValue, RedisResult, Value};
use tokio::time::timeout;

use super::Remote;
use super::connect::Link;
use super::fault::RedisFault;

/// What one step may take: nobody's page waits for it.
const STEP: Duration = Duration::from_secs(1);
/// How many keys the server looks at in a step: few enough that it stalls nobody.
const LOOK_AT: usize = 500;

/// A walk that has begun. Keys that come or go meanwhile may be seen or not, and one may be seen twice.
pub(crate) struct Walk<'a> {
    remote: &'a Remote,
    link: Link,
    pattern: String,
    /// Where still to go: servers of a cluster by address, or the only one.
    servers: Vec<Option<(String, u16)>>,
    cursor: Vec<u8>,
}

impl Remote {
    /// Begins a walk over all keys that begin with `prefix`.
    pub(crate) async fn walk(&self, prefix: &str) -> Result<Walk<'_>, RedisFault> {
        let link = self.shared.link().ok_or(RedisFault::Down)?;
        let servers = match link.cluster() {
            None => vec![None],
            Some(_) => masters(&step(self, &link, redis::cmd("CLUSTER").arg("SLOTS"), None).await?),
        };
        Ok(Walk { remote: self, link, pattern: pattern(prefix), servers, cursor: b"0".to_vec() })
    }

    /// The length of what is under `name`, and its first `bytes`.
    pub(crate) async fn peek(&self, name: &str, bytes: usize) -> Result<(u64, Vec<u8>), RedisFault> {
        let (mut range, mut length) = (redis::cmd("GETRANGE"), redis::cmd("STRLEN"));
        range.arg(name).arg(0).arg(bytes.saturating_sub(1));
        length.arg(name);
        let head = self.run(&range, STEP, |value| match value {
            Value::BulkString(head) => Some(head),
            _ => None,
        });
        let length = self.run(&length, STEP, super::int);
        let (head, length) = tokio::join!(head, length);
        Ok((length?, head?))
    }
}

impl Walk<'_> {
    /// The next keys, perhaps none; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<String>>, RedisFault> {
        let Some(server) = self.servers.last() else { return Ok(None) };
        let mut command = redis::cmd("SCAN");
        command.arg(&self.cursor[..]).arg("MATCH").arg(&self.pattern).arg("COUNT").arg(LOOK_AT);
        let reply = step(self.remote, &self.link, &command, server.as_ref()).await?;
        let (cursor, keys): (Vec<u8>, Vec<Vec<u8>>) =
            FromRedisValue::from_redis_value(reply).map_err(|_| RedisFault::Astray)?;
        if cursor == b"0" {
            self.servers.pop();
        }
        self.cursor = cursor;
        // What is no text is none of ours.
        Ok(Some(keys.into_iter().filter_map(|key| String::from_utf8(key).ok()).collect()))
    }
}

async fn step(
    remote: &Remote,
    link: &Link,
    command: &Cmd,
    server: Option<&(String, u16)>,
) -> Result<Value, RedisFault> {
    remote.shared.operations.up();
    let answer = async {
        let answer: RedisResult<Value> = match (link.cluster(), server) {
            (Some(mut cluster), Some((host, port))) => {
                let to = SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port };
                let value = cluster.route_command(command.clone(), RoutingInfo::SingleNode(to)).await;
                value.and_then(Value::extract_error)
            }
            _ => link.send(command).await,
        };
        answer.map_err(|error| RedisFault::from(&error))
    };
    let answer = timeout(STEP, answer).await.unwrap_or(Err(RedisFault::Timeout));
    answer.inspect_err(|fault| remote.shared.failed(link.generation, *fault))
}

/// The masters in the reply to CLUSTER SLOTS, each once.
fn masters(slots: &Value) -> Vec<Option<(String, u16)>> {
    let mut masters = Vec::new();
    let Value::Array(ranges) = slots else { return masters };
    for range in ranges {
        let Value::Array(range) = range else { continue };
        // First slot, last slot, then the master and its replicas: host, port, …
        let Some(Value::Array(node)) = range.get(2) else { continue };
        if let [Value::BulkString(host), Value::Int(port), ..] = &node[..]
            && let (Ok(host), Ok(port)) = (String::from_utf8(host.clone()), u16::try_from(*port))
            && !masters.contains(&Some((host.clone(), port)))
        {
            masters.push(Some((host, port)));
        }
    }
    masters
}

/// The pattern that matches what begins with `prefix`, to the letter.
fn pattern(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for letter in prefix.chars() {
        if matches!(letter, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('*');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_taken_to_the_letter() {
        assert_eq!(pattern("a:b"), "a:b*");
        assert_eq!(pattern("a*[b]?\\"), "a\\*\\[b\\]\\?\\\\*");
    }

    #[test]
    fn masters_are_read_once_and_replicas_not_at_all() {
        let node = |host: &str, port| Value::Array(vec![Value::BulkString(host.into()), Value::Int(port)]);
        let range = |master: Value| Value::Array(vec![Value::Int(0), Value::Int(9), master, node("replica", 9)]);
        let slots = Value::Array(vec![range(node("a", 1)), range(node("b", 2)), range(node("a", 1))]);
        assert_eq!(masters(&slots), [Some(("a".to_owned(), 1)), Some(("b".to_owned(), 2))]);
    }
}
