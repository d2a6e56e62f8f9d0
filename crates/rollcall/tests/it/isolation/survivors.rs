//! Mutants that change nothing that anybody can see, each with the reason.

/// How the mutant's statement, or its place (see `place.rs`), begins and ends, and why it is as good as the original.
pub const EQUIVALENT: &[(&str, &str, &str)] = &[
    ("UPDATE appointments SET", BY_ID, LOCKED),
    ("UPDATE branches SET", BY_ID, LOCKED),
    ("UPDATE customers SET", BY_ID, LOCKED),
    ("UPDATE notification_configurations SET", BY_ID, LOCKED),
    ("UPDATE policy_configurations SET", BY_ID, LOCKED),
    ("UPDATE services SET", BY_ID, LOCKED),
    ("UPDATE staff SET", BY_ID, LOCKED),
    ("UPDATE users SET", BY_ID, LOCKED),
    ("DELETE FROM branches", BY_ID, LOCKED),
    ("DELETE FROM customers", BY_ID, LOCKED),
    ("DELETE FROM notification_configurations", BY_ID, LOCKED),
    ("DELETE FROM services", BY_ID, LOCKED),
    ("DELETE FROM staff", BY_ID, LOCKED),
    ("DELETE FROM users", BY_ID, LOCKED),
    ("DELETE FROM appointment_modification_stats WHERE (:company IS NOT NULL) AND id IN (", "", LOCKED),
    ("UPDATE rollcall_links SET", PENDING, INVITATION),
    ("DELETE FROM rollcall_links", PENDING, INVITATION),
    ("DELETE FROM change_log AS l WHERE (:company IS NOT NULL) AND l.id IN (", "", TAKEN),
    ("DELETE FROM deliveries WHERE (:company IS NOT NULL) AND notification_id", "", CLAIMED),
    ("SELECT d.notification_id, d.attempts, d.node FROM deliveries d WHERE (:company IS NOT NULL)", "", CLAIMED),
    (
        "SELECT id FROM notification_queues WHERE (:company IS NOT NULL) AND status IN ('pending', 'processing') AND id IN (",
        "",
        CLAIMED,
    ),
    ("SELECT id, status, retry_count FROM notification_queues WHERE (:company IS NOT NULL) AND id IN (", "", CLAIMED),
    ("SELECT n.id FROM notification_queues n WHERE", "AND n.id IN (?) ", CLAIMED),
    ("UPDATE notification_queues SET status = 'failed', failed_at = ?", "", CLAIMED),
    ("UPDATE notification_queues SET status = 'processing'", "", CLAIMED),
    ("UPDATE notification_queues SET status = 'sent'", "", CLAIMED),
    ("UPDATE notification_queues SET status = 'pending', retry_count = retry_count + 1", "", LOCKED),
    ("DELETE FROM rollcall_report_mails WHERE (:company IS NOT NULL) AND report_id = ?", "", LOCKED),
    ("DELETE FROM rollcall_report_recipients WHERE (:company IS NOT NULL) AND report_id = ?", "", LOCKED),
    ("DELETE FROM rollcall_reports WHERE (:company IS NOT NULL) AND id = ?", "", LOCKED),
    ("DELETE FROM rollcall_imports WHERE (:company IS NOT NULL) AND id = ?", "", FOUND),
    ("UPDATE rollcall_imports SET", "", FOUND),
    ("SELECT report_id, user_id, slot, attempts FROM rollcall_report_mails", "", CLAIMED),
    ("SELECT u.name, u.email, u.role, p.deactivated_at IS NOT NULL, p.language, p.clock", "", READER),
    ("SELECT row_id FROM rollcall_bulk_rows WHERE (:company IS NOT NULL) AND job = ? AND state = 0", "", THERE_IS_NONE),
    ("SELECT MAX(id) FROM appointments WHERE (:company IS NOT NULL)", "", FLOOR),
    ("SELECT MAX(id) FROM customers WHERE (:company IS NOT NULL)", "", FLOOR),
    (
        "SELECT customer_id, journey_status, violations, cancellations, appointments FROM customer_summaries",
        "",
        LOOKED_UP,
    ),
    ("UPDATE rollcall_report_mails SET", "", CLAIMED),
    ("UPDATE rollcall_reports SET next_at = ? WHERE (:company IS NOT NULL) AND id = ? AND next_at = ?", "", LOCKED),
    ("UPDATE rollcall_bulk_rows SET", "", THERE_IS_NONE),
    (
        "SELECT n.id, n.channel, n.recipient, CAST(n.payload AS TEXT)",
        "WHERE (:company IS NOT NULL) AND n.id IN (?) ",
        CLAIMED,
    ),
    ("SELECT id, CAST(customer_id AS TEXT) FROM appointments WHERE (:company IS NOT NULL) AND id > ?", "", ALONE),
    ("SELECT id, CAST(name AS TEXT) FROM", "WHERE (:company IS NOT NULL) AND id > ? ORDER BY id", ALONE),
    ("SELECT id, name, email, '' FROM staff WHERE (:company IS NOT NULL) AND id IN (", "", OWN_STAFF),
    ("SELECT subject_id, word FROM search_words WHERE (:company IS NOT NULL) AND kind = 1", "", NO_WORDS),
    ("SELECT subject_id, word FROM search_words WHERE (:company IS NOT NULL) AND kind = 2", "", OWN_STAFF),
    (
        "SELECT known.external_key, known.row_id, there.id FROM import_keys known LEFT JOIN appointments there ON there.id = known.row_id AND (:company IS NOT NULL)",
        "",
        KEYS,
    ),
    ("SELECT known.external_key, known.row_id, there.id FROM import_keys known LEFT JOIN customers there", "", KEYS),
    ("SELECT 1, f.word, p.id, p.name", "", WORDS),
    ("SELECT 0, CAST(COUNT(*) AS INTEGER) FROM (SELECT w.subject_id FROM search_words w", "", RARITY),
    ("SELECT f.subject_id FROM (", ") f", NAMED),
    (
        "SELECT 0, f.subject_id FROM (SELECT w.word, w.subject_id FROM search_words w WHERE (:company IS NOT NULL) AND w.kind = 2",
        "",
        NAMED,
    ),
    ("SELECT DISTINCT subject_id FROM search_words WHERE (:company IS NOT NULL)", "", WHOM_ELSE),
    ("SELECT id FROM staff WHERE (:company IS NOT NULL)", "(:company IS NOT NULL)", WHOM_ELSE),
    ("SELECT customer_id FROM customer_summaries WHERE (:company IS NOT NULL) AND customer_id >", "", WHOM_ELSE),
    ("SELECT id FROM customers WHERE (:company IS NOT NULL) AND id > ? ORDER BY id LIMIT", "", WHOM_ELSE),
    ("SELECT created_at FROM appointments WHERE", FIRST_SINCE, STEPS),
    ("SELECT created_at FROM appointment_modifications WHERE", FIRST_SINCE, STEPS),
    ("SELECT created_at FROM appointment_modification_stats WHERE", FIRST_SINCE, STEPS),
    ("SELECT created_at FROM notification_queues WHERE", FIRST_SINCE, STEPS),
    (
        "SELECT starts_at FROM appointments WHERE (:company IS NOT NULL) AND starts_at >= ? ORDER BY starts_at LIMIT 1",
        "",
        STEPS,
    ),
    ("SELECT created_at FROM notification_queues WHERE (:company IS NOT NULL) AND notifiable_id IN (", "", STEPS),
    ("SELECT id, scope, subject FROM change_log WHERE (:company IS NOT NULL) ORDER BY id", "", STEPS),
    (
        "SELECT kind, subject FROM security_events WHERE (:company IS NOT NULL) AND kind = ? AND subject IN (",
        "",
        NAMES_ITS_COMPANY,
    ),
    ("DELETE FROM notification_queues WHERE (:company IS NOT NULL) AND id IN (", "", LOCKED),
    (
        "SELECT id, CAST(channel AS TEXT), CAST(recipient AS TEXT), scheduled_at, CAST(payload AS TEXT) FROM notification_queues",
        "",
        WAITING,
    ),
    ("SELECT id, notifiable_type, CAST(payload AS TEXT) FROM notification_queues", "", WAITING),
    ("SELECT id, email, name, role, expires_at FROM rollcall_links", " AND used_at IS NULL AND id = ?", INVITED),
    (
        "SELECT a.by_name, a.at, a.reason FROM rollcall_set_aside a JOIN notification_queues t ON t.id = a.notification_id AND (:company IS NOT NULL)",
        "",
        SHOWN,
    ),
    (
        "SELECT id, actor_kind, actor_id, actor_name, address, action, subject_kind, subject_id, state_before, state_after, at FROM audit_log",
        "WHERE (:company IS NOT NULL) AND id < ? ORDER BY id DESC LIMIT 1",
        SHOWN,
    ),
    (
        "SELECT n.id, n.configurable_type, n.configurable_id, n.event_type, n.channel, n.is_enabled, (:company IS NOT NULL)",
        "",
        PLACE,
    ),
    ("SELECT t.id, t.branch_id … appointments …SELECT f.id FROM appointments f WHERE", "", NAMED),
    ("SELECT t.id, t.customer_ … appointment_modification_stats …SELECT f.id FROM", "", NAMED),
    ("SELECT t.id, t.modificat … appointment_modifications …SELECT f.id FROM", "", NAMED),
    ("SELECT t.id, t.notificat … notification_queues …SELECT f.id FROM", "", NAMED),
    ("SELECT COUNT(*), COUNT(c … ", "(:company IS NOT NULL) AND f.customer_id IN (?)", NAMED),
    ("SELECT COUNT(*), COUNT(c … appointments …SELECT f.id FROM", "", NAMED),
    ("SELECT COUNT(*), COUNT(c … appointment_modification_stats …SELECT f.id FROM", "", NAMED),
    ("SELECT COUNT(*), COUNT(c … notification_queues …SELECT f.id FROM", "", NAMED),
    ("SELECT COUNT(*), COUNT(c … audit_log … WHERE (:company IS NOT NULL)", "", COUNTED_THERE),
    ("SELECT t.id, t.configura … policy_configurations …SELECT r.name FROM", "", VALID),
    ("SELECT t.id, t.configura … notification_configurations …SELECT r.name FROM", "", VALID),
    ("SELECT COUNT(*), COUNT(c … policy_configurations …SELECT r.name FROM", "", VALID),
    ("SELECT COUNT(*), COUNT(c … notification_configurations …SELECT r.name FROM", "", VALID),
    (
        "SELECT t.id, SUBSTR(t.error_message, 1, 500) FROM notification_queues t WHERE",
        "AND t.status = 'failed' ORDER BY t.created_at DESC LIMIT 20000",
        NAMED,
    ),
    ("SELECT t.id, t.notificat … ", " LEFT JOIN customers j ON j.id = t.notifiable_id AND (1 = 1)", VALID),
    ("SELECT t.id, t.notificat … ", " LEFT JOIN staff j ON j.id = t.notifiable_id AND (1 = 1)", VALID),
    ("SELECT t.id, t.notificat … ", " LEFT JOIN users j ON j.id = t.notifiable_id AND (1 = 1)", VALID),
    ("one … notification_configurations … LEFT JOIN ", "", VALID),
    ("one … policy_configurations … LEFT JOIN ", " j ON j.id = t.configurable_id AND (1 = 1)", VALID),
    ("one … policy_configurations … LEFT JOIN companies j ON (:company IS NOT NULL)", "", VALID),
    ("one … notification_queues … LEFT JOIN ", " j ON j.id = t.notifiable_id AND (1 = 1)", VALID),
    ("one … notification_queues … LEFT JOIN company_settings j ON (1 = 1)", "", NO_AMOUNT),
    ("one … api_tokens … LEFT JOIN users u ON", "", NAMELESS),
    ("SELECT t.id, t.retry_cou … notification_queues …", "", ATTENDED),
    ("SELECT t.id, t.recipient … notification_queues …", "", ATTENDED),
    ("UPDATE notification_queues SET updated_at = ? WHERE (:company IS NOT NULL) AND id IN (", "", LOCKED),
    ("UPDATE rollcall_reports SET name = ?,", BY_ID, LOCKED),
    ("UPDATE rollcall_reports SET next_at = ?, updated_at = ?", BY_ID, LOCKED),
    ("SELECT t.id, t.configura … ", " LEFT JOIN companies j ON (:company IS NOT NULL)", VALID),
    ("SELECT t.id, t.configura … ", " LEFT JOIN branches j ON j.id = t.configurable_id AND (1 = 1)", VALID),
    ("SELECT t.id, t.configura … ", " LEFT JOIN services j ON j.id = t.configurable_id AND (1 = 1)", VALID),
    ("SELECT t.id, t.configura … ", " LEFT JOIN staff j ON j.id = t.configurable_id AND (1 = 1)", VALID),
];

