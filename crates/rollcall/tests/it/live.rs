//! A dashboard left open: who hears of what, and who no longer does.

use axum::body::Body;
use axum::http::StatusCode;
use rollcall::changes;
use rollcall::db::Database;
use rollcall::web;
use rollcall::widget::{ALL, Topic};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::dashboard::fill;
use crate::support::app::{Browser, Heard, TestApp};
use crate::support::{TestDb, on_every_database};

async fn listen(app: &TestApp<'_>, browser: &Browser, path: &str) -> Heard {
    let mut heard = listen_since(app, browser, path, "").await;
    assert!(heard.next().await.unwrap().starts_with(b"retry: "), "when to come back, first of all");
    heard
}

async fn listen_since(app: &TestApp<'_>, browser: &Browser, path: &str, last: &str) -> Heard {
    let request = browser.request("GET", path).header("accept", "text/event-stream").header("last-event-id", last);
    app.listen(request.header("accept-encoding", "gzip, br").body(Body::empty()).unwrap()).await
}

/// The widgets whose tags differ.
fn changed(before: &Value, after: &Value) -> Vec<&'static str> {
    let differs = |key: &&str| before["widgets"][*key] != after["widgets"][*key];
    ALL.iter().map(|spec| spec.key).filter(differs).collect()
}

fn depending_on(topic: Topic) -> Vec<&'static str> {
    ALL.iter().filter(|spec| spec.topics.contains(&topic)).map(|spec| spec.key).collect()
}

async fn tag(app: &TestApp<'_>, browser: &Browser, key: &str) -> String {
    let request = browser.request("GET", &format!("/admin/widgets/{key}")).header("hx-request", "true");
    let card = app.send(request.body(Body::empty()).unwrap()).await.body;
    card.split("data-tag=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

on_every_database!(a_write_is_told_to_its_company_and_names_what_it_changed, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    fill(test, 2, 200).await;
    app.settle().await;
    let (mut manager, neighbour) = (app.signed_in("manager1").await, app.signed_in("manager2").await);
    let mut heard = listen(&app, &manager, "/admin/live").await;
    let mut elsewhere = listen(&app, &neighbour, "/admin/live").await;
    let before = heard.event().await;
    elsewhere.event().await;
    assert!(heard.is_silent());

    app.post(&mut manager, "/admin/notifications/100/retry", &[]).await;
    let after = heard.event().await;
    assert_eq!(changed(&before, &after), depending_on(Topic::Notifications));
    assert!(before["version"].as_u64() < after["version"].as_u64() && before["summary"] != after["summary"]);
    for spec in ALL {
        assert_eq!(after["widgets"][spec.key], tag(&app, &manager, spec.key).await, "{}: as its card says", spec.key);
    }
    let page = app.get(&manager, "/admin").await.body;
    assert!(page.contains(&format!("id=\"summary\" data-tag={}", after["summary"])));
    assert!(heard.is_silent() && elsewhere.is_silent(), "once, and to nobody else");
});

on_every_database!(what_others_write_is_told_once_the_poll_came_by, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let mut heard = listen(&app, &viewer, "/admin/live").await;
    let before = heard.event().await;
    test.customer(150, 1).await;
    app.settle().await;
    let customers = heard.event().await;
    assert!(changed(&before, &customers).contains(&"customer_journey"));

    let node = Database::open(&test.url, 2).await.unwrap();
    test.sql("UPDATE notification_queues SET status = 'sent' WHERE id = 100").await;
    changes::settle_all(&node, &test.clock).await.unwrap();
    assert!(heard.is_silent(), "another process settled it");
    changes::listen(&test.db).await.unwrap();
    assert_eq!(changed(&customers, &heard.event().await), depending_on(Topic::Notifications));
    node.close().await.unwrap();
});

on_every_database!(an_answer_that_goes_on_is_neither_kept_nor_packed, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let heard = listen(&app, &app.signed_in("viewer1").await, "/admin/live").await;
    let header = |name: &str| heard.headers.get(name).map_or("", |value| value.to_str().unwrap());
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!((header("cache-control"), header("x-accel-buffering")), ("no-store", "no"));
    assert_eq!((header("content-encoding"), header("content-length")), ("", ""));
    assert!(!header("x-request-id").is_empty() && header("content-security-policy").contains("'self'"));
});

on_every_database!(who_was_told_already_is_told_nothing, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let viewer = app.signed_in("viewer1").await;
    let mut first = listen(&app, &viewer, "/admin/live").await;
    let event = String::from_utf8(first.next().await.unwrap().to_vec()).unwrap();
    let id = event.strip_prefix("id: ").unwrap().lines().next().unwrap();
    for (path, last) in [("/admin/live", id), (&*format!("/admin/live?since={id}"), "")] {
        let mut again = listen_since(&app, &viewer, path, last).await;
        assert!(again.next().await.unwrap().starts_with(b"retry: "));
        assert!(again.is_silent(), "{path}");
    }
    let mut stale = listen_since(&app, &viewer, "/admin/live", "1.20200101").await;
    stale.next().await;
    stale.event().await;
});

