//! What policies in the database do to appointments.

use chrono::{DateTime, Utc};
use rollcall::booking::{self, By, Cancel, Close, Error};
use rollcall::changes;
use rollcall::policy::{Decision, Reason};
use rust_decimal::Decimal;

use super::world::{World, at};
use crate::support::{TestDb, on_every_database};

async fn cancel(world: &World<'_>, id: i64, force: bool) -> Result<booking::Changed, Error> {
    let cancel = Cancel { id, force, reason: Some(" ill ".into()), ..Cancel::default() };
    booking::cancel(&world.app, &world.scope, &world.actor, &cancel).await
}

/// What the check says of cancelling an appointment that starts in 22 hours.
async fn decision(world: &World<'_>) -> Decision {
    let id = world.appointment("2026-11-23T10:00:00").await;
    booking::check(&world.app, &world.scope, id, None).await.unwrap().cancel
}

on_every_database!(a_denied_cancellation_changes_nothing_until_it_is_forced, async |test: &TestDb| {
    let world = World::new(test).await;
    world.policy(5, "company", 1, "cancellation", r#"{"hours_before": 24, "fee": 12.5}"#).await;
    let id = world.appointment("2026-11-23T10:00:00").await;
    let before = world.actions().await;
    let Err(Error::Denied(denied)) = cancel(&world, id, false).await else { panic!("it is denied") };
    assert_eq!((denied.reason, denied.policy_id), (Some(Reason::NoticeTooShort), Some(5)));
    assert_eq!((denied.fee, denied.notice_hours), (Decimal::new(125, 1), Decimal::from(22)));
    assert_eq!((world.status(id).await.as_str(), world.actions().await), ("scheduled", before));
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointment_modifications").await, 0);

    let checked = booking::check(&world.app, &world.scope, id, None).await.unwrap();
    assert_eq!((&checked.cancel, checked.open, checked.no_show_fee), (&denied, true, None), "the check told so");
    assert!(checked.reschedule.allowed && checked.reschedule.policy_id.is_none());
    let changed = cancel(&world, id, true).await.unwrap();
    assert_eq!((changed.within_policy, &changed.decision), (false, &denied));
    let from = format!("appointment_modifications WHERE id = {} AND appointment_id = {id}", changed.modification_id);
    let columns = ["modification_type", "within_policy", "fee_charged", "reason", "modified_by_type", "modified_by_id"];
    let [modification] = world.rows(&columns, &from).await.try_into().unwrap();
    let modification = modification.replace("false", "0").replace("12.50", "12.5");
    assert_eq!(modification, "cancel|0|12.5|ill|user|3");
    let stats = world.rows(
        &["stat_type", "customer_id", "count", "period_start", "period_end"],
        "appointment_modification_stats ORDER BY id",
    );
    assert_eq!(stats.await, ["cancellation|7|1|2026-11-01|2026-11-30", "violation|7|1|2026-11-01|2026-11-30"]);
    let metadata = world.rows(&["metadata"], "appointment_modification_stats WHERE stat_type = 'violation'").await;
    let metadata: serde_json::Value = serde_json::from_str(&metadata[0]).unwrap();
    assert_eq!((&metadata["policy_id"], &metadata["policy_type"]), (&5.into(), &"cancellation".into()));
    assert_eq!(world.actions().await[..2], ["policy.violated", "appointment.cancelled"]);
    assert_eq!(changes::verify(&test.db, &world.scope, &test.clock).await.unwrap(), []);
});

on_every_database!(a_quota_counts_thirty_days_and_each_appointment, async |test: &TestDb| {
    let world = World::new(test).await;
    world.policy(5, "company", 1, "cancellation", r#"{"max_cancellations_per_month": 1, "fee": 1}"#).await;
    world.policy(6, "company", 1, "reschedule", r#"{"max_reschedules_per_appointment": 1, "fee": 2}"#).await;
    let [first, second] =
        [world.appointment("2027-01-10T10:00:00").await, world.appointment("2027-01-11T10:00:00").await];
    cancel(&world, first, false).await.unwrap();
    let Err(Error::Denied(denied)) = cancel(&world, second, false).await else { panic!("it is denied") };
    assert_eq!(denied.reason, Some(Reason::TooManyCancellations));
    let mut request = world.reschedule(second, "2027-01-12T10:00:00");
    let moved = booking::reschedule(&world.app, &world.scope, &world.actor, &request).await.unwrap();
    assert_eq!((moved.within_policy, moved.decision.fee), (true, Decimal::from(2)));
    request = world.reschedule(second, "2027-01-13T10:00:00");
    let denied = booking::reschedule(&world.app, &world.scope, &world.actor, &request).await;
    assert!(
        matches!(denied, Err(Error::Denied(Decision { reason: Some(Reason::TooManyReschedules), .. }))),
        "{denied:?}"
    );
    request.force = true;
    request.by = Some(By::Customer);
    booking::reschedule(&world.app, &world.scope, &world.actor, &request).await.unwrap();
    let authors = world.rows(&["modified_by_type", "modified_by_id"], "appointment_modifications ORDER BY id").await;
    assert_eq!(authors, ["user|3", "user|3", "customer|7"]);
    test.clock.set("2026-12-22T12:00:00Z".parse::<DateTime<Utc>>().unwrap());
    cancel(&world, second, false).await.unwrap();
    let other = world.appointment("2027-01-14T10:00:00").await;
    let by = Cancel { id: other, by: Some(By::Staff(31)), force: true, ..Cancel::default() };
    let error = booking::cancel(&world.app, &world.scope, &world.actor, &by).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { field: "by", id: 31, .. }), "another company's: {error}");
    assert_eq!(world.status(other).await, "scheduled", "and nothing was half-written");
});

on_every_database!(another_end_alone_is_a_reschedule_like_any_other, async |test: &TestDb| {
    let world = World::new(test).await;
    let config = r#"{"hours_before": 24, "max_reschedules_per_appointment": 1, "fee": 2}"#;
    world.policy(6, "company", 1, "reschedule", config).await;
    let [near, far] = [world.appointment("2026-11-23T10:00:00").await, world.appointment("2027-01-11T10:00:00").await];
    let mut request = world.reschedule(near, "2026-11-23T10:00:00");
    request.ends_at = Some(at("2026-11-23T15:00:00"));
    let denied = booking::reschedule(&world.app, &world.scope, &world.actor, &request).await;
    assert!(matches!(denied, Err(Error::Denied(Decision { reason: Some(Reason::NoticeTooShort), .. }))), "{denied:?}");
    let mut request = world.reschedule(far, "2027-01-11T10:00:00");
    request.ends_at = Some(at("2027-01-11T15:00:00"));
    let longer = booking::reschedule(&world.app, &world.scope, &world.actor, &request).await.unwrap();
    assert_eq!((longer.decision.policy_id, longer.decision.fee), (Some(6), Decimal::from(2)));
    request.ends_at = Some(at("2027-01-11T16:00:00"));
    let denied = booking::reschedule(&world.app, &world.scope, &world.actor, &request).await;
    let reason = Some(Reason::TooManyReschedules);
    assert!(matches!(denied, Err(Error::Denied(Decision { reason: found, .. })) if found == reason));
});

on_every_database!(who_does_not_come_violates_a_policy_where_there_is_one, async |test: &TestDb| {
    let world = World::new(test).await;
    let free = world.appointment("2026-11-22T11:00:00").await;
    let close = Close { id: free, tag: None };
    let closed = booking::no_show(&world.app, &world.scope, &world.actor, &close).await.unwrap();
    assert_eq!((closed.fee, closed.policy_id, closed.appointment.status.as_str()), (None, None, "no_show"));
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointment_modification_stats").await, 0);
    world.policy(5, r"App\Models\Staff", 30, "no_show", r#"{"fee": 25}"#).await;
    let costly = world.appointment("2026-11-22T11:30:00").await;
    let close = Close { id: costly, tag: None };
    let closed = booking::no_show(&world.app, &world.scope, &world.actor, &close).await.unwrap();
    assert_eq!((closed.fee, closed.policy_id), (Some(Decimal::from(25)), Some(5)));
    let stats = world.rows(&["stat_type", "customer_id"], "appointment_modification_stats").await;
    assert_eq!(stats, ["violation|7"]);
    let done = world.appointment("2026-11-22T11:45:00").await;
    booking::complete(&world.app, &world.scope, &world.actor, &Close { id: done, tag: None }).await.unwrap();
    assert_eq!(world.status(done).await, "completed");
    assert_eq!(changes::verify(&test.db, &world.scope, &test.clock).await.unwrap(), []);
});

on_every_database!(policies_that_are_not_what_they_say_are_not_there, async |test: &TestDb| {
    let world = World::new(test).await;
    let denies = r#"{"hours_before": 1000}"#;
    for (id, on, on_id, policy_type) in [
        (1, "Company", 1, "cancellation"),
        (2, "company ", 1, "cancellation"),
        (3, "company", 2, "cancellation"),
        (4, "staff", 31, "cancellation"),
        (5, "staff", 999, "cancellation"),
        (6, r"App\Models\staff", 30, "cancellation"),
        (7, "company", 1, "Cancellation"),
        (8, "user", 3, "cancellation"),
        (9, "service", 20, "cancellation"),
    ] {
        world.policy(id, on, on_id, policy_type, denies).await;
    }
    test.sql(
        "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config) \
              VALUES (10, 2, 'company', 1, 'cancellation', '{\"hours_before\": 1000}')",
    )
    .await;
    for (id, end) in [(11, "is_active = FALSE"), (12, "deleted_at = '2026-11-20 10:00:00'")] {
        world.policy(id, "staff", 30, "cancellation", denies).await;
        test.sql(&format!("UPDATE policy_configurations SET {end} WHERE id = {id}")).await;
    }
    let found = decision(&world).await;
    assert!(found.allowed && found.policy_id.is_none(), "{found:?}");
    // An appointment that a foreign application has tied to another company's member of staff is tied to nobody.
    let id = world.appointment("2026-11-23T10:00:00").await;
    test.sql(&format!("UPDATE appointments SET staff_id = 31 WHERE id = {id}")).await;
    assert!(booking::check(&world.app, &world.scope, id, None).await.unwrap().cancel.allowed);
});

on_every_database!(overrides_are_merged_and_their_circles_end, async |test: &TestDb| {
    let world = World::new(test).await;
    world.policy(1, "company", 1, "cancellation", r#"{"hours_before": 1, "fee": 3}"#).await;
    assert_eq!(decision(&world).await.fee, Decimal::from(3));
    world.policy_over(2, ("branch", 10), "cancellation", r#"{"hours_before": 48}"#, Some(1)).await;
    let found = decision(&world).await;
    assert_eq!((found.policy_id, found.allowed, found.fee), (Some(2), false, Decimal::from(3)));
    world.policy_over(3, ("staff", 30), "cancellation", r#"{"fee": 4}"#, Some(2)).await;
    let found = decision(&world).await;
    assert_eq!((found.policy_id, found.allowed, found.fee), (Some(3), false, Decimal::from(4)));
    test.sql("UPDATE policy_configurations SET is_override = TRUE, overrides_id = 3 WHERE id = 1").await;
    assert_eq!(decision(&world).await, found, "a circle");
    test.sql("UPDATE policy_configurations SET company_id = 2 WHERE id = 2").await;
    let found = decision(&world).await;
    assert_eq!((found.policy_id, found.allowed), (Some(3), true), "another company's is not beneath it");
    world.policy(4, "staff", 30, "reschedule", r#"{"hours_before": "soon", "fee": -3}"#).await;
    let id = world.appointment("2026-11-28T10:00:00").await;
    let reschedule = booking::check(&world.app, &world.scope, id, None).await.unwrap().reschedule;
    assert_eq!((reschedule.reason, reschedule.fee), (Some(Reason::UnreadablePolicy), Decimal::ZERO), "six days ahead");
});
