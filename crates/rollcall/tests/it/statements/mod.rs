//! Every statement that the suite ran names its company on each tenant's table it touches: parsed, not searched for.

mod audit;

use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};
use audit::{audit, touches_a_tenant};

/// The statements above tenants that touch a tenant's table, and why each may.
const ABOVE_TENANTS: &[(&str, &str)] = &[
    ("who signs in is found by address", "nobody is known yet, so no company is"),
    ("who signed in is read anew for every request", "by primary key: it is what proves the company"),
    ("whether a signed-in user still exists", "by primary key, of one's own session"),
    ("an older password hash is replaced at sign-in", "by primary key, of whoever just gave the password"),
    (
        "the poll looks for companies with pending changes",
        "answers ids of companies, each settled in a scope of its own",
    ),
    ("the readiness probe asks the database", "counts the rows of company 0, which nobody is"),
    ("the status of every company's summaries", "for the operator on the command line: counts by company"),
    ("a security event is recorded", "writes the company of whoever tried, or none"),
    (
        "a notification that is not there is looked up among other companies' to report the attempt",
        "reads the owner's id alone, for the log; the answer does not depend on it",
    ),
    ("a user is created on the command line", "operators belong to no company"),
    ("a user is found by their address", "the operator's command line"),
    ("a user's password is reset on the command line", "the operator's command line, by primary key"),
    ("users are listed on the command line", "the operator's command line"),
    ("the demo's operator belongs to no company", "made-up data in an empty database"),
    ("demo data needs an empty database", "asks whether anything is there at all"),
    ("summaries are recomputed after triggers were missing", "marks every company, reads none"),
    ("ids go on after the demo's", "made-up data in an empty database"),
];

/// What is wrong with a recorded line: purpose, a tab, the statement as it was written.
fn judge(line: &str) -> Option<String> {
    let (purpose, sql) = line.split_once('\t')?;
    let verdict = if purpose.is_empty() {
        audit(sql)
    } else if purpose.starts_with("a test ") || ABOVE_TENANTS.iter().any(|(known, _)| *known == purpose) {
        Ok(())
    } else {
        match touches_a_tenant(sql) {
            Ok(false) => Ok(()),
            Ok(true) => Err(format!("`{purpose}` touches a tenant's table and nobody said that it may")),
            Err(error) => Err(error),
        }
    };
    verdict.err().map(|why| format!("{why}\n    {sql}"))
}

fn assert_audited(lines: &[String]) {
    let wrong: Vec<_> = lines.iter().filter_map(|line| judge(line)).collect();
    assert!(wrong.is_empty(), "{} of {} statements:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

/// Judges what the whole suite recorded into the folder `ROLLCALL_SQL_AUDIT`; `cargo xtask test` runs it last.
#[test]
fn recorded() {
    let Ok(folder) = std::env::var("ROLLCALL_SQL_AUDIT") else { return };
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut lines: Vec<String> = files
        .flat_map(|path| std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    lines.sort();
    lines.dedup();
    assert!(lines.len() >= 60, "the suite runs more than {} distinct statements", lines.len());
    assert_audited(&lines);
}

on_every_database!(of_a_panel_at_work, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    test.customer(7, 1).await;
    let mut admin = app.signed_in("admin1").await;
    let operator = app.signed_in("operator").await;
    for path in ["/admin", "/admin?customer_compliance.journey=vip", "/admin?company=2"] {
        app.get(&admin, path).await;
    }
    app.get(&operator, "/admin/companies").await;
    app.get(&operator, "/admin?company=2").await;
    app.post(&mut admin, "/admin/notifications/7/retry", &[]).await;
    let scope = test.scope(1).await;
    rollcall::changes::rebuild(&test.db, &scope, &test.clock, &mut |_| ()).await.unwrap();
    rollcall::changes::verify(&test.db, &scope, &test.clock).await.unwrap();
    rollcall::changes::status(&test.db).await.unwrap();
    test.sql("DELETE FROM companies WHERE id = 1").await;
    app.settle().await;
    let lines = test.recorder.lines();
    assert!(lines.len() >= 40, "{}", lines.len());
    assert_audited(&lines);
});
