//! Mutants that change nothing that anybody can see, each with the reason.

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
    ("UPDATE rollcall_links SET", PENDING, INVITATION),
    ("DELETE FROM rollcall_links", PENDING, INVITATION),
    ("SELECT 1, f.word, p.id, p.name", "", WORDS),
    ("SELECT 0, CAST(COUNT(*) AS INTEGER) FROM (SELECT w.subject_id FROM search_words w", "", RARITY),
    ("SELECT f.subject_id FROM (", ") f", NAMED),
];

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
