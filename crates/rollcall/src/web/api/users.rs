//! `POST /api/v1/users`: a company's admin makes a user. What else is done with users is as with every other resource.

use async_trait::async_trait;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::caller::At;
use super::problem::Problem;
use super::resource::{Making, NEW_USER, Taken, USERS, body_of, take};
use super::work::{KEY, Key, Reply, Work, perform};
use crate::app::App;
use crate::db::{Arg, Error, PlatformSql, TenantTx};
use crate::events::Verb;
use crate::tokens::{Access, Area};

/// The field that is hashed, and that nothing else ever sees.
const PASSWORD: &str = "password";

pub(super) async fn create(
    State(app): State<App>,
    at: At,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    at.caller.allow(Area::Users, Access::Write)?;
    let mut body = body_of(&headers, &body)?;
    let mut taken = take(&NEW_USER, &body, true).map_err(Problem::invalid)?;
    let password = taken.row.remove(PASSWORD).as_ref().and_then(Json::as_str).map(SecretString::from);
    let password = password.ok_or_else(Problem::internal)?;
    let key = key(&app, &at, &headers, &mut body, &password).await?;
    let hash = app.passwords.hash(password).await.map_err(unhashed)?;
    replace(&mut taken, hash);
    let email = taken.row.get("email").and_then(Json::as_str).unwrap_or_default().to_lowercase();
    // Before anything is locked: the answer may need a second connection.
    let taken_already = is_taken(&app, &email).await?;
    let making = Making { resource: &USERS, verb: Verb::Created, taken };
    perform(&app, &at, key, &Inviting { making, taken_already }).await
}

struct Inviting {
    making: Making,
    taken_already: bool,
}

#[async_trait]
impl Work for Inviting {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        // Whose address it is, is not said: it may be another company's.
        if self.taken_already {
            return Err(Problem::conflict("taken", "somebody signs in with this address already"));
        }
        self.making.run(tx, at, app).await
    }
}

/// The key of the request. What is kept to know it again must not help to guess the password: that goes in as slow a hash
/// as the one that is stored.
async fn key(
    app: &App,
    at: &At,
    headers: &HeaderMap,
    body: &mut Map<String, Json>,
    password: &SecretString,
) -> Result<Option<Key>, Problem> {
    let Some(name) = headers.get(KEY) else { return Ok(None) };
    let name = String::from_utf8_lossy(name.as_bytes());
    let seed = app.keyed_hash("idempotency", &format!("{}:{name}", at.caller.token));
    let mut salt = [0; 16];
    Sha256::digest(seed.as_bytes()).iter().zip(&mut salt).for_each(|(byte, salt)| *salt = *byte);
    let password = SecretString::from(password.expose_secret());
    let fingerprint = app.passwords.fingerprint(password, salt).await.map_err(unhashed)?;
    body.insert(PASSWORD.to_owned(), fingerprint.into());
    let body = Json::Object(body.clone()).to_string();
    Key::of(headers, &Method::POST, &at.caller.visitor.context.target, body.as_bytes())
}

fn replace(taken: &mut Taken, hash: String) {
    let at = taken.columns.iter().position(|column| *column == PASSWORD);
    if let Some(arg) = at.and_then(|at| taken.args.get_mut(at)) {
        *arg = Arg::from(hash);
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn unhashed(error: crate::password::HashError) -> Problem {
    tracing::error!(%error, "a new user's password could not be hashed");
    Problem::internal()
}

const TAKEN: PlatformSql = PlatformSql::new(
    "whether somebody signs in with an address already is asked before an admin gives it to a new user",
    // An application may have stored it as it was typed.
    "SELECT 1 FROM users WHERE email = ? OR LOWER(email) = ?",
);

async fn is_taken(app: &App, email: &str) -> Result<bool, Error> {
    Ok(app.db.platform().row(&TAKEN, vec![email.into(), email.into()]).await?.is_some())
}
