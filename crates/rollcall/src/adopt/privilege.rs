//! What a server means when it refuses, in words that say what to do.

use crate::db::Error;

/// Why Rollcall cannot stand beside the application.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The schema differs too much: see the survey.
    #[error("{0} must be mended first; nothing was changed")]
    Differences(String),
    /// There is nothing to adopt.
    #[error("{0}")]
    State(&'static str),
    /// The server refused a step; what was done before stays, and another run goes on from there.
    #[error("{doing}: {source}; {advice}")]
    Refused {
        /// What was being done.
        doing: String,
        /// What to do about it.
        advice: String,
        /// What the server said.
        source: Error,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// An error of a step that `statement` shows, with what to do about it.
pub(super) fn refused(doing: String, statement: Option<&str>, source: Error) -> AdoptError {
    let advice = advice(&source.to_string(), statement);
    AdoptError::Refused { doing, advice, source }
}

fn advice(text: &str, statement: Option<&str>) -> String {
    let again = "then run the command again: it goes on from here";
    if text.contains("1419") || text.contains("log_bin_trust_function_creators") {
        return format!(
            "the binary log is on, and this user may not make triggers then. Let an administrator run SET GLOBAL \
             log_bin_trust_function_creators = 1 (and write it into the server's settings), or give this user SUPER \
             meanwhile; {again}"
        );
    }
    if let Some((privilege, user, on)) = mysql_denied(text) {
        return format!("let an administrator run GRANT {privilege} ON {on} TO {user}; {again}");
    }
    if text.contains("must be owner of") {
        let own = "on PostgreSQL only a table's owner may do that.";
        return match statement {
            Some(statement) => format!("{own} Let the owner run {statement}; {again}"),
            None => format!("{own} Give this role the owner's for a while (GRANT owner TO role); {again}"),
        };
    }
    if let Some((_, on)) = text.split_once("permission denied for ") {
        let privileges = match on.split(' ').next() {
            Some("schema") => "USAGE, CREATE",
            _ => "SELECT, INSERT, UPDATE, DELETE, TRIGGER",
        };
        return format!("let the owner run GRANT {privileges} ON {} TO this role; {again}", on.trim());
    }
    if text.to_lowercase().contains("lock") && text.to_lowercase().contains("time") {
        return format!("a transaction of the application holds the table; wait until it has ended, {again}");
    }
    if text.contains("1553") {
        return "the application's own index for that foreign key is gone: put it back first".to_owned();
    }
    again.to_owned()
}

/// The privilege, the user and the table of MySQL's `TRIGGER command denied to user 'a'@'b' for table `d`.`t``.
fn mysql_denied(text: &str) -> Option<(String, String, String)> {
    let (before, after) = text.split_once(" command denied to user ")?;
    let privilege = before.rsplit([' ', ':']).next().unwrap_or_default();
    let words = before.rsplit(": ").next().unwrap_or(privilege).trim_start_matches(|c: char| !c.is_uppercase());
    let (user, table) = after.split_once(" for table ")?;
    Some((words.to_owned(), user.to_owned(), table.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_privilege_is_named_with_the_grant_that_gives_it() {
        let text = "Execution Error: error returned from database: 1142 (42000): TRIGGER command denied to user \
                    'rollcall'@'127.0.0.1' for table `app`.`customers`";
        let said = advice(text, None);
        assert!(said.contains("GRANT TRIGGER ON `app`.`customers` TO 'rollcall'@'127.0.0.1'"), "{said}");
        let owner = advice("must be owner of table appointments", Some("CREATE INDEX a ON appointments (b)"));
        assert!(owner.contains("Let the owner run CREATE INDEX a ON appointments (b)"), "{owner}");
        let schema = advice("error returned from database: permission denied for schema public", None);
        assert!(schema.contains("GRANT USAGE, CREATE ON schema public"), "{schema}");
        assert!(advice("1419 (HY000): You do not have the SUPER privilege", None).contains("SET GLOBAL"));
    }
}
