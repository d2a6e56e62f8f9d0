//! Redis in all its forms, and what can be done to it.

use anyhow::{Context, Result};

use super::scenario::Redis;
use super::support::proxy::{Lie, Proxy};
use super::support::server::Server;

/// The password that nobody was told.
const PASSWORD: &str = "nobody-was-told";

/// The servers of a scenario.
pub(crate) struct RedisSide {
    pub(crate) servers: Vec<Server>,
    sentinels: Vec<Server>,
    proxy: Option<Proxy>,
}

impl RedisSide {
    /// Starts them.
    pub(crate) async fn start(kind: Redis) -> Result<Self> {
        let mut side = Self { servers: Vec::new(), sentinels: Vec::new(), proxy: None };
        match kind {
            Redis::None => {}
            Redis::Single => {
                let server = blocking(|| Server::start(&[])).await?;
                side.proxy = Some(Proxy::before(server.port).await);
                side.servers.push(server);
            }
            Redis::Sentinel => {
                let master = blocking(|| Server::start(&[])).await?;
                let port = master.port;
                let replica = blocking(move || {
                    let port = port.to_string();
                    Server::start(&["--replicaof", "127.0.0.1", &port, "--repl-diskless-sync-delay", "0"])
                });
                side.servers = vec![master, replica.await?];
                for _ in 0..3 {
                    side.sentinels.push(blocking(move || Server::sentinel(port, 2)).await?);
                }
            }
        }
        Ok(side)
    }

    /// What the node in that place is to connect to; none where there is no Redis.
    pub(crate) fn url(&self, place: usize) -> Option<String> {
        if !self.sentinels.is_empty() {
            let hosts: Vec<_> = self.sentinels.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port)).collect();
            return Some(format!("redis+sentinel://{}/m", hosts.join(",")));
        }
        let direct = self.servers.first().map(Server::url);
        if place == 0 { direct } else { self.proxy.as_ref().map(Proxy::url).or(direct) }
    }

    /// From now on, replies through the proxy are treated so.
    pub(crate) fn lie(&self, lie: Lie) {
        if let Some(proxy) = &self.proxy {
            proxy.lie(lie);
        }
    }

    fn only(&mut self) -> Result<&mut Server> {
        self.servers.first_mut().context("there is no Redis")
    }

    pub(crate) fn kill(&mut self) -> Result<()> {
        self.only()?.kill();
        Ok(())
    }

    pub(crate) fn start_again(&mut self) -> Result<()> {
        self.only()?.start_again();
        Ok(())
    }

    pub(crate) fn hang(&mut self) -> Result<()> {
        self.only()?.hang();
        Ok(())
    }

    pub(crate) fn go_on(&mut self) -> Result<()> {
        self.only()?.go_on();
        Ok(())
    }

    /// One command to the only server.
    pub(crate) fn command(&mut self, words: &[&str]) -> Result<()> {
        self.only()?.command(words)?;
        Ok(())
    }

    /// From now on nobody gets in without a password; whoever is in is thrown out.
    pub(crate) fn lock(&mut self) -> Result<()> {
        self.command(&["CONFIG", "SET", "requirepass", PASSWORD])?;
        self.with_password(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
    }

    /// Takes the password back.
    pub(crate) fn unlock(&mut self) -> Result<()> {
        self.with_password(&["CONFIG", "SET", "requirepass", ""])
    }

    fn with_password(&mut self, words: &[&str]) -> Result<()> {
        let url = format!("redis://:{PASSWORD}@127.0.0.1:{}", self.only()?.port);
        let mut connection = redis::Client::open(url)?.get_connection()?;
        let _: redis::Value = redis::cmd(words[0]).arg(&words[1..]).query(&mut connection)?;
        Ok(())
    }

    /// Where the Sentinels' present master is among the servers.
    pub(crate) fn master(&self) -> Option<usize> {
        let address = self.sentinels.iter().find_map(|it| words(it, &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "m"]))?;
        let port: u16 = address.get(1)?.parse().ok()?;
        self.servers.iter().position(|server| server.port == port)
    }

    /// Whether the Sentinels know each other and both servers are in step: before that, no failover can succeed.
    pub(crate) fn is_whole(&self) -> bool {
        let Some(master) = self.master().and_then(|place| self.servers.get(place)) else { return false };
        let told = |server: &Server, words: &[&str]| -> String {
            match server.command(words) {
                Ok(redis::Value::BulkString(text)) => String::from_utf8_lossy(&text).into_owned(),
                other => format!("{other:?}"),
            }
        };
        let in_step = told(master, &["INFO", "replication"]).contains("state=online");
        let acquainted = self.sentinels.iter().all(|it| {
            let known = words(it, &["SENTINEL", "MASTER", "m"]).unwrap_or_default();
            let value = |name: &str| known.iter().position(|it| it == name).and_then(|at| known.get(at + 1)).cloned();
            value("num-slaves").as_deref() == Some("1") && value("num-other-sentinels").as_deref() == Some("2")
        });
        in_step && acquainted
    }

    /// A failover as an administrator orders it; false where the Sentinels are not ready for one.
    pub(crate) fn order_failover(&self) -> bool {
        self.sentinels.first().is_some_and(|it| it.command(&["SENTINEL", "FAILOVER", "m"]).is_ok())
    }

    /// Stops the master until another is; answers its place.
    pub(crate) fn hang_master(&self) -> Option<usize> {
        let place = self.master()?;
        self.servers[place].hang();
        Some(place)
    }

    /// Kills the master; answers its place.
    pub(crate) fn kill_master(&mut self) -> Option<usize> {
        let place = self.master()?;
        self.servers[place].kill();
        Some(place)
    }

    /// Whether another than that one is the master.
    pub(crate) fn is_led_by_another(&self, than: usize) -> bool {
        self.master().is_some_and(|place| place != than)
    }
}

/// The answer to a command that answers words.
fn words(server: &Server, command: &[&str]) -> Option<Vec<String>> {
    redis::from_redis_value(server.command(command).ok()?).ok()
}

/// Starting a server waits for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    Ok(tokio::task::spawn_blocking(work).await?)
}
