//! Every statement on a tenant's table names its company, for each table that it touches: read from the statements
//! themselves.

mod audit;

use std::collections::BTreeSet;

use audit::audit;
use rollcall::changes;
use rollcall::summaries::{Needs, read};

use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

/// A statement above tenants: its purpose, and why that is no tenant's.
const ABOVE_TENANTS: &[(&str, &str)] = &[
    ("until when an operator has seen the platform's news is read", "operators alone: of the company 0, which is none"),
    ("until when an operator has seen the platform's news is kept", "operators alone: of the company 0, which is none"),
    ("an operator is told of which companies notifications fail", "operators alone, and no more than their number"),
    ("a change above tenants is written to the audit log", "the company that it concerns is named, or there is none"),
    ("whether there is an operator yet is asked before Rollcall is set up", "operators belong to no company"),
    ("whether anybody could sign in is asked by the sign-in page", "answers that there is somebody, not who"),
    ("the link by which Rollcall is set up is kept", "a hash, and nobody's row"),
    ("the link by which Rollcall is set up is looked at", "a hash, and nobody's row"),
    ("the link by which Rollcall is set up is used up", "a hash, and nobody's row"),
    ("what a new company counts its money in is noted", "of the company that was founded in this transaction"),
    ("imports that nobody touched for a week are forgotten", "all of them, by their age"),
    ("names of indexes", "the catalogue, which knows no rows"),
    ("a migration is entered in the ledger", "the program's, nobody's row"),
    ("a migration is struck from the ledger", "the program's, nobody's row"),
    ("a company is created on the command line", "the host's own administrator founds it"),
    ("a company is entered by its id", "the look-up is the proof that it exists"),
    ("a company is found by its id", "the host's own administrator names it on the command line"),
    ("a company is found by its slug", "the host's own administrator names it on the command line"),
    ("a failed sign-in is counted", "nobody is known yet"),
    ("a company is warmed by its id", "the program draws what the company's own people see"),
    ("a company is read after an operator's token made it", "operators alone"),
    ("a token is looked up among those whose it is", "by its owner or their admin"),
    (
        "how many sessions of a person would end is counted",
        "of a person whom an admin of their company is about to deactivate",
    ),
    (
        "how many tokens of a person would stop is counted",
        "of a person whom an admin of their company is about to deactivate",
    ),
    (
        "how many sessions open nothing where a company is closed is counted",
        "operators alone: a number, by the company's id",
    ),
    ("how many tokens stop where a company is closed is counted", "operators alone: a number, by the company's id"),
    ("a token is made for a person", "a person's own, by their id"),
    ("a token is read after it was made", "by the hash of a secret that was made a moment ago"),
    ("the tokens of a user are read, to revoke them with their password", "by the user's id"),
    ("a token is revoked by its id", "after it was looked up among those whose it is"),
    ("an operator or their token names a company", "operators alone"),
    ("companies are listed to an operator's token", "operators alone, and no tenant's rows"),
    ("the answer to an operator's request is kept under its key", "operators alone: of the company 0, which is none"),
    ("the use of a token is noted, once a minute", "by the token that was presented"),
    ("tokens are listed to those whose they are", "by the user's or the company's id"),
    (
        "who asks is read by the token's hash, with their company and its versions",
        "the hash of a secret; it tells the company",
    ),
    ("a job's run is claimed", "the program's, nobody's row"),
    ("a job's run is looked up", "the program's, nobody's row"),
    ("a job's run is taken over from a node that died", "the program's, nobody's row"),
    ("a job's run notes how far it came", "the program's, nobody's row"),
    ("a job's run notes that it is done", "the program's, nobody's row"),
    ("a notification that is not there is looked up among other companies' to report the attempt", "answers no row"),
    ("a receipt's own id is kept, so that it counts once", "a hash, and nobody's row"),
    ("a row that is not there is looked up among other companies' to report the attempt", "answers no row"),
    ("a reset password ends the user's sessions", "by the user's id"),
    ("a security event is recorded", "may be nobody's: a failed sign-in"),
    ("a session is ended by its id", "the id is a secret"),
    ("a session is kept by its id", "the id is a secret"),
    ("a session is made", "before anything is known of its user"),
    ("a session is read by its id", "the id is a secret"),
    ("all sessions of a user end", "by the user's id, once their company's own look-up found them"),
    ("what is kept of a user is forgotten with them", "by the user's id, as their row comes or goes"),
    ("a user's recovery codes are forgotten with them", "by the user's id, as their row comes or goes"),
    ("links that were sent to a user are forgotten with them", "by the user's id, as their row comes or goes"),
    ("a link that was sent to somebody is found by its secret's hash", "the hash of a secret; it tells whom it is for"),
    ("a link that was sent to somebody is used up", "the hash of a secret"),
    (
        "whether somebody signs in with an address already is asked before it is invited or taken",
        "addresses are unique on the platform; answers that there is one, not whose",
    ),
    ("an invited person becomes a user", "of the company that the invitation names"),
    ("an invited person is read after they became a user", "by the address of the row that was made a moment ago"),
    ("whether somebody who forgot their password may use the panel", "a number, by the user's id"),
    ("an older link for a new password holds no longer", "by the user's id"),
    ("a link for a new password is made", "for the user who was found by their address"),
    ("a user is read by their id", "whose link was used up a moment ago"),
    ("the operators are locked, so that one stays", "operators belong to no company"),
    ("which operators may not use the panel is read", "operators belong to no company"),
    ("whether an operator may use the panel is noted", "the host's own administrator"),
    ("links that were sent to people and ended a month ago are deleted", "all of them, by their age"),
    ("a person's open sessions are listed to them", "their own, by their id"),
    ("a person ends one of their sessions", "their own, by their id"),
    ("a person's other sessions end", "their own, by their id"),
    ("every process that remembers a person is to read them anew", "a line of the person's own company, by their id"),
    ("a person's own password is read, to be checked", "their own row, by id"),
    ("a person's own password is replaced", "their own row, by id"),
    ("a person's own name is changed", "their own row, by id"),
    ("how a person likes the panel is read by their id", "their own, by their id"),
    ("how a person likes the panel is kept", "their own, by their id"),
    (
        "a person's second step is read by their id",
        "of whom the password was right a moment ago, or whose session it is",
    ),
    ("a person begins to set up a second step", "their own, by their id"),
    ("a person turns their second step on", "their own, by their id"),
    ("a code of the moment is used up", "of whom the password was right a moment ago, by their id"),
    ("a recovery code is used up", "of whom the password was right a moment ago, by their id"),
    ("a person's second step is turned off", "their own, or one that an admin's own look-up found, by their id"),
    ("a person's older recovery codes hold no longer", "with their second step, by their id"),
    ("a person gets a recovery code", "their own, by their id"),
    ("a session is renewed by its id", "the id is a secret"),
    ("a sign-in is locked out", "nobody is known yet"),
    ("a sign-in that worked is no failure of its address", "by the address that signed in"),
    ("a sign-in that worked forgets failures", "by the address that signed in"),
    ("a user is created on the command line", "the host's own administrator"),
    ("a user is found by their address", "the host's own administrator"),
    ("a user's password is replaced", "their own row, by id: by the host's administrator, or by a link"),
    ("an older password hash is replaced at sign-in", "the user's own row, by id"),
    ("an adopted database's foreign keys are looked at", "the catalogue, no rows"),
    ("an adopted database's indexes are looked at", "the catalogue, no rows"),
    ("an adopted database's server is asked for its settings", "settings, no rows"),
    ("an adopted database's tables are looked at", "the catalogue, no rows"),
    ("an adopted database's triggers are looked at", "the catalogue, no rows"),
    ("appointments are counted, to tell how far an adoption came", "a number, for the host's own administrator"),
    ("when an operator entered a company last is read", "by the company and the operator or their token"),
    ("an operator chooses among all companies", "operators alone, and no tenant's rows"),
    ("an operator reads what stands above companies", "operators alone: companies, events, and lines of no company"),
    ("an operator reads lines of the audit log that belong to no company", "operators alone, of what is nobody's"),
    ("an operator reads security events", "operators alone"),
    ("an operator sees of which companies most is kept", "operators alone: names and versions"),
    ("answers that were kept under their keys for a day are deleted", "all of them, by their age"),
    ("companies are listed on the command line", "the host's own administrator"),
    ("companies that were there before the triggers have summaries to come", "numbers alone, of all companies"),
    ("companies are warmed in the order of their ids", "the program draws what each company's own people see"),
    ("demo data needs an empty database", "there is no company yet"),
    ("every company's version is raised, so that nothing that is kept holds", "a number, and all of them on purpose"),
    ("failed sign-ins that count no more are deleted", "all of them, by their age"),
    ("failed sign-ins are counted", "nobody is known yet"),
    ("in which form an application keeps its users' passwords", "a number, of all users"),
    ("ids go on after the demo's", "PostgreSQL's sequences, no rows"),
    ("lines of the audit log that are older than audit.keep are deleted", "all of them, by their age"),
    ("security events that are older than audit.keep are deleted", "all of them, by their age"),
    ("the oldest security events are looked at by their age", "instants alone"),
    (
        "notifications that are to be sent at once are looked for",
        "ids and companies alone; each company's are then its own",
    ),
    ("reports that are due are looked for", "ids, companies and times alone"),
    ("mails of reports that are due are looked for", "ids, companies and times alone"),
    ("the company of a report that is due is read", "by its id, by the program"),
    ("a person who is gone gets no reports", "their own, by their id"),
    ("notifications whose lease ended or whose next try is due are looked for", "ids and companies alone"),
    ("notifications whose time has come are looked for", "ids and companies alone"),
    ("notes of what was deleted so long ago that nobody can have it back are forgotten", "all of them, by their age"),
    (
        "changes of many rows that wait for a node are looked for",
        "companies and names alone; each company's are then its own",
    ),
    (
        "changes of many rows that ended long ago are looked for",
        "companies and names alone; each company's are then its own",
    ),
    (
        "a change of many rows that is not there is looked up among other companies' to report the attempt",
        "answers that there is one",
    ),
    ("old runs of jobs are deleted", "the program's, nobody's row"),
    ("receipts that are too old to be sent again are forgotten", "hashes, and nobody's rows"),
    ("sessions that have ended are deleted", "all of them, by their end"),
    ("summaries are recomputed after triggers were missing", "every company's, by the doctor"),
    ("the demo founds a company", "there is none yet"),
    ("the demo's operator belongs to no company", "a platform operator"),
    ("the doctor counts polymorphic types that are no known names", "numbers, for the host's own administrator"),
    ("the doctor counts rows by their company", "numbers, for the host's own administrator"),
    ("the doctor counts rows that point into another company", "numbers, for the host's own administrator"),
    ("the doctor names polymorphic types that are no known names", "ids, for the host's own administrator"),
    ("the doctor names rows that point into another company", "ids, for the host's own administrator"),
    ("the doctor tries to write, and takes it back", "a row that is nobody's"),
    ("the doctor reads the catalogue of columns", "the catalogue, no rows"),
    ("the doctor reads the catalogue of indexes", "the catalogue, no rows"),
    ("the doctor reads the catalogue of triggers", "the catalogue, no rows"),
    ("the oldest lines of the audit log are looked at by their age", "ids and instants alone"),
    ("the notifications that are being sent are counted by channel", "counts, for the metrics"),
    ("the notifications that are due are counted by channel", "counts, for the metrics"),
    ("the migrations are rehearsed in memory", "the catalogue of an empty database"),
    ("the poll hears of versions that other processes raised", "numbers alone, of companies that are known here"),
    ("the poll looks for companies with pending changes", "company ids alone, of all companies"),
    ("the program's own secret key is kept", "the program's, nobody's row"),
    ("the program's own secret key is read", "the program's, nobody's row"),
    ("the queue of notifications is counted by channel and state on the command line", "the host's own administrator"),
    ("the readiness probe asks the database", "whether it answers, no rows"),
    ("the status of every company's summaries", "counts, for the host's own administrator"),
    ("users are listed on the command line", "the host's own administrator"),
    ("whether a security event is news is read", "may be nobody's: a failed sign-in"),
    ("whether a receipt was taken before is looked up", "a hash, and nobody's row"),
    (
        "whether somebody signs in with an address already is asked before an admin gives it to a new user",
        "addresses are unique on the platform; answers that there is one, not whose",
    ),
    ("what is added to another application's database is noted", "the program's, nobody's row"),
    ("what was added to another application's database is read", "the program's, nobody's row"),
    ("what was taken away again is forgotten", "the program's, nobody's row"),
    ("what was written before the triggers is in no summary yet", "every company's, by an adoption"),
    ("whether an adopted database has a row without a value that it needs", "answers that there is one"),
    ("whether those who listen still may is read by their sessions' ids", "the ids are secrets; each tells its user"),
    (
        "who asks is read by the session's id, with their company and its versions",
        "the id is a secret; it tells the company",
    ),
    ("who signs in is found by address", "nobody is known yet"),
    ("who signs in is read by their id", "whose password was right a moment ago, or whose session it is"),
    ("whose notification a receipt speaks of is looked up by its id", "its signed name proves whose it is"),
];