on_every_database!(one_message_is_made_for_all_who_listen, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let (viewer, admin) = (app.signed_in("viewer1").await, app.signed_in("admin1").await);
    let operator = app.signed_in("operator").await;
    let mut all = [
        listen(&app, &viewer, "/admin/live").await,
        listen(&app, &admin, "/admin/live").await,
        listen(&app, &operator, "/admin/live?company=1").await,
    ];
    for round in 0..2 {
        let mut places = Vec::new();
        for heard in &mut all {
            places.push(heard.next().await.unwrap().as_ptr());
        }
        assert!(places.iter().all(|place| *place == places[0]), "the same bytes in the same place");
        if round == 0 {
            test.customer(150, 1).await;
            app.settle().await;
        }
    }
});

on_every_database!(who_signs_out_or_is_somebody_else_by_now_hears_no_more, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut admin = app.signed_in("admin1").await;
    let mut others = Vec::new();
    for name in ["viewer1", "manager1"] {
        others.push(listen(&app, &app.signed_in(name).await, "/admin/live").await);
        others.last_mut().unwrap().event().await;
    }
    let [viewer, manager] = &mut others[..] else { unreachable!() };
    let mut heard = listen(&app, &admin, "/admin/live").await;
    heard.event().await;
    app.post(&mut admin, "/logout", &[]).await;
    assert_eq!(heard.next().await.unwrap(), "event: over\ndata:\n\n");
    assert_eq!(heard.next().await, None);

    test.sql("UPDATE users SET role = 'viewer' WHERE email = 'manager1@example.test'").await;
    app.settle().await;
    assert_eq!(manager.next().await.unwrap(), "event: over\ndata:\n\n");
    assert_eq!(manager.next().await, None);
    assert!(viewer.is_silent(), "a colleague may go on, and no figure changed");

    // A session that ends by itself, seen with the next who changes.
    test.clock.set(test.clock.now() + chrono::TimeDelta::minutes(8 * 60 + 1));
    test.sql("UPDATE users SET name = 'Anna' WHERE email = 'admin1@example.test'").await;
    app.settle().await;
    assert_eq!(viewer.next().await.unwrap(), "event: over\ndata:\n\n");
});

on_every_database!(midnight_is_when_it_is_where_the_company_is, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut berlin = listen(&app, &app.signed_in("viewer1").await, "/admin/live").await;
    let mut kathmandu = listen(&app, &app.signed_in("viewer2").await, "/admin/live").await;
    let (before, there) = (berlin.event().await, kathmandu.event().await);
    assert_eq!((&before["day"], &there["day"]), (&"20261122".into(), &"20261122".into()));
    test.clock.set("2026-11-22T18:15:00Z".parse().unwrap());
    assert_eq!(kathmandu.event().await["day"], "20261123");
    assert!(berlin.is_silent());
    test.clock.set("2026-11-22T23:00:00Z".parse().unwrap());
    let after = berlin.event().await;
    assert_eq!((&after["day"], &after["version"]), (&"20261123".into(), &before["version"]));
    let daily: Vec<_> = ALL.iter().filter(|spec| (spec.needs)(&Default::default()).days > 0).collect();
    assert_eq!(changed(&before, &after), daily.iter().map(|spec| spec.key).collect::<Vec<_>>());
});

on_every_database!(nobody_listens_who_may_not_look, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let ask = async |browser: &Browser, path: &str| {
        let request = browser.request("GET", path).header("accept", "text/event-stream");
        app.send(request.body(Body::empty()).unwrap()).await.status
    };
    let viewer = app.signed_in("viewer1").await;
    assert_eq!(ask(&Browser::default(), "/admin/live").await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&viewer, "/admin/live?company=2").await, StatusCode::NOT_FOUND);
    assert_eq!(ask(&app.signed_in("operator").await, "/admin/live?company=3").await, StatusCode::NOT_FOUND);
    let mut windows = Vec::new();
    for _ in 0..20 {
        windows.push(listen(&app, &viewer, "/admin/live").await);
    }
    assert_eq!(ask(&viewer, "/admin/live").await, StatusCode::TOO_MANY_REQUESTS, "one person does not take all places");
    listen(&app, &app.signed_in("viewer1").await, "/admin/live").await;
    windows.pop();
    listen(&app, &viewer, "/admin/live").await;
});

/// A client on a real connection, and what it has read.
struct Wire {
    client: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    async fn ask(&mut self, path: &str, browser: &Browser) {
        let cookie = browser.session().unwrap();
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}={cookie}\r\n\r\n", web::SESSION_COOKIE);
        self.client.write_all(head.as_bytes()).await.unwrap();
    }

    /// Reads until `text` has come so often.
    async fn until(&mut self, text: &str, times: usize) {
        while String::from_utf8_lossy(&self.read).matches(text).count() < times {
            assert!(
                self.client.read_buf(&mut self.read).await.unwrap() > 0,
                "ended: {:?}",
                String::from_utf8_lossy(&self.read)
            );
        }
    }
}

