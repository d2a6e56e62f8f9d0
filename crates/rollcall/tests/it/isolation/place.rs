//! Where in the program a predicate stands: a place puts it into many statements.
//!
//! Lists are put together from parts: their filters and orders make hundreds of statements out of one predicate that is written once.
//! Whoever takes it out there takes it out of all of them, so that a place is found where one of its statements is.

/// What a mutant has where there was a predicate.
const GONE: [&str; 3] = ["(:company IS NOT NULL)", "(? IS NOT NULL)", "(1 = 1)"];

/// The place of a mutant's predicate: for parts of lists what they are parts of, otherwise the statement itself.
pub fn place(by: &str) -> String {
    if let Some(part) = part(by) {
        return place(&part);
    }
    let Some(gone) =
        GONE.iter().filter_map(|gone| by.find(gone).map(|at| at..at + gone.len())).min_by_key(|at| at.start)
    else {
        return by.to_owned();
    };
    let inner = innermost(by, gone.start);
    let Some(table) = listed(by) else {
        let head = &by[..by.len().min(40)];
        return if by.contains(" UNION ALL ") { format!("{head} … {}", &by[inner]) } else { by.to_owned() };
    };
    // A row alone is read elsewhere than lists are.
    let reads = if by.contains(" t.id = ?") { "one" } else { by.get(..24).unwrap_or(by) };
    let select = &by[inner.start..gone.end];
    let clause =
        match (select.contains(&format!(" FROM {table} t")), select.rfind(" WHERE "), select.rfind(" LEFT JOIN ")) {
            (true, Some(at), _) => select[at..].to_owned(),
            (true, None, Some(at)) => without_number(&select[at..]),
            // What a count asks of each row, before it says of which.
            _ if select.starts_with("SELECT CASE") => select.to_owned(),
            _ => by[inner].to_owned(),
        };
    format!("{reads} … {table} …{clause}")
}

/// The part of a page behind a cursor in which the predicate stood, as the same list's first page is read; none of anything else.
fn part(by: &str) -> Option<String> {
    const HEAD: &str = "SELECT * FROM (SELECT t.id";
    let part =
        by.starts_with(HEAD).then(|| by.split(HEAD).find(|part| GONE.iter().any(|gone| part.contains(gone))))??;
    let part = (0..3).fold(part.to_owned(), |part, n| part.replace(&format!(", CAST({n} AS INTEGER) AS part"), ""));
    Some(format!("SELECT t.id{part}"))
}

/// The table that a list is of; none where the statement is none.
fn listed(by: &str) -> Option<&str> {
    let heads =
        ["SELECT t.id", "SELECT COUNT(*) FROM (SELECT t.id", "SELECT COUNT(*), COUNT(counted.met) FROM (SELECT CASE"];
    let is_list = heads.iter().any(|head| by.starts_with(head));
    let tables = by.match_indices(" FROM ").filter_map(|(at, from)| by[at + from.len()..].split_once(' '));
    tables.filter(|_| is_list).find(|(_, rest)| rest.starts_with("t ")).map(|(table, _)| table)
}

/// The SELECT in which something stands, alone: neither what is around it, nor those that it is united with.
fn innermost(by: &str, at: usize) -> std::ops::Range<usize> {
    let (mut start, mut open) = (0, Vec::new());
    for (here, sign) in by[..at].char_indices() {
        match sign {
            '(' => open.push((here + 1, start)),
            ')' => start = open.pop().map_or(0, |(_, before)| before),
            'S' if by[here..].starts_with("SELECT ") => start = here,
            _ => {}
        }
    }
    let mut depth = 0;
    for (here, sign) in by[start..].char_indices() {
        match sign {
            '(' => depth += 1,
            ')' if depth == 0 => return start..start + here,
            ')' => depth -= 1,
            'U' if depth == 0 && here + start > at && by[start + here..].starts_with("UNION ALL ") => {
                return start..start + here;
            }
            _ => {}
        }
    }
    start..by.len()
}

/// A join without the letter of the join's number.
fn without_number(join: &str) -> String {
    ('a'..='z').fold(join.to_owned(), |join, letter| {
        join.replace(&format!(" j{letter} "), " j ").replace(&format!(" j{letter}."), " j.")
    })
}

#[test]
fn a_part_of_lists_is_one_place() {
    let of = |columns: &str, rest: &str| {
        format!(
            "SELECT t.id, t.branch_id{columns} FROM appointments t LEFT JOIN staff jb ON jb.id = t.staff_id AND (1 = 1) WHERE t.company_id = :company{rest}"
        )
    };
    assert_eq!(place(&of("", " AND t.status = ?")), place(&of(", jb.name", " ORDER BY t.id")));
    let narrowed = |by: &str| format!("SELECT t.id, t.branch_id FROM appointments t WHERE (:company IS NOT NULL){by}");
    assert_eq!(place(&narrowed(" AND t.status = ?")), place(&narrowed(" ORDER BY t.id")));
    assert_ne!(place(&narrowed("")), place(&of("", "")));
    assert_ne!(place(&narrowed(" AND t.id = ?")), place(&narrowed("")), "a row alone is read elsewhere");
    let part = "SELECT r.id FROM staff r WHERE r.id = t.x_id AND (:company IS NOT NULL)";
    let whole = |rest: &str| {
        format!(
            "SELECT t.id, t.x_type FROM x t WHERE t.company_id = :company AND ((t.x_type IN (?) AND ({part}) IS NOT NULL)){rest}"
        )
    };
    assert_eq!(place(&whole("")), place(&whole(" AND t.status = ?")));
    assert!(place(&whole("")).ends_with(part), "{}", place(&whole("")));
    let united = "SELECT 1 FROM a WHERE company_id = :company UNION ALL SELECT 2 FROM b WHERE (:company IS NOT NULL) UNION ALL SELECT 3 FROM c";
    assert!(place(united).ends_with("… SELECT 2 FROM b WHERE (:company IS NOT NULL) "), "{}", place(united));
    let page = "SELECT * FROM (SELECT t.id, t.branch_id, CAST(0 AS INTEGER) AS part FROM appointments t WHERE t.company_id = :company AND t.id < ?) \
                UNION ALL SELECT * FROM (SELECT t.id, t.branch_id, CAST(1 AS INTEGER) AS part FROM appointments t WHERE (:company IS NOT NULL) AND t.x < ?)";
    assert_eq!(place(page), place(&narrowed("")), "a page behind another is put together from the same parts");
    let count = |rest: &str| {
        format!(
            "SELECT COUNT(*), COUNT(counted.met) FROM (SELECT CASE WHEN (t.x_type IN (?) AND (:company IS NOT NULL)){rest} THEN 1 END AS met FROM x t WHERE t.company_id = :company LIMIT 3) counted"
        )
    };
    assert_eq!(place(&count("")), place(&count(" AND t.status = ?")));
    let other = "SELECT id FROM staff WHERE (:company IS NOT NULL) AND id = ?";
    assert_eq!(place(other), other);
}
