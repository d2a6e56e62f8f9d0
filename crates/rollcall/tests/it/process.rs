//! The server as a process: it drains when asked to stop, and loses nothing when it is killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use rollcall::db::Database;

use crate::support::{TestDb, on_every_database};

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(test: &TestDb) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rollcall"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", &test.url])
            // What the suite is told by `ROLLCALL_*` variables is no setting of the program.
            .env_clear()
            .env("ROLLCALL_CHANGES__POLL", "5ms")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap_or_else(|_| panic!("{line:?}"));
        Self { child, address }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

on_every_database!(a_stop_lets_a_running_request_finish, async |test: &TestDb| {
    let mut server = Server::start(test);
    let body = "email=nobody%40example.test&password=wrong";
    let mut request = TcpStream::connect(server.address).unwrap();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    request.write_all(head.as_bytes()).unwrap();
    request.write_all(&body.as_bytes()[..10]).unwrap();
    // Another request after the first one's head: once it is answered, the first has been taken up.
    let mut probe = TcpStream::connect(server.address).unwrap();
    probe.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    probe.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    server.signal("TERM");
    while TcpStream::connect(server.address).is_ok() {
        std::thread::yield_now();
    }
    request.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "the request that was under way is answered: {answer}");
    assert!(server.child.wait().unwrap().success(), "and the process ends in order");
});

on_every_database!(a_kill_in_the_middle_of_anything_leaves_summaries_that_verify, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    let mut id = 0;
    // Each round is cut off after another number of writes, so that the refresher is hit in other places.
    for writes in [1, 40, 7, 90, 3, 25, 60, 13] {
        let server = Server::start(test);
        for _ in 0..writes {
            id += 1;
            let (day, hour) = (id % 28 + 1, id % 24);
            let at = format!("2026-10-{day:02} {hour:02}:30:00");
            test.sql(&format!(
                "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, status, created_at) \
                 VALUES ({id}, 1, 7, '{at}', '{at}', 'completed', '{at}')"
            ))
            .await;
            if id % 5 == 0 {
                test.sql(&format!("UPDATE companies SET timezone = 'Asia/Tokyo' WHERE id = 1 AND {id} % 10 = 0")).await;
                test.sql(&format!("UPDATE companies SET timezone = 'Europe/Berlin' WHERE id = 1 AND {id} % 10 <> 0"))
                    .await;
            }
        }
        server.signal("KILL");
    }
    let verify = Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(["summaries", "verify", "--database", &test.url])
        .output()
        .unwrap();
    assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stdout));
    let created: i64 = {
        let scope = test.scope(1).await;
        let needs = rollcall::summaries::Needs::days(90);
        let zone = rollcall::summaries::zone::zone("Europe/Berlin");
        let snapshot = rollcall::summaries::read(&scope.db(&test.db), zone, test.clock.now(), &needs).await.unwrap();
        snapshot.days.values().map(|day| day.created).sum()
    };
    assert_eq!(created, id, "every acknowledged write is counted once");
});

on_every_database!(two_processes_share_one_database, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    let servers = [Server::start(test), Server::start(test)];
    for id in 1..=120 {
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, created_at) VALUES \
             ({id}, 1, 7, '2026-10-05 10:00:00', '2026-10-05 11:00:00', '2026-10-05 10:00:00')"
        ))
        .await;
    }
    drop(servers);
    let other = Database::open(&test.url, 2).await.unwrap();
    let scope = test.scope(1).await;
    let differences = rollcall::changes::verify(&other, &scope, &test.clock).await.unwrap();
    other.close().await.unwrap();
    assert_eq!(differences, []);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log").await, 0);
});