/// What is wrong with the lines of a recorder or of its files: purpose, a tab, the statement.
fn offences<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let lines: BTreeSet<_> = lines.filter(|line| !line.trim().is_empty()).collect();
    assert!(lines.len() >= 20, "only {} distinct statements were recorded", lines.len());
    let verdict = |line: &&str| {
        let (purpose, sql) = line.split_once('\t').expect("purpose, a tab, the statement");
        if alters_audit_log(sql) && purpose != "lines of the audit log that are older than audit.keep are deleted" {
            return Some(format!("the audit log is added to, and read: {sql}"));
        }
        if purpose.is_empty() {
            return audit(sql).err();
        }
        let known = ABOVE_TENANTS.iter().any(|(known, _)| *known == purpose) || purpose.starts_with("a test ");
        (!known).then(|| format!("no listed purpose: {purpose}: {sql}"))
    };
    lines.iter().filter_map(verdict).collect()
}

/// Whether a statement does anything to the audit log but read it and add to it.
fn alters_audit_log(sql: &str) -> bool {
    let words: Vec<_> = sql.split_whitespace().map(str::to_lowercase).collect();
    let verb = words.first().map_or("", String::as_str);
    let plain = verb == "select" || (verb == "insert" && !words.iter().any(|word| word == "update"));
    sql.contains("audit_log") && !plain
}