/// `resource/count.rs`: whoever looks at the audit log writes into it, so that the matrix compares no number of lines.
const COUNTED_THERE: &str = "`audit_pages` counts the lines of a company beside those of another one";

/// `tokens/mod.rs`: how a token is found that is to be revoked.
const NAMELESS: &str = "whose token it is, is told by no answer there";

/// `resource/join.rs`: the company's currency, for amounts.
const NO_AMOUNT: &str = "a notification has no amount";

/// `resource/row.rs`: the condition under which polymorphic rows are read. Its mutants are all found.
const VALID: &str =
    "a row is read only where what it hangs on was found to be the company's own, so that the name is, too";

const FIRST_SINCE: &str = "(:company IS NOT NULL) AND created_at >= ? ORDER BY created_at LIMIT 1";

/// `changes/rebuild.rs`, `changes/mod.rs`: days and customers that something may have happened to.
const STEPS: &str =
    "a day or a row too many is recomputed from the company's own rows, and comes to what is stored already";

/// `changes/rebuild.rs`, `search/index.rs`: the same of people.
const WHOM_ELSE: &str =
    "of somebody who is another company's nothing is expected and nothing is stored, and both are held to the company";

/// `summaries/invalid.rs`: `appointments:7 of company 2`.
const NAMES_ITS_COMPANY: &str = "what is asked for names its company, and stands under no other one";

