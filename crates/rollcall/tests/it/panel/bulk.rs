//! Many rows at once.

use axum::http::StatusCode;
use rollcall::bulk::{CHUNK, Worker};
use tokio_util::sync::CancellationToken;

use super::actions::field;
use super::fill;
use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// Asks, agrees and answers the address of the job.
async fn begin(app: &TestApp<'_>, browser: &mut Browser, path: &str, more: &[(&str, &str)]) -> String {
    let page = app.get(browser, path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let (key, n) = (field(&page, "key"), field(&page, "n"));
    let form: Vec<_> = [("key", key.as_str()), ("n", n.as_str())].into_iter().chain(more.iter().copied()).collect();
    let answer = app.post(browser, path, &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

/// A node works until there is nothing left to do; answers how many rows it looked at.
async fn work(app: &TestApp<'_>) -> usize {
    let worker = Worker::new(app.app.clone());
    let mut rows = 0;
    loop {
        match worker.look(&CancellationToken::new()).await.unwrap() {
            0 => return rows,
            some => rows += some,
        }
    }
}

async fn appointments(test: &TestDb, count: i64, status: &str) {
    let rows: Vec<_> = (100..100 + count)
        .map(|id| format!("({id}, 1, 10, '2026-11-20 10:00:00', '2026-11-20 11:00:00', '{status}')"))
        .collect();
    test.sql(&format!(
        "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, status) VALUES {}",
        rows.join(", ")
    ))
    .await;
}

async fn count(test: &TestDb, what: &str) -> i64 {
    test.value(&format!("SELECT COUNT(*) FROM {what}")).await
}

on_every_database!(all_that_match_are_done_in_chunks_and_each_is_written_down, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    appointments(test, 60, "scheduled").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let list = app.get(&manager, "/admin/appointments?status=scheduled").await.body;
    assert!(
        list.contains("action=\"/admin/appointments/bulk\"") && list.contains("name=\"id\" value=\"159\""),
        "{list}"
    );
    let path = "/admin/appointments/bulk?status=scheduled&act=complete&all=yes";
    let page = app.get(&manager, path).await.body;
    assert!(page.contains("All 60 rows that match the list"), "{page}");
    let job = begin(&app, &mut manager, path, &[]).await;
    let waits = app.get(&manager, &job).await.body;
    assert!(waits.contains("At work: 0 of 60 done") && waits.contains("data-poll"), "{waits}");
    assert!(waits.contains("http-equiv=\"refresh\""), "without a script the page comes again: {waits}");
    let worker = Worker::new(app.app.clone());
    assert_eq!(worker.look(&CancellationToken::new()).await.unwrap(), CHUNK);
    let part = app.get(&manager, &format!("{job}/progress")).await.body;
    assert!(part.contains("At work: 25 of 60 done") && !part.contains("<html"), "{part}");
    assert_eq!(count(test, "change_log WHERE company_id = 1").await, 0, "settled");
    work(&app).await;
    let over = app.get(&manager, &job).await.body;
    assert!(over.contains("Finished: 60 of 60 done") && !over.contains("data-poll"), "{over}");
    assert!(!over.contains("http-equiv=\"refresh\""));
    assert_eq!(count(test, "appointments WHERE status = 'completed' AND company_id = 1").await, 60);
    assert_eq!(count(test, "audit_log WHERE action = 'appointment.completed' AND actor_name = 'manager1'").await, 60);
    assert_eq!(count(test, "audit_log WHERE action IN ('bulk.begun', 'bulk.ended')").await, 2);
    assert_eq!(count(test, "appointments WHERE status = 'confirmed'").await, 2, "no others");
});

on_every_database!(policies_fees_and_notices_hold_for_each_row, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql(
        "INSERT INTO policy_configurations (company_id, configurable_type, configurable_id, policy_type, config) \
         VALUES (1, 'company', 1, 'cancellation', '{\"hours_before\": 24, \"fee\": \"7.50\"}')",
    )
    .await;
    test.sql(
        "INSERT INTO notification_configurations (company_id, configurable_type, configurable_id, event_type, channel) \
         VALUES (1, 'company', 1, 'appointment_cancelled', 'email')",
    )
    .await;
    appointments(test, 2, "scheduled").await;
    test.sql(
        "UPDATE appointments SET starts_at = '2026-11-22 20:00:00', ends_at = '2026-11-22 21:00:00' WHERE id = 100",
    )
    .await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let path = "/admin/appointments/bulk?id=10&id=100&id=101&act=cancel";
    let page = app.get(&manager, path).await.body;
    assert!(page.contains("3 rows that you ticked") && page.contains("name=\"force\""), "{page}");
    let job = begin(&app, &mut manager, path, &[("reason", "closed")]).await;
    work(&app).await;
    let over = app.get(&manager, &job).await.body;
    assert!(over.contains("Finished: 1 of 3 done") && over.contains("2 rows could not be done."), "{over}");
    assert!(over.contains("Appointment 100") && over.contains("A policy denies it."), "{over}");
    assert!(!over.contains("/undo"), "a cancellation is not taken back: {over}");
    assert_eq!(count(test, "appointment_modifications WHERE fee_charged = 7.5 AND reason = 'closed'").await, 1);
    assert_eq!(count(test, "notification_queues WHERE status = 'pending'").await, 1);
    let job = begin(&app, &mut manager, "/admin/appointments/bulk?id=100&act=cancel", &[("force", "yes")]).await;
    work(&app).await;
    assert!(app.get(&manager, &job).await.body.contains("Finished: 1 of 1 done"));
    assert_eq!(count(test, "appointment_modification_stats WHERE stat_type = 'violation'").await, 1);
    let early = begin(&app, &mut manager, "/admin/appointments/bulk?id=10&id=101&act=no_show", &[]).await;
    work(&app).await;
    let over = app.get(&manager, &early).await.body;
    assert!(over.contains("Its state does not allow that."), "10 is cancelled: {over}");
});

on_every_database!(a_second_press_begins_nothing_and_a_node_that_dies_is_succeeded, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    appointments(test, 40, "scheduled").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let path = "/admin/appointments/bulk?status=scheduled&act=complete&all=yes";
    let page = app.get(&manager, path).await;
    let form = [("key", field(&page, "key")), ("n", "40".to_owned())];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let first = app.post(&mut manager, path, &form).await;
    let second = app.post(&mut manager, path, &form).await;
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!((count(test, "rollcall_bulk").await, count(test, "rollcall_bulk_rows").await), (1, 40));
    // A node took it, did three rows, and died.
    test.sql("UPDATE rollcall_bulk SET node = 'dead', leased_until = 1795348830").await;
    test.sql("UPDATE rollcall_bulk_rows SET state = 1 WHERE row_id < 103").await;
    test.sql("UPDATE appointments SET status = 'completed' WHERE id < 103 AND id >= 100").await;
    assert_eq!(work(&app).await, 0, "its lease lasts");
    test.sql("UPDATE rollcall_bulk SET leased_until = 1").await;
    let other = TestApp::on(test, test.db.clone()).await;
    let (one, two) = (Worker::new(app.app.clone()), Worker::new(other.app.clone()));
    loop {
        let stop = CancellationToken::new();
        let (a, b) = tokio::join!(one.look(&stop), two.look(&stop));
        if a.unwrap() + b.unwrap() == 0 {
            break;
        }
    }
    assert_eq!(count(test, "appointments WHERE status = 'completed' AND company_id = 1").await, 40);
    assert_eq!(count(test, "audit_log WHERE action = 'appointment.completed'").await, 37, "each once");
    assert_eq!(count(test, "audit_log WHERE action = 'bulk.ended'").await, 1);
});

