//! Appointments that are booked by a form, and a customer's messages.

use axum::http::StatusCode;

use super::fill;
use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

const PATH: &str = "/admin/appointments/new";

async fn booked(test: &TestDb) -> i64 {
    test.value("SELECT COUNT(*) FROM appointments WHERE id <> 10 AND id <> 20").await
}

async fn switched_on(test: &TestDb) {
    let on = test.db.dialect().pick("1", "1", "TRUE");
    test.sql(&format!("UPDATE staff SET is_active = {on}")).await;
    test.sql(
        "INSERT INTO notification_configurations (company_id, configurable_type, configurable_id, event_type, channel) \
         VALUES (1, 'company', 1, 'appointment_booked', 'email')",
    )
    .await;
}

on_every_database!(an_appointment_is_booked_as_the_api_would, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    switched_on(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let list = app.get(&manager, "/admin/appointments").await.body;
    assert!(list.contains(&format!("href=\"{PATH}\"")), "{list}");
    let found = app.get(&manager, &format!("{PATH}?q=own+cust&service_id=10")).await.body;
    assert!(found.contains("<option value=\"10\" selected>Own customer"), "the only one is chosen: {found}");
    assert!(found.contains("name=\"price\"") && found.contains("value=\"1234.50\""), "{found}");
    assert!(!found.contains("Alien"), "{found}");
    let form = [
        ("customer_id", "10"),
        ("service_id", "10"),
        ("staff_id", "10"),
        ("branch_id", "10"),
        ("day", "2026-12-03"),
        ("time", "10:00"),
        ("priced_for", "10"),
        ("price", "20,50"),
    ];
    let made = app.post(&mut manager, PATH, &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    assert!(made.header("location").ends_with("?notice=booked"), "{}", made.header("location"));
    let right: i64 = test
        .value(
            "SELECT COUNT(*) FROM appointments WHERE starts_at = '2026-12-03 09:00:00' AND ends_at = '2026-12-03 09:45:00' \
             AND price = 20.5 AND status = 'scheduled' AND company_id = 1",
        )
        .await;
    let told: i64 = test.value("SELECT COUNT(*) FROM notification_queues WHERE status = 'pending'").await;
    let lines: i64 = test.value("SELECT COUNT(*) FROM audit_log WHERE action = 'appointment.booked'").await;
    assert_eq!((right, told, lines), (1, 2, 1), "at once, and a reminder");
    let page = app.get(&manager, made.header("location")).await.body;
    assert!(page.contains("The appointment is booked."), "{page}");
    // A second press is another appointment at the same time: only if that is meant.
    let twice = app.post(&mut manager, PATH, &form).await;
    assert_eq!((twice.status, booked(test).await), (StatusCode::UNPROCESSABLE_ENTITY, 1), "{}", twice.body);
    assert!(twice.body.contains("They have another appointment then: 3 Dec 2026, 10:00"), "{}", twice.body);
    let meant: Vec<_> = form.into_iter().chain([("anyway", "yes")]).collect();
    assert_eq!(app.post(&mut manager, PATH, &meant).await.status, StatusCode::SEE_OTHER);
    assert_eq!(booked(test).await, 2);
});

on_every_database!(a_length_may_be_another_one_than_the_services, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    switched_on(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let minutes = |page: &str| {
        let field = page.split("name=\"minutes\"").nth(1).unwrap().split('>').next().unwrap();
        field.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let blank = app.get(&manager, PATH).await.body;
    assert_eq!(minutes(&blank), "30", "{blank}");
    let looked = app.get(&manager, &format!("{PATH}?service_id=10&minutes=30&day=2026-12-03&time=10:00")).await.body;
    assert_eq!(minutes(&looked), "45", "the service's: {looked}");
    assert!(looked.contains("It ends 3 Dec 2026, 10:45."), "{looked}");
    let typed = app.get(&manager, &format!("{PATH}?service_id=10&minutes=90&priced_for=")).await.body;
    assert_eq!(minutes(&typed), "90", "what was typed stays: {typed}");
    let form =
        [("customer_id", "10"), ("service_id", "10"), ("priced_for", "10"), ("day", "2026-12-03"), ("time", "10:00")];
    let with = |minutes: &'static str| form.into_iter().chain([("minutes", minutes)]).collect::<Vec<_>>();
    for wrong in ["0", "-1", "44641", "soon", "1.5"] {
        let answer = app.post(&mut manager, PATH, &with(wrong)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", answer.body);
        assert!(answer.body.contains("id=\"error-minutes\"") && answer.body.contains("44,640"), "{}", answer.body);
    }
    assert_eq!(app.post(&mut manager, PATH, &with("90")).await.status, StatusCode::SEE_OTHER);
    let ends: i64 = test.value("SELECT COUNT(*) FROM appointments WHERE ends_at = '2026-12-03 10:30:00'").await;
    assert_eq!((ends, booked(test).await), (1, 1));
    // What is in the way is looked for over the whole of it.
    let later = [("customer_id", "10"), ("day", "2026-12-03"), ("time", "08:30"), ("minutes", "60")];
    assert_eq!(app.post(&mut manager, PATH, &later).await.status, StatusCode::SEE_OTHER);
    let longer = [("customer_id", "10"), ("day", "2026-12-03"), ("time", "09:30"), ("minutes", "31")];
    let answer = app.post(&mut manager, PATH, &longer).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let longest = [("customer_id", "10"), ("day", "2027-01-03"), ("time", "10:00"), ("minutes", "44640")];
    let made = app.post(&mut manager, PATH, &longest).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "31 days will do, as in the API: {}", made.body);
});

on_every_database!(a_time_that_is_past_is_asked_about, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    switched_on(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let form = [("customer_id", "10"), ("day", "2026-11-20"), ("time", "10:00"), ("minutes", "30")];
    let asked = app.post(&mut manager, PATH, &form).await;
    assert_eq!((asked.status, booked(test).await), (StatusCode::UNPROCESSABLE_ENTITY, 0), "{}", asked.body);
    assert!(
        asked.body.contains("That is past. Book anyway?") && asked.body.contains("name=\"late\""),
        "{}",
        asked.body
    );
    // That somebody is busy is another question.
    let busy: Vec<_> = form.into_iter().chain([("anyway", "yes")]).collect();
    assert_eq!(app.post(&mut manager, PATH, &busy).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let meant: Vec<_> = form.into_iter().chain([("late", "yes")]).collect();
    let made = app.post(&mut manager, PATH, &meant).await;
    assert_eq!((made.status, booked(test).await), (StatusCode::SEE_OTHER, 1), "{}", made.body);
    let told: i64 = test.value("SELECT COUNT(*) FROM notification_queues WHERE status = 'pending'").await;
    assert_eq!(told, 0, "it is nobody's news");
    let ahead = app.get(&manager, &format!("{PATH}?day=2026-12-03&time=10:00")).await.body;
    assert!(!ahead.contains("name=\"late\""), "{ahead}");
});

on_every_database!(where_nobody_says_where_it_is_at_the_branch_of_who_was_chosen, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    switched_on(test).await;
    test.sql("INSERT INTO branches (id, company_id, name) VALUES (11, 1, 'Second branch')").await;
    // Whose branch is another company's has none here.
    test.sql("INSERT INTO staff (id, company_id, branch_id, name) VALUES (12, 1, 20, 'Lent')").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let looked = app.get(&manager, &format!("{PATH}?staff_id=10")).await.body;
    assert!(looked.contains("Branch: Own branch, where they work."), "{looked}");
    let lent = app.get(&manager, &format!("{PATH}?staff_id=12")).await.body;
    assert!(!lent.contains("where they work") && !lent.contains("Alien"), "{lent}");
    let chosen = app.get(&manager, &format!("{PATH}?staff_id=10&branch_id=11")).await.body;
    assert!(!chosen.contains("where they work"), "{chosen}");
    for (staff, branch, at, expected) in
        [("10", "", "10:00", "10"), ("10", "11", "12:00", "11"), ("12", "", "14:00", "-"), ("", "", "16:00", "-")]
    {
        let form =
            [("customer_id", "10"), ("staff_id", staff), ("branch_id", branch), ("day", "2026-12-03"), ("time", at)];
        let made = app.post(&mut manager, PATH, &form).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{staff} {branch}: {}", made.body);
        let id = made.header("location").trim_start_matches("/admin/appointments/").split('?').next().unwrap();
        let at = expected.parse::<i64>().map_or("IS NULL".to_owned(), |branch| format!("= {branch}"));
        let there = format!("SELECT COUNT(*) FROM appointments WHERE id = {id} AND branch_id {at}");
        assert_eq!(test.value::<i64>(&there).await, 1, "{staff} {branch}");
    }
});

on_every_database!(a_time_that_the_clocks_leave_out_or_repeat_is_no_guess, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    for (day, time, said) in [
        ("2027-03-28", "02:30", "no such time on that day"),
        ("2027-10-31", "02:30", "comes twice on that day"),
        ("soon", "10:00", "Enter a day and a time"),
        ("", "", "Enter a day and a time"),
    ] {
        let answer = app.post(&mut manager, PATH, &[("customer_id", "10"), ("day", day), ("time", time)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}: {}", answer.body);
        assert!(answer.body.contains(said), "{day}: {}", answer.body);
    }
    let looked = app.get(&manager, &format!("{PATH}?customer_id=10&day=2027-10-31&time=02:30")).await;
    assert_eq!(looked.status, StatusCode::OK);
    assert!(looked.body.contains("(UTC+02:00)") && looked.body.contains("(UTC+01:00)"), "{}", looked.body);
    let form = [("customer_id", "10"), ("day", "2027-10-31"), ("time", "02:30"), ("meant", "second"), ("price", "")];
    assert_eq!(app.post(&mut manager, PATH, &form).await.status, StatusCode::SEE_OTHER);
    let right: i64 = test.value("SELECT COUNT(*) FROM appointments WHERE starts_at = '2027-10-31 01:30:00'").await;
    assert_eq!((right, booked(test).await), (1, 1));
    for (wrong, field) in [
        (vec![("day", "2026-12-03"), ("time", "10:00")], "customer_id"),
        (vec![("customer_id", "10"), ("day", "2026-12-03"), ("time", "10:00"), ("price", "much")], "price"),
    ] {
        let answer = app.post(&mut manager, PATH, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(&format!("id=\"error-{field}\"")), "{field}: {}", answer.body);
    }
});

on_every_database!(nobody_books_with_another_companys_people, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    for field in ["customer_id", "service_id", "staff_id", "branch_id"] {
        let before: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
        let own = if field == "customer_id" { vec![] } else { vec![("customer_id", "10")] };
        let form: Vec<_> = own.into_iter().chain([(field, "20"), ("day", "2026-12-03"), ("time", "10:00")]).collect();
        let answer = app.post(&mut manager, PATH, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", answer.body);
        assert!(!answer.body.contains("Alien"), "{field}");
        let after: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
        assert_eq!(after - before, 1, "{field}");
    }
    let mut viewer = app.signed_in("viewer1").await;
    assert_eq!(app.get(&viewer, PATH).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.post(&mut viewer, PATH, &[("customer_id", "10")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(booked(test).await, 0);
});

on_every_database!(a_customers_page_has_all_that_was_sent_to_them, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.customer(11, 1).await;
    let rows: Vec<_> = (100..112)
        .map(|id| {
            format!("({id}, 1, 'customer', 10, 'sms', 'a', 'delivered', '{{\"subject\": \"Letter {id}\"}}', '2026-11-{:02} 10:00:00')", id - 95)
        })
        .chain([
            "(200, 1, 'customer', 11, 'sms', 'a', 'delivered', '{\"subject\": \"Of another\"}', '2026-11-21 10:00:00')".to_owned(),
            "(201, 1, 'ghost', 10, 'sms', 'a', 'delivered', '{\"subject\": \"Of a ghost\"}', '2026-11-21 10:00:00')".to_owned(),
        ])
        .collect();
    test.sql(&format!(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, payload, \
         created_at) VALUES {}",
        rows.join(", ")
    ))
    .await;
    app.settle().await;
    let manager = app.signed_in("manager1").await;
    let page = app.get(&manager, "/admin/customers/10").await.body;
    assert!(
        page.contains("id=\"messages\"") && page.contains("Mailbox &#60;full&#62; #"),
        "its class of error: {page}"
    );
    assert!(page.contains("action=\"/admin/notifications/10/retry\"") && page.contains("Letter 111"), "{page}");
    assert!(!page.contains("Letter 100") && !page.contains("Of another") && !page.contains("Of a ghost"), "{page}");
    let older = page.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let rest = app.get(&manager, older.split('#').next().unwrap()).await.body;
    assert!(rest.contains("Letter 100") && !rest.contains("Letter 111") && rest.contains("Newest messages"), "{rest}");
    assert_eq!(app.get(&manager, "/admin/customers/10?messages=made-up").await.status, StatusCode::BAD_REQUEST);
    let viewer = app.signed_in("viewer1").await;
    let page = app.get(&viewer, "/admin/customers/10").await.body;
    assert!(page.contains("Letter 111") && !page.contains("/retry"), "{page}");
    assert!(!app.get(&manager, "/admin/staff/10").await.body.contains("id=\"messages\""));
});
