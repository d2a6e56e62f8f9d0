//! `rollcall notifications`: what stands in the queue, and sending again what was set aside.

use std::process::{Command, Stdio};

use super::{queue, status};
use crate::support::smtp::SmtpServer;
use crate::support::{TestDb, on_every_database};

pub(super) fn rollcall(test: &TestDb, arguments: &str) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(arguments.split_whitespace())
        .args(["--database", &test.url, "--at", "2026-11-22T12:00:00Z"])
        .env_clear()
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (output.status.code(), text)
}

on_every_database!(the_command_shows_the_queue_and_sends_again, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.company(2, "Europe/Berlin").await;
    test.customer(7, 1).await;
    assert_eq!(rollcall(test, "notifications status").1.trim(), "nothing waits, and nothing was set aside");
    for (id, channel) in [(1, "email"), (2, "email"), (3, "sms"), (4, "sms"), (5, "email")] {
        queue(test, id, channel, "a@example.test").await;
    }
    test.sql("UPDATE notification_queues SET status = 'failed', error_message = 'no such user' WHERE id IN (2, 3, 4)")
        .await;
    test.sql("UPDATE notification_queues SET scheduled_at = '2026-12-24 12:00:00' WHERE id = 5").await;
    let (code, text) = rollcall(test, "notifications status");
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(
        lines[1..],
        [
            vec!["email", "failed", "1", "0", "60", "min", "none"],
            vec!["email", "pending", "2", "1", "60", "min", "none"],
            vec!["sms", "failed", "2", "0", "60", "min", "none"],
        ],
        "{text}"
    );
    let (_, text) = rollcall(test, "notifications list --company 1");
    assert!(text.contains("no such user") && text.lines().count() == 4, "{text}");
    assert!(rollcall(test, "notifications list --company 2").1.contains("nothing was set aside"));
    let (code, text) = rollcall(test, "notifications retry --company 2 --id 2");
    assert_eq!((code, status(test, 2).await.as_str()), (Some(1), "failed"), "another company's: {text}");
    assert_eq!(rollcall(test, "notifications retry --company 1").0, Some(2), "it says what is to be sent again");
    assert_eq!(rollcall(test, "notifications retry --company 1 --channel telex").0, Some(2));
    let (_, text) = rollcall(test, "notifications retry --company 1 --channel sms");
    assert!(text.starts_with("2 notifications will be sent again"), "{text}");
    assert_eq!((status(test, 3).await.as_str(), status(test, 2).await.as_str()), ("pending", "failed"));
    assert!(rollcall(test, "notifications retry --company 1 --all").1.starts_with("1 notification will"));
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log").await, 0, "and the panel shows it");
});

on_every_database!(a_server_delivers_beside_answering_and_writes_down_its_last_mail, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    let mut child = Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(["serve", "--listen", "127.0.0.1:0", "--database", &test.url])
        .env_clear()
        .envs([("ROLLCALL_MAIL__HOST", "127.0.0.1"), ("ROLLCALL_MAIL__TLS", "none")])
        .envs([("ROLLCALL_MAIL__PORT", smtp.port.to_string().as_str()), ("ROLLCALL_MAIL__FROM", "mail@panel.test")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // As another application does it.
    queue(test, 1, "email", "ada@example.test").await;
    smtp.taken(1).await;
    let stopped = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert!(ended.success(), "it ends in order: {ended}");
    assert_eq!((status(test, 1).await.as_str(), smtp.count()), ("sent", 1));
});
