//! Statements without one of their tenant predicates, one at a time: questions that pass over them would pass over real ones.
//!
//! A mutant is made by a debug build's [`Mutant`], where a company's id is put into statements. Its world starts as a copy; those
//! questions and works are put again that ran the statement. A short sample runs with the suite, all of them by
//! `cargo xtask check-isolation`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rollcall::db::Mutant;
use sha2::{Digest, Sha256};

use super::log::Log;
use super::matrix::questions;
use super::place::place;
use super::probe::{Place, Probe};
use super::rows::ROWS;
use super::seed;
use super::survivors::EQUIVALENT;
use super::work::{Work, look};
use super::world::{Cast, Who, World};
use super::worlds::Worlds;
use crate::support::{Backend, TestDb, with_database};

/// The variable that asks for `all` mutants, those of `works` alone, or those whose statement has that text in it.
const WANTED: &str = "ROLLCALL_MUTANTS";
/// Of the suite's run every so many mutants are made.
const SAMPLE: u64 = 12;
/// So many questions are put at most to find one.
const QUESTIONS: usize = 16;
/// And so many works, where there are as many questions.
const WORKS: usize = 2;

/// Something that runs statements.
#[derive(Clone, Debug)]
enum Step {
    Ask(Probe),
    Do(Work),
}

impl Step {
    /// Whether the victim's own rows may change by it.
    fn is_for_all(&self) -> bool {
        matches!(self, Self::Do(work) if work.is_for_all())
    }

    async fn run(&self, worlds: &Worlds<'_>, faults: &mut Vec<String>) {
        match self {
            Self::Ask(probe) => {
                worlds.judge(probe, faults).await;
            }
            Self::Do(work) => work.judge(worlds, faults).await,
        }
    }
}

/// The statements' predicates that name a company, each as the statement without it.
fn mutants(template: &str) -> Vec<Mutant> {
    let mut found = Vec::new();
    let tenants = template.contains(":company");
    for (sign, by) in [(" = :company", "(:company IS NOT NULL)"), (" = ?", "(? IS NOT NULL)")] {
        for (at, _) in template.match_indices(sign) {
            let left = template[..at].trim_end_matches(" + 0");
            let start = left.rfind(|c: char| !c.is_ascii_lowercase() && c != '_' && c != '.').map_or(0, |at| at + 1);
            let column = left[start..].rsplit('.').next().unwrap_or_default();
            let is_company = if tenants { sign.ends_with('y') } else { column == "company_id" };
            if is_company {
                found.push(format!("{}{by}{}", &template[..start], &template[at + sign.len()..]));
            }
        }
    }
    for (at, _) in template.match_indices(".company_id = ") {
        let alias = template[..at].rfind(|c: char| !c.is_ascii_lowercase()).map_or(0, |at| at + 1);
        let rest = &template[at + ".company_id = ".len()..];
        if let Some((other, rest)) = rest.split_once(".company_id")
            && other.chars().all(|c| c.is_ascii_lowercase())
        {
            found.push(format!("{}(1 = 1){rest}", &template[..alias]));
        }
    }
    found.into_iter().map(|by| Mutant { text: template.to_owned(), by }).collect()
}

#[test]
fn each_predicate_is_taken_out_by_itself() {
    let by = |text: &str| mutants(text).into_iter().map(|mutant| mutant.by).collect::<Vec<_>>();
    assert_eq!(
        by(
            "SELECT 1 FROM a LEFT JOIN b x ON x.id = a.b AND x.company_id = a.company_id WHERE a.company_id + 0 = :company AND c = ?"
        ),
        [
            "SELECT 1 FROM a LEFT JOIN b x ON x.id = a.b AND x.company_id = a.company_id WHERE (:company IS NOT NULL) AND c = ?",
            "SELECT 1 FROM a LEFT JOIN b x ON x.id = a.b AND (1 = 1) WHERE a.company_id + 0 = :company AND c = ?",
        ]
    );
    assert_eq!(
        by("SELECT 1 FROM t WHERE t.id = ? AND t.company_id = ?"),
        ["SELECT 1 FROM t WHERE t.id = ? AND (? IS NOT NULL)"]
    );
    assert!(by("INSERT INTO a (company_id) VALUES (:company)").is_empty());
}

