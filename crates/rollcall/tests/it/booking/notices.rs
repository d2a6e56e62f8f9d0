//! Who is told of what, in whose words.

use rollcall::audit::{self, Filter};
use rollcall::booking::{self, Cancel, Close, NewAppointment};
use serde_json::Value;

use super::world::World;
use crate::support::{TestDb, on_every_database};

async fn cancel(world: &World<'_>, id: i64) -> booking::Changed {
    let cancel = Cancel { id, force: true, ..Cancel::default() };
    booking::cancel(&world.app, &world.scope, &world.actor, &cancel).await.unwrap()
}

/// Event, channel, whom, and where, of what waits.
async fn waiting(world: &World<'_>) -> Vec<String> {
    let columns = ["payload", "channel", "notifiable_type", "notifiable_id", "recipient", "status"];
    let rows = world.rows(&columns, "notification_queues WHERE company_id = 1 ORDER BY id").await;
    let shown = rows.iter().map(|row| {
        let end = row.rfind('}').unwrap() + 1;
        let payload: Value = serde_json::from_str(&row[..end]).unwrap();
        format!("{}{}", payload["event"].as_str().unwrap(), &row[end..])
    });
    shown.collect()
}

async fn payloads(world: &World<'_>, condition: &str) -> Vec<Value> {
    let rows = world.rows(&["payload"], &format!("notification_queues WHERE {condition} ORDER BY id")).await;
    rows.iter().map(|payload| serde_json::from_str(payload).unwrap()).collect()
}

async fn reminders(world: &World<'_>) -> Vec<String> {
    let at =
        world.test.db.dialect().pick("scheduled_at", "scheduled_at", "to_char(scheduled_at, 'YYYY-MM-DD HH24:MI')");
    let rows = world.rows(&[at], "notification_queues WHERE scheduled_at IS NOT NULL ORDER BY id").await;
    rows.into_iter().map(|at| at.replace('T', " ")[..16].to_owned()).collect()
}

on_every_database!(a_customer_is_told_by_the_channels_that_are_configured, async |test: &TestDb| {
    let world = World::new(test).await;
    for channel in ["email", "sms", "whatsapp", "push", "fax"] {
        world.told("appointment_booked", channel).await;
    }
    world.told_on("branch", 10, "appointment_booked", "sms", false).await;
    world.told_on("company", 2, "appointment_booked", "email", true).await;
    world.told_on("Company", 1, "appointment_cancelled", "email", true).await;
    let id = world.appointment("2026-11-25T10:00:00").await;
    assert_eq!(
        waiting(&world).await,
        [
            "appointment_booked|email|customer|7|grace@example.test|pending",
            "appointment_booked|whatsapp|customer|7|+49 30 1|pending",
            "appointment_booked|push|customer|7|customer:7|pending",
        ],
        "the branch is silent by sms, nobody faxes, and another company's wishes are its own"
    );
    let [email, whatsapp, _] = payloads(&world, "company_id = 1").await.try_into().unwrap();
    assert_eq!(email["subject"], "Ihr Termin am Mi, 25.11.2026 um 11:00 Uhr", "the company's language and zone");
    let body = email["body"].as_str().unwrap();
    for part in ["Guten Tag Grace,\n\nIhr Termin bei Company 1 ist gebucht", "\nBei: Ada", "\nOrt: Mitte"] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert_eq!(whatsapp["body"], "Company 1: Ihr Termin ist gebucht: Mi, 25.11.2026 um 11:00 Uhr.");
    assert_eq!((&email["appointment_id"], &email["locale"]), (&id.into(), &"de".into()));

    test.sql("UPDATE customers SET email = NULL, phone = '  ' WHERE id = 7").await;
    test.sql("UPDATE companies SET locale = 'en_GB' WHERE id = 1").await;
    world.appointment("2026-11-26T10:00:00").await;
    assert_eq!(waiting(&world).await.len(), 4, "who has no address is not told");
    let english = payloads(&world, "company_id = 1").await.pop().unwrap();
    assert_eq!(english["body"], "Company 1: your appointment is booked for Thu, 26 Nov 2026 at 11:00.");
    // What has been written down of the past is nobody's news.
    let past = NewAppointment { ..world.new_at("2026-11-20T10:00:00") };
    booking::create(&world.app, &world.scope, &world.actor, &past).await.unwrap();
    assert_eq!(waiting(&world).await.len(), 4);
});