#[test]
fn what_alters_the_audit_log_is_caught() {
    for sql in [
        "UPDATE audit_log SET action = ? WHERE company_id = :company",
        "DELETE FROM audit_log WHERE company_id = :company",
        "INSERT INTO audit_log (id, company_id) VALUES (?, :company) ON CONFLICT (id) DO UPDATE SET action = 'x'",
        "REPLACE INTO audit_log (company_id) VALUES (:company)",
        "TRUNCATE audit_log",
    ] {
        assert!(alters_audit_log(sql), "{sql}");
    }
    assert!(!alters_audit_log("INSERT INTO audit_log (company_id) VALUES (:company)"));
    assert!(!alters_audit_log("SELECT id FROM audit_log WHERE company_id = :company"));
}

on_every_database!(recorded, async |test: &TestDb| {
    if let Ok(folder) = std::env::var("ROLLCALL_SQL_AUDIT") {
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let logs = files.filter(|path| path.extension().is_some_and(|ending| ending == "tsv"));
        let text: String = logs.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        assert_eq!(offences(text.lines()), Vec::<String>::new());
        return;
    }
    let app = TestApp::new(test).await;
    test.customer(7, 1).await;
    test.sql(
        "INSERT INTO notification_queues (company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         created_at) VALUES (1, 'ghost', 7, 'email', 'a', 'failed', '2026-11-20 10:00:00'), \
         (1, 'customer', 7, 'email', 'a', 'failed', '2026-11-20 10:00:00'), (1, 'customer', 7, 'email', 'a', 'sent', NULL)",
    )
    .await;
    test.sql(
        "INSERT INTO appointments (company_id, customer_id, starts_at, ends_at) \
         VALUES (1, 7, '2026-11-20 10:00:00', '2026-11-20 11:00:00')",
    )
    .await;
    let scope = test.scope(1).await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    test.sql("DELETE FROM customers").await;
    test.sql("DELETE FROM appointments").await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    changes::rebuild(&test.db, &scope, &test.clock, &mut |_| ()).await.unwrap();
    changes::verify(&test.db, &scope, &test.clock).await.unwrap();
    changes::status(&test.db).await.unwrap();
    for journey in [None, Some("vip")] {
        let needs = Needs { days: 90, journey, branch: None, violations: true, failures: true };
        read(&scope.db(&test.db), chrono_tz::Tz::UTC, test.clock.now(), &needs).await.unwrap();
    }
    let browser = app.signed_in("manager1").await;
    app.get(&browser, "/admin").await;
    test.sql("DELETE FROM companies WHERE id = 1").await;
    changes::settle_all(&test.db, &test.clock).await.unwrap();
    let lines = test.recorder.lines();
    assert_eq!(offences(lines.iter().map(String::as_str)), Vec::<String>::new());
});

