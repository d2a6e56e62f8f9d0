//! `rollcall import` as whoever types it meets it.

use std::io::Write;

use super::{GOOD, HEADER, MAPPING};
use crate::cli::{Desk, stderr, stdout};

const IMPORT: &str = "import appointments visits.csv --company salon-ada --mapping visits.toml";

/// A company, a mapping, and a file.
fn desk(file: &[u8]) -> Desk {
    let desk = Desk::with_company();
    std::fs::write(desk.path().join("visits.toml"), MAPPING).unwrap();
    std::fs::write(desk.path().join("visits.csv"), file).unwrap();
    desk
}

#[test]
fn rejects_never_replace_the_database() {
    let desk = desk(format!("{HEADER}{GOOD}").as_bytes());
    let kept = std::fs::read(desk.path().join("rollcall.db")).unwrap();
    std::os::unix::fs::symlink("rollcall.db", desk.path().join("linked.db")).unwrap();
    for (database, rejects, replaced) in [
        ("sqlite:rollcall.db", "rollcall.db", "rollcall.db"),
        ("sqlite:rollcall.db?mode=rwc", "./rollcall.db", "rollcall.db"),
        ("sqlite:linked.db", "rollcall.db", "rollcall.db"),
        ("sqlite:rollcall.db", "linked.db", "rollcall.db"),
        ("sqlite:rollcall.db", "rollcall.db-wal", "rollcall.db-wal"),
        ("sqlite:linked.db", "rollcall.db-shm", "rollcall.db-shm"),
        ("sqlite:rollcall.db", "../DESK/rollcall.db-journal", "rollcall.db-journal"),
    ] {
        let name = desk.path().file_name().unwrap().to_str().unwrap();
        let rejects = rejects.replace("DESK", name);
        let told = desk.fails(2, &format!("{IMPORT} --database {database} --rejects {rejects}"));
        assert!(told.contains("would replace") && told.contains(replaced), "{database} {rejects}: {told}");
        assert_eq!(std::fs::read(desk.path().join("rollcall.db")).unwrap(), kept, "{database} {rejects}");
    }
}

#[test]
fn a_file_that_breaks_off_keeps_what_could_be_read_and_says_so() {
    let row =
        |nr: u32| format!("{nr};7;Zoë;;Mitte;;Schnitt;1,00;21.11.2026;10:00;;da;{}\n", nr.wrapping_mul(2_654_435_761));
    let bad = "x;7;Zoë;;Mitte;;Schnitt;1,00;some day;10:00;;da;nein\n";
    let rows: String = (1..=2_500).map(row).collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(format!("{HEADER}{bad}{rows}").as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let desk = desk(&packed[..packed.len() * 9 / 10]);
    let output = desk.run(IMPORT);
    let (summary, told) = (stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(1), "{summary}{told}");
    assert!(summary.contains(" 1  rows rejected") && summary.contains("visits.rejects.csv"), "{summary}");
    let number = |what: &str| -> u64 {
        let line = summary.lines().find(|line| line.ends_with(what)).unwrap_or_else(|| panic!("{what}: {summary}"));
        line.split_whitespace().next().unwrap().replace(',', "").parse().unwrap()
    };
    let (read, imported) = (number("rows read"), number("appointments imported"));
    assert!(imported > 2_000 && imported + 1 == read, "{summary}");
    assert!(told.contains(&format!("visits.csv: cannot read the file beyond line {}", read + 1)), "{told}");
    assert!(told.contains(&format!("after {read} rows")), "{told}");
    let status: serde_json::Value = serde_json::from_str(&desk.done("summaries status --json")).unwrap();
    assert_eq!(status[0]["pending"], 0, "what was imported is settled");
    assert!(desk.done("summaries verify").contains("0 differences"));
}

#[test]
fn a_header_that_is_a_whole_file_is_not_poured_out() {
    let patients: String = (1..3_000).map(|nr| format!("{nr};7;Secret {nr};;Mitte\r")).collect();
    for (header, hint) in [(HEADER.trim_end(), "line ends"), ("a;b", "line ends")] {
        let desk = desk(format!("{header}\r{patients}").as_bytes());
        let told = stderr(&desk.run(IMPORT));
        assert!(told.contains(hint) && !told.contains("Secret") && told.len() < 1_000, "{told}");
    }
    let wide: String = (1..=200).map(|nr| format!("column {nr} {};", "x".repeat(60))).collect();
    let told = desk(format!("{wide}\n").as_bytes()).fails(2, IMPORT);
    assert!(told.contains("… and 191 more") && told.contains("column 10 ") && !told.contains("column 11 "), "{told}");
    assert!(told.len() < 1_000, "{told}");
}

#[test]
fn what_was_deleted_is_told_and_comes_back_on_demand() {
    let desk = desk(format!("{HEADER}{GOOD}").as_bytes());
    desk.done(IMPORT);
    let database = rusqlite::Connection::open(desk.path().join("rollcall.db")).unwrap();
    assert_eq!(database.execute("DELETE FROM appointments WHERE status = 'completed'", []).unwrap(), 1);
    drop(database);
    let told = desk.done(IMPORT);
    let expected =
        " 3  rows whose appointment had been imported before, 1 of them deleted since (--again brings them back)";
    assert!(told.contains(" 0  appointments imported") && told.contains(expected), "{told}");
    let told = desk.done(&format!("{IMPORT} --again"));
    assert!(told.contains(" 1  appointments imported") && !told.contains("deleted since"), "{told}");
    assert!(desk.done("import appointments --help").contains("stays\ndeleted; --again brings it back"));
}
