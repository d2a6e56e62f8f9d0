//! Appointments are changed whole or not at all, and once, whoever changes them at the same time.

mod notices;
mod past;
mod policies;
mod reopen;
mod world;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use futures_util::future::join_all;
use rollcall::app::App;
use rollcall::audit::{self, Actor, Filter};
use rollcall::booking::{self, Cancel, Close, Error, NewAppointment, Reschedule, Status};
use rollcall::chance::Chance;
use rollcall::changes;
use rollcall::config::Config;
use rollcall::events::Thing;
use rollcall::security;
use rollcall::tenant::{Role, TenantScope, User};
use rust_decimal::Decimal;

use crate::support::steps::killed_after;
use crate::support::{TestDb, on_every_database};
use world::{World, at};

on_every_database!(an_appointment_is_made_with_what_its_service_says, async |test: &TestDb| {
    let world = World::new(test).await;
    let new = NewAppointment { service_id: Some(20), ..world.new_at("2026-11-25T10:00:00") };
    let made = booking::create(&world.app, &world.scope, &world.actor, &new).await.unwrap();
    assert_eq!((made.ends_at, made.price), (at("2026-11-25T10:45:00"), Some(Decimal::new(80_00, 2))));
    assert_eq!((made.status.as_str(), made.created_at), ("scheduled", Some(test.clock.now_utc())));
    let read = booking::Appointment::find(&world.scope.db(&test.db), made.id).await.unwrap().unwrap();
    assert_eq!((&read, read.tag()), (&made, made.tag()), "what is answered is what is stored");
    let json = serde_json::to_value(&made).unwrap();
    assert_eq!((&json["starts_at"], &json["price"]), (&"2026-11-25T10:00:00Z".into(), &"80.00".into()), "{json}");
    assert_eq!(world.actions().await, ["appointment.booked"]);
    assert_eq!(changes::verify(&test.db, &world.scope, &test.clock).await.unwrap(), []);

    for (field, new) in [
        ("ends_at", NewAppointment { ends_at: Some(new.starts_at), ..new.clone() }),
        ("ends_at", NewAppointment { ends_at: Some(new.starts_at + TimeDelta::days(32)), ..new.clone() }),
        ("starts_at", world.new_at("1969-12-31T23:59:59")),
        ("starts_at", NewAppointment { starts_at: chrono::NaiveDateTime::MAX, ..new.clone() }),
        ("price", NewAppointment { price: Some(Decimal::new(-1, 2)), ..new.clone() }),
        ("price", NewAppointment { price: Some(Decimal::new(1_005, 3)), ..new.clone() }),
        ("price", NewAppointment { price: Some(Decimal::from(100_000_000)), ..new.clone() }),
    ] {
        let error = booking::create(&world.app, &world.scope, &world.actor, &new).await.unwrap_err();
        assert!(matches!(error, Error::Invalid { field: wrong, .. } if wrong == field), "{field}: {error}");
    }
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointments").await, 1);
});

on_every_database!(many_are_made_at_once_and_those_that_will_not_do_are_told_in_their_places, async |test: &TestDb| {
    let world = World::new(test).await;
    let new: Vec<_> = (0..100)
        .map(|n| {
            let customer_id = if n % 10 == 3 { 1_000_000 + n } else { 7 };
            NewAppointment { customer_id, price: Some(n.into()), ..world.new_at("2026-11-25T10:00:00") }
        })
        .collect();
    let made = booking::create_unsettled(&world.app, &world.scope, &world.actor, &new).await.unwrap();
    for (n, made) in (0..).zip(&made) {
        match made {
            Ok(made) => {
                assert_eq!(made.price, Some(Decimal::from(n)));
                let price = format!("SELECT COUNT(*) FROM appointments WHERE id = {} AND price = {n}", made.id);
                assert_eq!(test.value::<i64>(&price).await, 1, "its id is its own");
            }
            Err(Error::NotFound { field: "customer_id", thing: Thing::Customer, id }) => {
                assert_eq!((n % 10, *id), (3, 1_000_000 + n));
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 90);
    assert_eq!(world.actions().await.len(), 90);
});

on_every_database!(another_companys_rows_are_not_there_and_reaching_for_them_is_told, async |test: &TestDb| {
    let world = World::new(test).await;
    let good = world.new_at("2026-11-25T10:00:00");
    let events = "SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row'";
    for (wanted, wrong) in [
        ("customer_id", NewAppointment { customer_id: 8, ..good.clone() }),
        ("branch_id", NewAppointment { branch_id: Some(11), ..good.clone() }),
        ("service_id", NewAppointment { service_id: Some(21), ..good.clone() }),
        ("staff_id", NewAppointment { staff_id: Some(31), ..good.clone() }),
    ] {
        let before = test.value::<i64>(events).await;
        let error = booking::create(&world.app, &world.scope, &world.actor, &wrong).await.unwrap_err();
        let Error::NotFound { field, thing, id } = error else { panic!("{error}") };
        assert_eq!(field, wanted);
        security::missing(&world.app, &world.actor, &world.scope, thing, id, "/test").await.unwrap();
        assert_eq!(test.value::<i64>(events).await, before + 1, "{field}");
    }
    let foreign = world.foreign_appointment().await;
    let cancel = Cancel { id: foreign, force: true, ..Cancel::default() };
    let error = booking::cancel(&world.app, &world.scope, &world.actor, &cancel).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { field: "id", thing: Thing::Appointment, .. }), "{error}");
    let close = Close { id: foreign, tag: None };
    booking::complete(&world.app, &world.scope, &world.actor, &close).await.unwrap_err();
    booking::no_show(&world.app, &world.scope, &world.actor, &close).await.unwrap_err();
    booking::check(&world.app, &world.scope, foreign, None).await.unwrap_err();
    assert_eq!(world.status(foreign).await, "scheduled");
    let before = test.value::<i64>(events).await;
    security::missing(&world.app, &world.actor, &world.scope, Thing::Customer, 999_999, "/test").await.unwrap();
    assert_eq!(test.value::<i64>(events).await, before, "nobody's row is no event");
    let lines = audit::lines(&world.scope.db(&test.db), &Filter::default(), 10).await.unwrap();
    assert!(lines.iter().all(|line| line.action == "security.foreign_row" && line.actor_id == Some(3)), "{lines:?}");
    assert_eq!(test.db.tally().attempts()["foreign_row"], 4);
});

