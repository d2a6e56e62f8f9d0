//! E-mails over TLS: to a server that an authority of one's own vouches for, and to nobody else.

use std::sync::Arc;

use base64::Engine;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rollcall::jobs::Deliverer;
use tempfile::TempDir;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{config, count, error, later, node, queue, status, world};
use crate::support::gateway::Gateway;
use crate::support::smtp::{Conduct, SmtpServer, Tls};
use crate::support::{TestDb, on_every_database};

/// An authority of our own, and the file that names it to the program.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn path(&self) -> String {
        self.folder.path().join("ca.pem").to_str().unwrap().to_owned()
    }

    /// A server's side of TLS, for that name; `over`: its certificate is.
    fn vouches_for(&self, name: &str, over: bool) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        if over {
            // The certificate is looked at by the system's clock: it is over whatever day the tests run on.
            (params.not_before, params.not_after) =
                (rcgen::date_time_ymd(2001, 1, 1), rcgen::date_time_ymd(2001, 2, 1));
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let server = server.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Arc::new(server.with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }
}

/// A way's name in the settings, and the server's side of it.
type Way = (&'static str, fn(Arc<ServerConfig>) -> Tls);

const WAYS: [Way; 2] = [("starttls", Tls::Offered), ("tls", Tls::Implicit)];

on_every_database!(mails_travel_by_starttls_and_by_tls_to_a_server_that_is_vouched_for, async |test: &TestDb| {
    let authority = Authority::new("ours");
    let login = base64::engine::general_purpose::STANDARD.encode("\0ada\0right password");
    let (_app, _) = world(test, &config(None, None, &[])).await;
    for (id, (way, tls)) in (1..).zip(WAYS) {
        let smtp = SmtpServer::start(0).await.unwrap();
        let tls = Some(tls(authority.vouches_for("127.0.0.1", false)));
        smtp.conduct(Conduct { tls, login: Some(login.clone()), ..Conduct::default() });
        let path = authority.path();
        let more =
            [("MAIL__TLS", way), ("MAIL__CA", &path), ("MAIL__USER", "ada"), ("MAIL__PASSWORD", "right password")];
        let node = node(test, &config(Some(&smtp), None, &more), 5).await;
        let mut deliverer = Deliverer::new(node).unwrap();
        for id in [id * 10, id * 10 + 1] {
            queue(test, id, "email", "ada@example.test").await;
            deliverer.deliver_due().await.unwrap();
            assert_eq!((status(test, id).await.as_str(), error(test, id).await.as_str()), ("sent", ""), "{way}");
        }
        let mails = smtp.mails();
        assert!(mails.len() == 2 && mails.iter().all(|mail| mail.secret), "{way}: {mails:?}");
        let overheard = smtp.overheard();
        let greetings = overheard.iter().filter(|line| !line.starts_with("EHLO") && *line != "STARTTLS");
        assert_eq!(greetings.count(), 0, "{way}: neither the password nor a mail was said before: {overheard:?}");
    }
});

on_every_database!(a_server_that_nobody_vouches_for_gets_nothing_and_is_told_why, async |test: &TestDb| {
    let (ours, theirs, gateway) = (Authority::new("ours"), Authority::new("theirs"), Gateway::start().await);
    let (_app, _) = world(test, &config(None, None, &[])).await;
    let unknown: [(Arc<ServerConfig>, Option<&Authority>, &str); 4] = [
        (theirs.vouches_for("127.0.0.1", false), Some(&ours), "UnknownIssuer"),
        (ours.vouches_for("127.0.0.1", false), None, "UnknownIssuer"),
        (ours.vouches_for("mail.example.test", false), Some(&ours), "not valid for name"),
        (ours.vouches_for("127.0.0.1", true), Some(&ours), "expired"),
    ];
    let mut id = 0;
    for (server, trusted, why) in unknown {
        for (way, tls) in WAYS {
            let smtp = SmtpServer::start(0).await.unwrap();
            smtp.conduct(Conduct { tls: Some(tls(Arc::clone(&server))), ..Conduct::default() });
            let path = trusted.map(Authority::path).unwrap_or_default();
            let mut more = vec![("MAIL__TLS", way), ("MAIL__USER", "ada"), ("MAIL__PASSWORD", "a password")];
            more.extend((!path.is_empty()).then_some(("MAIL__CA", path.as_str())));
            let node = node(test, &config(Some(&smtp), Some(&gateway), &more), 5).await;
            id += 2;
            queue(test, id, "email", "ada@example.test").await;
            queue(test, id + 1, "sms", "+49301234567").await;
            Deliverer::new(node).unwrap().deliver_due().await.unwrap();
            assert_eq!(status(test, id + 1).await, "sent", "it delays itself alone");
            let told = error(test, id).await;
            assert_eq!((status(test, id).await.as_str(), smtp.count()), ("processing", 0), "{way}: {told}");
            assert!(told.contains("certificate") && told.contains(why), "{way}, {why}: {told}");
            let said = smtp.overheard().concat();
            assert!(!said.contains("AUTH") && !said.contains("MAIL"), "{said}");
            test.sql("UPDATE notification_queues SET status = 'failed' WHERE channel = 'email'").await;
        }
    }
    assert_eq!(count(test, "status = 'sent'").await, 8);
});

on_every_database!(a_server_without_tls_is_not_talked_to_in_the_clear_and_may_come_round, async |test: &TestDb| {
    let authority = Authority::new("ours");
    let smtp = SmtpServer::start(0).await.unwrap();
    let path = authority.path();
    let more = [("MAIL__TLS", "starttls"), ("MAIL__CA", path.as_str())];
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), None, &more)).await;
    queue(test, 1, "email", "ada@example.test").await;
    deliverer.deliver_due().await.unwrap();
    assert_eq!((status(test, 1).await.as_str(), smtp.count()), ("processing", 0));
    assert!(error(test, 1).await.contains("STARTTLS"), "{}", error(test, 1).await);
    assert!(smtp.overheard().iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{:?}", smtp.overheard());
    let tls = Some(Tls::Offered(authority.vouches_for("127.0.0.1", false)));
    smtp.conduct(Conduct { tls, ..Conduct::default() });
    later(test, 60);
    deliverer.deliver_due().await.unwrap();
    assert_eq!((status(test, 1).await.as_str(), smtp.mails()[0].secret), ("sent", true));
});

on_every_database!(an_authority_that_cannot_be_read_is_told_at_the_start, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let settings = config(Some(&smtp), None, &[("MAIL__TLS", "tls"), ("MAIL__CA", "/nowhere/ca.pem")]);
    let told = Deliverer::new(node(test, &settings, 5).await).unwrap_err().to_string();
    assert!(told.starts_with("mail.ca, /nowhere/ca.pem: "), "{told}");
});
