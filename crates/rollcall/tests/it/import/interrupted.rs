//! Imports that are cut off, and imports while others write.

use std::io::{Cursor, Read};
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use rollcall::changes;
use rollcall::import::Stopped;

use super::{Sandbox, count, counts, file, import};
use crate::support::{TestDb, connect, on_every_database};

/// So many rows of `customers` customers in turn.
fn rows(count: u32, customers: u32) -> Vec<u8> {
    let row = |number: u32| {
        let customer = number % customers;
        format!("{number};{customer};Nr {customer};;Mitte;Ayşe;Schnitt;1,00;20.11.2026;10:00;;da;nein\n")
    };
    file(&(1..=count).map(row).collect::<String>()).into_inner()
}

/// A file in which something happens when reading has come to some byte.
struct Eventful<F> {
    file: Cursor<Vec<u8>>,
    at: u64,
    event: Option<F>,
}

impl<F: FnOnce() -> std::io::Result<()>> Eventful<F> {
    fn new(file: Vec<u8>, event: F) -> Self {
        Self { at: file.len() as u64 * 3 / 4, file: Cursor::new(file), event: Some(event) }
    }
}

impl<F: FnOnce() -> std::io::Result<()>> Read for Eventful<F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.at.saturating_sub(self.file.position())).unwrap();
        if left > 0 {
            let at_most = buffer.len().min(left);
            return self.file.read(&mut buffer[..at_most]);
        }
        if let Some(event) = self.event.take() {
            event()?;
        }
        self.file.read(buffer)
    }
}

on_every_database!(an_interrupted_import_goes_on_where_it_was, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let whole = rows(2_600, 40);
    let killed = Eventful::new(whole.clone(), || std::panic::resume_unwind(Box::new("killed")));
    let options = sandbox.options();
    let end = AssertUnwindSafe(import(test, 1, killed, &options)).catch_unwind().await;
    assert!(end.is_err(), "it never came to its end");
    assert_eq!(count(test, "appointments").await, 1_000, "whole batches alone");
    let report = import(test, 1, Cursor::new(whole), &sandbox.options()).await.unwrap();
    assert_eq!((report.imported, report.already_there, report.customers), (1_600, 1_000, 0));
    assert_eq!(counts(test).await[..5], [2_600, 40, 1, 1, 1]);
    let scope = test.scope(1).await;
    assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
});

on_every_database!(of_a_file_that_breaks_all_that_could_be_read_is_there, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let whole = rows(2_600, 40);
    let torn = Eventful::new(whole.clone(), || Err(std::io::Error::other("the disk is gone")));
    let lines = whole[..usize::try_from(torn.at).unwrap()].iter().filter(|byte| **byte == b'\n').count();
    let Stopped { error, report } = import(test, 1, torn, &sandbox.options()).await.unwrap_err();
    let told = format!("beyond line {lines}, after {} rows: the disk is gone", lines - 1);
    assert!(error.to_string().contains(&told), "{error}");
    assert_eq!((report.imported, report.rows), (lines as u64 - 1, lines as u64 - 1));
    assert_eq!(count(test, "appointments").await, i64::try_from(lines).unwrap() - 1);
    assert_eq!(count(test, "change_log").await, 0, "it counts, too");
    let report = import(test, 1, Cursor::new(whole), &sandbox.options()).await.unwrap();
    assert_eq!((report.imported + report.already_there, report.rejected), (2_600, 0));
    assert_eq!(count(test, "appointments").await, 2_600);
});

on_every_database!(rows_that_others_add_meanwhile_stay_theirs, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let sandbox = Sandbox::new();
    let url = test.url.clone();
    let meanwhile = Eventful::new(rows(2_600, 2_600), move || {
        // A thread of its own: reading a file is no place to await.
        let write = async move {
            let foreign = connect(&url).await;
            for sql in [
                "INSERT INTO customers (company_id, name) VALUES (1, 'Nr 1'), (1, 'Nr 9999')",
                "INSERT INTO appointments (company_id, customer_id, starts_at, ends_at) \
                 VALUES (1, 1, '2026-11-20 09:00:00', '2026-11-20 09:30:00')",
            ] {
                sea_orm::ConnectionTrait::execute_unprepared(&foreign, sql).await.unwrap();
            }
            foreign.close().await.unwrap();
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || runtime.block_on(write)).join().unwrap();
        Ok(())
    });
    let report = import(test, 1, meanwhile, &sandbox.options()).await.unwrap();
    assert_eq!((report.imported, report.customers), (2_600, 2_600));
    assert_eq!(counts(test).await[..2], [2_601, 2_602]);
    let mixed_up = "SELECT COUNT(*) FROM import_keys k JOIN customers c ON c.id = k.row_id \
                    WHERE k.kind = 'customer' AND c.name = CONCAT('Nr ', k.external_key)";
    assert_eq!(test.value::<i64>(mixed_up).await, 2_600, "every key stands for its own customer");
    let crossed = "SELECT COUNT(*) FROM import_keys k JOIN appointments a ON a.id = k.row_id \
                   JOIN import_keys o ON o.row_id = a.customer_id AND o.kind = 'customer' \
                   WHERE k.kind = 'appointment' AND CAST(o.external_key AS DECIMAL(9)) = CAST(k.external_key AS DECIMAL(9)) % 2600";
    assert_eq!(test.value::<i64>(crossed).await, 2_600, "and every appointment is its own customer's");
});

on_every_database!(two_imports_of_one_file_at_once_are_one, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let (one, other) = (Sandbox::new(), Sandbox::new());
    let (one, other) = (one.options(), other.options());
    let file = || Cursor::new(rows(2_600, 40));
    let (first, second) = tokio::join!(import(test, 1, file(), &one), import(test, 1, file(), &other));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.imported + second.imported, 2_600, "{first:?} {second:?}");
    assert_eq!(first.already_there + second.already_there, 2_600);
    assert_eq!(count(test, "appointments").await, 2_600);
    let twice = "SELECT COUNT(*) FROM (SELECT row_id FROM import_keys WHERE kind = 'appointment' GROUP BY row_id) k";
    assert_eq!(test.value::<i64>(twice).await, 2_600, "each row has its own key");
});
