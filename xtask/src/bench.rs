//! `cargo xtask bench`: the figures that the project set itself, against their limits.
//!
//! A benchmark is a file in `crates/rollcall/benches/figures/`, which is one program: an optimised build links it once.
//! It prints what it likes and, for each figure, a line `figure NAME: VALUE UNIT, at most LIMIT` (or `at least`, or no
//! limit at all).

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;

use anyhow::{Context, Result, bail};

use crate::process::{End, Group};
use crate::servers::{Kind, Servers, Tuning};
use crate::{cargo, front, tree};

/// What a file has that is a benchmark.
const MEASURES: &str = "pub(crate) async fn measure(";

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which benchmarks; all where none is named.
    names: Vec<String>,
    /// Small sizes: minutes instead of an hour, and figures that mean little.
    #[arg(long)]
    quick: bool,
    /// Keep the databases in this folder, and use those that an earlier run kept there.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Build with this profile; `demo` builds in a fraction of a release's time.
    #[arg(long, default_value = "bench")]
    profile: String,
}

/// Runs benchmarks and prints a table of their figures.
///
/// # Errors
/// Where one fails or measures nothing, or a figure is beyond its limit.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let names = choose(&all(root), &args.names)?;
    front::build(root)?;
    if names.iter().any(|name| name == "browser") {
        front::install(&root.join("e2e"))?;
    }
    let servers = Servers::start(&kinds(&names), Tuning::Bench)?;
    let mut figures = Vec::new();
    for name in names {
        let measured = measure(root, &name, args, &servers).with_context(|| format!("benchmark {name}"))?;
        if measured.is_empty() {
            bail!("benchmark {name} measured nothing");
        }
        figures.extend(measured);
    }
    println!("\n{}", table(&figures));
    match figures.iter().filter(|figure| !figure.holds()).count() {
        0 => Ok(()),
        missed => bail!("{missed} of {} figures are beyond their limits", figures.len()),
    }
}

fn all(root: &Path) -> Vec<String> {
    let files = tree::files(&root.join("crates/rollcall/benches/figures"), &[]).into_iter();
    // The others are what benchmarks share.
    let measuring = files.filter(|file| std::fs::read_to_string(file).is_ok_and(|text| text.contains(MEASURES)));
    measuring.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).collect()
}

fn choose(all: &[String], wanted: &[String]) -> Result<Vec<String>> {
    if all.is_empty() {
        bail!("there are no benchmarks in crates/rollcall/benches/figures");
    }
    if let Some(unknown) = wanted.iter().find(|name| !all.contains(name)) {
        bail!("there is no benchmark `{unknown}`, but: {}", all.join(", "));
    }
    Ok(if wanted.is_empty() { all } else { wanted }.to_vec())
}

fn measure(root: &Path, name: &str, args: &Args, servers: &Servers) -> Result<Vec<Figure>> {
    println!("\n=== {name}");
    let mut command = cargo(root, &["bench", "--quiet", "--locked", "--package", "rollcall", "--bench", "figures"]);
    command.args(["--profile", &args.profile, "--", name]).envs(servers.variables()).stdout(Stdio::piped());
    command.args(args.quick.then_some("--quick"));
    if let Some(folder) = &args.keep {
        command.arg("--keep").arg(std::path::absolute(folder)?);
    }
    let mut group = Group::spawn(&mut command, End::Term)?;
    let mut figures = Vec::new();
    for line in BufReader::new(group.output().context("it has no output")?).lines() {
        let line = line?;
        println!("{line}");
        if let Some(figure) = line.strip_prefix("figure ") {
            figures.push(figure.parse().with_context(|| format!("`{line}` is not of the form of a figure"))?);
        }
    }
    let status = group.wait()?;
    // Whoever missed a limit says so by failing; the table tells which.
    if !status.success() && figures.iter().all(Figure::holds) {
        bail!("it failed ({status})");
    }
    Ok(figures)
}

/// The servers that these benchmarks need, but for those that the environment already names.
fn kinds(names: &[String]) -> Vec<Kind> {
    let needs = |kind| match kind {
        Kind::MariaDb => names.iter().any(|name| {
            [
                "api_batch",
                "api_reads",
                "deliver",
                "exports",
                "foreign_latency",
                "growth",
                "kills",
                "lists",
                "trigger_cost",
                "warm",
            ]
            .contains(&name.as_str())
        }),
        Kind::Postgres => {
            names.iter().any(|name| ["exports", "foreign_latency", "lists", "trigger_cost"].contains(&name.as_str()))
        }
        Kind::Redis => false,
    };
    let all = [(Kind::MariaDb, "ROLLCALL_TEST_MARIADB"), (Kind::Postgres, "ROLLCALL_TEST_POSTGRES")];
    let missing = all.into_iter().filter(|(kind, variable)| needs(*kind) && std::env::var_os(variable).is_none());
    missing.map(|(kind, _)| kind).collect()
}

