//! Importing files: good rows are kept, bad ones told, and nothing is there twice.

mod command;
mod interrupted;
mod real;

use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

use rollcall::audit::{self, Filter};
use rollcall::changes;
use rollcall::import::{Mapping, Options, Report, Stopped, run};

use crate::support::{TestDb, on_every_database};

/// A salon's own export: German, with times, prices, staff and branches.
const MAPPING: &str = r#"
source = "salon"
[file]
delimiter = ";"
timezone = "Europe/Berlin"
dates = ["%d.%m.%Y %H:%M", "%Y-%m-%d"]
decimal_comma = true
[columns.Kunde]
normalise = "integer"
[columns.Filiale]
empty = ["-"]
[customer]
key = "{Kunde}"
name = "{Name}"
email = "{Mail}"
journey_status = "regular"
[branch]
key = "{Filiale}"
name = "Salon {Filiale}"
[staff]
key = "{Friseur}"
name = "{Friseur}"
[service]
key = "{Leistung}"
name = "{Leistung}"
duration_minutes = 45
price = "{Preis}"
[appointment]
key = "{Nr}"
starts_at = "{Tag} {Zeit}"
booked_at = { value = "{Gebucht}", time = "12:00" }
status = { value = "{Status}", map = { da = "completed", weg = "no_show", ab = "cancelled" } }
[[reminder]]
when = { value = "{Erinnert}", in = ["ja"] }
channel = "email"
recipient = "{Mail}"
"#;

const HEADER: &str = "Nr;Kunde;Name;Mail;Filiale;Friseur;Leistung;Preis;Tag;Zeit;Gebucht;Status;Erinnert\n";

const GOOD: &str = "\
1;7,0;Zoë Müller;zoe@example.test;Mitte;Ayşe;Schnitt;38,50;29.03.2026;10:00;2026-03-20;da;ja\n\
2;7;Zoë Müller;zoe@example.test;mitte;Ayşe;Färben;1.094,90;25.10.2026;02:30;2026-10-01;weg;nein\n\
3;8E+0;\"Klein, \"\"Pit\"\"\";;-;;Schnitt;38,50;22.11.2026;00:15;;ab;nein\n";

struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn rejects(&self) -> PathBuf {
        self.folder.path().join("rejects.csv")
    }

    fn options(&self) -> Options {
        Options { rejects: self.rejects(), ..Options::default() }
    }

    /// The rejected rows: line and reason.
    fn rejected(&self) -> Vec<(String, String)> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(b';').from_path(self.rejects()).unwrap();
        let rows = reader.byte_records().map(|row| {
            let row = row.unwrap();
            (String::from_utf8(row[0].to_vec()).unwrap(), String::from_utf8(row[1].to_vec()).unwrap())
        });
        rows.collect()
    }
}

async fn import(test: &TestDb, company: i64, file: impl Read + Send, options: &Options) -> Result<Report, Stopped> {
    import_by(MAPPING, test, company, file, options).await
}

async fn import_by(
    mapping: &str,
    test: &TestDb,
    company: i64,
    file: impl Read + Send,
    options: &Options,
) -> Result<Report, Stopped> {
    let scope = test.scope(company).await;
    let mapping = Mapping::parse(mapping).unwrap();
    run(&test.db, &scope, &test.clock, &mapping, file, options, &mut |_| ()).await
}

fn file(rows: &str) -> Cursor<Vec<u8>> {
    Cursor::new(format!("{HEADER}{rows}").into_bytes())
}

async fn count(test: &TestDb, table: &str) -> i64 {
    test.value(&format!("SELECT COUNT(*) FROM {table}")).await
}

/// Rows of everything that an import can add.
async fn counts(test: &TestDb) -> [i64; 7] {
    let mut counts = [0; 7];
    let tables = ["appointments", "customers", "branches", "staff", "services", "notification_queues", "import_keys"];
    for (number, table) in counts.iter_mut().zip(tables) {
        *number = count(test, table).await;
    }
    counts
}

async fn text(test: &TestDb, sql: &str) -> String {
    test.value::<String>(sql).await
}