#[test]
fn good_statements_pass() {
    for sql in [
        "SELECT id FROM appointments WHERE company_id = :company AND starts_at >= ?",
        "SELECT id FROM appointments WHERE (? = status OR status IS NULL) AND :company = company_id",
        "SELECT timezone FROM companies WHERE id = :company",
        "SELECT n.id FROM notification_queues n WHERE n.company_id = :company AND EXISTS \
         (SELECT 1 FROM customers c WHERE c.id = n.notifiable_id AND c.company_id = :company)",
        "SELECT s.id FROM staff s JOIN branches b ON b.id = s.branch_id AND b.company_id = :company \
         WHERE s.company_id = :company",
        "SELECT s.id FROM staff s LEFT JOIN branches b ON b.company_id = s.company_id WHERE s.company_id = :company",
        "INSERT INTO day_summaries (company_id, day, data) VALUES (:company, ?, ?), (:company, ?, ?)",
        "INSERT INTO staff (name, company_id) SELECT name, :company FROM users WHERE company_id = :company",
        "UPDATE company_versions SET version = version + 1 WHERE company_id = :company",
        "DELETE FROM change_log WHERE company_id + 0 = :company AND id IN (?, ?)",
        "DELETE l FROM change_log AS l FORCE INDEX (PRIMARY) WHERE l.company_id = :company AND l.id IN (?)",
        "SELECT version FROM company_versions WHERE company_id = :company FOR UPDATE",
        "WITH mine AS (SELECT id FROM staff WHERE company_id = :company) SELECT id FROM mine",
    ] {
        assert_eq!(audit(sql), Ok(()));
    }
}