/// One figure that a benchmark measured.
#[derive(Debug, PartialEq)]
struct Figure {
    name: String,
    value: f64,
    unit: String,
    limit: Option<Limit>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    fn holds(&self) -> bool {
        match self.limit {
            None => true,
            Some(Limit::AtMost(limit)) => self.value <= limit,
            Some(Limit::AtLeast(limit)) => self.value >= limit,
        }
    }
}

impl FromStr for Figure {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, rest) = text.split_once(": ").context("there is no `: ` after the name")?;
        let (measured, limit) = match (rest.split_once(", at most "), rest.split_once(", at least ")) {
            (Some((measured, limit)), _) => (measured, Some(Limit::AtMost(limit.trim().parse()?))),
            (_, Some((measured, limit))) => (measured, Some(Limit::AtLeast(limit.trim().parse()?))),
            (None, None) => (rest, None),
        };
        let (value, unit) = measured.split_once(' ').unwrap_or((measured, ""));
        Ok(Self { name: name.to_owned(), value: value.parse()?, unit: unit.to_owned(), limit })
    }
}

fn table(figures: &[Figure]) -> String {
    let width = figures.iter().map(|figure| figure.name.chars().count()).max().unwrap_or_default();
    let lines = figures.iter().map(|figure| {
        let limit = match figure.limit {
            None => String::new(),
            Some(Limit::AtMost(limit)) => format!("at most {limit}"),
            Some(Limit::AtLeast(limit)) => format!("at least {limit}"),
        };
        let verdict = match figure.limit {
            None => "",
            Some(_) if figure.holds() => "ok",
            Some(_) => "BEYOND",
        };
        let Figure { name, value, unit, .. } = figure;
        format!("{name:<width$}  {value:>12} {unit:<10}  {limit:<16}  {verdict}").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::write;

    fn figure(text: &str) -> Figure {
        text.parse().unwrap()
    }

    #[test]
    fn figures_are_read_with_their_limits() {
        let growth = figure("growth, sqlite: 1.07 times, at most 1.2");
        assert_eq!((growth.name.as_str(), growth.value, growth.unit.as_str()), ("growth, sqlite", 1.07, "times"));
        assert_eq!(growth.limit, Some(Limit::AtMost(1.2)));
        assert_eq!(figure("rows: 100000 rows/s, at least 16667").limit, Some(Limit::AtLeast(16667.0)));
        assert_eq!(figure("load: 3 s").limit, None);
        assert_eq!(figure("statements: 6").unit, "");
        for text in ["growth", "growth: fast", "growth: 1 s, at most fast"] {
            assert!(text.parse::<Figure>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_itself_still_holds() {
        assert!(figure("a: 1.2 s, at most 1.2").holds());
        assert!(!figure("a: 1.21 s, at most 1.2").holds());
        assert!(figure("a: 5 s, at least 5").holds());
        assert!(!figure("a: 4 s, at least 5").holds());
        assert!(figure("a: 4 s").holds());
    }

    #[test]
    fn the_table_says_what_is_beyond() {
        let table = table(&[figure("a: 2 ms, at most 1"), figure("long: 2 ms, at least 1"), figure("b: 7 s")]);
        let lines: Vec<_> = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(lines, ["a 2 ms at most 1 BEYOND", "long 2 ms at least 1 ok", "b 7 s"]);
    }

    #[test]
    fn only_what_needs_a_server_gets_one() {
        let kinds = |name: &str| kinds(&[name.to_owned()]);
        assert!(kinds("cold_cpu").is_empty());
        assert!(!kinds("growth").contains(&Kind::Postgres) && !kinds("trigger_cost").contains(&Kind::Redis));
    }

    #[test]
    fn benchmarks_are_files_that_measure_and_unknown_ones_are_named() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("crates/rollcall/benches/figures");
        for (file, text) in [("b.rs", MEASURES), ("a.rs", MEASURES), ("main.rs", ""), ("report.rs", "")] {
            write(&folder, file, text);
        }
        let all = all(root.path());
        assert_eq!(all, ["a", "b"]);
        assert_eq!(choose(&all, &[]).unwrap(), all);
        assert_eq!(choose(&all, &["b".to_owned()]).unwrap(), ["b"]);
        assert!(choose(&all, &["c".to_owned()]).unwrap_err().to_string().contains("a, b"));
        assert!(choose(&[], &[]).is_err());
    }
}
