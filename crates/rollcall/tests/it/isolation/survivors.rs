//! Mutants that change nothing that anybody can see, each with the reason; and those of which nobody can say that yet.

/// How the mutant's statement begins and ends, and why it is as good as the original.
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
];

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

/// Mutants that nothing finds yet, though somebody might see the difference: mostly of lists that are narrowed so that the victim
/// has no row in them. Each begins with what it is known by. Whoever finds one, by a question or by a row of the victim's, takes it
/// out; no other may be put in.
pub const UNFOUND: &str = include_str!("unfound.txt");
