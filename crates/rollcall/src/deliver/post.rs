//! Mails to a person about their own account. They go out at once and past the queue: what stands there is read by the company's
//! people, and these mails hold secrets.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::letter::{Letter, one_line};
use super::mail::Enclosed;
use super::outcome::Outcome;
use super::smtp::Smtp;
use crate::app::App;
use crate::config::Config;
use crate::i18n::Lang;

/// The way to the mail server, made where it is needed first. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Post(Arc<OnceLock<Option<Smtp>>>);

impl std::fmt::Debug for Post {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("Post")
    }
}

/// A mail to a person.
#[derive(Clone)]
pub(crate) struct Note {
    pub(crate) to: String,
    pub(crate) lang: Lang,
    /// Whose name it comes under, where `mail.from` has none.
    pub(crate) company: String,
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// Whether mails to people can be sent: there is a mail server, and an address by which links lead back here.
#[must_use]
pub fn reaches_people(config: &Config) -> bool {
    config.mail.host.is_some() && config.mail.from.is_some() && config.public_url.is_some()
}

impl Post {
    fn smtp(&self, app: &App) -> Option<&Smtp> {
        let make = || match Smtp::new(&app.config.mail, app.config.deliver.timeout, &app.clock) {
            Ok(smtp) => smtp,
            Err(error) => {
                tracing::error!(%error, "mails to people cannot be sent");
                None
            }
        };
        self.0.get_or_init(make).as_ref()
    }

    /// Sends a mail; false where it was not taken. Why is in the log, without what stands in the mail.
    pub(crate) async fn send(&self, app: &App, note: Note) -> bool {
        let Some(smtp) = self.smtp(app) else { return false };
        let id: String = app.chance.id().iter().copied().map(char::from).collect();
        match smtp.send(&letter(format!("account-{id}"), note)).await {
            Outcome::Sent { .. } => true,
            Outcome::Later { why, .. } | Outcome::Never { why } => {
                tracing::error!(why, "a mail to a person was not taken");
                false
            }
            Outcome::Released => false,
        }
    }

    /// Sends a mail with more than its text, which is known by that reference at every try.
    ///
    /// # Errors
    /// Why it was not taken, and whether another try would end as this one.
    pub(crate) async fn send_enclosed(
        &self,
        app: &App,
        reference: String,
        note: Note,
        enclosed: &Enclosed,
    ) -> Result<(), NotTaken> {
        let Some(smtp) = self.smtp(app) else {
            return Err(NotTaken { why: "no mail server is set".to_owned(), for_good: false });
        };
        match smtp.send_enclosed(&letter(reference, note), enclosed).await {
            Outcome::Sent { .. } => Ok(()),
            Outcome::Never { why } => Err(NotTaken { why, for_good: true }),
            Outcome::Later { why, .. } => Err(NotTaken { why, for_good: false }),
            Outcome::Released => Err(NotTaken { why: String::new(), for_good: false }),
        }
    }
}

/// Why a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotTaken {
    /// In one line.
    pub(crate) why: String,
    /// Whether another try would end as this one.
    pub(crate) for_good: bool,
}

fn letter(reference: String, note: Note) -> Letter {
    Letter {
        reference,
        recipient: note.to,
        company: note.company,
        lang: note.lang,
        subject: one_line(&note.subject),
        body: note.body,
        payload: Value::Null,
        attempt: 1,
    }
}
