//! `cargo xtask test`: every test on all three databases, then the panel in a browser.

mod browser;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::folder::Folder;
use crate::servers::{Kind, Servers, Tuning};
use crate::steps::Steps;
use crate::{apt, cargo, check_consistency, front, process, target, tidy};

/// The test that judges the statements that all others ran: it comes last, alone.
const AUDIT: &str = "statements::recorded::sqlite";

/// Options of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// All but the tests in a browser.
    #[arg(long)]
    no_e2e: bool,
    /// The tests on this database alone, or those in a browser; can be given more than once.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// How many random operations the property test runs on each database.
    #[arg(long, value_name = "N")]
    property_ops: Option<u64>,
    /// The tests whose names contain one of these, and nothing else.
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
}

/// A part of the tests that can be run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// SQLite, which needs no server.
    Sqlite,
    /// MariaDB.
    Mariadb,
    /// PostgreSQL.
    Postgres,
    /// The panel in a browser.
    Browser,
}

/// What the tests are told by environment variables.
type Variables = Vec<(&'static str, String)>;

/// Runs the tests.
///
/// # Errors
/// Where one fails, or what they need is missing.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let mut steps = Steps::default();
    if args.everything() {
        steps.run("tidy", || tidy::run(root));
    }
    if let Err(why) = run_after_tidy(root, args, &mut steps) {
        steps.skip("the rest", why);
    }
    steps.summary()
}

/// The steps that need each other; the error says why the rest of them cannot be run.
fn run_after_tidy(root: &Path, args: &Args, steps: &mut Steps) -> Result<(), &'static str> {
    steps.run("front end", || front::build(root)).ok_or("the panel needs its front end")?;
    let kinds: Vec<Kind> = args.servers().collect();
    // All at once, so that a developer who must install by hand is told once.
    // The cache's tests start servers of their own, to do them harm.
    let suite = args.suite().then(|| [Kind::Redis.need(), &apt::LIBREOFFICE]).into_iter().flatten();
    let needs = kinds.iter().map(|kind| kind.need()).chain(suite).chain(args.browser().then_some(&apt::CHROMIUM));
    let needs: Vec<_> = needs.collect();
    let servers = steps.run("servers", || apt::provide(&needs).and_then(|()| Servers::start(&kinds, Tuning::Tests)));
    let servers = servers.ok_or("the tests need what is missing")?;
    let statements = target(root).join("xtask/statements");
    let variables = args.variables(&servers, &statements);
    steps.run("compile", || runner(root, &variables, &["--no-run"])).ok_or("it does not compile")?;
    if args.suite() {
        steps.run("tests", || empty(&statements).and_then(|()| tests(root, &variables, args)));
    }
    if args.everything() {
        steps.run("examples in the documentation", || examples(root));
        steps.run("audit of all statements", || audit(root, &variables, &statements));
        steps.run("consistency, for a minute", || check_consistency::short(root, &servers));
    }
    drop(servers);
    if args.browser() {
        steps.run("browser", || browser::run(root));
    }
    Ok(())
}

impl Args {
    fn on(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn everything(&self) -> bool {
        self.only.is_empty() && self.filters.is_empty()
    }

    fn suite(&self) -> bool {
        [Part::Sqlite, Part::Mariadb, Part::Postgres].into_iter().any(|part| self.on(part))
    }

    fn browser(&self) -> bool {
        self.on(Part::Browser) && self.filters.is_empty() && !self.no_e2e
    }

    fn servers(&self) -> impl Iterator<Item = Kind> {
        let mariadb = self.on(Part::Mariadb).then_some(Kind::MariaDb);
        mariadb.into_iter().chain(self.on(Part::Postgres).then_some(Kind::Postgres))
    }

    /// The last part of the names of those tests that are not asked for: a test on a database is named after it.
    fn others(&self) -> impl Iterator<Item = &'static str> {
        let all = [(Part::Sqlite, "sqlite"), (Part::Mariadb, "mariadb"), (Part::Postgres, "postgres")];
        all.into_iter().filter(|(part, _)| !self.on(*part)).map(|(_, name)| name)
    }

