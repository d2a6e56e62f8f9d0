//! Forms: what they save, what they refuse and say beside the field, and whose changes they do not overwrite.

use axum::http::StatusCode;

use super::fill;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

fn tag(page: &Answer) -> String {
    let rest = page.body.split("name=\"tag\" value=\"").nth(1).unwrap_or_else(|| panic!("{}", page.body));
    rest.split('"').next().unwrap().replace("&#34;", "\"")
}

on_every_database!(simple_rows_are_made_and_changed, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    for (list, form, shown) in [
        ("branches", &[("name", "Ost <1>"), ("city", ""), ("is_active", "true")][..], "Ost &#60;1&#62;"),
        ("services", &[("name", "Cut"), ("duration_minutes", "45"), ("price", "12,5")], "€12.50"),
        (
            "staff",
            &[("name", "Ann"), ("branch_id", "10"), ("email", "Ann@Example.test"), ("is_active", "true")],
            "Own branch",
        ),
        ("customers", &[("name", "Bo"), ("journey_status", "vip"), ("phone", "")], "VIP"),
        (
            "notification-configurations",
            &[("target", "branch:10"), ("event_type", "policy_violation"), ("channel", "push"), ("is_enabled", "true")],
            "Own branch (Branch)",
        ),
    ] {
        assert!(
            app.get(&manager, &format!("/admin/{list}")).await.body.contains(&format!("href=\"/admin/{list}/new\""))
        );
        let path = format!("/admin/{list}/new");
        let page = app.get(&manager, &path).await;
        assert!(page.status == StatusCode::OK && !page.body.contains("Alien"), "{list}: {}", page.body);
        let made = app.post(&mut manager, &path, form).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{list}: {}", made.body);
        let row = app.get(&manager, made.header("location")).await;
        for part in [shown, "Created.", "<strong>manager1</strong>: created"] {
            assert!(row.body.contains(part), "{list} {part}: {}", row.body);
        }
        let edit = made.header("location").replace("?notice=created", "/edit");
        assert!(row.body.contains(&format!("href=\"{edit}\"")), "{}", row.body);
        let page = app.get(&manager, &edit).await;
        let tag = tag(&page);
        let changes: Vec<_> = form
            .iter()
            .filter(|(name, _)| !name.starts_with("is_"))
            .map(|(name, value)| if *name == "name" { ("name", "Another") } else { (*name, *value) })
            .chain([("tag", tag.as_str())])
            .collect();
        let saved = app.post(&mut manager, &edit, &changes).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{list}: {}", saved.body);
        assert!(app.get(&manager, saved.header("location")).await.body.contains("Saved."));
        let stale = app.post(&mut manager, &edit, &changes).await;
        assert_eq!(stale.status, StatusCode::CONFLICT, "{list}: {}", stale.body);
        assert!(stale.body.contains("Somebody has changed this"), "{list}");
        assert!(stale.body.contains("It was you, elsewhere, 22 Nov 2026, 13:00."), "{list}: {}", stale.body);
        assert_ne!(self::tag(&stale), tag, "{list}: what is saved next is saved over the present state");
    }
});