on_every_database!(each_row_of_an_import_is_on_the_record, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        import(test, 1, file(GOOD), &sandbox.options()).await.unwrap();
    }
    let lines = audit::lines(&test.scope(1).await.db(&test.db), &Filter::default(), 100).await.unwrap();
    let count = |action: &str| lines.iter().filter(|line| line.action == action).count();
    let made = ["branch", "service", "staff", "customer", "appointment", "notification"];
    let made: Vec<_> = made.iter().map(|kind| count(&format!("{kind}.created"))).collect();
    assert_eq!(
        (made, lines.len()),
        (vec![2, 2, 1, 2, 3, 1], 11 + 4),
        "the second run makes nothing, and says that it ran"
    );
    let first: i64 =
        test.value("SELECT row_id FROM import_keys WHERE kind = 'appointment' AND external_key = '1'").await;
    let line =
        lines.iter().find(|line| line.subject_id == Some(first) && line.action == "appointment.created").unwrap();
    assert_eq!((line.actor_kind.as_str(), line.actor_name.as_str(), &line.before), ("import", "salon", &None));
    let after = line.after.as_ref().unwrap();
    assert_eq!(
        (&after["starts_at"], &after["status"], &after["price"]),
        (&"2026-03-29T08:00:00Z".into(), &"completed".into(), &"38.50".into())
    );
});

on_every_database!(every_column_arrives_where_the_mapping_sends_it, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let report = import(test, 1, file(GOOD), &sandbox.options()).await.unwrap();
    let expected = Report {
        rows: 3,
        imported: 3,
        customers: 2,
        branches: 2,
        staff: 1,
        services: 2,
        reminders: 1,
        ..Report::default()
    };
    assert_eq!(report, expected);
    assert!(!sandbox.rejects().exists(), "no row was bad");
    let cast = if test.backend == crate::support::Backend::MariaDb { "CHAR" } else { "TEXT" };
    let appointment = |key: &str| {
        format!(
            "SELECT CONCAT_WS('|', CAST(a.starts_at AS {cast}), CAST(a.ends_at AS {cast}), a.status, \
             CAST(a.created_at AS {cast}), c.name, b.name, t.name, s.name) FROM import_keys k \
             JOIN appointments a ON a.id = k.row_id JOIN customers c ON c.id = a.customer_id \
             LEFT JOIN branches b ON b.id = a.branch_id LEFT JOIN staff t ON t.id = a.staff_id \
             LEFT JOIN services s ON s.id = a.service_id WHERE k.kind = 'appointment' AND k.external_key = '{key}'"
        )
    };
    let first =
        "2026-03-29 08:00:00|2026-03-29 08:45:00|completed|2026-03-20 11:00:00|Zoë Müller|Salon Mitte|Ayşe|Schnitt";
    assert_eq!(text(test, &appointment("1")).await, first);
    let second =
        "2026-10-25 00:30:00|2026-10-25 01:15:00|no_show|2026-10-01 10:00:00|Zoë Müller|Salon mitte|Ayşe|Färben";
    assert_eq!(text(test, &appointment("2")).await, second, "the earlier of two half past twos, a branch of its own");
    let third = "2026-11-21 23:15:00|2026-11-22 00:00:00|cancelled|2026-11-22 12:00:00|Klein, \"Pit\"|Schnitt";
    assert_eq!(text(test, &appointment("3")).await, third, "neither branch nor staff; booked now, for all we know");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointments WHERE price = 1094.90").await, 1);
    let reminder = "SELECT CONCAT_WS('|', channel, status, recipient, notifiable_type) FROM notification_queues";
    assert_eq!(text(test, reminder).await, "email|sent|zoe@example.test|customer");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM customers WHERE journey_status = 'regular'").await, 2);
    let scope = test.scope(1).await;
    assert_eq!(count(test, "change_log").await, 0, "an import settles its company");
    assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
});

