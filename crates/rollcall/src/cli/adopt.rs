//! `rollcall adopt`.

use std::process::ExitCode;

use clap::Args;
use rollcall::adopt::{self, Difference, Doing, State, Survey};
use rollcall::doctor::Level;
use rollcall::events::{self, Event, Thing, Verb};

use super::context::Context;
use super::failure::Failure;
use super::output::{self, Progress, counted};

#[derive(Args)]
#[command(after_help = "\
Adds tables, triggers and missing indexes of Rollcall's own, while the application goes on writing, and alters nothing
else. Every difference between the application's schema and the contract is named with its remedy; with an error among
them nothing is changed, and the exit code is 1. Interrupted, it goes on when it is run again. `rollcall release` takes
everything away. docs/adopt.md names the privileges that it needs.

Examples:
  ROLLCALL_DATABASE=mysql://rollcall:PASSWORD@db/app rollcall adopt --dry-run
  ROLLCALL_DATABASE=mysql://rollcall:PASSWORD@db/app rollcall adopt")]
pub(super) struct Options {
    /// Look, say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Answer in JSON what was found before anything was done
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, options: &Options) -> Result<ExitCode, Failure> {
    let db = context.open().await?;
    let survey = adopt::survey(&db).await?;
    if options.json {
        output::json(&survey)?;
    } else {
        show(&survey)?;
    }
    if options.dry_run {
        return Ok(if survey.errors() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let work = adopt::work(&db, &survey).await?;
    let mut bars = Bars { summaries: None, appointments: work };
    adopt::adopt(&db, &context.clock, &survey, &mut |doing| bars.show(&doing)).await?;
    bars.finish();
    let event = Event::new(Thing::Database, Verb::Adopted, None);
    events::tell_command(&db, &context.clock, "adopt", None, &event).await?;
    if !options.json {
        output::line("Rollcall stands beside the application. `rollcall serve` shows the panel.")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is being done, on stderr.
struct Bars {
    summaries: Option<Progress>,
    appointments: u64,
}

impl Bars {
    fn show(&mut self, doing: &Doing<'_>) {
        match doing {
            Doing::Index(index) => output::remark(format_args!("index {} on {} …", index.name, index.table)),
            Doing::Step(name) => output::remark(format_args!("{name} …")),
            Doing::Summaries(company) => self.bar().say(format_args!("summaries of {}: appointments", company.slug)),
            Doing::Appointments(count) => self.bar().advance(*count),
        }
    }

    fn bar(&mut self) -> &Progress {
        let all = self.appointments;
        self.summaries.get_or_insert_with(|| Progress::start("building the summaries: appointments", Some(all)))
    }

    fn finish(self) {
        if let Some(summaries) = self.summaries {
            summaries.finish();
        }
    }
}

fn show(survey: &Survey) -> Result<(), Failure> {
    survey.differences.iter().try_for_each(show_difference)?;
    match survey.state {
        State::Own => output::line("Rollcall made this database by itself.")?,
        State::Empty => output::line("None of the contract's tables is there.")?,
        State::Adopted => output::line("Rollcall stands beside this application already: there is nothing to add.")?,
        State::Begun => output::line("An adoption was begun, and is to be finished.")?,
        State::Foreign => {}
    }
    for served in survey.served.iter().filter(|served| served.name != served.by) {
        output::line(format_args!("kept     {} on {} serves as {}", served.by, served.table, served.name))?;
    }
    if matches!(survey.state, State::Foreign | State::Begun) {
        for index in &survey.indexes {
            output::line(format_args!("to add   index {} on {} ({})", index.name, index.table, index.columns))?;
        }
        survey.triggers.iter().try_for_each(|table| output::line(format_args!("to add   triggers on {table}")))?;
        survey.tables.iter().try_for_each(|table| output::line(format_args!("to add   table {table}")))?;
    }
    let warnings = survey.differences.len() - survey.errors();
    let errors = counted(survey.errors(), "difference stands in the way", "differences stand in the way");
    output::line(format_args!("{errors}, {}.", counted(warnings, "warning", "warnings")))
}

fn show_difference(difference: &Difference) -> Result<(), Failure> {
    let level = if difference.level == Level::Error { "error" } else { "warning" };
    let of: Vec<_> = [Some(&difference.table), difference.column.as_ref()].into_iter().flatten().cloned().collect();
    let place = if difference.table.is_empty() { "the server".to_owned() } else { of.join(".") };
    output::line(format_args!("{level:<8} {place}: {}", difference.what))?;
    difference.remedy.iter().try_for_each(|sql| output::line(format_args!("{:<9}→ {sql};", "")))?;
    match &difference.hint {
        Some(hint) => output::line(format_args!("{:<9}→ {hint}", "")),
        None => Ok(()),
    }
}