on_every_database!(of_64_who_cancel_at_once_one_does, async |test: &TestDb| {
    let world = World::new(test).await;
    world.told("appointment_cancelled", "email").await;
    let id = world.appointment("2026-11-25T10:00:00").await;
    let cancel = Cancel { id, ..Cancel::default() };
    let tries = (0..64).map(|_| booking::cancel(&world.app, &world.scope, &world.actor, &cancel));
    let mut outcomes = BTreeMap::new();
    for result in join_all(tries).await {
        let outcome = match result {
            Ok(_) => "done".to_owned(),
            Err(Error::Conflict { state, .. }) => state,
            Err(other) => other.to_string(),
        };
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    assert_eq!(outcomes, BTreeMap::from([("done".to_owned(), 1), ("cancelled".to_owned(), 63)]));
    for (table, count) in [
        ("appointment_modifications", 1),
        ("appointment_modification_stats", 1),
        ("notification_queues", 1),
        ("audit_log WHERE action = 'appointment.cancelled'", 1),
    ] {
        assert_eq!(test.value::<i64>(&format!("SELECT COUNT(*) FROM {table}")).await, count, "{table}");
    }
    assert_eq!(changes::verify(&test.db, &world.scope, &test.clock).await.unwrap(), []);
});

on_every_database!(two_cancellations_at_once_do_not_both_take_the_last_of_a_quota, async |test: &TestDb| {
    let world = World::new(test).await;
    world.policy(1, "company", 1, "cancellation", r#"{"max_cancellations_per_month": 2, "fee": 0}"#).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(world.appointment("2026-11-30T10:00:00").await);
    }
    let requests: Vec<_> = ids.iter().map(|id| Cancel { id: *id, ..Cancel::default() }).collect();
    let tries = requests.iter().map(|cancel| booking::cancel(&world.app, &world.scope, &world.actor, cancel));
    let results = join_all(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2, "{results:?}");
    assert!(results.iter().flat_map(|result| result.as_ref().err()).all(|error| matches!(error, Error::Denied(_))));
});

on_every_database!(what_has_come_to_its_end_stays_there, async |test: &TestDb| {
    let world = World::new(test).await;
    let (app, scope, actor) = (&world.app, &world.scope, &world.actor);
    for ended in Status::ALL.into_iter().filter(|status| !status.is_open()) {
        let new = NewAppointment { status: Some(ended), ..world.new_at("2026-11-20T10:00:00") };
        let id = booking::create(app, scope, actor, &new).await.unwrap().id;
        let close = Close { id, tag: None };
        let cancel = Cancel { id, force: true, ..Cancel::default() };
        let reschedule = world.reschedule(id, "2026-11-29T10:00:00");
        for (what, error) in [
            ("cancel", booking::cancel(app, scope, actor, &cancel).await.unwrap_err()),
            ("reschedule", booking::reschedule(app, scope, actor, &reschedule).await.unwrap_err()),
            ("complete", booking::complete(app, scope, actor, &close).await.unwrap_err()),
            ("no_show", booking::no_show(app, scope, actor, &close).await.unwrap_err()),
        ] {
            let state = ended.as_str();
            assert!(
                matches!(&error, Error::Conflict { state: found, .. } if found == state),
                "{what} {state}: {error}"
            );
        }
    }
    let to_come = world.appointment("2026-11-25T10:00:00").await;
    let early = booking::no_show(app, scope, actor, &Close { id: to_come, tag: None }).await.unwrap_err();
    assert!(matches!(early, Error::Conflict { problem: "it has not begun", .. }), "{early}");
    let strange = world.appointment("2026-11-25T10:00:00").await;
    test.sql(&format!("UPDATE appointments SET status = 'tentative' WHERE id = {strange}")).await;
    let cancel = Cancel { id: strange, force: true, ..Cancel::default() };
    let error = booking::cancel(app, scope, actor, &cancel).await.unwrap_err();
    assert!(matches!(&error, Error::Conflict { state, .. } if state == "tentative"), "{error}");
    test.sql(&format!("UPDATE appointments SET deleted_at = '2026-11-22 11:00:00' WHERE id = {to_come}")).await;
    let error = booking::complete(app, scope, actor, &Close { id: to_come, tag: None }).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "what is deleted is not there: {error}");
});