/// All questions, those that do what they are for, and works, each with the statements that it ran.
async fn steps(worlds: &Worlds<'_>, casts: &[Cast; 2], paths: [&Path; 2]) -> BTreeMap<String, Vec<Step>> {
    let mut by_statement: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    let mut plan = Vec::new();
    for row in ROWS {
        // Headers and cookies reach no statement that ids do not.
        let asked = questions(row, &worlds.with).into_iter().filter(|(who, place)| {
            let by_ids = matches!(
                place,
                Place::Nowhere
                    | Place::Path
                    | Place::Crossing(_)
                    | Place::Pointing(_)
                    | Place::Query(_)
                    | Place::OwnQuery(_)
                    | Place::Body(_)
            );
            by_ids && matches!(who, Who::Admin | Who::Token)
        });
        plan.extend(asked.map(|(who, place)| (row, who, place)));
    }
    plan.extend(ROWS.iter().map(|row| (row, row.best, Place::Nowhere)));
    let mut run = Vec::new();
    for (row, who, place) in plan {
        worlds.forget().await;
        let probe = Probe::of(&worlds.with, row, who, place).await;
        run.push(Step::Ask(probe));
        note(worlds, &mut by_statement, &run).await;
    }
    // Works from the beginning, as they are done again: what they run depends on what there is.
    for work in Work::ALL {
        let copies = Copies::of(paths).await;
        let fresh = copies.worlds(None, casts).await;
        note(&fresh, &mut by_statement, &[Step::Do(work)]).await;
        drop(fresh);
        copies.close().await;
    }
    by_statement
}

async fn note(worlds: &Worlds<'_>, into: &mut BTreeMap<String, Vec<Step>>, run: &[Step]) {
    let Some(step) = run.last() else { return };
    worlds.with.test.recorder.take();
    let mut faults = Vec::new();
    step.run(worlds, &mut faults).await;
    assert!(faults.is_empty(), "before anything is wrong: {faults:#?}");
    for template in worlds.with.test.recorder.templates() {
        into.entry(template).or_default().push(step.clone());
    }
}

/// Those of the steps that are made to find a mutant of a statement that all of them run.
fn chosen(steps: &[Step]) -> Vec<&Step> {
    let (questions, works): (Vec<_>, Vec<_>) = steps.iter().partition(|step| matches!(step, Step::Ask(_)));
    // What does something comes last in the plan, and finds most.
    let last = questions.iter().rev().take(QUESTIONS / 2).rev();
    let first = questions.iter().take(questions.len().saturating_sub(QUESTIONS / 2)).take(QUESTIONS / 2);
    // Jobs and commands take longer: of what questions run as well, few are enough.
    let works: Vec<_> = if questions.len() < QUESTIONS { works } else { works.into_iter().take(WORKS).collect() };
    last.chain(first).copied().chain(works).collect()
}

/// Two worlds that start as copies; in the first one `mutant` is at work.
struct Copies {
    opened: Vec<TestDb>,
    _folder: tempfile::TempDir,
}

impl Copies {
    async fn of(copies: [&Path; 2]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut opened = Vec::new();
        for (at, copy) in copies.iter().enumerate() {
            let path = folder.path().join(format!("{at}.db"));
            std::fs::copy(copy, &path).unwrap();
            opened.push(TestDb::open(Backend::Sqlite, &format!("sqlite:{}?mode=rwc", path.display())).await);
        }
        Self { opened, _folder: folder }
    }

    async fn worlds(&self, mutant: Option<&Mutant>, casts: &[Cast; 2]) -> Worlds<'_> {
        let mut worlds = Vec::new();
        for (at, test) in self.opened.iter().enumerate() {
            // The world without a victim is whole: it says what is right.
            let db = match mutant {
                Some(mutant) if at == 0 => test.db.clone().mutated(mutant.clone()),
                _ => test.db.clone(),
            };
            worlds.push(World::again(test, db, casts[at].clone(), &[]).await);
        }
        let (without, with) = (worlds.pop().unwrap(), worlds.pop().unwrap());
        Worlds::of(with, without, Log::listen())
    }

    async fn close(self) {
        for test in self.opened {
            test.db.close().await.unwrap();
            test.foreign.close().await.unwrap();
        }
    }
}