    fn variables(&self, servers: &Servers, statements: &Path) -> Variables {
        let mut variables: Variables = servers.variables().collect();
        variables.push(("ROLLCALL_SQL_LOG", statements.display().to_string()));
        if self.only.is_empty() {
            variables.push(("ROLLCALL_TEST_REQUIRE_ALL", "1".to_owned()));
        }
        if let Some(operations) = self.property_ops {
            variables.push(("ROLLCALL_PROPERTY_OPS", operations.to_string()));
        }
        variables
    }
}

/// `cargo nextest run` or, where there is none, `cargo test`, on the whole workspace.
fn runner(root: &Path, variables: &Variables, args: &[&str]) -> Result<()> {
    let runner: &[&str] = if nextest() { &["nextest", "run"] } else { &["test"] };
    let mut command = cargo(root, runner);
    command.args(["--workspace", "--locked"]).args(args);
    process::run(clean(&mut command).envs(variables.iter().map(|(name, value)| (name, value))))
}

fn tests(root: &Path, variables: &Variables, args: &Args) -> Result<()> {
    let (mut expression, mut skipped) = (format!("not test(={AUDIT})"), vec!["--skip".to_owned(), AUDIT.to_owned()]);
    for database in args.others() {
        let _ = write!(expression, " and not test(/::{database}$/)");
        skipped.extend(["--skip".to_owned(), format!("::{database}")]);
    }
    let mut words = vec!["--no-fail-fast"];
    if nextest() {
        words.extend(["-E", &expression]);
    } else {
        words.extend(["--lib", "--bins", "--tests", "--"]);
        words.extend(skipped.iter().map(String::as_str));
    }
    words.extend(args.filters.iter().map(String::as_str));
    // Each of the tests on SQLite has a database of its own, and waits for the disk no more than the servers do.
    let folder = Folder::in_memory("tests")?;
    let mut variables = variables.clone();
    variables.push(("TMPDIR", folder.path().display().to_string()));
    runner(root, &variables, &words)
}

/// The examples in the documentation, which nextest leaves out.
fn examples(root: &Path) -> Result<()> {
    process::run(clean(&mut cargo(root, &["test", "--workspace", "--locked", "--doc", "--quiet"])))
}

fn audit(root: &Path, variables: &Variables, statements: &Path) -> Result<()> {
    let recorded = std::fs::read_dir(statements).into_iter().flatten().count();
    if recorded == 0 {
        bail!("the tests recorded no statements in {}", statements.display());
    }
    let mut variables = variables.clone();
    variables.retain(|(name, _)| *name != "ROLLCALL_SQL_LOG");
    variables.push(("ROLLCALL_SQL_AUDIT", statements.display().to_string()));
    let only_the_audit = format!("test(={AUDIT})");
    if nextest() {
        runner(root, &variables, &["-E", &only_the_audit])
    } else {
        runner(root, &variables, &["--test", "it", AUDIT, "--", "--exact"])
    }
}

fn nextest() -> bool {
    apt::program(&["cargo-nextest"]).is_some()
        || std::env::home_dir().is_some_and(|home| home.join(".cargo/bin/cargo-nextest").is_file())
}

/// Without the caller's own settings of Rollcall, which would change what the tests see; but a seed to try again stays.
fn clean(command: &mut Command) -> &mut Command {
    let ours = |name: &str| name.starts_with("ROLLCALL_") && !name.starts_with("ROLLCALL_PROPERTY_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// The binary that the tests were compiled with.
fn binary(root: &Path) -> Result<PathBuf> {
    let binary = target(root).join("debug/rollcall");
    if !binary.exists() {
        bail!("{} is missing", binary.display());
    }
    Ok(binary)
}