on_every_database!(another_companys_rows_are_not_there_and_who_may_not_begins_nothing, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let path = "/admin/services/bulk?id=10&id=20&id=99&id=x&act=deactivate";
    let page = app.get(&manager, path).await.body;
    assert!(
        page.contains("1 row that you ticked") && page.contains("2 rows that you asked for are not there."),
        "{page}"
    );
    let before = count(test, "security_events").await;
    let job = begin(&app, &mut manager, path, &[]).await;
    assert_eq!(count(test, "security_events").await - before, 1);
    work(&app).await;
    let over = app.get(&manager, &job).await.body;
    assert!(
        over.contains("Finished: 1 of 1 done") && over.contains("2 rows that you asked for are not there."),
        "{over}"
    );
    let off = test.db.dialect().pick("0", "0", "FALSE");
    assert_eq!(count(test, &format!("services WHERE is_active = {off}")).await, 1);
    let mut alien = app.signed_in("manager2").await;
    let mut viewer = app.signed_in("viewer1").await;
    for what in ["", "/progress"] {
        assert_eq!(app.get(&alien, &format!("{job}{what}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.get(&viewer, &format!("{job}{what}")).await.status, StatusCode::FORBIDDEN);
    }
    for what in ["cancel", "undo"] {
        assert_eq!(app.post(&mut alien, &format!("{job}/{what}"), &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.post(&mut viewer, &format!("{job}/{what}"), &[]).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(app.get(&viewer, path).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.post(&mut viewer, path, &[("key", "rc_12345678"), ("n", "1")]).await.status, StatusCode::FORBIDDEN);
    assert!(!app.get(&viewer, "/admin/services").await.body.contains("/bulk"));
    for (path, status) in [
        ("/admin/services/bulk?id=10&act=cancel", StatusCode::BAD_REQUEST),
        ("/admin/users/bulk?id=2&act=delete", StatusCode::FORBIDDEN),
        ("/admin/services/bulk?id=10&act=restore", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(app.get(&manager, path).await.status, status, "{path}");
    }
    let back = app.post(&mut manager, &format!("{job}/undo"), &[]).await;
    let twice = app.post(&mut manager, &format!("{job}/undo"), &[]).await;
    assert_eq!(back.header("location"), twice.header("location"));
    work(&app).await;
    assert_eq!(count(test, &format!("services WHERE is_active = {off}")).await, 0);
    assert_eq!(count(test, "audit_log WHERE action = 'service.updated'").await, 2);
    // What was off already is not switched on by an undo.
    test.sql(&format!("INSERT INTO services (id, company_id, name, is_active) VALUES (11, 1, 'Off', {off})")).await;
    let job = begin(&app, &mut manager, "/admin/services/bulk?id=10&id=11&act=deactivate", &[]).await;
    work(&app).await;
    assert!(app.get(&manager, &job).await.body.contains("Finished: 2 of 2 done"));
    app.post(&mut manager, &format!("{job}/undo"), &[]).await;
    work(&app).await;
    assert_eq!(count(test, &format!("services WHERE id = 11 AND is_active = {off}")).await, 1);
});

on_every_database!(a_job_is_stopped_by_hand_and_by_its_persons_leaving, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    appointments(test, 60, "completed").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let path = "/admin/appointments/bulk?status=completed&act=delete&all=yes";
    let job = begin(&app, &mut manager, path, &[]).await;
    let worker = Worker::new(app.app.clone());
    worker.look(&CancellationToken::new()).await.unwrap();
    let stopped = app.post(&mut manager, &format!("{job}/cancel"), &[]).await;
    assert_eq!(stopped.header("location"), job);
    assert_eq!(work(&app).await, 0);
    let over = app.get(&manager, &job).await.body;
    assert!(over.contains("Stopped: 25 of 60 done") && over.contains(&format!("{job}/undo")), "{over}");
    app.post(&mut manager, &format!("{job}/undo"), &[]).await;
    let undoing = app.get(&manager, &job).await.body;
    assert!(undoing.contains("Being undone since 22 Nov 2026, 13:00: Restore"), "{undoing}");
    work(&app).await;
    assert_eq!(count(test, "appointments WHERE deleted_at IS NOT NULL").await, 0, "they are there again");
    let undone = app.get(&manager, &job).await.body;
    let leads =
        undone.contains(&format!("href=\"{job}-u\"")) && undone.contains("Undone on 22 Nov 2026, 13:00: Restore");
    assert!(leads && !undone.contains(&format!("{job}/undo")), "{undone}");
    let job = begin(&app, &mut manager, path, &[]).await;
    test.sql("UPDATE users SET role = 'viewer' WHERE name = 'manager1'").await;
    work(&app).await;
    let admin = app.signed_in("admin1").await;
    let over = app.get(&admin, &job).await.body;
    assert!(over.contains("may not do this any more: 0 of 60 done"), "{over}");
    assert_eq!(count(test, "appointments WHERE deleted_at IS NOT NULL").await, 0);
});

on_every_database!(nothing_is_taken_back_while_a_node_is_at_it, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    appointments(test, 60, "completed").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let path = "/admin/appointments/bulk?status=completed&act=delete&all=yes";
    let job = begin(&app, &mut manager, path, &[]).await;
    let worker = Worker::new(app.app.clone());
    worker.look(&CancellationToken::new()).await.unwrap();
    // Another node has taken it, and is at a row.
    let until = test.clock.now().timestamp() + 60;
    test.sql(&format!("UPDATE rollcall_bulk SET node = 'other', leased_until = {until}")).await;
    app.post(&mut manager, &format!("{job}/cancel"), &[]).await;
    let page = app.get(&manager, &job).await.body;
    assert!(!page.contains("/undo") && page.contains("can be taken back in a moment"), "{page}");
    assert!(page.contains("data-poll"), "the page looks again: {page}");
    let refused = app.post(&mut manager, &format!("{job}/undo"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(refused.body.contains("can be taken back in a moment"), "{}", refused.body);
    assert_eq!(count(test, "rollcall_bulk").await, 1, "nothing was begun");
    assert_eq!(count(test, "rollcall_bulk_rows WHERE state = 0").await, 0, "no node does another row");
    test.clock.set(test.clock.now() + chrono::TimeDelta::seconds(61));
    assert!(app.get(&manager, &job).await.body.contains(&format!("{job}/undo")), "that node died");
    // One that goes on lets go as soon as it sees that.
    let again = begin(&app, &mut manager, path, &[]).await;
    let (stop, cancel) = (CancellationToken::new(), format!("{again}/cancel"));
    let mut presses = manager.clone();
    let (worked, pressed) = tokio::join!(worker.look(&stop), app.post(&mut presses, &cancel, &[]));
    assert_eq!((worked.is_ok(), pressed.status), (true, StatusCode::SEE_OTHER), "{}", pressed.body);
    assert_eq!(count(test, "rollcall_bulk WHERE leased_until > 0 AND node <> 'other'").await, 0);
    for taken_back in [&job, &again] {
        let back = app.post(&mut manager, &format!("{taken_back}/undo"), &[]).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
    }
    work(&app).await;
    assert_eq!(count(test, "appointments WHERE deleted_at IS NOT NULL").await, 0, "they are there again");
});

on_every_database!(
    what_goes_for_good_asks_for_its_number_and_more_than_agreed_to_for_another_look,
    async |test: &TestDb| {
        let app = TestApp::new(test).await;
        fill(test).await;
        for id in 100..103 {
            test.customer(id, 1).await;
        }
        app.settle().await;
        let mut manager = app.signed_in("manager1").await;
        let path = "/admin/customers/bulk?act=delete&all=yes";
        let page = app.get(&manager, path).await;
        assert!(page.body.contains("enter how many: 4") && page.body.contains("cannot be undone"), "{}", page.body);
        let key = field(&page, "key");
        let wrong = app.post(&mut manager, path, &[("key", &key), ("n", "4"), ("confirm", "3")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
        test.customer(103, 1).await;
        let grown = app.post(&mut manager, path, &[("key", &key), ("n", "4"), ("confirm", "4")]).await;
        assert_eq!(grown.status, StatusCode::CONFLICT, "{}", grown.body);
        let job = begin(&app, &mut manager, path, &[("confirm", "5")]).await;
        work(&app).await;
        let over = app.get(&manager, &job).await.body;
        assert!(over.contains("Finished: 4 of 5 done") && over.contains("Something belongs to it."), "{over}");
        assert_eq!(count(test, "customers WHERE company_id = 1").await, 1);
        let none = app.get(&manager, "/admin/customers/bulk?act=delete").await.body;
        assert!(none.contains("tick rows in the list first"), "{none}");
    }
);
