//! What goes wrong while people read and write.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use tokio::sync::Mutex;

use super::dice::Dice;
use super::node::Node;
use super::redis_side::RedisSide;
use super::run::Run;
use super::scenario::Redis;
use super::support::proxy::Lie;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    RedisKilled,
    RedisStopped,
    RedisFlushed,
    RedisSlow,
    RedisOutOfMemory,
    RedisReadOnly,
    RedisLocked,
    RepliesSwapped,
    RepliesDelayed,
    RepliesCut,
    RepliesDamaged,
    FailoverOrdered,
    MasterStopped,
    MasterKilled,
    NodeKilled,
    NodeStopped,
    ClockBack,
    ClockAhead,
    DayBack,
    DayAhead,
}

use Fault::*;

const OF_REDIS: [Fault; 11] = [
    RedisKilled,
    RedisStopped,
    RedisFlushed,
    RedisSlow,
    RedisOutOfMemory,
    RedisReadOnly,
    RedisLocked,
    RepliesSwapped,
    RepliesDelayed,
    RepliesCut,
    RepliesDamaged,
];
const OF_SENTINEL: [Fault; 3] = [FailoverOrdered, MasterStopped, MasterKilled];
const OF_NODES: [Fault; 6] = [NodeKilled, NodeStopped, ClockBack, ClockAhead, DayBack, DayAhead];

/// How long a failover may take, with all that comes before and after it.
const FAILOVER: Duration = Duration::from_secs(60);
/// How often something is looked at that tells nobody when it is done.
const LOOK: Duration = Duration::from_millis(100);

impl Fault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            RedisKilled => "redis killed",
            RedisStopped => "redis stopped",
            RedisFlushed => "redis flushed",
            RedisSlow => "redis slow",
            RedisOutOfMemory => "redis out of memory",
            RedisReadOnly => "redis read-only",
            RedisLocked => "redis password wrong",
            RepliesSwapped => "replies swapped",
            RepliesDelayed => "replies delayed",
            RepliesCut => "replies cut short",
            RepliesDamaged => "replies damaged",
            FailoverOrdered => "failover ordered",
            MasterStopped => "master stopped, failover",
            MasterKilled => "master killed, failover",
            NodeKilled => "node killed",
            NodeStopped => "node stopped",
            ClockBack => "clock three hours back",
            ClockAhead => "clock three hours ahead",
            DayBack => "clock a day back",
            DayAhead => "clock a day ahead",
        }
    }

    /// Those that can happen to a scenario.
    pub(crate) fn of(redis: Redis) -> Vec<Self> {
        let of_redis: &[Self] = match redis {
            Redis::Single => &OF_REDIS,
            Redis::Sentinel => &OF_SENTINEL,
            Redis::None => &[],
        };
        [of_redis, &OF_NODES].concat()
    }
}

/// Lets `faults` come and go, each for `hold`, in another order each time.
pub(crate) async fn come_and_go(
    run: Arc<Run>,
    side: Mutex<RedisSide>,
    faults: Vec<Fault>,
    hold: Duration,
) -> Result<()> {
    let (run, side) = (&*run, &side);
    let mut dice = Dice::new(run.seed, 7_777);
    while !run.is_over() {
        let mut left = faults.clone();
        while !left.is_empty() && !run.is_over() {
            let fault = left.swap_remove(dice.below(left.len()));
            run.set_fault(fault.name());
            inflict(run, side, fault, &mut dice, hold).await.with_context(|| fault.name())?;
            run.set_fault("none");
            run.pause(hold / 2).await;
        }
        run.faults_are_done();
        if faults.is_empty() {
            run.pause(LOOK).await;
        }
    }
    Ok(())
}

