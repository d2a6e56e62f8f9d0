//! One scenario under way: what all its tasks share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::sync::{Notify, Semaphore};

use super::dice::Dice;
use super::node::{Node, Sight};
use super::report::{Check, Report, Violation};
use super::scenario::Scenario;
use super::world::World;

/// After so many answers a write is due.
const ANSWERS_A_WRITE: u64 = 60;
/// After so many answers another application writes something.
const ANSWERS_A_FOREIGN_WRITE: u64 = 400;
/// After so many answers somebody is moved to another role or company.
const ANSWERS_A_MOVE: u64 = 400;
/// After so many answers somebody signs in and out.
const ANSWERS_A_SIGN_OUT: u64 = 1_000;

/// After so many answers a line says how far it has come.
const PROGRESS: u64 = 50_000;

/// What all tasks of a scenario share.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) scenario: Scenario,
    pub(crate) world: Arc<World>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) report: Arc<Report>,
    /// Permits to write; each answer earns a part of one.
    pub(crate) writes: Semaphore,
    pub(crate) foreign_writes: Semaphore,
    pub(crate) moves: Semaphore,
    pub(crate) sign_outs: Semaphore,
    answers: AtomicU64,
    /// When the scenario has seen enough answers.
    enough: u64,
    /// Whether one violation ends it.
    pub(crate) until_wrong: bool,
    fault: Mutex<&'static str>,
    /// Whether every fault has come and gone.
    faults_done: AtomicBool,
    over: AtomicBool,
    ended: Notify,
}

impl Run {
    pub(crate) fn new(
        seed: u64,
        scenario: Scenario,
        world: Arc<World>,
        nodes: Vec<Node>,
        report: Arc<Report>,
        (enough, until_wrong): (u64, bool),
    ) -> Self {
        Self {
            seed,
            scenario,
            world,
            nodes,
            report,
            writes: Semaphore::new(2),
            foreign_writes: Semaphore::new(1),
            moves: Semaphore::new(1),
            sign_outs: Semaphore::new(1),
            answers: AtomicU64::new(0),
            enough,
            until_wrong,
            fault: Mutex::new("none"),
            faults_done: AtomicBool::new(false),
            over: AtomicBool::new(false),
            ended: Notify::new(),
        }
    }

    /// The fault under way.
    pub(crate) fn fault(&self) -> &'static str {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fault begins, or `none` does.
    pub(crate) fn set_fault(&self, fault: &'static str) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        self.report.began(fault);
    }

    /// Every fault has come and gone: the scenario may end.
    pub(crate) fn faults_are_done(&self) {
        self.faults_done.store(true, Ordering::SeqCst);
    }

    /// An answer was checked; what follows from it becomes due.
    pub(crate) fn checked(&self, kind: &'static str, changed: bool) {
        self.report.checked(kind, self.fault(), changed);
        let answers = self.answers.fetch_add(1, Ordering::SeqCst) + 1;
        let due = [
            (ANSWERS_A_WRITE, &self.writes),
            (ANSWERS_A_FOREIGN_WRITE, &self.foreign_writes),
            (ANSWERS_A_MOVE, &self.moves),
            (ANSWERS_A_SIGN_OUT, &self.sign_outs),
        ];
        for (every, permits) in due {
            if answers.is_multiple_of(every) {
                permits.add_permits(1);
            }
        }
        if answers.is_multiple_of(PROGRESS) {
            println!("{}: {answers} answers, {} wrong", self.scenario.name, self.report.violations());
        }
        if answers >= self.enough && self.faults_done.load(Ordering::SeqCst) {
            self.end();
        }
    }

    /// An answer was wrong.
    pub(crate) fn wrong(&self, check: Check, what: String, sight: Option<Sight>, asked: &str) {
        let node = sight.map_or_else(String::new, |sight| {
            let place = self.nodes.iter().position(|node| node.look().address == sight.address);
            format!(", node {} at {}", place.map_or(0, |place| place + 1), sight.now.format("%F %T"))
        });
        let context =
            format!("seed {}, scenario {}{node}, fault {}: {asked}", self.seed, self.scenario.name, self.fault());
        self.report.wrong(Violation { check, what }, &context);
        if self.until_wrong || self.report.violations() >= 100 {
            self.end();
        }
    }

    /// A node that is to answer, most of the time.
    pub(crate) fn any_node(&self, dice: &mut Dice) -> usize {
        let first = dice.below(self.nodes.len());
        // A few ask a node that is away: a stopped one answers once it goes on, with what it knew.
        if dice.percent(2) {
            return first;
        }
        let places = (0..self.nodes.len()).map(|n| (first + n) % self.nodes.len());
        places.clone().find(|place| self.nodes[*place].look().up).unwrap_or(first)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Ends it.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
        self.ended.notify_waiters();
        for permits in [&self.writes, &self.foreign_writes, &self.moves, &self.sign_outs] {
            permits.close();
        }
    }

    /// Waits until it is over, for so long at most: how long a fault lasts is told by nothing else.
    pub(crate) async fn pause(&self, time: Duration) {
        let ended = self.ended.notified();
        if !self.is_over() {
            let _ = tokio::time::timeout(time, ended).await;
        }
    }

    /// Waits for a permit; false where it is over.
    pub(crate) async fn due(&self, permits: &Semaphore) -> bool {
        permits.acquire().await.is_ok_and(|permit| {
            permit.forget();
            !self.is_over()
        })
    }
}

/// What a task that cannot go on does: it ends the run, which then fails.
pub(crate) async fn or_end(run: &Run, what: &str, task: impl Future<Output = Result<()>>) {
    if let Err(error) = task.await {
        run.wrong(Check::Failed, format!("{what}: {error:#}"), None, "the checker itself");
        run.end();
    }
}