/// What the victim's rows are after these steps while nothing is wrong.
async fn victims_after(steps: &[&Step], casts: &[Cast; 2], copies: [&Path; 2]) -> Vec<String> {
    let copies = Copies::of(copies).await;
    let worlds = copies.worlds(None, casts).await;
    let mut faults = Vec::new();
    if steps.iter().any(|step| step.is_for_all()) {
        for step in steps {
            step.run(&worlds, &mut faults).await;
        }
    }
    assert!(faults.is_empty(), "while nothing is wrong: {faults:#?}");
    let rows = seed::rows_of(worlds.with.test, 1, &[]).await;
    drop(worlds);
    copies.close().await;
    rows
}

/// What finds a mutant; none where nothing does.
async fn found(mutant: &Mutant, steps: &[Step], casts: &[Cast; 2], paths: [&Path; 2]) -> Option<String> {
    let copies = Copies::of(paths).await;
    let worlds = copies.worlds(Some(mutant), casts).await;
    let mut faults = Vec::new();
    let chosen = chosen(steps);
    for step in &chosen {
        step.run(&worlds, &mut faults).await;
        if !faults.is_empty() {
            break;
        }
    }
    if faults.is_empty() {
        worlds.compare_rows(&victims_after(&chosen, casts, paths).await, &mut faults).await;
    }
    if faults.is_empty() && chosen.iter().any(|step| matches!(step, Step::Do(_))) {
        look(&worlds, &mut faults).await;
    }
    drop(worlds);
    copies.close().await;
    faults.into_iter().next()
}

/// The same with lists of one.
fn short(by: &str) -> String {
    let mut by = by.to_owned();
    while by.contains("?, ?") {
        by = by.replace("?, ?", "?");
    }
    by
}

/// Whether nobody can see the difference: of a place, or of a statement.
fn is_equivalent(by: &str) -> bool {
    EQUIVALENT.iter().any(|(begin, end, _)| by.starts_with(begin) && by.ends_with(end))
}

/// Whether the suite makes it: the same ones each time, whatever else there is.
fn is_sampled(place: &str) -> bool {
    u64::from(Sha256::digest(place)[0]) * SAMPLE / 256 == 0
}