async fn inflict(run: &Run, side: &Mutex<RedisSide>, fault: Fault, dice: &mut Dice, hold: Duration) -> Result<()> {
    let node = dice.of(&run.nodes);
    let mut redis = side.lock().await;
    match fault {
        NodeKilled => restart(run, node, hold, TimeDelta::zero()).await,
        ClockBack => restart(run, node, hold, TimeDelta::hours(-3)).await,
        ClockAhead => restart(run, node, hold, TimeDelta::hours(3)).await,
        DayBack => restart(run, node, hold, TimeDelta::days(-1)).await,
        DayAhead => restart(run, node, hold, TimeDelta::days(1)).await,
        NodeStopped => {
            node.hang()?;
            run.pause(hold).await;
            node.go_on()
        }
        FailoverOrdered | MasterStopped | MasterKilled => fail_over(run, &mut redis, fault, hold).await,
        RedisFlushed => {
            for _ in 0..5 {
                redis.command(&["FLUSHALL"])?;
                run.pause(hold / 5).await;
            }
            Ok(())
        }
        _ => {
            begin(&mut redis, fault)?;
            run.pause(hold).await;
            end(&mut redis, fault)
        }
    }
}

fn begin(redis: &mut RedisSide, fault: Fault) -> Result<()> {
    match fault {
        RedisKilled => redis.kill()?,
        RedisStopped => redis.hang()?,
        RedisOutOfMemory => redis.command(&["CONFIG", "SET", "maxmemory", "1mb"])?,
        // A replica of a master that is not there refuses writes, and serves what it has.
        RedisReadOnly => redis.command(&["REPLICAOF", "127.0.0.1", "1"])?,
        RedisLocked => redis.lock()?,
        RedisSlow => redis.lie(Lie::Delay(Duration::from_millis(40))),
        RepliesDelayed => redis.lie(Lie::Delay(Duration::from_millis(8))),
        RepliesSwapped => redis.lie(Lie::Swap),
        RepliesCut => redis.lie(Lie::Cut),
        RepliesDamaged => redis.lie(Lie::Damage),
        other => bail!("{other:?} does not begin so"),
    }
    Ok(())
}

fn end(redis: &mut RedisSide, fault: Fault) -> Result<()> {
    match fault {
        RedisKilled => redis.start_again()?,
        RedisStopped => redis.go_on()?,
        RedisOutOfMemory => redis.command(&["CONFIG", "SET", "maxmemory", "0"])?,
        RedisReadOnly => redis.command(&["REPLICAOF", "NO", "ONE"])?,
        RedisLocked => redis.unlock()?,
        _ => redis.lie(Lie::None),
    }
    Ok(())
}

/// Kills a node and starts it again; where its clock is moved, it runs like that for a while, and is then put right.
async fn restart(run: &Run, node: &Node, hold: Duration, moved: TimeDelta) -> Result<()> {
    node.kill()?;
    if moved.is_zero() {
        run.pause(hold).await;
    } else {
        // In place, for starting it waits for it.
        tokio::task::block_in_place(|| node.revive(moved))?;
        run.pause(hold).await;
        node.kill()?;
    }
    tokio::task::block_in_place(|| node.revive(TimeDelta::zero()))
}

async fn fail_over(run: &Run, redis: &mut RedisSide, fault: Fault, hold: Duration) -> Result<()> {
    until(run, "the Sentinels are ready", || redis.is_whole()).await?;
    let led_by = match fault {
        MasterStopped => redis.hang_master(),
        MasterKilled => redis.kill_master(),
        _ => {
            let before = redis.master();
            until(run, "the Sentinels agree", || redis.order_failover()).await?;
            before
        }
    };
    let before = led_by.context("there is no master")?;
    until(run, "another is the master", || redis.is_led_by_another(before)).await?;
    run.pause(hold).await;
    match fault {
        MasterStopped => redis.servers[before].go_on(),
        MasterKilled => redis.servers[before].start_again(),
        _ => {}
    }
    Ok(())
}

async fn until(run: &Run, what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
    let begun = std::time::Instant::now();
    while !tokio::task::block_in_place(&mut holds) && !run.is_over() {
        if begun.elapsed() > FAILOVER {
            bail!("waited in vain until {what}");
        }
        run.pause(LOOK).await;
    }
    Ok(())
}
