//! Making one connection, and making sure that it is one to a master that answers.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, RedisError, RedisResult};
use redis::{IntoConnectionInfo, RedisConnectionInfo, TlsCertificates, Value};

use super::breaker::next_generation;
use super::fault::RedisFault;
use super::url::{Login, RedisUrl};

/// How long a server may take to accept a connection and to sign us in. Short, so that a hung one is soon left for another.
const CONNECT: Duration = Duration::from_millis(400);
/// A backstop: every operation of ours has a shorter limit of its own.
const RESPONSE: Duration = Duration::from_secs(5);

/// A connection that many may use at once. An answer is matched to its request by the order of requests on the wire; one whose
/// caller went away is read and dropped, so it is nobody else's.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) generation: u64,
    wire: Wire,
}

#[derive(Clone)]
enum Wire {
    Node(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        match self.wire.clone() {
            Wire::Node(mut node) => command.query_async(&mut node).await,
            Wire::Cluster(mut cluster) => command.query_async(&mut cluster).await,
        }
    }

    /// The connection to a cluster, if it is one.
    pub(super) fn cluster(&self) -> Option<ClusterConnection> {
        match &self.wire {
            Wire::Node(_) => None,
            Wire::Cluster(cluster) => Some(cluster.clone()),
        }
    }
}

pub(super) fn client(url: &RedisUrl, (host, port): &(String, u16), login: &Login, db: i64) -> RedisResult<Client> {
    let info = info(url, host, *port, login, db)?;
    match (url.tls, certificates(url)) {
        (true, Some(certificates)) => Client::build_with_tls(info, certificates),
        _ => Client::open(info),
    }
}

fn info(url: &RedisUrl, host: &str, port: u16, login: &Login, db: i64) -> RedisResult<ConnectionInfo> {
    let host = host.to_owned();
    let addr = if url.tls {
        provide_cryptography();
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    let mut settings = RedisConnectionInfo::default().set_db(db).set_skip_set_lib_name();
    if let Some(user) = &login.user {
        settings = settings.set_username(user);
    }
    if let Some(password) = &login.password {
        settings = settings.set_password(password);
    }
    Ok(addr.into_connection_info()?.set_redis_settings(settings).set_tcp_settings(tcp()))
}

/// Without delay: Nagle's algorithm against a peer's delayed acknowledgement costs 40 ms, which is more than we have.
fn tcp() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

fn certificates(url: &RedisUrl) -> Option<TlsCertificates> {
    let root_cert = Some(url.root_certificate.clone()?);
    Some(TlsCertificates { client_tls: None, root_cert })
}

/// rustls panics where a program links two providers and chose none. Whoever chose keeps their choice.
fn provide_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // It fails only if somebody else was quicker, and then there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

pub(super) async fn dial(client: &Client, limit: Duration) -> Result<MultiplexedConnection, RedisFault> {
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(limit)).set_response_timeout(Some(RESPONSE));
    let connecting = client.get_multiplexed_async_connection_with_config(&config);
    match tokio::time::timeout(limit, connecting).await {
        Ok(connected) => connected.map_err(|error| RedisFault::from(&error)),
        Err(_) => Err(RedisFault::Timeout),
    }
}

/// A connection to the server at `host`.
pub(super) async fn node(url: &RedisUrl, host: &(String, u16)) -> Result<Link, RedisFault> {
    let client = client(url, host, &url.login, url.db).map_err(|error| RedisFault::from(&error))?;
    let connection = dial(&client, CONNECT).await?;
    Ok(Link { generation: next_generation(), wire: Wire::Node(connection) })
}

/// A connection to the cluster that has some of its nodes at the URL's hosts.
pub(super) async fn cluster(url: &RedisUrl) -> Result<Link, RedisFault> {
    let build = || {
        let nodes = url.hosts.iter().map(|(host, port)| info(url, host, *port, &url.login, 0));
        let nodes = nodes.collect::<RedisResult<Vec<_>>>()?;
        // No retries but the redirection: whoever asks has 25 ms, and a failure is a miss.
        let mut builder = ClusterClient::builder(nodes)
            .tcp_settings(tcp())
            .retries(1)
            .connection_timeout(CONNECT)
            .response_timeout(RESPONSE);
        if let Some(certificates) = certificates(url) {
            builder = builder.certs(certificates);
        }
        builder.build()
    };
    let client = build().map_err(|error: RedisError| RedisFault::from(&error))?;
    match tokio::time::timeout(2 * CONNECT, client.get_async_connection()).await {
        Ok(Ok(connection)) => Ok(Link { generation: next_generation(), wire: Wire::Cluster(connection) }),
        Ok(Err(error)) => Err(RedisFault::from(&error)),
        Err(_) => Err(RedisFault::Timeout),
    }
}

/// Asks the server at the other end whether it is a master and well; of a cluster, whether it answers.
pub(super) async fn examine(link: &Link, budget: Duration) -> Result<(), RedisFault> {
    let word = |command: Cmd| async move {
        match tokio::time::timeout(budget, link.send(&command)).await {
            Ok(answer) => answer.map_err(|error| RedisFault::from(&error)),
            Err(_) => Err(RedisFault::Timeout),
        }
    };
    if link.cluster().is_none() {
        match word(redis::cmd("ROLE")).await {
            Ok(Value::Array(role)) => {
                if role.first() != Some(&Value::BulkString(b"master".to_vec())) {
                    return Err(RedisFault::ReadOnly);
                }
            }
            // Some users may not ask for the role, and some look-alikes have none: the first write will tell.
            Ok(_) | Err(RedisFault::Permission | RedisFault::Other) => {}
            Err(fault) => return Err(fault),
        }
    }
    // ROLE is answered while data is being loaded; PING is not.
    match word(redis::cmd("PING")).await? {
        Value::SimpleString(pong) if pong == "PONG" => Ok(()),
        _ => Err(RedisFault::Astray),
    }
}
