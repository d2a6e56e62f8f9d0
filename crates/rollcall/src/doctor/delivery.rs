//! Whether notifications can be delivered as the settings stand.

use super::Finding;
use crate::config::{Config, MailTls};
use crate::deliver::{self, Channel, configured};

const AREA: &str = "notifications";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        [sender(config), authority(config), mail_in_the_clear(config)].into_iter().flatten().collect();
    findings.extend(webhooks_in_the_clear(config));
    if findings.is_empty() {
        let channels: Vec<_> = configured(config).map(Channel::as_str).collect();
        let what = match (config.deliver.enabled, channels.is_empty()) {
            (false, _) => "nothing is sent from here: deliver.enabled is off".to_owned(),
            (true, true) => "no provider is named: notifications stay in their queue".to_owned(),
            (true, false) => format!("sent from here: {}", channels.join(", ")),
        };
        findings.push(Finding::ok(AREA, what));
    }
    findings
}

fn sender(config: &Config) -> Option<Finding> {
    match (&config.mail.host, &config.mail.from) {
        (Some(_), None) => Some(Finding::error(
            AREA,
            "mail.host is set, but mail.from is not: no e-mail is sent",
            "set mail.from to the address that e-mails come from, such as Salon <mail@example.com>",
        )),
        (None, Some(_)) => Some(Finding::warning(
            AREA,
            "mail.from is set, but mail.host is not: no e-mail is sent",
            "set mail.host to the mail server, or remove mail.from",
        )),
        _ => None,
    }
}

fn authority(config: &Config) -> Option<Finding> {
    let error = deliver::authority(config.mail.ca.as_deref()?).err()?;
    let remedy = "name a file with the authority's certificate in PEM, which the program may read";
    Some(Finding::error(AREA, error.to_string(), remedy))
}

fn mail_in_the_clear(config: &Config) -> Option<Finding> {
    let host = config.mail.host.as_deref().filter(|host| config.mail.tls == MailTls::None && !is_here(host))?;
    let what = match &config.mail.login {
        Some(_) => format!("the password for {host} and all e-mails travel in the clear"),
        None => format!("e-mails to {host} travel in the clear"),
    };
    Some(Finding::warning(AREA, what, "set mail.tls to starttls or tls"))
}

fn webhooks_in_the_clear(config: &Config) -> Vec<Finding> {
    let in_the_clear = |channel: &Channel| {
        let url = config.webhook.url(*channel);
        url.is_some_and(|url| url.scheme() == "http" && !url.host_str().is_some_and(is_here))
    };
    let channels: Vec<_> =
        Channel::ALL.iter().filter(|channel| in_the_clear(channel)).map(|one| one.as_str()).collect();
    if channels.is_empty() {
        return Vec::new();
    }
    let what = format!("notifications travel to their provider in the clear: {}", channels.join(", "));
    vec![Finding::warning(AREA, what, "give the provider's https:// URL")]
}

/// Whether a host is this one.
fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "::1" | "[::1]") || host.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;
    use crate::doctor::Level;

    const SECRET: (&str, &str) = ("ROLLCALL_WEBHOOK__SECRET", "Zk1vQ8sT0uWmXy3nB5cD7eFgHj2kLp4r");

    fn worst(variables: &[(&str, &str)]) -> (Level, String) {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
        let worst = check(&config).into_iter().max_by_key(|finding| finding.level).unwrap();
        (worst.level, worst.what)
    }

    #[test]
    fn mail_without_a_sender_is_an_error() {
        let (host, from) = (("ROLLCALL_MAIL__HOST", "mail.example.com"), ("ROLLCALL_MAIL__FROM", "a@example.com"));
        assert_eq!(worst(&[]).0, Level::Ok);
        assert_eq!(worst(&[host]).0, Level::Error);
        assert_eq!(worst(&[from]).0, Level::Warning);
        let (level, what) = worst(&[host, from]);
        assert_eq!((level, what.contains("email")), (Level::Ok, true));
    }

    #[test]
    fn an_authority_that_is_none_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let name = path.to_str().unwrap();
        for (text, why) in [(None, "No such file"), (Some("no certificate"), "no PEM certificate")] {
            text.map_or(Ok(()), |text| std::fs::write(&path, text)).unwrap();
            let (level, what) = worst(&[("ROLLCALL_MAIL__CA", name)]);
            assert!(level == Level::Error && what.contains(name) && what.contains(why), "{what}");
        }
    }

    #[test]
    fn what_travels_in_the_clear_is_a_warning_beyond_this_host() {
        let (from, none) = (("ROLLCALL_MAIL__FROM", "a@example.com"), ("ROLLCALL_MAIL__TLS", "none"));
        assert_eq!(worst(&[from, none, ("ROLLCALL_MAIL__HOST", "mail.example.com")]).0, Level::Warning);
        assert_eq!(worst(&[from, none, ("ROLLCALL_MAIL__HOST", "127.0.0.1")]).0, Level::Ok);
        let hook = |url| worst(&[SECRET, ("ROLLCALL_WEBHOOK__URL", url)]).0;
        assert_eq!(hook("http://gateway.example.com/send?token=s3cret"), Level::Warning);
        assert_eq!(hook("https://gateway.example.com/send"), Level::Ok);
        assert_eq!(hook("http://127.0.0.1:9/send"), Level::Ok);
    }
}
