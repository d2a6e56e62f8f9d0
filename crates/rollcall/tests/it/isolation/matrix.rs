//! The matrix: every row of the table, for everybody, in every place.

use std::collections::BTreeSet;

use axum::body::Body;

use super::probe::{Place, Probe, places};
use super::rows::{ROWS, Row};
use super::seed;
use super::world::{Who, World, request};
use super::worlds::{Worlds, in_both_worlds};
use crate::support::{Backend, TestDb, with_database};

/// Every method and path that is served, as the router itself says.
async fn served(world: &World<'_>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for path in world.app.paths() {
        // A method that nobody has: whoever is asked tells the others.
        let by = &world.cast.people[&if path.starts_with("/api/v1") { Who::Token } else { Who::Nobody }];
        let filled = path.replace("{*path}", "x").replace(['{', '}'], "");
        let answer = world.app.send(request(by, "ISOLATE", &filled).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 405, "{path}: {answer:?}");
        let allowed = answer.header("allow").split(',').map(str::trim);
        all.extend(allowed.filter(|method| *method != "HEAD").map(|method| format!("{method} {path}")));
    }
    all
}

#[tokio::test]
async fn every_route_has_a_row() {
    with_database(Backend::Sqlite, async |test: &TestDb| {
        let world = World::new(test, true).await;
        let rows: BTreeSet<_> = ROWS.iter().map(|row| row.route.to_owned()).collect();
        let each: BTreeSet<_> = ROWS.iter().map(|row| format!("{} {:?}", row.route, row.ids)).collect();
        assert_eq!(each.len(), ROWS.len(), "no row twice");
        let served = served(&world).await;
        let missing: Vec<_> = served.symmetric_difference(&rows).collect();
        assert!(missing.is_empty(), "the table (isolation/rows.rs) and the router differ: {missing:#?}");
    })
    .await;
}

/// All questions of a row but the one that does it. On servers, where each takes longer, two people ask those that reach the
/// database with ids, and the others one each, of what is for their kind: sessions or tokens.
pub fn questions(row: &'static Row, world: &World<'_>) -> Vec<(Who, Place)> {
    let is_sqlite = world.test.backend == Backend::Sqlite;
    let asked = Who::ALL.into_iter().filter(|who| is_sqlite || row.is_api() == who.is_program());
    let all = asked.flat_map(|who| {
        let all = places(row, who);
        let thorough = world.test.backend == Backend::Sqlite || matches!(who, Who::Admin | Who::Token);
        let count = if thorough { all.len() } else { 1 };
        let by_ids = |place: &Place| {
            let parameter = matches!(place, Place::Parameter(parameter) if *parameter != "company=1");
            !parameter && !matches!(place, Place::Header(..) | Place::Headers | Place::Cookies | Place::OwnQuery(_))
        };
        let all = all.into_iter().take(count);
        all.filter(move |place| world.test.backend == Backend::Sqlite || by_ids(place)).map(move |place| (who, place))
    });
    // A session that is signed out is no session for the questions after it.
    all.filter(|(who, _)| row.route != "POST /logout" || world.cast.people[who].cookies.is_empty()).collect()
}

in_both_worlds!(nobody_is_told_of_another_company, async |worlds: &Worlds<'_>| {
    let (mut faults, mut count) = (Vec::new(), 0);
    let before = seed::rows_of(worlds.with.test, 1, &[]).await;
    for row in ROWS {
        for (who, place) in questions(row, &worlds.with) {
            if row.method() == "GET" {
                worlds.forget().await;
            }
            worlds.judge(&Probe::of(&worlds.with, row, who, place).await, &mut faults).await;
            count += 1;
        }
        // On servers once, at the end.
        if worlds.with.test.backend == Backend::Sqlite && seed::rows_of(worlds.with.test, 1, &[]).await != before {
            faults.push(format!("{}: the victim's rows are not what they were", row.route));
        }
    }
    // And with their own ids each does what it is there for: the questions before were no nonsense.
    for row in ROWS {
        let probe = Probe::of(&worlds.with, row, row.best, Place::Nowhere).await;
        let status = worlds.judge(&probe, &mut faults).await;
        if status != row.done {
            faults.push(format!("{} {} with one's own ids: {status} instead of {}", row.route, probe.body, row.done));
        }
    }
    assert!(count > 1_000, "only {count} questions");
    worlds.compare_rows(&before, &mut faults).await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
});