on_every_database!(what_is_wrong_stands_beside_its_field_in_the_users_language, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut admin = app.signed_in("admin1").await;
    let before: i64 = test.value("SELECT COUNT(*) FROM services").await;
    let form = [("name", ""), ("duration_minutes", "soon"), ("price", "12,345,6")];
    let page = app.post(&mut admin, "/admin/services/new", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.body);
    for part in [
        "3 fields need another look",
        "Please fill this in.",
        "Enter a whole number: 1–10080.",
        "Enter an amount",
        "value=\"soon\"",
        "aria-describedby=\"error-price\"",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    admin.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    let page = app.post(&mut admin, "/admin/staff/new", &[("name", "A"), ("email", "nobody")]).await;
    assert!(page.body.contains("Das ist keine E-Mail-Adresse.") && page.body.contains("Ein Feld"), "{}", page.body);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM services").await, before);
    // Another company's branch is none.
    let events = async || test.value::<i64>("SELECT COUNT(*) FROM security_events").await;
    let seen = events().await;
    let page = app.post(&mut admin, "/admin/staff/new", &[("name", "A"), ("branch_id", "20")]).await;
    assert_eq!((page.status, events().await), (StatusCode::UNPROCESSABLE_ENTITY, seen + 1), "{}", page.body);
    let form = [("target", "branch:20"), ("event_type", "policy_violation"), ("channel", "push")];
    let page = app.post(&mut admin, "/admin/notification-configurations/new", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.body);
    assert_eq!(app.get(&admin, "/admin/branches/20/edit").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.post(&mut admin, "/admin/branches/20/edit", &[("name", "x")]).await.status, StatusCode::NOT_FOUND);
    let name: String = test.value("SELECT name FROM branches WHERE id = 20").await;
    assert_eq!(name, "Alien branch");
    let mut viewer = app.signed_in("viewer1").await;
    assert!(!app.get(&viewer, "/admin/branches").await.body.contains("/admin/branches/new"));
    for path in ["/admin/branches/new", "/admin/branches/10/edit"] {
        assert_eq!(app.get(&viewer, path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(app.post(&mut viewer, path, &[("name", "x")]).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(app.get(&admin, "/admin/notifications/new").await.status, StatusCode::NOT_FOUND, "it has no form");
});

on_every_database!(a_policy_has_a_form_for_its_type, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut admin = app.signed_in("admin1").await;
    let path = "/admin/policies/new";
    let types = app.get(&admin, path).await;
    assert!(types.body.contains("href=\"/admin/policies/new?policy_type=cancellation\""), "{}", types.body);
    let page = app.get(&admin, "/admin/policies/new?policy_type=cancellation").await;
    assert!(page.body.contains("Most cancellations") && !page.body.contains("Most reschedules"), "{}", page.body);
    assert!(page.body.contains("<optgroup label=\"Branch\"><option value=\"branch:10\">Own branch"), "{}", page.body);
    let form = |extra: &[(&'static str, &'static str)]| {
        let first =
            [("policy_type", "cancellation"), ("target", "company:1"), ("is_active", "true"), ("hours_before", "24")];
        first.into_iter().chain(extra.iter().copied()).collect::<Vec<_>>()
    };
    let tiers =
        [("fee_kind", "fee_tiers"), ("tier_hours", "48"), ("tier_fee", "0"), ("tier_hours", "0"), ("tier_fee", "7,50")];
    let made = app.post(&mut admin, path, &form(&tiers)).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let record = app.get(&admin, made.header("location")).await;
    assert!(
        record.body.contains("from 48 h €0.00, from 0 h €7.50") && record.body.contains("24 h notice"),
        "{}",
        record.body
    );
    let id = made.header("location").split(['/', '?']).nth(3).unwrap().to_owned();
    for (wrong, field) in [
        (&[("hours_before", "-1")][..], "hours_before"),
        (&[("max_cancellations_per_month", "1.5")], "max_cancellations_per_month"),
        (&[("fee_kind", "fee"), ("fee", "")], "fee"),
        (&[("fee_kind", "fee_percentage"), ("fee_percentage", "101")], "fee_percentage"),
        (&[("fee_kind", "fee_tiers"), ("tier_hours", "5"), ("tier_fee", "")], "fee_tiers"),
        (&[("target", "staff:20")], "target"),
        (&[("target", "moon:1")], "target"),
    ] {
        let form: Vec<_> = wrong.iter().copied().chain(form(&[])).collect();
        let page = app.post(&mut admin, path, &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}: {}", page.body);
        assert!(page.body.contains(&format!("id=\"error-{field}\"")), "{wrong:?}: {}", page.body);
    }
    // A branch's policy overrides the company's.
    let form = [
        ("policy_type", "cancellation"),
        ("target", "branch:10"),
        ("is_active", "true"),
        ("max_cancellations_per_month", "3"),
        ("overrides_id", id.as_str()),
    ];
    let made = app.post(&mut admin, path, &form).await;
    let record = app.get(&admin, made.header("location")).await;
    assert!(record.body.contains(&format!("href=\"/admin/policies/{id}\"")), "{}", record.body);
    let edit = made.header("location").replace("?notice=created", "/edit");
    let page = app.get(&admin, &edit).await;
    assert!(page.body.contains("value=\"3\"") && !page.body.contains("name=\"target\""), "{}", page.body);
    let tag = tag(&page);
    let saved = app.post(&mut admin, &edit, &[("tag", &tag), ("fee_kind", "fee"), ("fee", "5")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let record = app.get(&admin, saved.header("location")).await;
    assert!(record.body.contains("fee €5.00") && record.body.contains("Inactive"), "{}", record.body);
    let raw = ["fee_percentage", "max_cancellations_per_month"].map(|key| record.body.contains(key));
    assert_eq!(raw, [false, false], "its history says rules as its list does: {}", record.body);
});

on_every_database!(what_somebody_else_changed_is_not_overwritten_after_a_mistake, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let edit = "/admin/branches/10/edit";
    let seen = tag(&app.get(&manager, edit).await);
    test.sql("UPDATE branches SET city = 'Elsewhere' WHERE id = 10").await;
    let wrong = app.post(&mut manager, edit, &[("tag", &seen), ("name", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert_eq!(tag(&wrong), seen, "nobody has been told of the other change yet");
    let form = [("tag", seen.as_str()), ("name", "Mine"), ("city", "Own city")];
    let stale = app.post(&mut manager, edit, &form).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.body);
    let city: String = test.value("SELECT city FROM branches WHERE id = 10").await;
    assert_eq!(city, "Elsewhere");
});

on_every_database!(what_hung_in_the_air_before_keeps_nobody_from_editing, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    // As another application left it.
    test.sql("UPDATE staff SET branch_id = 20 WHERE id = 10").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let edit = "/admin/staff/10/edit";
    let save = async |manager: &mut Browser, branch: &str| {
        let seen = tag(&app.get(manager, edit).await);
        app.post(manager, edit, &[("tag", &seen), ("name", "Renamed"), ("branch_id", branch)]).await
    };
    let events = async || test.value::<i64>("SELECT COUNT(*) FROM security_events").await;
    let before = events().await;
    let saved = save(&mut manager, "20").await;
    assert_eq!((saved.status, events().await), (StatusCode::SEE_OTHER, before), "{}", saved.body);
    assert_eq!(save(&mut manager, "10").await.status, StatusCode::SEE_OTHER);
    let foreign = save(&mut manager, "20").await;
    assert_eq!((foreign.status, events().await), (StatusCode::UNPROCESSABLE_ENTITY, before + 1), "now it is chosen");
});

on_every_database!(the_second_editor_is_told_who_was_first_when_and_what_they_changed, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let (mut manager, mut admin) = (app.signed_in("manager1").await, app.signed_in("admin1").await);
    let mut operator = app.signed_in("operator").await;
    let path = "/admin/staff/10/edit";
    let seen = tag(&app.get(&manager, path).await);
    let form = |tag: &str, name: &str, branch: &str| {
        [("tag", tag), ("name", name), ("branch_id", branch), ("email", "own@example.test"), ("is_active", "true")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    async fn post(app: &TestApp<'_>, browser: &mut Browser, path: &str, form: &[(String, String)]) -> Answer {
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        app.post(browser, path, &form).await
    }
    test.clock.set("2026-11-22T12:05:00Z".parse().unwrap());
    let first = post(&app, &mut admin, path, &form(&seen, "Grace <i>", "")).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    let stale = post(&app, &mut manager, path, &form(&seen, "Mine", "10")).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    for part in [
        "Changed by admin1, 22 Nov 2026, 13:05.",
        "Name: <del>Own staff</del> → <ins>Grace &#60;i&#62;</ins>",
        "Branch: <del>Own branch</del> → <ins>–</ins>",
        "value=\"Mine\"",
    ] {
        assert!(stale.body.contains(part), "{part}: {}", stale.body);
    }
    // The operator has no name here, and of two changes the later one counts.
    test.clock.set("2026-11-22T12:10:00Z".parse().unwrap());
    let theirs = "/admin/staff/10/edit?company=1";
    let now = tag(&app.get(&operator, theirs).await);
    let second = post(&app, &mut operator, theirs, &form(&now, "Hedy", "")).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.body);
    let stale = post(&app, &mut manager, path, &form(&seen, "Mine", "10")).await;
    for part in ["Changed by the operator, 22 Nov 2026, 13:10.", "Name: <del>Own staff</del> → <ins>Hedy</ins>"] {
        assert!(stale.body.contains(part), "{part}: {}", stale.body);
    }
    assert!(!stale.body.contains("by operator,"), "{}", stale.body);
    // Another application says nothing of itself, so that nobody is named for it.
    let seen = tag(&stale);
    test.sql("UPDATE staff SET name = 'By another one' WHERE id = 10").await;
    let stale = post(&app, &mut manager, path, &form(&seen, "Mine", "10")).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(!stale.body.contains("id=\"meanwhile\""), "{}", stale.body);
    // Whoever saves over that has seen it.
    let saved = post(&app, &mut manager, path, &form(&tag(&stale), "Mine", "10")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
});

on_every_database!(whoever_cancels_or_deletes_too_late_is_told_who_was_first, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let (mut manager, mut admin) = (app.signed_in("manager1").await, app.signed_in("admin1").await);
    let path = "/admin/appointments/10/reschedule";
    let seen = tag(&app.get(&manager, path).await);
    let moved = [("tag", seen.as_str()), ("starts_at", "2026-12-03T10:00")];
    assert_eq!(app.post(&mut admin, path, &moved).await.status, StatusCode::SEE_OTHER);
    let late = app.post(&mut manager, path, &moved).await;
    for part in
        ["Changed by admin1, 22 Nov 2026, 13:00.", "Start: <del>1 Dec 2026, 00:30</del> → <ins>3 Dec 2026, 10:00"]
    {
        assert!(late.body.contains(part), "{part}: {}", late.body);
    }
    let path = "/admin/policies/10/delete";
    let seen = tag(&app.get(&manager, path).await);
    let edit = "/admin/policies/10/edit";
    let form = [("tag", tag(&app.get(&admin, edit).await)), ("fee_kind", "fee".to_owned()), ("fee", "20".to_owned())];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(app.post(&mut admin, edit, &form).await.status, StatusCode::SEE_OTHER);
    let late = app.post(&mut manager, path, &[("tag", seen.as_str())]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    for part in ["Changed by admin1, 22 Nov 2026, 13:00.", "Rule: another one"] {
        assert!(late.body.contains(part), "{part}: {}", late.body);
    }
});

on_every_database!(a_form_says_which_row_it_is, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let manager = app.signed_in("manager1").await;
    let form = app.get(&manager, "/admin/notification-configurations/10/edit").await.body;
    let about = form.split("id=\"about\"").nth(1).unwrap().split("</dl>").next().unwrap();
    for part in ["Reminder of an appointment", "SMS", "Company 1 (Company)", "<dt>Event</dt>"] {
        assert!(about.contains(part), "{part}: {about}");
    }
    assert!(!form.contains("name=\"event_type\""), "{form}");
});
