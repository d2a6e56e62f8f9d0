//! A policy's form: what it keeps, and what an override takes away.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fill;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// The fields of a form as a browser sends them.
fn fields(page: &Answer) -> Vec<(String, String)> {
    let form = page.body.split("data-guarded>").nth(1).and_then(|rest| rest.split("</form>").next());
    let form = form.unwrap_or_else(|| panic!("{}", page.body));
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split_once(&format!(" {name}=\""))?.1;
        Some(rest.split('"').next()?.replace("&#34;", "\""))
    };
    let mut fields: Vec<(String, String)> = Vec::new();
    for tag in form.split('<').skip(1) {
        if tag.starts_with("select ") {
            fields.push((attribute(tag, "name").unwrap(), String::new()));
        } else if tag.starts_with("option ") && tag.contains(" selected") {
            fields.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
        } else if tag.starts_with("input ") && (!tag.contains("checkbox") || tag.contains(" checked")) {
            fields.push((attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap()));
        }
    }
    fields
}

/// Opens a policy's form and saves it with some of its fields changed.
async fn save(app: &TestApp<'_>, admin: &mut Browser, id: i64, changes: &[(&str, &str)]) -> Answer {
    let edit = format!("/admin/policies/{id}/edit");
    let mut fields = fields(&app.get(admin, &edit).await);
    for (name, value) in changes {
        let field = fields.iter_mut().find(|(known, _)| known == name);
        (*value).clone_into(&mut field.unwrap_or_else(|| panic!("{name}")).1);
    }
    let form: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    app.post(admin, &edit, &form).await
}

async fn saved(app: &TestApp<'_>, test: &TestDb, admin: &mut Browser, id: i64, changes: &[(&str, &str)]) -> Value {
    let answer = save(app, admin, id, changes).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{changes:?}: {}", answer.body);
    config(test, id).await
}

async fn config(test: &TestDb, id: i64) -> Value {
    let text = test.db.dialect().text("config");
    let text: String = test.value(&format!("SELECT {text} FROM policy_configurations WHERE id = {id}")).await;
    serde_json::from_str(&text).unwrap()
}

async fn policy(test: &TestDb, id: i64, kind: &str, config: &str, overrides: &str) {
    let is_override = overrides != "NULL";
    test.sql(&format!(
        "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config, \
         is_override, overrides_id) VALUES ({id}, 1, 'branch', 10, '{kind}', '{config}', {is_override}, {overrides})"
    ))
    .await;
}

on_every_database!(an_override_takes_away_what_it_replaces, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    policy(test, 30, "cancellation", "{\"hours_before\": 24, \"fee\": 5}", "NULL").await;
    policy(test, 31, "cancellation", "{\"hours_before\": null, \"fee\": 7}", "30").await;
    app.settle().await;
    let mut admin = app.signed_in("admin1").await;
    let percent = [("fee_kind", "fee_percentage"), ("fee_percentage", "40")];
    assert_eq!(
        saved(&app, test, &mut admin, 31, &percent).await,
        json!({"hours_before": null, "fee": null, "fee_tiers": null, "fee_percentage": 40}),
        "or the fee that is overridden would win"
    );
    assert_eq!(
        saved(&app, test, &mut admin, 31, &[("fee_kind", "standard"), ("max_cancellations_per_month", "3")]).await,
        json!({"hours_before": null, "max_cancellations_per_month": 3, "fee": null, "fee_tiers": null,
            "fee_percentage": null})
    );
    let again = saved(&app, test, &mut admin, 31, &[]).await;
    assert_eq!(again["fee"], json!(null), "it is standard still");
    assert_eq!(again.as_object().unwrap().len(), 5, "{again}");
    assert_eq!(
        saved(&app, test, &mut admin, 31, &[("fee_kind", ""), ("hours_before", "12")]).await,
        json!({"hours_before": 12, "max_cancellations_per_month": 3}),
        "as in the policy that is overridden"
    );
    // Of one that another application wrote, what the form has no words for stays.
    test.sql("UPDATE policy_configurations SET config = '{\"fee\": null}' WHERE id = 31").await;
    assert_eq!(saved(&app, test, &mut admin, 31, &[]).await, json!({"fee": null}));
    // What overrides nothing takes nothing away.
    assert_eq!(saved(&app, test, &mut admin, 30, &[("fee_kind", "standard")]).await, json!({"hours_before": 24}));
    let alone = app.get(&admin, "/admin/policies/new?policy_type=reschedule").await.body;
    assert!(alone.contains("<option value=\"standard\"") && !alone.contains("overridden policy"), "{alone}");
    let both = app.get(&admin, "/admin/policies/31/edit").await.body;
    assert!(both.contains("<option value=\"standard\"") && both.contains("overridden policy"), "{both}");
});

on_every_database!(a_form_keeps_what_it_does_not_show, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    policy(test, 30, "cancellation", "{\"fee\": 5, \"max_reschedules_per_appointment\": 2, \"note\": \"x\"}", "NULL")
        .await;
    app.settle().await;
    let mut admin = app.signed_in("admin1").await;
    // The one of [`fill`], for those who do not come: it has no notice, and says one.
    assert_eq!(
        saved(&app, test, &mut admin, 10, &[("fee", "15")]).await,
        json!({"fee": 15, "hours_before": 24}),
        "what another type's form has a field for"
    );
    assert_eq!(
        saved(&app, test, &mut admin, 30, &[("fee", ""), ("fee_kind", "standard"), ("hours_before", "6")]).await,
        json!({"hours_before": 6, "max_reschedules_per_appointment": 2, "note": "x"})
    );
    let wrong = save(&app, &mut admin, 30, &[("hours_before", "soon")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "what is shown is looked at");
});
