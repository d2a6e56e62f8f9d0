//! `deliver.*`, `mail.*` and `webhook.*`: whether notifications are sent from here, and by whom.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

use super::import::full_path;
use super::source::Raw;
use super::value::{self, Parsed, text};
use super::{Reader, secret};
use crate::deliver::Channel;

/// `deliver.*`
#[derive(Clone, Debug)]
pub struct DeliverSettings {
    /// `deliver.enabled`
    pub enabled: bool,
    /// `deliver.parallel`
    pub parallel: usize,
    /// `deliver.lease`
    pub lease: Duration,
    /// `deliver.timeout`
    pub timeout: Duration,
}

/// `mail.*`
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// `mail.host`; without it no mail is sent.
    pub host: Option<String>,
    /// `mail.port`, or what is usual for `mail.tls`.
    pub port: u16,
    /// `mail.tls`
    pub tls: MailTls,
    /// `mail.ca`: whose certificates are believed beside those that the host trusts.
    pub ca: Option<PathBuf>,
    /// `mail.user` and `mail.password`
    pub login: Option<(String, SecretString)>,
    /// `mail.from`
    pub from: Option<Mailbox>,
}

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// From the first byte (port 465).
    Tls,
    /// After a word in the clear, and not without (port 587).
    StartTls,
    /// Not at all (port 25).
    None,
}

impl MailTls {
    fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

/// `webhook.*`
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// `webhook.url`
    url: Option<Url>,
    /// `webhook.sms_url`, `webhook.whatsapp_url`, `webhook.push_url`
    own: [Option<Url>; 3],
    /// `webhook.secret`
    pub secret: Option<SecretString>,
}

/// The channels that have a URL of their own, in the order of [`WebhookSettings::own`].
const OWN: [Channel; 3] = [Channel::Sms, Channel::Whatsapp, Channel::Push];

impl WebhookSettings {
    /// Where notifications of a channel go; none where they go nowhere.
    #[must_use]
    pub fn url(&self, channel: Channel) -> Option<&Url> {
        let at = OWN.iter().position(|own| *own == channel)?;
        self.own.get(at)?.as_ref().or(self.url.as_ref())
    }
}

impl DeliverSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let enabled = from.get("deliver.enabled", value::switch);
        let parallel = from.get("deliver.parallel", |raw| value::count(raw, 1, 100));
        let lease = from.get("deliver.lease", value::duration);
        let timeout = from.get("deliver.timeout", value::duration);
        let (lease, timeout) = (lease?, timeout?);
        if lease < timeout * 2 {
            from.complain("deliver.lease", "is less than twice `deliver.timeout`; make it longer, or that shorter");
        }
        Some(Self { enabled: enabled?, parallel: usize::try_from(parallel?).unwrap_or(1), lease, timeout })
    }
}

impl MailSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let host = from.opt("mail.host", host);
        let port = from.opt("mail.port", |raw| value::count(raw, 1, 65_535));
        let tls = from.get("mail.tls", tls);
        let ca = from.opt("mail.ca", |raw| full_path(raw, "a file, such as /etc/rollcall/mail-ca.pem"));
        let user = from.opt("mail.user", |raw| text(raw).map(str::to_owned));
        let password = from.opt("mail.password", |raw| text(raw).map(SecretString::from));
        let sender = from.opt("mail.from", mailbox);
        let (host, port, tls, ca, user, password, sender) = (host?, port?, tls?, ca?, user?, password?, sender?);
        if ca.is_some() && tls == MailTls::None {
            from.complain("mail.ca", "is set, but `mail.tls` is none; set that to starttls or tls, or remove this");
        }
        let login = match (user, password) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            (Some(_), None) => {
                from.complain("mail.user", "is set, but `mail.password` is not; set both, or neither");
                None
            }
            (None, Some(_)) => {
                from.complain("mail.password", "is set, but `mail.user` is not; set both, or neither");
                None
            }
        };
        let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or(tls.port());
        Some(Self { host, port, tls, ca, login, from: sender })
    }
}

impl WebhookSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let url = from.opt("webhook.url", webhook_url);
        let own = ["webhook.sms_url", "webhook.whatsapp_url", "webhook.push_url"].map(|key| from.opt(key, webhook_url));
        let secret = from.opt("webhook.secret", secret::shared_secret);
        let [sms, whatsapp, push] = own;
        let (url, own, secret) = (url?, [sms?, whatsapp?, push?], secret?);
        if secret.is_none() {
            if url.is_some() {
                from.complain("webhook.url", "needs a `webhook.secret`, by which the provider knows who asks");
            } else if own.iter().any(Option::is_some) {
                from.complain("webhook.secret", "is missing, by which the provider knows who asks");
            }
        }
        Some(Self { url, own, secret })
    }
}

fn tls(raw: &Raw) -> Parsed<MailTls> {
    value::choice(raw, &[("starttls", MailTls::StartTls), ("tls", MailTls::Tls), ("none", MailTls::None)])
}

fn host(raw: &Raw) -> Parsed<String> {
    let written = text(raw)?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || ".-:_[]".contains(letter);
    if written.is_empty() || !written.chars().all(is_name) || written.contains("//") {
        return Err(format!("is `{written}`, but must be the name or address of a mail server, without a port"));
    }
    Ok(written.trim_matches(['[', ']']).to_owned())
}

fn mailbox(raw: &Raw) -> Parsed<Mailbox> {
    let written = text(raw)?;
    let wrong =
        || format!("is `{written}`, but must be an address, or a name and an address: Salon <mail@example.com>");
    let mailbox: Mailbox = written.parse().map_err(|_| wrong())?;
    if mailbox.email.to_string().is_ascii() { Ok(mailbox) } else { Err(wrong()) }
}

fn webhook_url(raw: &Raw) -> Parsed<Url> {
    // Never shown: it may hold a token.
    let url = Url::parse(text(raw)?).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| "must be an http:// or https:// URL, such as https://gateway.example.com/messages".to_owned())
}