on_every_database!(bad_rows_are_told_and_good_ones_kept, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend_from_slice(HEADER.as_bytes());
    let row = |nr: u32, name: &str, price: &str, day: &str, time: &str, status: &str| {
        format!("{nr};{nr};{name};;Mitte;;Schnitt;{price};{day};{time};;{status};nein\n").into_bytes()
    };
    let long = "x".repeat(300);
    for line in [
        row(1, "Good", "1,00", "21.11.2026", "10:00", "da"),
        row(2, "Bad day", "1,00", "31.02.2026", "10:00", "da"),
        row(3, "Gap", "1,00", "29.03.2026", "02:30", "da"),
        row(4, "Status", "1,00", "21.11.2026", "10:00", "vielleicht"),
        row(5, "Price", "gratis", "21.11.2026", "10:00", "da"),
        row(6, &long, "1,00", "21.11.2026", "10:00", "da"),
        b"7;7;ragged\n".to_vec(),
        b"8;8;not \xff UTF-8;;Mitte;;Schnitt;1,00;21.11.2026;10:00;;da;nein\n".to_vec(),
        row(9, "\"never closed", "1,00", "21.11.2026", "10:00", "da"),
        row(10, "Also good", "1,00", "21.11.2026", "10:00", "da"),
        b";11;No number;;Mitte;;Schnitt;1,00;21.11.2026;10:00;;da;nein\n".to_vec(),
        b"\n".to_vec(),
        b"12;x;No customer;;Mitte;;Schnitt;1,00;21.11.2026;10:00;;da;nein".to_vec(),
    ] {
        bytes.extend(line);
    }
    let report = import(test, 1, Cursor::new(bytes), &sandbox.options()).await.unwrap();
    assert_eq!((report.rows, report.imported, report.rejected), (12, 2, 10));
    assert_eq!(report.rejects, Some(sandbox.rejects()));
    let expected = [
        ("3", "appointment.starts_at: `31.02.2026 10:00` fits none"),
        ("4", "appointment.starts_at: `29.03.2026 02:30` does not exist in Europe/Berlin"),
        ("5", "appointment.status: the mapping says nothing about the value `vielleicht`"),
        ("6", "service.price: `gratis` is not an amount"),
        ("7", "customer.name is longer than 255 characters"),
        ("8", "it has 3 fields, the header has 13"),
        ("9", "Name is not UTF-8"),
        ("10", "a quote is never closed"),
        ("12", "appointment.key is empty"),
        ("14", "Kunde: `x` is not a whole number"),
    ];
    let rejected = sandbox.rejected();
    assert_eq!(rejected.len(), expected.len(), "{rejected:#?}");
    for ((line, reason), (expected_line, expected_reason)) in rejected.iter().zip(expected) {
        assert_eq!(line, expected_line, "{reason}");
        assert!(reason.starts_with(expected_reason), "line {line}: {reason}");
    }
});

on_every_database!(rejects_can_be_mended_and_imported, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let rows = GOOD.replace("29.03.2026;10:00", "29.03.2026;02:10");
    assert_eq!(import(test, 1, file(&rows), &sandbox.options()).await.unwrap().rejected, 1);
    let mended = std::fs::read_to_string(sandbox.rejects()).unwrap().replace("02:10", "10:00");
    let report = import(test, 1, Cursor::new(mended.into_bytes()), &sandbox.options()).await.unwrap();
    assert_eq!((report.rows, report.imported, report.rejected, report.customers), (1, 1, 0, 0));
    assert!(!sandbox.rejects().exists(), "no row is rejected any more");
    assert_eq!(count(test, "appointments").await, 3);
});

on_every_database!(rejects_are_in_the_files_own_encoding, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let mapping = MAPPING.replace("[file]", "[file]\nencoding = \"windows-1252\"");
    let latin = |text: String| -> Vec<u8> { text.chars().map(|letter| u8::try_from(letter).unwrap()).collect() };
    let row = |status: &str| format!("1;7;Müller;;Mitte;;Schnitt;1,00;21.11.2026;10:00;;{status};nein\n");
    let file = latin(format!("{HEADER}{}", row("abgesägt")));
    assert_eq!(import_by(&mapping, test, 1, Cursor::new(file), &sandbox.options()).await.unwrap().rejected, 1);
    let rejects: String = std::fs::read(sandbox.rejects()).unwrap().into_iter().map(char::from).collect();
    assert!(rejects.contains("about the value `abgesägt`") && rejects.contains("Müller"), "{rejects}");
    let mended = Cursor::new(latin(rejects.replace(";abgesägt", ";da")));
    let report = import_by(&mapping, test, 1, mended, &sandbox.options()).await.unwrap();
    assert_eq!((report.imported, report.rejected), (1, 0));
    assert_eq!(text(test, "SELECT name FROM customers").await, "Müller");
});

on_every_database!(nothing_is_there_twice, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let doubled = format!("{GOOD}{GOOD}");
    let report = import(test, 1, file(&doubled), &sandbox.options()).await.unwrap();
    assert_eq!((report.imported, report.already_there), (3, 3), "a line that is there twice counts once");
    let before = counts(test).await;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(file(&doubled).get_ref()).unwrap();
    let packed = Cursor::new(packer.finish().unwrap());
    let report = import(test, 1, packed, &sandbox.options()).await.unwrap();
    let expected = Report { rows: 6, already_there: 6, ..Report::default() };
    assert_eq!(report, expected, "a second run, packed this time, adds nothing");
    assert_eq!(counts(test).await, before);
});

