//! The real files, where they are there: `shared/data` beside the project. What they must come to is counted anew here,
//! from the text itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rollcall::changes;
use rollcall::import::{Mapping, Options, Report, run};

use crate::support::{Backend, TestDb, on_every_database, with_database};

const LABELLED: &str = "no-show-appointments.csv";
const UNLABELLED: &str = "appointments-2016-unlabelled.csv.gz";

/// A file of the data folder; none where there is no such folder.
fn real(name: &str) -> Option<PathBuf> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/data"));
    folders.map(|folder| folder.join(name)).find(|path| path.exists())
}

fn mapping(name: &str) -> Mapping {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    Mapping::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What stands in a file, counted without the product's help.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expected {
    rows: i64,
    patients: BTreeSet<String>,
    branches: BTreeSet<String>,
    no_shows: i64,
    reminders: i64,
    /// Appointments by calendar day.
    days: BTreeMap<String, i64>,
    booked_later: i64,
}

fn expected(path: &Path, expected: &mut Expected, known: &mut BTreeSet<String>) {
    let file = File::open(path).unwrap();
    let packed = path.extension().is_some_and(|end| end == "gz");
    let input: Box<dyn Read> = if packed { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    let mut reader = csv::Reader::from_reader(input);
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|known| known == name);
    for row in reader.records() {
        let row = row.unwrap();
        let cell = |name: &str| column(name).map_or("", |at| &row[at]);
        if !known.insert(cell("AppointmentID").to_owned()) {
            continue;
        }
        expected.rows += 1;
        // A double holds all of these numbers exactly, and prints them without an exponent.
        expected.patients.insert(format!("{:.0}", cell("PatientId").parse::<f64>().unwrap()));
        expected.branches.insert(cell("Neighbourhood").to_owned());
        expected.no_shows += i64::from(cell("No-show") == "Yes");
        expected.reminders += i64::from(cell("SMS_received") == "1");
        expected.booked_later += i64::from(cell("ScheduledDay")[..10] > cell("AppointmentDay")[..10]);
        *expected.days.entry(cell("AppointmentDay")[..10].to_owned()).or_default() += 1;
    }
}

async fn import(test: &TestDb, path: &Path, name: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { rejects: folder.path().join("rejects.csv"), ..Options::default() };
    let scope = test.scope(1).await;
    let file = File::open(path).unwrap();
    run(&test.db, &scope, &test.clock, &mapping(name), file, &options, &mut |_| ()).await.unwrap()
}

/// Compares what is in the database with what must be, by plain SQL.
async fn compare(test: &TestDb, expected: &Expected) {
    let number = async |sql: &str| test.value::<i64>(sql).await;
    assert_eq!(number("SELECT COUNT(*) FROM appointments").await, expected.rows);
    assert_eq!(number("SELECT COUNT(*) FROM customers").await, i64::try_from(expected.patients.len()).unwrap());
    assert_eq!(number("SELECT COUNT(*) FROM branches").await, i64::try_from(expected.branches.len()).unwrap());
    assert_eq!(number("SELECT COUNT(*) FROM appointments WHERE status = 'no_show'").await, expected.no_shows);
    assert_eq!(number("SELECT COUNT(*) FROM notification_queues").await, expected.reminders);
    let later = "SELECT COUNT(*) FROM appointments WHERE created_at > starts_at";
    assert!(number(later).await >= expected.booked_later, "those booked after their day are kept");
    // São Paulo was three hours behind UTC all that time: eight in the morning is 11:00.
    let cast = if test.backend == Backend::MariaDb { "CHAR" } else { "TEXT" };
    let per_day = format!("SELECT CAST(starts_at AS {cast}), COUNT(*) FROM appointments GROUP BY starts_at");
    let mut days = BTreeMap::new();
    for row in test.query(&per_day).await {
        let at: String = row.try_get_by_index(0).unwrap();
        let (day, time) = at.split_once(' ').unwrap();
        assert_eq!(&time[..8], "11:00:00");
        days.insert(day.to_owned(), row.try_get_by_index::<i64>(1).unwrap());
    }
    assert_eq!(days, expected.days);
}

on_every_database!(imports_the_real_files_when_they_are_there, async |test: &TestDb| {
    let Some(path) = real(LABELLED) else { return };
    let mut wanted = Expected::default();
    expected(&path, &mut wanted, &mut BTreeSet::new());
    test.company(1, "America/Sao_Paulo").await;
    let report = import(test, &path, "no-show-appointments.toml").await;
    assert_eq!((report.rows, report.imported, report.rejected), (2_999, 2_999, 0));
    compare(test, &wanted).await;
    let again = import(test, &path, "no-show-appointments.toml").await;
    assert_eq!((again.imported, again.already_there), (0, 2_999));
    compare(test, &wanted).await;
    let scope = test.scope(1).await;
    assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
});

#[tokio::test]
async fn imports_both_real_files_into_one_company() {
    let (Some(labelled), Some(unlabelled)) = (real(LABELLED), real(UNLABELLED)) else { return };
    let mut wanted = Expected::default();
    let mut known = BTreeSet::new();
    expected(&labelled, &mut wanted, &mut known);
    expected(&unlabelled, &mut wanted, &mut known);
    with_database(Backend::Sqlite, async |test: &TestDb| {
        test.company(1, "America/Sao_Paulo").await;
        import(test, &labelled, "no-show-appointments.toml").await;
        let report = import(test, &unlabelled, "appointments-2016.toml").await;
        assert_eq!((report.rows, report.rejected), (36_474, 0));
        assert_eq!(i64::try_from(report.imported).unwrap(), wanted.rows - 2_999, "some are in both files");
        compare(test, &wanted).await;
        let scope = test.scope(1).await;
        assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
    })
    .await;
}