on_every_database!(a_reminder_goes_where_its_appointment_goes, async |test: &TestDb| {
    let world = World::new(test).await;
    world.told("appointment_reminder", "email").await;
    let id = world.appointment("2026-11-25T10:00:00").await;
    let other = world.appointment("2026-11-27T09:30:00").await;
    world.appointment("2026-11-23T11:59:00").await;
    assert_eq!(
        reminders(&world).await,
        ["2026-11-24 10:00", "2026-11-26 09:30"],
        "nobody is reminded of tomorrow noon"
    );
    let moved = world.reschedule(id, "2026-12-02T08:00:00");
    booking::reschedule(&world.app, &world.scope, &world.actor, &moved).await.unwrap();
    assert_eq!(reminders(&world).await, ["2026-11-26 09:30", "2026-12-01 08:00"]);
    let body = payloads(&world, "scheduled_at > '2026-12-01'").await.remove(0)["body"].to_string();
    assert!(body.contains("Mi, 02.12.2026 um 09:00 Uhr"), "{body}");
    let near = world.reschedule(id, "2026-11-23T09:00:00");
    booking::reschedule(&world.app, &world.scope, &world.actor, &near).await.unwrap();
    assert_eq!(reminders(&world).await, ["2026-11-26 09:30"]);
    cancel(&world, other).await;
    assert_eq!(reminders(&world).await, Vec::<String>::new());
    // One that is on its way is let go.
    let third = world.appointment("2026-11-28T10:00:00").await;
    test.sql("UPDATE notification_queues SET status = 'processing'").await;
    test.clock.set("2026-11-28T10:00:00Z".parse().unwrap());
    booking::complete(&world.app, &world.scope, &world.actor, &Close { id: third, tag: None }).await.unwrap();
    assert_eq!(reminders(&world).await, ["2026-11-27 10:00"]);
});

on_every_database!(what_an_event_queues_and_withdraws_is_on_the_record, async |test: &TestDb| {
    let world = World::new(test).await;
    world.told("appointment_booked", "email").await;
    world.told("appointment_reminder", "email").await;
    let id = world.appointment("2026-11-25T10:00:00").await;
    assert_eq!(world.actions().await, ["notification.queued", "notification.queued", "appointment.booked"]);
    test.sql("UPDATE notification_queues SET status = 'processing' WHERE scheduled_at IS NULL").await;
    cancel(&world, id).await;
    assert_eq!(world.actions().await[..2], ["notification.withdrawn", "appointment.cancelled"]);
    let filter = Filter { subject_kind: Some("notification".into()), ..Filter::default() };
    let lines = audit::lines(&world.scope.db(&test.db), &filter, 10).await.unwrap();
    let [withdrawn, reminder, booked] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(withdrawn.subject_id, reminder.subject_id);
    assert_ne!(reminder.subject_id, booked.subject_id);
    let (before, after) = (withdrawn.before.clone().unwrap(), reminder.after.clone().unwrap());
    for field in ["channel", "recipient", "scheduled_at", "payload"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    assert_eq!(
        (&after["recipient"], &after["scheduled_at"], &after["payload"]["event"], &after["notifiable_id"]),
        (&"grace@example.test".into(), &"2026-11-24T10:00:00Z".into(), &"appointment_reminder".into(), &7.into())
    );
    assert!(withdrawn.after.is_none() && reminder.before.is_none());
    assert_eq!((withdrawn.actor_kind.as_str(), &withdrawn.actor_name), ("user", &world.actor.name));
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM notification_queues").await, 1, "what is on its way stays");
});

on_every_database!(managers_are_told_of_violations_and_nobody_else_is, async |test: &TestDb| {
    let world = World::new(test).await;
    world.told("policy_violation", "email").await;
    world.told("policy_violation", "sms").await;
    world.told("appointment_cancelled", "email").await;
    world.policy(5, "company", 1, "cancellation", r#"{"hours_before": 48, "fee": 12.5}"#).await;
    test.sql(
        "UPDATE customers SET name = 'Grace
Bcc: all' WHERE id = 7",
    )
    .await;
    let changed = cancel(&world, world.appointment("2026-11-23T10:00:00").await).await;
    assert_eq!(changed.notifications, 3);
    assert_eq!(
        waiting(&world).await,
        [
            "appointment_cancelled|email|customer|7|grace@example.test|pending",
            "policy_violation|email|user|2|admin1@example.test|pending",
            "policy_violation|email|user|3|manager1@example.test|pending",
        ]
    );
    let [told, admin, _] = payloads(&world, "company_id = 1").await.try_into().unwrap();
    assert!(told["body"].as_str().unwrap().contains("\nGebühr: 12,50\u{a0}€"), "{told}");
    let subject = admin["subject"].as_str().unwrap();
    assert_eq!(subject, "Gegen die Richtlinie (Stornierung): Grace Bcc: all, Mo, 23.11.2026 um 11:00 Uhr");
    cancel(&world, world.appointment("2026-11-28T10:00:00").await).await;
    assert_eq!(waiting(&world).await.len(), 4, "within policy: the customer alone");
});
