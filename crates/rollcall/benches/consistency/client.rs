//! A browser's connections: one to each node, kept alive.

use std::io::Read as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, ETAG, HOST, HeaderMap};
use hyper::header::{IF_NONE_MATCH, LOCATION, SET_COOKIE};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// After this time a request has failed. A node that is stopped for a while answers late, and still rightly.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) path: String,
    pub(crate) cookie: String,
    pub(crate) json: bool,
    pub(crate) fragment: bool,
    /// What `Accept-Encoding` says; nothing where it is empty.
    pub(crate) encoding: &'static str,
    /// The answer that the client has already.
    pub(crate) etag: Option<String>,
    /// The form of a POST; a GET where there is none.
    pub(crate) form: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) etag: Option<String>,
    pub(crate) location: String,
    /// The session that it sets; empty where it takes it away.
    pub(crate) session: Option<String>,
    pub(crate) body: String,
}

/// Connections to nodes, by their place in the list.
#[derive(Debug, Default)]
pub(crate) struct Client {
    connections: Vec<Option<(SocketAddr, SendRequest<Full<Bytes>>)>>,
}

impl Client {
    /// Asks the node in that place, which listens at `address`.
    ///
    /// # Errors
    /// Where there is no whole answer in time.
    pub(crate) async fn ask(&mut self, place: usize, address: SocketAddr, ask: &Ask) -> Result<Answer> {
        let asking = tokio::time::timeout(PATIENCE, self.send(place, address, ask));
        let answer = asking.await.context("no answer in time").flatten();
        if answer.is_err() {
            self.forget(place);
        }
        answer
    }

    fn forget(&mut self, place: usize) {
        if let Some(connection) = self.connections.get_mut(place) {
            *connection = None;
        }
    }

    async fn send(&mut self, place: usize, address: SocketAddr, ask: &Ask) -> Result<Answer> {
        let request = ask.request(address)?;
        let connection = self.connection(place, address).await?;
        connection.ready().await?;
        let (head, body) = connection.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        Ok(Answer {
            status: head.status,
            etag: text(ETAG).map(str::to_owned),
            location: text(LOCATION).unwrap_or_default().to_owned(),
            session: session(&head.headers),
            body: decoded(&body, text(CONTENT_ENCODING).unwrap_or("identity"))?,
        })
    }

    async fn connection(&mut self, place: usize, address: SocketAddr) -> Result<&mut SendRequest<Full<Bytes>>> {
        if self.connections.len() <= place {
            self.connections.resize_with(place + 1, || None);
        }
        let slot = &mut self.connections[place];
        let usable = slot.as_ref().is_some_and(|(to, connection)| *to == address && !connection.is_closed());
        if !usable {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (sender, driver) = handshake(TokioIo::new(stream)).await?;
            // It ends with its sender.
            tokio::spawn(driver);
            *slot = Some((address, sender));
        }
        Ok(&mut slot.as_mut().context("it was just made")?.1)
    }
}

impl Ask {
    fn request(&self, address: SocketAddr) -> Result<Request<Full<Bytes>>> {
        let method = if self.form.is_some() { Method::POST } else { Method::GET };
        let mut request = Request::builder().method(method).uri(&self.path).header(HOST, address.to_string());
        request = request.header(ACCEPT, if self.json { "application/json" } else { "text/html" });
        if !self.cookie.is_empty() {
            request = request.header(COOKIE, &self.cookie);
        }
        if self.fragment {
            request = request.header("hx-request", "true");
        }
        if !self.encoding.is_empty() {
            request = request.header(ACCEPT_ENCODING, self.encoding);
        }
        if let Some(etag) = &self.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if self.form.is_some() {
            request = request.header("sec-fetch-site", "same-origin");
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        Ok(request.body(Full::from(self.form.clone().unwrap_or_default()))?)
    }
}

fn session(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut sessions = cookies.filter_map(|cookie| cookie.strip_prefix("rollcall_session="));
    sessions.next().map(|rest| rest.split(';').next().unwrap_or_default().to_owned())
}

fn decoded(body: &[u8], encoding: &str) -> Result<String> {
    let mut text = String::new();
    match encoding {
        "identity" => (&mut &body[..]).read_to_string(&mut text)?,
        "gzip" => flate2::read::GzDecoder::new(body).read_to_string(&mut text)?,
        "zstd" => zstd::Decoder::new(body)?.read_to_string(&mut text)?,
        other => bail!("nobody asked for {other}"),
    };
    Ok(text)
}
