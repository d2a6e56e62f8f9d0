//! An adoption and a release that are killed half-way, and go on.

use std::pin::pin;
use std::sync::Arc;

use rollcall::adopt;
use rollcall::clock::Clock;
use rollcall::db::Database;

use super::{adopt_it, assert_unchanged, assert_verified, passing_customer, schema};
use crate::support::steps::until;
use crate::support::{Backend, Recorder, TestDb, beside_every_application};

/// Does `work` on a node that is killed once it ran so many statements; answers whether it came to its end before.
fn killed_after<F: Future<Output = ()>>(
    test: &TestDb,
    statements: u64,
    work: impl FnOnce(Database, Clock) -> F + Send + 'static,
) -> bool {
    let (url, clock) = (test.url.clone(), test.clock.clone());
    let node = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ended = runtime.block_on(async {
            let recorder = Arc::new(Recorder::default());
            let db = Database::open(&url, 2).await.unwrap().observed_by(recorder.clone());
            until(pin!(work(db, clock)), || recorder.count() >= statements).await.is_some()
        });
        runtime.shutdown_background();
        ended
    });
    node.join().unwrap()
}

beside_every_application!(an_adoption_that_is_killed_goes_on, async |test: &TestDb| {
    passing_customer(test).await;
    let before = schema(test).await;
    let step = if test.backend == Backend::Sqlite { 13 } else { 17 };
    for statements in (12..).step_by(step) {
        let ended = killed_after(test, statements, async |db, clock| {
            let survey = adopt::survey(&db).await.unwrap();
            adopt::adopt(&db, &clock, &survey, &mut |_| ()).await.unwrap();
        });
        test.sql("INSERT INTO customers (id, company_id, name) VALUES (9, 1, 'Ivy')").await;
        adopt_it(test).await;
        assert_verified(test).await;
        test.sql("DELETE FROM customers WHERE id = 9").await;
        assert_verified(test).await;
        adopt::release(&test.db, &mut |_| ()).await.unwrap();
        assert_unchanged(test, &before).await;
        if ended {
            return;
        }
    }
});

beside_every_application!(a_release_that_is_killed_goes_on_and_writers_do_too, async |test: &TestDb| {
    let before = schema(test).await;
    let step = if test.backend == Backend::Sqlite { 2 } else { 9 };
    for statements in (2..).step_by(step) {
        adopt_it(test).await;
        let ended = killed_after(test, statements, async |db, _| adopt::release(&db, &mut |_| ()).await.unwrap());
        test.sql("UPDATE customers SET journey_status = 'vip' WHERE id = 2").await;
        if !ended {
            adopt::release(&test.db, &mut |_| ()).await.unwrap();
        }
        assert_unchanged(test, &before).await;
        if ended {
            return;
        }
    }
});

beside_every_application!(an_adoption_that_was_begun_can_be_left, async |test: &TestDb| {
    let before = schema(test).await;
    for statements in [13, 30, 60] {
        killed_after(test, statements, async |db, clock| {
            let survey = adopt::survey(&db).await.unwrap();
            adopt::adopt(&db, &clock, &survey, &mut |_| ()).await.unwrap();
        });
        if test.db.is_adopted().await.unwrap() {
            adopt::release(&test.db, &mut |_| ()).await.unwrap();
        }
        assert_unchanged(test, &before).await;
    }
});
