//! `rollcall doctor tenants`.

use std::process::ExitCode;

use clap::Args;
use rollcall::accounts;
use rollcall::doctor::tenants::{self, Check, Report};

use super::super::context::{Context, named_company};
use super::super::failure::Failure;
use super::super::output::{self, counted, grouped};

#[derive(Args)]
#[command(after_help = "\
Looks for rows that point into another company or belong to none, recomputes every company's figures from its own rows,
draws every widget with every choice in both languages alone, among all others and again from what is kept, and compares.
Nothing is written. Exit code 1 where anything was found. `docs/isolation.md` says how to read the report.")]
pub(crate) struct Options {
    /// One company alone, by slug or id
    #[arg(long, value_name = "SLUG|ID")]
    company: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(context: &Context, options: &Options) -> Result<ExitCode, Failure> {
    let db = context.open_migrated().await?;
    let companies = match &options.company {
        Some(name) => vec![named_company(&db, name).await?],
        None => accounts::companies(&db).await?,
    };
    let by = (&context.clock, &context.chance);
    let report = tenants::examine(&db, &context.config, by, &companies, options.company.is_none()).await?;
    if options.json {
        output::json(&report)?;
    } else {
        show(&report)?;
    }
    Ok(if report.found() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(report: &Report) -> Result<(), Failure> {
    let companies = counted(report.companies.len(), "company", "companies");
    output::line(format_args!("Isolation of {companies}, {}", report.at.format("%Y-%m-%d %H:%M:%S UTC")))?;
    let named: Vec<_> = report.companies.iter().take(NAMED).map(|(id, slug)| format!("{slug} ({id})")).collect();
    let more = if report.companies.len() > NAMED { ", …" } else { "" };
    output::line(format_args!("{}{more}\n", named.join(", ")))?;
    report.checks.iter().try_for_each(show_check)?;
    let looked_at: u64 = report.checks.iter().map(|check| check.looked_at).sum();
    let asked = report.checks.iter().filter(|check| check.looked_at > 0).count();
    let asked = counted(asked, "question", "questions");
    output::line(format_args!("\n{asked} put to {} rows, figures and entries.", grouped(looked_at)))?;
    output::line(verdict(report.found()))
}

/// So many companies are named above the report.
const NAMED: usize = 20;

fn show_check(check: &Check) -> Result<(), Failure> {
    let level = match (check.found, check.looked_at, &check.remark) {
        (0, 0, Some(_)) => "–",
        (0, ..) => "ok",
        _ => "FOUND",
    };
    let count = match check.found {
        0 => grouped(check.looked_at),
        found => format!("{} of {}", grouped(found), grouped(check.looked_at)),
    };
    output::line(format_args!("{level:<6} {:<11} {} {count}", check.area, check.question))?;
    for what in check.examples.iter().chain(&check.remark) {
        output::line(format_args!("{:<18} → {what}", ""))?;
    }
    let told = u64::try_from(check.examples.len()).unwrap_or(u64::MAX);
    match check.found.saturating_sub(told) {
        0 => Ok(()),
        more => output::line(format_args!("{:<18} → and {} more", "", grouped(more))),
    }
}

fn verdict(found: u64) -> String {
    match found {
        0 => "Verdict: nothing was found that one company would see of another.".to_owned(),
        found => format!(
            "Verdict: {} found. What points into another company shows nowhere; correct the rows.",
            grouped(found)
        ),
    }
}