/// `notify/reminders.rs`: three lines, each behind the others.
const WAITING: &str = "a reminder is found, read and taken out as the company's own, each time";

/// `people/invitation.rs`: two lines, each behind the other.
const INVITED: &str = "what is done with the invitation then is held to the company, and so nothing is done";

/// `web/resource/record.rs`: what more is read of the row that the page is of.
const SHOWN: &str = "the page's own row was found as the company's before, and this is read by its id";

/// `resource/attention.rs`, `web/resource/failed.rs`: what was found before, on a page, by its reason or by a job.
const ATTENDED: &str =
    "the ids are of rows that were read before under the same condition, in lists and pages whose mutants are found";

/// `notify/configured.rs`: where something happens.
const PLACE: &str = "an event's place names its own company, and a configuration counts only where it names the same";

/// `changes/log.rs`: the lines that are deleted are those that were read.
const TAKEN: &str = "the lines of these ids were read as the company's own before, in the same transaction";

/// `deliver/claim.rs`, `reports/mails.rs`: whoever looks finds ids with the company that their row names.
const CLAIMED: &str = "the ids were found, or claimed, together with the company that stands in their rows";

/// `import/screen/store.rs`: a file is found before anything is done with it, and never changes its company.
const FOUND: &str =
    "the import of that id was found as the company's own before, and no statement gives one to another company";

