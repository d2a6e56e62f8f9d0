//! `rollcall import`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use rollcall::import::{self, Mapping, Report, Stopped};

use super::context::{Context, enter, named_company};
use super::failure::Failure;
use super::output::{self, Progress, grouped};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Import appointments from a CSV file, plain or packed by gzip
    #[command(after_help = "\
A mapping says which column becomes what: customers, branches, staff, services, appointments and reminders. Those in
examples/ explain themselves line by line. Bad rows go to the rejects file with line and reason, the good ones are kept;
importing the same file again adds nothing twice. An appointment that was imported and has been deleted since stays
deleted; --again brings it back.

Examples:
  rollcall import appointments visits.csv.gz --company salon-ada --mapping visits.toml --dry-run
  rollcall import appointments visits.csv.gz --company salon-ada --mapping visits.toml")]
    Appointments(Appointments),
}

#[derive(Args)]
pub(super) struct Appointments {
    /// The CSV file; its first line names the columns
    file: PathBuf,
    /// The company that the appointments belong to, by slug or id
    #[arg(long, value_name = "SLUG|ID")]
    company: String,
    /// What the columns mean, in TOML
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Find out what would be imported and rejected, and write nothing to the database
    #[arg(long)]
    dry_run: bool,
    /// Import again what was imported and has been deleted since
    #[arg(long)]
    again: bool,
    /// Where rejected rows go [default: the file's name with .rejects.csv, in the present folder]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    let Command::Appointments(options) = command;
    let file = File::open(&options.file).with_context(|| format!("cannot read {}", options.file.display()))?;
    let mapping = read_mapping(&options.mapping)?;
    let rejects = options.rejects.clone().unwrap_or_else(|| default_rejects(&options.file));
    let database = context.config.database.url.sqlite_path();
    let mut kept =
        [options.file.clone(), options.mapping.clone()].into_iter().chain(database.iter().flat_map(|it| files_of(it)));
    // A rejects file is replaced, and is gone where there is nothing to reject.
    if let Some(kept) = kept.find(|kept| is_same_file(&rejects, kept)) {
        let message = format!("the rejects would replace {}; choose another file by --rejects", kept.display());
        return Err(Failure::Usage(message));
    }
    let db = context.open_migrated().await?;
    let company = named_company(&db, &options.company).await?;
    let scope = enter(&db, company.id, "import").await?;
    let how = import::Options { dry_run: options.dry_run, again: options.again, rejects, ..import::Options::default() };
    let progress = Progress::bytes("importing", file.metadata()?.len());
    let reader = progress.of_reader(file);
    let mut tell = |report: &Report| progress.say(format_args!("importing: {} rows", grouped(report.rows)));
    let outcome = import::run(&db, &scope, &context.clock, &mapping, reader, &how, &mut tell).await;
    progress.finish();
    match outcome {
        Ok(report) => show(&options, &report).map(|()| ExitCode::SUCCESS),
        Err(Stopped { error, report }) => {
            if report.rows > 0 {
                // Where stdout is gone, the error is to be told all the same.
                let _gone = show(&options, &report);
            }
            Err(in_file(&options, error))
        }
    }
}

fn read_mapping(path: &Path) -> Result<Mapping, Failure> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the mapping {}", path.display()))?;
    Mapping::parse(&text).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// A mapping that does not fit is a mistake in the usage; all else is a failure.
fn in_file(options: &Appointments, error: import::Error) -> Failure {
    match error {
        import::Error::Mapping(error) => Failure::Usage(format!("{}: {error}", options.mapping.display())),
        other => Failure::Failed(anyhow::Error::new(other).context(options.file.display().to_string())),
    }
}

/// `visits.rejects.csv` for `/data/visits.csv.gz`.
fn default_rejects(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.strip_suffix(".gz").unwrap_or(&name);
    PathBuf::from(format!("{}.rejects.csv", stem.strip_suffix(".csv").unwrap_or(stem)))
}

/// The files of a SQLite database: its own, and those that SQLite keeps beside it, beyond any symbolic link.
fn files_of(database: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let main = resolved(database);
    ["", "-wal", "-shm", "-journal"].into_iter().map(move |end| {
        let mut file = main.clone().into_os_string();
        file.push(end);
        PathBuf::from(file)
    })
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    resolved(a) == resolved(b)
}

/// A path without links; of a file that is yet to come, its folder's. As it stands where there is not even a folder.
fn resolved(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = || Some(fs::canonicalize(folder).ok()?.join(path.file_name()?));
    fs::canonicalize(path).ok().or_else(beside).unwrap_or_else(|| path.to_owned())
}

fn show(options: &Appointments, report: &Report) -> Result<(), Failure> {
    let would = if options.dry_run { "would be " } else { "" };
    let line = |count: u64, what: &str| output::line(format_args!("{:>12}  {what}", grouped(count)));
    line(report.rows, "rows read")?;
    line(report.imported, &format!("appointments {would}imported"))?;
    let deleted = match report.deleted {
        0 => String::new(),
        deleted => format!(", {} of them deleted since (--again brings them back)", grouped(deleted)),
    };
    line(report.already_there, &format!("rows whose appointment had been imported before{deleted}"))?;
    line(report.rejected, &format!("rows {would}rejected"))?;
    let others = [
        (report.customers, "customers"),
        (report.branches, "branches"),
        (report.staff, "staff"),
        (report.services, "services"),
        (report.reminders, "reminders"),
    ];
    for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
        line(count, &format!("{what} {would}added"))?;
    }
    match &report.rejects {
        Some(path) => output::line(format_args!("The rejected rows, each with its reason: {}", path.display())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_go_beside_whoever_asks() {
        for (file, rejects) in [
            ("/data/visits.csv.gz", "visits.rejects.csv"),
            ("visits.csv", "visits.rejects.csv"),
            ("x", "x.rejects.csv"),
        ] {
            assert_eq!(default_rejects(Path::new(file)), Path::new(rejects), "{file}");
        }
    }
}