#[test]
fn bad_statements_are_caught() {
    for sql in [
        "SELECT id FROM appointments",
        "SELECT :company FROM appointments",
        "SELECT id FROM appointments WHERE company_id = ?",
        "SELECT id FROM appointments WHERE company_id = 1 AND :company = :company",
        "SELECT id FROM appointments WHERE customer_id = :company",
        "SELECT id FROM appointments WHERE company_id = :company OR id = ?",
        "SELECT id FROM appointments WHERE NOT company_id = :company",
        "SELECT id FROM appointments WHERE company_id <> :company",
        "SELECT id FROM appointments WHERE company_id IN (:company, 2)",
        "SELECT id FROM appointments WHERE company_id + ? = :company",
        "SELECT id FROM companies WHERE id = ? OR slug = ':company'",
        "SELECT id FROM companies WHERE company_id = :company",
        "SELECT id FROM appointments HAVING company_id = :company",
        "SELECT a.id FROM appointments a JOIN customers c ON c.id = a.customer_id WHERE a.company_id = :company",
        "SELECT a.id FROM appointments a JOIN customers c ON c.id = a.customer_id WHERE company_id = :company",
        "SELECT a.id FROM appointments a, customers c WHERE c.company_id = :company",
        "SELECT a.id FROM appointments a LEFT JOIN customers c ON c.company_id = :company AND a.company_id = :company",
        "SELECT a.id FROM appointments a LEFT JOIN customers c ON c.id = 1 WHERE a.company_id = :company",
        "SELECT a.id FROM appointments a FULL JOIN customers c ON c.company_id = :company WHERE a.company_id = :company",
        "SELECT n.id FROM notification_queues n WHERE n.company_id = :company AND EXISTS \
         (SELECT 1 FROM customers c WHERE c.id = n.notifiable_id)",
        "SELECT n.id FROM staff n WHERE EXISTS (SELECT 1 FROM users n WHERE n.company_id = :company)",
        "SELECT id FROM staff WHERE company_id = :company UNION ALL SELECT id FROM users",
        "SELECT (SELECT COUNT(*) FROM users) FROM staff WHERE company_id = :company",
        "SELECT id FROM (SELECT id, company_id FROM staff) s WHERE s.company_id = :company",
        "WITH mine AS (SELECT id FROM staff) SELECT id FROM users WHERE company_id = :company",
        "INSERT INTO staff (name) VALUES (':company')",
        "INSERT INTO staff (company_id, name) VALUES (?, :company)",
        "INSERT INTO staff (company_id, name) VALUES (:company, ?), (?, ?)",
        "INSERT INTO staff (company_id, name) SELECT :company, name FROM users",
        "INSERT INTO staff (company_id, name) SELECT company_id, name FROM users WHERE company_id = :company",
        "INSERT INTO companies (id, name) VALUES (:company, ?)",
        "UPDATE staff SET name = ? WHERE id = :company",
        "UPDATE staff SET company_id = ? WHERE company_id = :company",
        "UPDATE staff SET company_id = :company WHERE id = ?",
        "DELETE FROM staff WHERE id = ?",
        "DELETE FROM staff WHERE id IN (SELECT id FROM users WHERE company_id = :company)",
        "DELETE FROM staff WHERE company_id = :company; DELETE FROM users",
        "SELECT data FROM sessions WHERE id = ? AND ':company' = ?",
        "SELECT relname FROM pg_class WHERE relname = :company",
        "TRUNCATE staff",
        "nonsense :company",
    ] {
        assert!(audit(sql).is_err(), "{sql}");
    }
}