/// A copy of a database that nobody writes to at the moment.
async fn copied(test: &TestDb, to: &Path) -> PathBuf {
    test.query("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let from = test.url.trim_start_matches("sqlite:").split('?').next().unwrap();
    std::fs::copy(from, to).unwrap();
    to.to_owned()
}

/// Stored summaries that no company has of itself: of another's customers, of days on which it had nothing, of a third company's.
async fn beside(test: &TestDb) {
    let is_with: i64 = test.value("SELECT COUNT(*) FROM companies WHERE id = 1").await;
    let customers = "INSERT INTO customer_summaries (company_id, customer_id, journey_status, violations) VALUES";
    test.sql(&format!("{customers} (2, 101, 'vip', 9), (2, 102, 'lead', 9)")).await;
    let days = "INSERT INTO day_summaries (company_id, day, failed, data, branches) SELECT";
    test.sql(&format!("{days} 3, day, 0, '{{}}', '{{}}' FROM day_summaries WHERE company_id = 2")).await;
    if is_with > 0 {
        test.sql("UPDATE company_versions SET state = 1 WHERE company_id = 1").await;
        // As many reports as a company may have, less than the other's own ones.
        test.sql(
            "WITH RECURSIVE n (id) AS (SELECT 105 UNION ALL SELECT id + 1 FROM n WHERE id < 200) \
             INSERT INTO rollcall_reports (id, company_id, name, cadence, weekday, month_day, minute, period, widgets, \
             attachment, created_at, updated_at) SELECT id, 1, 'more', 'daily', 0, 1, 420, '', 'policy_trend', 'none', \
             '2026-11-20 10:00:00', '2026-11-20 10:00:00' FROM n",
        )
        .await;
        test.sql(&format!("{customers} (1, 201, 'vip', 9), (1, 202, 'lead', 9)")).await;
        test.sql(&format!(
            "{days} company_id, 1, failed, data, branches FROM day_summaries WHERE company_id = 1 LIMIT 1"
        ))
        .await;
    }
}

#[expect(clippy::too_many_lines, reason = "one run, from the worlds to what is told of it")]
#[tokio::test]
async fn a_predicate_that_is_missing_is_found() {
    with_database(Backend::Sqlite, async |a: &TestDb| {
        with_database(Backend::Sqlite, async |b: &TestDb| {
            let (with, without) = (World::new(a, true).await, World::new(b, false).await);
            for test in [a, b] {
                beside(test).await;
            }
            // An import that is at work.
            a.sql("UPDATE rollcall_imports SET state = 'running', changed_at = '2026-11-22 12:00:00' WHERE id = 103").await;
            let folder = tempfile::tempdir().unwrap();
            let copies =
                [copied(a, &folder.path().join("with.db")).await, copied(b, &folder.path().join("without.db")).await];
            // Who is signed in has another secret in each.
            let casts = [with.cast.clone(), without.cast.clone()];
            let worlds = Worlds::of(with, without, Log::listen());
            let steps = steps(&worlds, &casts, [&copies[0], &copies[1]]).await;
            drop(worlds);
            let wanted = std::env::var(WANTED).ok();
            // A sample of each kind: of what questions run, and of what jobs and commands alone do.
            let by_works = |template: &&String| steps[*template].iter().all(|step| matches!(step, Step::Do(_)));
            let (works, questions): (Vec<_>, Vec<_>) = steps.keys().partition(by_works);
            // What finds one statement of a place finds the place. First those that are narrowed least.
            let mut all: BTreeMap<String, Vec<Mutant>> = BTreeMap::new();
            for mutant in questions.iter().chain(&works).flat_map(|template| mutants(template)) {
                all.entry(place(&short(&mutant.by))).or_default().push(mutant);
            }
            all.values_mut().for_each(|variants| variants.sort_by_key(|mutant| mutant.by.len()));
            // One that changes nothing is found by nobody: what all works do is the same each time.
            let text = "SELECT 1 WHERE :company = :company".to_owned();
            let none = Mutant { by: text.clone(), text };
            let all_works: Vec<_> = Work::ALL.into_iter().map(Step::Do).collect();
            assert_eq!(found(&none, &all_works, &casts, [&copies[0], &copies[1]]).await, None);
            let (mut killed, mut equivalent, mut survived) = (0, 0, Vec::new());
            for (place, variants) in &all {
                let chosen = match wanted.as_deref() {
                    None => is_sampled(place),
                    Some("all") => true,
                    Some("works") => variants.iter().all(|mutant| works.contains(&&mutant.text)),
                    Some(part) => place.contains(part),
                };
                if !chosen {
                    continue;
                }
                let variants: Vec<_> = variants.iter().filter(|mutant| !is_equivalent(place) && !is_equivalent(&short(&mutant.by))).collect();
                if variants.is_empty() {
                    equivalent += 1;
                    continue;
                }
                let mut finder = None;
                for mutant in &variants {
                    finder = found(mutant, &steps[&mutant.text], &casts, [&copies[0], &copies[1]]).await;
                    if finder.is_some() {
                        break;
                    }
                }
                match finder {
                    Some(fault) => {
                        killed += 1;
                        if wanted.is_some() {
                            println!("FOUND {place}\n  by {}", fault.lines().next().unwrap_or_default());
                        }
                    }
                    None => {
                        println!("SURVIVED {place}\n  {} of them: {}", variants.len(), variants[0].by);
                        survived.push(place.clone());
                    }
                }
            }
            println!(
                "{} statements, {} of them by works alone, {} places: {killed} found, {equivalent} equivalent, {} survived",
                steps.len(),
                works.len(),
                all.len(),
                survived.len()
            );
            assert!(killed > 0, "no mutant was made");
            assert!(survived.is_empty(), "{} survived:\n{}", survived.len(), survived.join("\n"));
        })
        .await;
    })
    .await;
}
