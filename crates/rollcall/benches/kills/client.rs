//! A program that uses the API by a token, over one connection that is kept.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A program with its token.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    token: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// What came back, whole.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Reply {
    /// Its body as JSON.
    ///
    /// # Errors
    /// Where it is none.
    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.body).with_context(|| format!("{} {}", self.status, self.body))
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr, token: &str) -> Self {
        Self { address, token: token.to_owned(), connection: None }
    }

    /// Reads.
    ///
    /// # Errors
    /// Where there is no whole answer.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Reply> {
        let request = self.request(Method::GET, path).body(Full::default())?;
        self.send(request).await
    }

    /// Writes, under an idempotency key.
    ///
    /// # Errors
    /// Where there is no whole answer: it may have been done, or not.
    pub(crate) async fn post(&mut self, path: &str, key: &str, kind: &str, body: String) -> Result<Reply> {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, kind).header("idempotency-key", key);
        self.send(request.body(Full::from(body))?).await
    }

    fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request.header(HOST, self.address.to_string()).header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Reply> {
        if self.connection.as_ref().is_none_or(SendRequest::is_closed) {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            let (sender, driver) = handshake(TokioIo::new(stream)).await?;
            // It ends with its sender.
            tokio::spawn(driver);
            self.connection = Some(sender);
        }
        let connection = self.connection.as_mut().context("it was just made")?;
        connection.ready().await?;
        let (head, body) = connection.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Reply { status: head.status, body: String::from_utf8(body.to_vec())? })
    }
}
