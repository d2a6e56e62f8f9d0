//! What was done is asked about again as it was asked about then.

use chrono::TimeDelta;
use rollcall::booking::{self, Cancel, Close, active_policies, past};
use rollcall::db::Mode;
use rollcall::policy::{Decision, PolicyType, replay};
use rust_decimal::Decimal;

use super::world::{World, at};
use crate::support::{TestDb, on_every_database};

/// What the engine says now of all that was done in November and December.
async fn replayed(world: &World<'_>, policy_type: PolicyType) -> Vec<Decision> {
    let tx = world.scope.db(&world.test.db).begin(Mode::Snapshot).await.unwrap();
    let rows = active_policies(&tx).await.unwrap();
    let all = past(&tx, policy_type, (at("2026-11-01T00:00:00"), at("2027-01-01T00:00:00"))).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((all.more, all.guessed), (false, 0));
    assert!(all.past.iter().all(|it| it.customer == "Grace" && it.place.branch == Some(10)));
    all.past.iter().map(|it| replay(&rows, policy_type, it)).collect()
}

on_every_database!(the_engine_says_again_what_it_said_then, async |test: &TestDb| {
    let world = World::new(test).await;
    let cancellation = r#"{"hours_before": 24, "max_cancellations_per_month": 3, "fee_tiers": [{"min_hours": 30, "fee": 3}, {"min_hours": 0, "fee": 7}]}"#;
    world.policy(5, "branch", 10, "cancellation", cancellation).await;
    world
        .policy(
            6,
            "company",
            1,
            "reschedule",
            r#"{"hours_before": 20, "max_reschedules_per_appointment": 2, "fee": 4}"#,
        )
        .await;
    let (mut cancelled, mut moved) = (Vec::new(), Vec::new());
    let mut now = test.clock.now_utc();
    for n in 0..6_i64 {
        // Between 18 and 43 hours ahead, the fourth and fifth over the quota; two of them at the same second.
        let start = (now + TimeDelta::hours(18 + 5 * n)).to_string().replace(' ', "T");
        let id = world.appointment(&start).await;
        let other = world.appointment(&start).await;
        let later = (now + TimeDelta::days(3 + n)).to_string().replace(' ', "T");
        for _ in 0..n / 2 {
            let again = (now + TimeDelta::days(4 + n)).to_string().replace(' ', "T");
            for to in [&later, &again] {
                let request = booking::Reschedule { force: true, ..world.reschedule(other, to) };
                let changed = booking::reschedule(&world.app, &world.scope, &world.actor, &request).await.unwrap();
                moved.push(changed.decision);
                now += TimeDelta::minutes(7);
                test.clock.set(now.and_utc());
            }
        }
        let request = Cancel { id, force: true, ..Cancel::default() };
        cancelled.push(booking::cancel(&world.app, &world.scope, &world.actor, &request).await.unwrap().decision);
        if n != 3 {
            now += TimeDelta::hours(30);
            test.clock.set(now.and_utc());
        }
    }
    assert!(cancelled.iter().any(|it| it.allowed) && cancelled.iter().filter(|it| !it.allowed).count() > 2);
    assert!(moved.iter().any(|it| it.allowed) && moved.iter().any(|it| !it.allowed));
    assert_eq!(replayed(&world, PolicyType::Cancellation).await, cancelled);
    assert_eq!(replayed(&world, PolicyType::Reschedule).await, moved);
    // Of what foreign applications wrote nobody knows the start before; a start that is no instant is looked past.
    test.sql("UPDATE appointment_modifications SET metadata = NULL WHERE modification_type = 'reschedule'").await;
    let tx = world.scope.db(&test.db).begin(Mode::Snapshot).await.unwrap();
    let all = past(&tx, PolicyType::Reschedule, (at("2026-11-01T00:00:00"), at("2027-01-01T00:00:00"))).await.unwrap();
    assert_eq!(all.guessed, all.past.len());
    for other in [PolicyType::LateArrival, PolicyType::Payment, PolicyType::Recurring] {
        let none = past(&tx, other, (at("2026-11-01T00:00:00"), at("2027-01-01T00:00:00"))).await.unwrap();
        assert!(none.past.is_empty());
    }
});

on_every_database!(a_no_show_costs_again_what_it_cost, async |test: &TestDb| {
    let world = World::new(test).await;
    world.policy(5, "company", 1, "no_show", r#"{"fee_percentage": 50}"#).await;
    let id = world.appointment("2026-11-22T13:00:00").await;
    test.clock.set("2026-11-22T14:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let closed = Close { id, tag: None };
    booking::no_show(&world.app, &world.scope, &world.actor, &closed).await.unwrap();
    test.sql(&format!("UPDATE appointments SET price = 30 WHERE id = {id}")).await;
    let again = replayed(&world, PolicyType::NoShow).await;
    assert_eq!((again.len(), again[0].fee, again[0].policy_id), (1, Decimal::from(15), Some(5)));
});
