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
];

const PENDING: &str = " WHERE (:company IS NOT NULL) AND id = ? AND used_at IS NULL";

/// `people/invitation.rs`: the same.
const INVITATION: &str =
    "the invitation of that id was read and locked as the company's own before, in the same transaction";

const BY_ID: &str = " WHERE (:company IS NOT NULL) AND id = ?";

/// `resource/write.rs`: a second line behind another one. The mutants of that other one, the locked reading, are all found.
const LOCKED: &str = "the row of that id was read and locked as the company's own before, in the same transaction";