on_every_database!(who_has_seen_something_older_or_may_only_read_changes_nothing, async |test: &TestDb| {
    let world = World::new(test).await;
    let (app, scope, actor) = (&world.app, &world.scope, &world.actor);
    let id = world.appointment("2026-11-25T10:00:00").await;
    let seen = booking::Appointment::find(&scope.db(&test.db), id).await.unwrap().unwrap().tag();
    let moved = booking::reschedule(app, scope, actor, &world.reschedule(id, "2026-11-26T10:00:00")).await.unwrap();
    assert_eq!(moved.appointment.ends_at, at("2026-11-26T10:30:00"), "it is as long as it was");
    let cancel = Cancel { id, tag: Some(seen), ..Cancel::default() };
    assert!(matches!(booking::cancel(app, scope, actor, &cancel).await, Err(Error::Stale)));
    for (field, wrong) in [
        ("starts_at", world.reschedule(id, "2026-11-26T10:00:00")),
        ("starts_at", world.reschedule(id, "2026-11-22T12:00:00")),
        (
            "ends_at",
            Reschedule { ends_at: Some(at("2026-11-27T09:00:00")), ..world.reschedule(id, "2026-11-27T10:00:00") },
        ),
        ("reason", Reschedule { reason: Some("x".repeat(2_001)), ..world.reschedule(id, "2026-11-27T10:00:00") }),
    ] {
        let error = booking::reschedule(app, scope, actor, &wrong).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid { field: found, .. } if *found == field), "{field}: {error}");
    }
    let viewer =
        User { id: 4, company_id: Some(1), name: "V".into(), email: "v@example.test".into(), role: Role::Viewer };
    let reader = TenantScope::of(&viewer).unwrap();
    let cancel = Cancel { id, force: true, tag: Some(moved.appointment.tag()), ..Cancel::default() };
    assert!(matches!(booking::cancel(app, &reader, actor, &cancel).await, Err(Error::Forbidden)));
    assert!(matches!(
        booking::create(app, &reader, actor, &world.new_at("2026-11-25T10:00:00")).await,
        Err(Error::Forbidden)
    ));
    booking::check(app, &reader, id, None).await.unwrap();
    assert!(booking::cancel(app, scope, actor, &cancel).await.is_ok());
});

on_every_database!(a_cancellation_that_is_killed_at_any_statement_is_whole_or_was_not, async |test: &TestDb| {
    let world = World::new(test).await;
    world.told("appointment_cancelled", "email").await;
    world.policy(1, "company", 1, "cancellation", r#"{"hours_before": 240, "fee": 5}"#).await;
    let mut ended = 0;
    for statements in (1..40).step_by(2) {
        let id = world.appointment("2026-11-25T10:00:00").await;
        ended += u32::from(killed_after(test, 1, statements, async move |db, scope, clock| {
            let app = App::new(Config::defaults().unwrap(), db, clock, Chance::seeded(statements)).await?;
            let cancel = Cancel { id, force: true, ..Cancel::default() };
            let cancelled = booking::cancel(&app, &scope, &Actor::job("test"), &cancel).await;
            cancelled.map(|_| ()).map_err(|error| match error {
                Error::Database(error) => error,
                other => panic!("{other}"),
            })
        }));
        changes::settle(&test.db, &world.scope, &test.clock).await.unwrap();
        let cancelled = u8::from(world.status(id).await == "cancelled");
        for (table, each) in [
            (format!("appointment_modifications WHERE appointment_id = {id}"), 1),
            (format!("audit_log WHERE action = 'appointment.cancelled' AND subject_id = {id}"), 1),
        ] {
            let count = test.value::<i64>(&format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(count, i64::from(cancelled * each), "{table} after {statements}");
        }
    }
    assert!(ended > 0, "the last ones came to their end");
    let count = async |table: &str| test.value::<i64>(&format!("SELECT COUNT(*) FROM {table}")).await;
    let cancelled = count("appointments WHERE status = 'cancelled'").await;
    assert!(cancelled < 20, "and the first ones did not");
    assert_eq!(count("appointment_modification_stats WHERE stat_type = 'violation'").await, cancelled);
    assert_eq!(count("appointment_modification_stats WHERE stat_type = 'cancellation'").await, cancelled);
    assert_eq!(count("notification_queues").await, cancelled);
    assert_eq!(changes::verify(&test.db, &world.scope, &test.clock).await.unwrap(), []);
});