on_every_database!(a_dry_run_changes_nothing, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let dry = Options { dry_run: true, ..sandbox.options() };
    let rows = format!("{GOOD}{GOOD}4;9;Bad\n");
    let told = import(test, 1, file(&rows), &dry).await.unwrap();
    assert_eq!(counts(test).await, [0; 7]);
    assert_eq!(sandbox.rejected().len(), 1, "but it tells what is wrong");
    let done = import(test, 1, file(&rows), &sandbox.options()).await.unwrap();
    assert_eq!(told, done, "what it says comes true");
    let again = import(test, 1, file(&rows), &dry).await.unwrap();
    assert_eq!((again.imported, again.already_there, again.customers), (0, 6, 0));
});

on_every_database!(another_company_is_left_alone, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.company(2, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    import(test, 2, file(GOOD), &sandbox.options()).await.unwrap();
    let version = "SELECT version FROM company_versions WHERE company_id = 2";
    let before: i64 = test.value(version).await;
    let report = import(test, 1, file(GOOD), &sandbox.options()).await.unwrap();
    assert_eq!((report.imported, report.customers), (3, 2), "the same keys are another company's");
    for table in ["appointments", "customers", "branches", "staff", "services", "notification_queues"] {
        let both: i64 = count(test, table).await;
        let second: i64 = test.value(&format!("SELECT COUNT(*) FROM {table} WHERE company_id = 2")).await;
        assert_eq!(both, 2 * second, "{table}");
    }
    let crossed = "SELECT COUNT(*) FROM appointments a JOIN customers c ON c.id = a.customer_id \
                   WHERE c.company_id <> a.company_id";
    assert_eq!(test.value::<i64>(crossed).await, 0);
    assert_eq!(test.value::<i64>(version).await, before, "nor do its summaries hear of it");
});

on_every_database!(what_was_deleted_since_is_made_anew_where_it_is_needed, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    import(test, 1, file(GOOD), &sandbox.options()).await.unwrap();
    test.sql("DELETE FROM appointments").await;
    test.sql("DELETE FROM customers").await;
    let fourth = GOOD.lines().next().unwrap().replacen("1;", "4;", 1);
    let report = import(test, 1, file(&format!("{GOOD}{fourth}\n")), &sandbox.options()).await.unwrap();
    assert_eq!((report.imported, report.already_there), (1, 3), "deleted appointments stay deleted");
    assert_eq!(report.deleted, 3, "and are told of");
    assert_eq!(report.customers, 1, "but a new one needs its customer");
    let customer = "SELECT c.name FROM appointments a JOIN customers c ON c.id = a.customer_id";
    assert_eq!(text(test, customer).await, "Zoë Müller");
});

on_every_database!(what_was_deleted_comes_back_on_demand, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let again = Options { again: true, ..sandbox.options() };
    let dry = Options { dry_run: true, ..again.clone() };
    // Another one at the same time, with a reminder of its own that looks alike.
    let rows = format!("{GOOD}{}{GOOD}", GOOD.lines().next().unwrap().replacen("1;", "4;", 1) + "\n");
    import(test, 1, file(&rows), &sandbox.options()).await.unwrap();
    let before = counts(test).await;
    test.sql("DELETE FROM appointments WHERE status = 'completed'").await;
    let told = import(test, 1, file(&rows), &dry).await.unwrap();
    let report = import(test, 1, file(&rows), &again).await.unwrap();
    let expected = Report { rows: 7, imported: 2, already_there: 5, ..Report::default() };
    assert_eq!(report, expected, "the appointments, but neither what is there still nor their reminders");
    assert_eq!(told, report, "what a dry run says comes true");
    assert_eq!(counts(test).await, before);
    for table in ["appointments", "customers", "notification_queues"] {
        test.sql(&format!("DELETE FROM {table}")).await;
    }
    let told = import(test, 1, file(&rows), &dry).await.unwrap();
    let report = import(test, 1, file(&rows), &again).await.unwrap();
    let expected = Report { rows: 7, imported: 4, already_there: 3, customers: 2, reminders: 2, ..Report::default() };
    assert_eq!(report, expected, "with all that is gone, too");
    assert_eq!(told, report);
    assert_eq!(counts(test).await, before);
    let report = import(test, 1, file(&rows), &again).await.unwrap();
    assert_eq!((report.imported, report.already_there, report.deleted), (0, 7, 0), "and never twice");
    let scope = test.scope(1).await;
    assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
});
