//! `rollcall adopt` and `rollcall release` as an operator meets them.

use super::{assert_unchanged, passing_customer, schema};
use crate::cli::Desk;
use crate::support::{TestDb, beside_every_application};

beside_every_application!(an_operator_adopts_and_releases, async |test: &TestDb| {
    passing_customer(test).await;
    let before = schema(test).await;
    let desk = Desk::new();
    let on = |arguments: &str| format!("{arguments} --database {}", test.url.split('?').next().unwrap());
    let refused = desk.fails(1, &on("serve --listen 127.0.0.1:0"));
    assert!(refused.contains("rollcall"), "{refused}");
    assert!(desk.fails(1, &on("release --yes")).contains("is not adopted"));
    let dry = desk.done(&on("adopt --dry-run"));
    assert!(dry.contains("to add   table change_log") && dry.contains("0 differences stand in the way"), "{dry}");
    assert!(dry.contains("appointments_company_id_starts_at_index on appointments serves as"), "{dry}");
    let found: serde_json::Value = serde_json::from_str(&desk.done(&on("adopt --dry-run --json"))).unwrap();
    assert_eq!(found["state"], "foreign");
    assert_unchanged(test, &before).await;

    let output = desk.run(&on("adopt --at 2026-11-22T12:00:00Z"));
    let (told, said) = (crate::cli::stderr(&output), crate::cli::stdout(&output));
    assert!(output.status.success() && said.contains("Rollcall stands beside the application"), "{told}{said}");
    assert!(told.contains("building the summaries") && told.contains("m0004_change_log_triggers"), "{told}");
    assert!(desk.done(&on("adopt")).contains("there is nothing to add"));
    assert!(desk.done(&on("summaries verify")).contains("0 differences"));
    assert!(desk.done(&on("migrate status")).contains("theirs   m0001_contract_tables"));
    assert!(desk.done(&on("doctor")).contains("Rollcall stands beside the application"));
    desk.done(&on("user reset-password ada@example.test --generate").replace("ada@", "admin1@"));
    let hash: String = test.value("SELECT password FROM users WHERE id = 2").await;
    assert!(hash.starts_with("$2y$12$"), "Laravel can check it: {hash}");

    let asked = desk.fails(2, &on("release"));
    assert!(asked.contains("--yes") && asked.contains("stop every `rollcall serve`"), "{asked}");
    assert!(desk.done(&on("release --dry-run")).contains("to drop  triggers on appointments"));
    desk.done(&on("release --yes"));
    assert_unchanged(test, &before).await;
    test.sql("ALTER TABLE users DROP COLUMN role").await;
    let output = desk.run(&on("adopt"));
    assert_eq!(output.status.code(), Some(1));
    let said = crate::cli::stdout(&output);
    assert!(said.contains("error    users.role: is missing") && said.contains("ADD COLUMN role"), "{said}");
    assert!(crate::cli::stderr(&output).contains("nothing was changed"));
});