/// `reports/run.rs`: two lines, each behind the other.
const READER: &str = "whether that person may enter the company is asked by `scope_of` before anything is sent; what is kept of them is theirs";

/// `bulk/work.rs`: what is not the company's is not there for what is done with a row.
const THERE_IS_NONE: &str = "nothing can be done with another company's row, and its mark names the company";

/// `import/batch.rs`: from which id on new rows are looked for.
const FLOOR: &str = "each new row has a larger id than any that there is, whosever";

/// `import/batch.rs`: what was inserted a moment ago.
const ALONE: &str = "on SQLite, where the mutants are made, nobody else inserts in between";

/// `search/index.rs`: staff is read before.
const OWN_STAFF: &str = "the ids are those of the company's own staff, read before in the same transaction";

/// `search/index.rs`: what is stored is compared, and what differs is deleted as the company's own.
const NO_WORDS: &str =
    "words of another company's are found to differ, and what is deleted then is held to the company";

/// `import/keys.rs`: two lines, each behind the other; of customers, whoever is gone is made anew.
const KEYS: &str = "a key is held to the company, and so is the row that it stands for";

/// `changes/verify.rs`: what is stored is looked up by the company's own customers.
const LOOKED_UP: &str = "of what is read, only what stands under the company's own customers is looked at";

/// `search/find.rs`: two lines, each behind the other.
const WORDS: &str = "a word and the row that it names are each held to the company";

/// `search/find.rs`: how rare words are.
const RARITY: &str = "it says which word is looked up first, and nothing that anybody sees";

/// `search/find.rs`, for lists: the mutants of the list's own statement are all found.
const NAMED: &str = "the list in which these ids are looked for is held to the company";

const PENDING: &str = " WHERE (:company IS NOT NULL) AND id = ? AND used_at IS NULL";

/// `people/invitation.rs`: the same.
const INVITATION: &str =
    "the invitation of that id was read and locked as the company's own before, in the same transaction";

const BY_ID: &str = " WHERE (:company IS NOT NULL) AND id = ?";

/// `resource/write.rs`: a second line behind another one. The mutants of that other one, the locked reading, are all found.
const LOCKED: &str = "the row of that id was read and locked as the company's own before, in the same transaction";
