//! E-mails by SMTP, over connections that are kept for the next one.
//!
//! A connection belongs to the future that uses it: one that is dropped half-way takes it along, so that nobody ever reads
//! the answer to somebody else's command.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::SetupError;
use super::letter::Letter;
use super::mail::{Enclosed, Mail, compose, compose_enclosed};
use super::outcome::{Outcome, causes};
use crate::clock::Clock;
use crate::config::{MailSettings, MailTls};

/// A connection that was not used for so long is asked whether it still stands.
const ASK_AFTER: Duration = Duration::from_secs(1);
/// One that was not used for so long is given up: servers close them.
const KEEP_FOR: Duration = Duration::from_secs(30);
/// Replies that speak of the program's own sign-in or of the server as a whole, whatever their first digit.
const ABOUT_THE_SERVER: [u16; 6] = [421, 530, 534, 535, 538, 454];

/// The mail server.
pub(super) struct Smtp {
    host: String,
    port: u16,
    tls: MailTls,
    parameters: Option<TlsParameters>,
    login: Option<Credentials>,
    from: Mailbox,
    hello: ClientId,
    timeout: Duration,
    clock: Clock,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Smtp {
    /// The mail server of these settings; none where they name none, or nobody whom mails come from.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub(super) fn new(settings: &MailSettings, timeout: Duration, clock: &Clock) -> Result<Option<Self>, SetupError> {
        let (Some(host), Some(from)) = (&settings.host, &settings.from) else { return Ok(None) };
        let parameters = match settings.tls {
            MailTls::None => None,
            MailTls::Tls | MailTls::StartTls => Some(trust(host, settings.ca.as_deref())?),
        };
        let credentials = |(user, password): &(String, secrecy::SecretString)| {
            Credentials::new(user.clone(), password.expose_secret().to_owned())
        };
        Ok(Some(Self {
            host: host.clone(),
            port: settings.port,
            tls: settings.tls,
            parameters,
            login: settings.login.as_ref().map(credentials),
            from: from.clone(),
            hello: ClientId::default(),
            timeout,
            clock: clock.clone(),
            idle: Mutex::default(),
        }))
    }

    /// Sends a letter.
    pub(super) async fn send(&self, letter: &Letter) -> Outcome {
        match compose(letter, &self.from, self.clock.now()) {
            Ok(mail) => self.transact(mail).await,
            Err(why) => Outcome::never(why),
        }
    }

    /// Sends a letter that has more than its text.
    pub(super) async fn send_enclosed(&self, letter: &Letter, enclosed: &Enclosed) -> Outcome {
        match compose_enclosed(letter, enclosed, &self.from, self.clock.now()) {
            Ok(mail) => self.transact(mail).await,
            Err(why) => Outcome::never(why),
        }
    }

    async fn transact(&self, mail: Mail) -> Outcome {
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            // A greeting, `EHLO` or `AUTH`, whatever its first digit: no message was spoken of yet.
            Err(error) => return Outcome::trouble(causes(&error)),
        };
        let outcome = match hand_over(&mut connection, &mail).await {
            Ok(()) => Outcome::Sent { id: Some(mail.id) },
            Err(Refused::Unfit(why)) => Outcome::never(why),
            Err(Refused::By(stage, error)) => {
                // A server that answered in order has the transaction still: it is to forget it.
                let in_order = error.status().is_some() && connection.command(Rset).await.is_ok();
                let outcome = judge(stage, &error);
                if !in_order {
                    return outcome;
                }
                outcome
            }
        };
        self.keep(connection);
        outcome
    }

    /// A connection that stands: one that was kept, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        while let Some((mut kept, since)) = self.take() {
            let idle = since.elapsed();
            if idle < ASK_AFTER || (idle < KEEP_FOR && kept.test_connected().await) {
                return Ok(kept);
            }
        }
        let from_the_start = self.parameters.clone().filter(|_| self.tls == MailTls::Tls);
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.timeout), &self.hello, from_the_start, None).await?;
        if let (MailTls::StartTls, Some(parameters)) = (self.tls, &self.parameters) {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await?;
        }
        Ok(connection)
    }

    fn take(&self) -> Option<(AsyncSmtpConnection, Instant)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
    }
}

