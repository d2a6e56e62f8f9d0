//! A letter as an e-mail: text in UTF-8, from one sender to one recipient.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::letter::{Letter, one_line};

/// An e-mail as it goes over the wire, and what it is known by.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) from: Address,
    pub(super) to: Address,
    /// The `Message-ID`, in its brackets: the same at every try, so that whoever gets two copies can tell.
    pub(super) id: String,
    /// Headers and body, in ASCII, its lines ended by CR LF.
    pub(super) text: String,
}

/// What a mail has beside its text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Enclosed {
    /// The same as a page.
    pub(crate) html: String,
    /// Pictures in PNG that the page shows, by their Content-ID.
    pub(crate) pictures: Vec<(String, Vec<u8>)>,
    /// Files: name, media type, bytes.
    pub(crate) files: Vec<(String, &'static str, Vec<u8>)>,
    /// The address that ends all further ones at once (RFC 8058).
    pub(crate) unsubscribe: String,
}

/// Writes the e-mail.
///
/// # Errors
/// Why it can never be sent.
pub(super) fn compose(letter: &Letter, from: &Mailbox, now: DateTime<Utc>) -> Result<Mail, String> {
    let (builder, to, id) = headed(letter, from, now)?;
    let message = builder.header(ContentType::TEXT_PLAIN).body(letter.body.clone()).map_err(unwritten)?;
    written(&message, from, to, id)
}

/// Writes the e-mail with more than its text.
///
/// # Errors
/// As for [`compose`].
pub(super) fn compose_enclosed(
    letter: &Letter,
    enclosed: &Enclosed,
    from: &Mailbox,
    now: DateTime<Utc>,
) -> Result<Mail, String> {
    let (builder, to, id) = headed(letter, from, now)?;
    let png = ContentType::parse("image/png").map_err(unwritten)?;
    let mut page = MultiPart::related().singlepart(SinglePart::html(enclosed.html.clone()));
    for (content_id, picture) in &enclosed.pictures {
        page = page.singlepart(Attachment::new_inline(content_id.clone()).body(picture.clone(), png.clone()));
    }
    let both = MultiPart::alternative().singlepart(SinglePart::plain(letter.body.clone())).multipart(page);
    let mut all = MultiPart::mixed().multipart(both);
    for (name, media, bytes) in &enclosed.files {
        let media = ContentType::parse(media).map_err(unwritten)?;
        all = all.singlepart(Attachment::new(name.clone()).body(bytes.clone(), media));
    }
    let builder = raw(builder, "List-Unsubscribe", &format!("<{}>", enclosed.unsubscribe));
    let builder = raw(builder, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    written(&builder.multipart(all).map_err(unwritten)?, from, to, id)
}

/// The headers of a mail, its recipient, and what it is known by.
fn headed(letter: &Letter, from: &Mailbox, now: DateTime<Utc>) -> Result<(MessageBuilder, Address, String), String> {
    let to: Address =
        letter.recipient.trim().parse().map_err(|error| format!("its recipient is no e-mail address: {error}"))?;
    let id = format!("<{}@{}>", letter.reference, from.email.domain());
    // A sender without a name writes in the company's.
    let name = from.name.clone().unwrap_or_else(|| letter.company.clone());
    let sender = Mailbox::new(Some(one_line(&name)).filter(|name| !name.is_empty()), from.email.clone());
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.timestamp()).unwrap_or(0));
    let builder = Message::builder()
        .from(sender)
        .to(Mailbox::new(None, to.clone()))
        .subject(letter.subject.clone())
        .message_id(Some(id.clone()))
        .date(date);
    // RFC 3834: no holiday answers, please.
    let builder = raw(builder, "Auto-Submitted", "auto-generated");
    Ok((raw(builder, "Content-Language", letter.lang.as_str()), to, id))
}

fn written(message: &Message, from: &Mailbox, to: Address, id: String) -> Result<Mail, String> {
    let text = String::from_utf8(message.formatted()).map_err(|_| "it cannot be written in ASCII".to_owned())?;
    Ok(Mail { from: from.email.clone(), to, id, text })
}

fn unwritten(error: impl std::fmt::Display) -> String {
    format!("it cannot be written: {error}")
}

fn raw(builder: MessageBuilder, name: &'static str, value: &str) -> MessageBuilder {
    builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::i18n::Lang;

    fn letter(recipient: &str, subject: &str, company: &str) -> Letter {
        Letter {
            reference: "42-abc".to_owned(),
            recipient: recipient.to_owned(),
            company: company.to_owned(),
            lang: Lang::De,
            subject: subject.to_owned(),
            body: "Grüße aus Köln\n.\n.punkt\nBcc: x@example.test".to_owned(),
            payload: Value::Null,
            attempt: 1,
        }
    }

    fn written(letter: &Letter) -> Result<Mail, String> {
        compose(letter, &"mail@salon.test".parse().unwrap(), "2026-11-22T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_mail_says_who_wrote_it_when_and_that_no_person_did() {
        let mail = written(&letter("ada@example.test", "Termin am 3. März", "Salon Ada")).unwrap();
        let (head, _) = mail.text.split_once("\r\n\r\n").unwrap();
        for line in [
            "From: \"Salon Ada\" <mail@salon.test>",
            "To: ada@example.test",
            "Message-ID: <42-abc@salon.test>",
            "Date: Sun, 22 Nov 2026 12:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "Content-Language: de",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(head.lines().any(|found| found == line), "{line}\n{head}");
        }
        let subject = head.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap();
        // Words that need it are encoded (RFC 2047), the others stand as they are.
        assert_eq!(subject, "Termin am 3. =?utf-8?b?TcOkcno=?=", "{head}");
        assert!(mail.text.is_ascii());
    }

    #[test]
    fn no_field_can_begin_a_header_of_its_own() {
        let evil = "x\r\nBcc: everybody@example.test\r\n\r\nbody";
        for found in
            [written(&letter("a@example.test", &one_line(evil), evil)), written(&letter("a@example.test", evil, "A"))]
        {
            let mail = found.unwrap();
            let (head, _) = mail.text.split_once("\r\n\r\n").unwrap();
            assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
        }
        for recipient in [
            "a@example.test\r\nBcc: b@example.test",
            "a@example.test, b@example.test",
            "a@example.test>\r\nRCPT TO:<b@example.test",
            "a b@example.test",
            "",
            "nobody",
        ] {
            assert!(written(&letter(recipient, "a", "A")).is_err(), "{recipient:?}");
        }
    }
}
