//! `cargo xtask check-consistency`: is every answer right, whatever fails? See `docs/consistency.md`.
//!
//! The checker is a program in `crates/rollcall/benches/consistency/`; this builds it and the server, starts a MariaDB and
//! lets it work. The mistakes that it must find are in the server only where it is built with the feature `seeded-faults`.

use std::path::Path;

use anyhow::Result;

use crate::servers::{Kind, Servers, Tuning};
use crate::{apt, cargo, front, process};

/// Options of `cargo xtask check-consistency`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Check so many answers.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    operations: u64,
    /// Be content with fewer after so many seconds a scenario, once every fault has come and gone.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Repeat the run of this seed.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Faults that come and go four times as fast.
    #[arg(long)]
    quick: bool,
    /// Only this scenario: `strict`, `sentinel`, `one node`, `bounded` or `without redis`.
    #[arg(long)]
    scenario: Option<String>,
    /// Make this mistake in the protocol on purpose, and see whether it is found; can be given more than once.
    #[arg(long, value_name = "NAME", conflicts_with = "all_faults")]
    fault: Vec<String>,
    /// Make every mistake on the list, one at a time.
    #[arg(long)]
    all_faults: bool,
    /// Build with this profile.
    #[arg(long, default_value = "demo")]
    profile: String,
}

/// Builds and runs the checker.
///
/// # Errors
/// Where an answer was wrong, a mistake was not found, or something is missing.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    front::build(root)?;
    apt::provide(&[Kind::Redis.need()])?;
    let kinds = if std::env::var_os("ROLLCALL_TEST_MARIADB").is_some() { vec![] } else { vec![Kind::MariaDb] };
    let servers = Servers::start(&kinds, Tuning::Tests)?;
    check(root, args, &servers)
}

/// What `cargo xtask test` runs of it: some of the mistakes, then every fault once, in a minute or so.
///
/// # Errors
/// As for [`run`].
pub(crate) fn short(root: &Path, servers: &Servers) -> Result<()> {
    let short = |scenario: Option<&str>, fault: &[&str]| Args {
        operations: 4_000,
        // A busy machine checks fewer.
        seconds: Some(40),
        seed: 1,
        quick: true,
        scenario: scenario.map(str::to_owned),
        fault: fault.iter().copied().map(str::to_owned).collect(),
        all_faults: false,
        profile: "dev".to_owned(),
    };
    check(root, &short(None, SHORT_LIST), servers)?;
    // Last, so that `target/debug/rollcall` is the one without mistakes again.
    check(root, &short(Some("strict"), &[]), servers)
}

/// Mistakes of different kinds that are found quickly.
const SHORT_LIST: &[&str] = &[
    "version-in-redis-not-compared",
    "topic-forgotten",
    "key-not-compared",
    "company-left-out-of-the-key",
    "session-remembered-after-its-end",
];

fn check(root: &Path, args: &Args, servers: &Servers) -> Result<()> {
    let mut command = cargo(root, &["bench", "--quiet", "--locked", "--bench", "consistency"]);
    // What cargo builds with depends on the packages that it is asked for: the tests' build is that of all, other profiles'
    // is that of `bench` and `demo`.
    command.args(if args.profile == "dev" { &["--workspace"][..] } else { &["--package", "rollcall"] });
    command.args(["--profile", &args.profile]);
    if args.all_faults || !args.fault.is_empty() {
        command.args(["--features", "rollcall/seeded-faults"]);
    }
    command.args(["--", "--operations", &args.operations.to_string(), "--seed", &args.seed.to_string()]);
    command.args(args.seconds.iter().flat_map(|seconds| ["--seconds".to_owned(), seconds.to_string()]));
    command.args(args.quick.then_some("--quick"));
    command.args(args.all_faults.then_some("--all-faults"));
    command.args(args.fault.iter().flat_map(|name| ["--fault", name]));
    command.args(args.scenario.iter().flat_map(|name| ["--scenario", name]));
    process::run(command.envs(servers.variables()))
}