/// Whom the program takes for that host: those whom the host's own authorities vouch for, or the one of `mail.ca`.
fn trust(host: &str, ca: Option<&Path>) -> Result<TlsParameters, SetupError> {
    let builder = TlsParameters::builder(host.to_owned());
    let builder = match ca {
        Some(path) => builder.add_root_certificate(authority(path)?),
        None => builder,
    };
    builder.build().map_err(SetupError::MailTls)
}

/// The authority of `mail.ca`.
///
/// # Errors
/// Where it cannot be read, or holds no certificate.
pub(crate) fn authority(path: &Path) -> Result<Certificate, SetupError> {
    let wrong = |why: String| SetupError::MailCa { path: path.to_owned(), why };
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Err(wrong("there is no PEM certificate in it".to_owned()));
    }
    Certificate::from_pem(&pem).map_err(|error| wrong(causes(&error)))
}

/// Why a mail was not taken.
enum Refused {
    /// The server cannot carry it.
    Unfit(&'static str),
    /// The server, or the way to it, at that stage.
    By(Stage, Error),
}

/// How far a transaction had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The program had said who it is: what is refused here is refused for every mail.
    Sender,
    /// The recipient or the text was named: the answer speaks of this mail.
    Mail,
}

impl Stage {
    /// What a refusal at this stage is.
    fn refused(self) -> impl FnOnce(Error) -> Refused {
        move |error| Refused::By(self, error)
    }
}

/// One transaction. The text and the dot at its end go out in one piece: of two, the second would wait for the first to be
/// acknowledged.
async fn hand_over(connection: &mut AsyncSmtpConnection, mail: &Mail) -> Result<(), Refused> {
    let mut parameters = Vec::new();
    if !<lettre::Address as AsRef<str>>::as_ref(&mail.to).is_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Refused::Unfit("its recipient's address is not ASCII, and the mail server takes no other"));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let sender = MailFrom::new(Some(mail.from.clone()), parameters);
    connection.command(sender).await.map_err(Stage::Sender.refused())?;
    connection.command(Rcpt::new(mail.to.clone(), Vec::new())).await.map_err(Stage::Mail.refused())?;
    connection.command(Data).await.map_err(Stage::Mail.refused())?;
    connection.command(stuffed(&mail.text)).await.map_err(Stage::Mail.refused())?;
    Ok(())
}

/// A text as `DATA` carries it: a line that begins with a dot gets another one, and a dot alone ends it.
fn stuffed(text: &str) -> String {
    let first = if text.starts_with('.') { "." } else { "" };
    let end = if text.ends_with("\r\n") { ".\r\n" } else { "\r\n.\r\n" };
    format!("{first}{}{end}", text.replace("\r\n.", "\r\n.."))
}

fn judge(stage: Stage, error: &Error) -> Outcome {
    let why = causes(error);
    let code = error.status().map(u16::from);
    let refuses_everybody = stage == Stage::Sender && error.is_permanent();
    if refuses_everybody || code.is_none_or(|code| ABOUT_THE_SERVER.contains(&code)) {
        Outcome::trouble(why)
    } else if error.is_permanent() {
        Outcome::never(why)
    } else {
        Outcome::later(why)
    }
}

#[cfg(test)]
mod tests {
    use super::stuffed;

    #[test]
    fn a_dot_at_the_start_of_a_line_ends_nothing() {
        assert_eq!(stuffed("a\r\n.\r\n.b\r\n"), "a\r\n..\r\n..b\r\n.\r\n");
        assert_eq!(stuffed(".a"), "..a\r\n.\r\n");
    }
}