on_every_database!(a_stream_goes_on_by_itself_and_ends_at_once_when_the_server_does, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let stop = CancellationToken::new();
    let server = tokio::spawn(web::serve(app.app.clone(), listener, stop.clone()));
    let mut wire = Wire { client, read: Vec::new() };
    // As browsers do: on a connection that had an answer before.
    wire.ask("/healthz", &manager).await;
    wire.until("ok\n", 1).await;
    wire.ask("/admin/live", &manager).await;
    wire.until("event: figures", 1).await;
    app.post(&mut manager, "/admin/notifications/100/retry", &[]).await;
    wire.until("event: figures", 2).await;
    // What nobody asked for is not listened to.
    wire.client.write_all(b"hello?\r\n").await.unwrap();
    test.customer(150, 1).await;
    app.settle().await;
    wire.until("event: figures", 3).await;
    stop.cancel();
    wire.client.read_to_end(&mut wire.read).await.unwrap();
    assert!(wire.read.ends_with(b"\r\n0\r\n\r\n"), "the answer ends in order");
    let chunks = String::from_utf8(wire.read).unwrap();
    for chunk in chunks.split("event: figures").skip(1) {
        assert!(chunk.contains("\n\n\r\n"), "each event is a chunk of its own: {chunk:?}");
    }
    // A stream that went on would be waited for, for `shutdown.grace`, and be cut off then.
    server.await.unwrap().unwrap();
});

on_every_database!(whoever_goes_leaves_their_seat, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let viewer = app.signed_in("viewer1").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let server = tokio::spawn(web::serve(app.app.clone(), listener, stop.clone()));
    // More than may listen at the same time.
    for _ in 0..30 {
        let mut wire = Wire { client: TcpStream::connect(address).await.unwrap(), read: Vec::new() };
        wire.ask("/admin/live", &viewer).await;
        wire.until("event: figures", 1).await;
        drop(wire);
        while app.app.listeners() > 0 {
            tokio::task::yield_now().await;
        }
    }
    stop.cancel();
    server.await.unwrap().unwrap();
});

on_every_database!(what_needs_attention_and_the_badges_come_alone, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let ask = async |browser: &Browser| {
        let request = browser.request("GET", "/admin/summary").header("hx-request", "true");
        let current = request.header("hx-current-url", "http://localhost/admin?policy_trend.days=7");
        app.send(current.body(Body::empty()).unwrap()).await.body
    };
    let before = ask(&manager).await;
    assert!(before.contains("id=\"summary\"") && before.contains("1 failed notification"), "{before}");
    assert!(before.contains("data-badge=\"notifications\" data-count=\"1\""));
    assert_eq!(before.matches("hx-swap-oob").count(), 2);
    assert!(!before.contains("class=\"card"));
    app.post(&mut manager, "/admin/notifications/100/retry", &[]).await;
    let after = ask(&manager).await;
    assert!(!after.contains("1 failed notification") && after.contains("id=\"badge-notifications\""));
    assert!(!after.contains("data-badge=\"notifications\""), "nought is not shown: {after}");
});

on_every_database!(a_widget_says_how_fresh_it_is_and_why, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let path = "/admin/widgets/notification_overview/freshness";
    let first = app.json(&manager, path).await.json();
    assert_eq!(first["level"], "loaded");
    test.clock.set(test.clock.now() + chrono::TimeDelta::minutes(3));
    let kept = app.json(&manager, path).await.json();
    assert_eq!(
        (&kept["level"], &kept["age_seconds"], &kept["version"]),
        (&"memory".into(), &180.into(), &first["version"])
    );
    app.post(&mut manager, "/admin/notifications/100/retry", &[]).await;
    let page = app.get(&manager, "/admin").await.body;
    assert!(page.contains(&format!("data-fresh=\"{path}\"><a href=\"{path}\"")), "a link for who has no script");
    let changed = app.json(&manager, path).await.json();
    assert_eq!((&changed["last_changed_by"], &changed["age_seconds"]), (&"notifications".into(), &0.into()));
    assert!(first["version"].as_u64() < changed["version"].as_u64());

    let part = manager.request("GET", path).header("hx-request", "true").body(Body::empty()).unwrap();
    let part = app.send(part).await;
    assert_eq!(part.header("cache-control"), "no-store");
    assert!(part.body.contains("this server’s memory") && part.body.contains("just now"), "{}", part.body);
    assert!(part.body.contains("notifications") && !part.body.contains("<html"));
    let page = app.get(&manager, path).await;
    assert!(page.body.contains("<html") && page.body.contains("href=\"/admin#notification_overview\""));
    assert_eq!(app.get(&manager, "/admin/widgets/nonsense/freshness").await.status, StatusCode::NOT_FOUND);
});
