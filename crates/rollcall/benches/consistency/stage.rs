//! Sets the stage for a scenario, and clears it away.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::Options;
use super::client::Client;
use super::fault::{Fault, come_and_go};
use super::node::{Node, Order};
use super::redis_side::RedisSide;
use super::report::Report;
use super::run::{Run, or_end};
use super::scenario::Scenario;
use super::tasks;
use super::world::{WANDERERS, World};

/// Browsers that read.
const READERS: u64 = 16;
/// Browsers that write.
const WRITERS: u64 = 2;

/// Runs every scenario; answers whether no answer was wrong.
pub(crate) async fn check(options: &Options) -> Result<bool> {
    let server = std::env::var("ROLLCALL_TEST_MARIADB").context("ROLLCALL_TEST_MARIADB names no server")?;
    if options.all_faults || !options.fault.is_empty() {
        return super::seeded::check(options, &server).await;
    }
    let begun = Instant::now();
    let world = Arc::new(World::make(&server).await?);
    let report = Arc::new(Report::default());
    let folder = tempfile::Builder::new().prefix("rollcall-consistency-").tempdir()?;
    let chosen = |scenario: &Scenario| options.scenario.as_ref().is_none_or(|name| name == scenario.name);
    for scenario in Scenario::ALL.into_iter().filter(chosen) {
        let share = if options.scenario.is_some() { 100 } else { scenario.share };
        let enough = options.operations * share / 100;
        let before = (report.answers(), Instant::now());
        let play = Play { scenario, enough, until_wrong: false, faults: Fault::of(scenario.redis), mistakes: None };
        play.perform(options, Arc::clone(&world), &report, folder.path()).await?;
        let (answers, seconds) = (report.answers() - before.0, before.1.elapsed().as_secs_f64());
        println!("{}: {answers} answers in {seconds:.0} s", scenario.name);
    }
    world.leave().await?;
    report.print();
    let (answers, wrong) = (report.answers(), report.violations());
    let seed = options.seed;
    println!(
        "{answers} answers checked in {:.0} s, {wrong} of them wrong (seed {seed})",
        begun.elapsed().as_secs_f64()
    );
    Ok(wrong == 0 && answers >= options.operations)
}

/// What is to happen.
pub(crate) struct Play {
    pub(crate) scenario: Scenario,
    /// After so many answers it ends.
    pub(crate) enough: u64,
    /// Whether the first wrong answer ends it.
    pub(crate) until_wrong: bool,
    pub(crate) faults: Vec<Fault>,
    /// The mistakes that the nodes are to make.
    pub(crate) mistakes: Option<&'static str>,
}

impl Play {
    /// Starts Redis and the nodes, lets everybody do their part, and ends all of it.
    pub(crate) async fn perform(
        &self,
        options: &Options,
        world: Arc<World>,
        report: &Arc<Report>,
        folder: &Path,
    ) -> Result<()> {
        let side = RedisSide::start(self.scenario.redis).await?;
        let mut nodes = Vec::new();
        for place in 0..self.scenario.nodes {
            let redis = side.url(place);
            let order = self.order(options, &world, redis, folder, place);
            nodes.push(tokio::task::spawn_blocking(move || Node::start(order)).await??);
        }
        let limits = (self.enough, self.until_wrong);
        let run = Run::new(options.seed, self.scenario, world, nodes, Arc::clone(report), limits);
        sign_in_everybody(&run).await?;
        let hold = Duration::from_millis(if options.quick { 500 } else { 2_000 });
        self.play(&Arc::new(run), Mutex::new(side), hold).await;
        Ok(())
    }

    fn order(&self, options: &Options, world: &World, redis: Option<String>, folder: &Path, place: usize) -> Order {
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut settings = vec![
            setting("ROLLCALL_LOG__LEVEL", "warn"),
            // A node whose clock is a day ahead ends nobody's session.
            setting("ROLLCALL_SESSION__IDLE_TIMEOUT", "10d"),
            setting("ROLLCALL_SIGN_IN__MAX_FAILURES", "1000000"),
        ];
        settings.extend(self.mistakes.map(|mistakes| setting("SEEDED_FAULT", mistakes)));
        if !options.without_cache {
            settings.extend(self.scenario.settings());
            settings.extend(redis.map(|url| setting("ROLLCALL_REDIS__URL", &url)));
        }
        Order {
            program: options.program.clone(),
            database: world.url.clone(),
            log: folder.join(format!("{}-{}.log", self.scenario.name.replace(' ', "-"), place + 1)),
            settings,
        }
    }

    async fn play(&self, run: &Arc<Run>, side: Mutex<RedisSide>, hold: Duration) {
        let mut parts = JoinSet::new();
        for task in 0..READERS {
            part(&mut parts, run, "a reader", |run| tasks::read(run, task));
        }
        for task in 100..100 + WRITERS {
            part(&mut parts, run, "a writer", |run| tasks::write(run, task));
        }
        for user in WANDERERS {
            part(&mut parts, run, "who is moved", |run| tasks::wander(run, user.unsigned_abs(), user));
        }
        part(&mut parts, run, "another application", |run| tasks::write_foreign(run, 200));
        part(&mut parts, run, "who signs out", |run| tasks::sign_out(run, 300));
        let faults = self.faults.clone();
        part(&mut parts, run, "the faults", |run| come_and_go(run, side, faults, hold));
        while parts.join_next().await.is_some() {}
    }
}

/// Gives somebody a part in it.
fn part<F>(parts: &mut JoinSet<()>, run: &Arc<Run>, what: &'static str, task: impl FnOnce(Arc<Run>) -> F)
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (run, task) = (Arc::clone(run), task(Arc::clone(run)));
    parts.spawn(async move { or_end(&run, what, task).await });
}

/// Signs in everybody who has not yet.
async fn sign_in_everybody(run: &Run) -> Result<()> {
    let mut client = Client::default();
    for person in run.world.people.iter().filter(|person| person.session().is_empty()) {
        person.signed_in(tasks::sign_in(&mut client, run, &person.email).await?);
    }
    Ok(())
}
