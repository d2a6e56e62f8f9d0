//! The end of an appointment is taken back, with what it caused.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use rollcall::booking::{self, Close, Error, NewAppointment, Reopening, Status};
use rollcall::changes;
use rollcall::tenant::{Role, TenantScope, User};
use rust_decimal::Decimal;

use super::world::World;
use crate::support::{TestDb, on_every_database};

fn close(id: i64) -> Close {
    Close { id, tag: None }
}

async fn missed(world: &World<'_>, starts_at: &str) -> i64 {
    let id = world.appointment(starts_at).await;
    booking::no_show(&world.app, &world.scope, &world.actor, &close(id)).await.unwrap();
    id
}

on_every_database!(a_no_show_is_taken_back_with_its_violation_and_what_waits_of_it, async |test: &TestDb| {
    let world = World::new(test).await;
    world.policy(5, "staff", 30, "no_show", r#"{"fee": 25}"#).await;
    world.policy(6, "company", 1, "reschedule", r#"{"hours_before": 48, "fee": 3}"#).await;
    world.told("policy_violation", "email").await;
    // A violation of another type by the same appointment, and one of the same type by another one.
    let id = world.appointment("2026-11-22T20:00:00").await;
    let mut moved = world.reschedule(id, "2026-11-22T21:00:00");
    moved.force = true;
    booking::reschedule(&world.app, &world.scope, &world.actor, &moved).await.unwrap();
    test.clock.set("2026-11-22T22:00:00Z".parse().unwrap());
    let other = missed(&world, "2026-11-22T19:00:00").await;
    test.clock.set("2026-11-22T23:00:00Z".parse().unwrap());
    booking::no_show(&world.app, &world.scope, &world.actor, &close(id)).await.unwrap();
    let waiting = "SELECT COUNT(*) FROM notification_queues WHERE status = 'pending'";
    let before: i64 = test.value(waiting).await;
    // One of those who are told has been told.
    let newest = test.db.dialect().pick("MAX(id)", "CAST(MAX(id) AS SIGNED)", "MAX(id)");
    let newest: i64 = test.value(&format!("SELECT {newest} FROM notification_queues")).await;
    test.sql(&format!("UPDATE notification_queues SET status = 'sent' WHERE id = {newest}")).await;

    let reopening = booking::reopening(&world.app, &world.scope, id).await.unwrap();
    let expected = Reopening { status: Status::Scheduled, fee: Some(Decimal::from(25)), policy_id: Some(5) };
    assert_eq!(reopening, Some(expected));
    let reopened = booking::reopen(&world.app, &world.scope, &world.actor, &close(id)).await.unwrap();
    assert_eq!((reopened.fee, reopened.policy_id), (Some(Decimal::from(25)), Some(5)));
    assert_eq!((reopened.appointment.status.as_str(), world.status(id).await.as_str()), ("scheduled", "scheduled"));
    let stats = world.rows(&["stat_type", "metadata"], "appointment_modification_stats ORDER BY id").await;
    assert_eq!(stats.len(), 3, "{stats:?}");
    let violations: Vec<_> = stats.iter().filter(|row| row.starts_with("violation")).collect();
    assert!(violations[0].contains("reschedule") && violations[1].contains("no_show"), "{violations:?}");
    assert!(
        violations[1].replace(' ', "").contains(&format!("\"appointment_id\":{other}")),
        "the other appointment's: {violations:?}"
    );
    // Each no-show is told to two, an admin and a manager: of this one's, one was sent.
    let after: i64 = test.value(waiting).await;
    assert_eq!((reopened.withdrawn, after), (1, before - 2));
    let sent: i64 = test.value("SELECT COUNT(*) FROM notification_queues WHERE status = 'sent'").await;
    assert_eq!(sent, 1, "what was sent stays sent");
    let mut actions = world.actions().await;
    actions.truncate(3);
    actions.sort();
    assert_eq!(actions, ["appointment.reopened", "notification.withdrawn", "policy.violation_taken_back"]);
    assert_eq!(changes::verify(&test.db, &world.scope, &test.clock).await.unwrap(), []);

    // It may be missed once more, and counts once.
    let closed = booking::no_show(&world.app, &world.scope, &world.actor, &close(id)).await.unwrap();
    assert_eq!(closed.fee, Some(Decimal::from(25)));
    let count: i64 =
        test.value("SELECT COUNT(*) FROM appointment_modification_stats WHERE stat_type = 'violation'").await;
    assert_eq!(count, 3);
});

on_every_database!(what_has_ended_becomes_what_it_was_and_nothing_else_is_reopened, async |test: &TestDb| {
    let world = World::new(test).await;
    let id = world.appointment("2026-11-22T11:00:00").await;
    let open = booking::reopen(&world.app, &world.scope, &world.actor, &close(id)).await.unwrap_err();
    assert!(matches!(&open, Error::Conflict { state, .. } if state == "scheduled"), "{open}");
    assert_eq!(booking::reopening(&world.app, &world.scope, id).await.unwrap(), None);
    test.sql(&format!("UPDATE appointments SET status = 'confirmed' WHERE id = {id}")).await;
    let done = booking::complete(&world.app, &world.scope, &world.actor, &close(id)).await.unwrap();
    let stale = Close { id, tag: Some("another".to_owned()) };
    let stale = booking::reopen(&world.app, &world.scope, &world.actor, &stale).await.unwrap_err();
    assert!(matches!(stale, Error::Stale), "{stale}");
    let viewer =
        User { id: 4, company_id: Some(1), name: "viewer1".into(), email: "v@example.test".into(), role: Role::Viewer };
    let viewer = TenantScope::of(&viewer).unwrap();
    let refused = booking::reopen(&world.app, &viewer, &world.actor, &close(id)).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden), "{refused}");
    let seen = Close { id, tag: Some(done.appointment.tag()) };
    let reopened = booking::reopen(&world.app, &world.scope, &world.actor, &seen).await.unwrap();
    assert_eq!((reopened.appointment.status.as_str(), reopened.fee), ("confirmed", None));
    for (status, expected) in [("completed", Some("confirmed")), ("no_show", Some("confirmed")), ("cancelled", None)] {
        // Another application's, of which the audit log knows nothing.
        let id = world.appointment("2026-11-22T10:00:00").await;
        test.sql(&format!("UPDATE appointments SET status = '{status}' WHERE id = {id}")).await;
        let result = booking::reopen(&world.app, &world.scope, &world.actor, &close(id)).await;
        let result = result.map(|it| it.appointment.status);
        assert_eq!(result.ok().as_deref(), expected, "{status}");
    }
    let foreign = world.foreign_appointment().await;
    test.sql("UPDATE appointments SET status = 'completed' WHERE id = 5000").await;
    booking::reopen(&world.app, &world.scope, &world.actor, &close(foreign)).await.unwrap_err();
    booking::reopening(&world.app, &world.scope, foreign).await.unwrap_err();
    assert_eq!(world.status(foreign).await, "completed");
    changes::settle(&test.db, &world.scope, &test.clock).await.unwrap();
    assert_eq!(changes::verify(&test.db, &world.scope, &test.clock).await.unwrap(), []);
});

on_every_database!(
    of_many_who_reopen_at_once_one_does_and_what_is_to_come_is_reminded_of_once,
    async |test: &TestDb| {
        let world = World::new(test).await;
        world.told("appointment_reminder", "email").await;
        let new = NewAppointment { status: Some(Status::Completed), ..world.new_at("2026-11-30T10:00:00") };
        let id = booking::create(&world.app, &world.scope, &world.actor, &new).await.unwrap().id;
        let request = close(id);
        let tries = (0..16).map(|_| booking::reopen(&world.app, &world.scope, &world.actor, &request));
        let mut outcomes = BTreeMap::new();
        for result in join_all(tries).await {
            let outcome = match result {
                Ok(reopened) => format!("done, {} told", reopened.notifications),
                Err(Error::Conflict { state, .. }) => state,
                Err(other) => other.to_string(),
            };
            *outcomes.entry(outcome).or_insert(0) += 1;
        }
        assert_eq!(outcomes, BTreeMap::from([("done, 1 told".to_owned(), 1), ("confirmed".to_owned(), 15)]));
        let reminders: i64 = test.value("SELECT COUNT(*) FROM notification_queues WHERE status = 'pending'").await;
        assert_eq!(reminders, 1);
    }
);
