//! The figures that the project set itself, measured: `cargo xtask bench`, explained in `docs/benchmarks.md`.
//!
//! One file a figure, one program for all of them, so that an optimised build links once. Each prints lines
//! `figure NAME: VALUE UNIT, at most LIMIT`; the program fails where a limit is missed.

#![expect(clippy::print_stdout, reason = "a command-line tool speaks to its terminal")]

mod api_batch;
mod api_reads;
mod browser;
mod cold_cpu;
mod deliver;
mod demo;
mod exports;
mod foreign;
mod foreign_latency;
mod growth;
mod hit_cpu;
mod hit_rate;
#[path = "../kills/mod.rs"]
mod kill_load;
mod kills;
mod lists;
mod live;
mod memory;
mod panel;
mod process;
mod rebuild;
mod report;
mod served;
mod settle;
#[path = "../../tests/it/support/smtp.rs"]
#[expect(unreachable_pub, dead_code, reason = "the tests' own mail server, of which not all is needed here")]
mod smtp;
mod start_up;
mod stock;
mod trigger_cost;
mod warm;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use report::Report;

/// Measures figures and compares them with their limits.
#[derive(Clone, Debug, Parser)]
struct Options {
    /// Which figures; all where none is named.
    names: Vec<Figure>,
    /// Small sizes: shows that the benchmark works, measures nothing for keeps.
    #[arg(long)]
    quick: bool,
    /// Keep the databases, those of servers too, and use those that an earlier run kept in this folder.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Do only a part of a figure, in a process of its own.
    #[arg(long, hide = true, num_args = 2, value_names = ["PART", "DATABASE"])]
    child: Vec<String>,
    /// What `cargo bench` says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Figure {
    ApiBatch,
    ApiReads,
    Browser,
    ColdCpu,
    Deliver,
    Demo,
    Exports,
    ForeignLatency,
    Growth,
    HitCpu,
    HitRate,
    Kills,
    Lists,
    Live,
    Memory,
    Rebuild,
    Settle,
    StartUp,
    TriggerCost,
    Warm,
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    if let [part, url] = options.child.as_slice() {
        runtime.block_on(child(part, url))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut report = Report::default();
    let all = Figure::value_variants();
    let names = if options.names.is_empty() { all } else { &options.names };
    for name in names {
        runtime.block_on(measure(*name, &options, &mut report))?;
    }
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measure(name: Figure, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    match name {
        Figure::ApiBatch => api_batch::measure(options, report).await,
        Figure::ApiReads => api_reads::measure(options, report).await,
        Figure::Browser => browser::measure(options, report).await,
        Figure::ColdCpu => cold_cpu::measure(options, report).await,
        Figure::Deliver => deliver::measure(options, report).await,
        Figure::Demo => demo::measure(options, report).await,
        Figure::Exports => exports::measure(options, report).await,
        Figure::ForeignLatency => foreign_latency::measure(options, report).await,
        Figure::Growth => growth::measure(options, report).await,
        Figure::HitCpu => hit_cpu::measure(options, report).await,
        Figure::HitRate => hit_rate::measure(options, report).await,
        Figure::Kills => kills::measure(options, report).await,
        Figure::Lists => lists::measure(options, report).await,
        Figure::Live => live::measure(options, report).await,
        Figure::Memory => memory::measure(options, report).await,
        Figure::Rebuild => rebuild::measure(options, report).await,
        Figure::Settle => settle::measure(options, report).await,
        Figure::StartUp => start_up::measure(options, report).await,
        Figure::TriggerCost => trigger_cost::measure(options, report).await,
        Figure::Warm => warm::measure(options, report).await,
    }
}

async fn child(part: &str, url: &str) -> anyhow::Result<()> {
    match part {
        "api" => api_reads::child(url).await,
        "deliver" => deliver::child(url).await,
        "rebuild" => rebuild::child(url).await,
        "serve" => memory::child(url).await,
        "bare" => hit_cpu::bare(url).await,
        _ => anyhow::bail!("there is no part `{part}`"),
    }
}
