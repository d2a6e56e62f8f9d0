//! Results on stdout, progress on stderr.

use std::fmt::Display;
use std::io::{IsTerminal, Read, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::failure::Failure;

/// A line of a result.
pub(super) fn line(text: impl Display) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}

/// A result for machines.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(serde_json::to_string_pretty(value)?)
}

/// A result in columns, as wide as they need to be.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let text = columns(head, rows);
    Ok(write!(std::io::stdout().lock(), "{text}")?)
}

fn columns(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let all = || std::iter::once(&head).chain(rows);
    let width = |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..head.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in all() {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// `1 company`, `2 companies`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `200000` as `200,000`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A remark beside the result. Where stderr is gone, nobody is left to be told.
pub(super) fn remark(text: impl Display) {
    let _gone = writeln!(std::io::stderr().lock(), "{text}");
}

/// Progress towards a known or unknown end: a bar on a terminal, else a line when it begins and one when it ends.
pub(super) struct Progress {
    bar: ProgressBar,
    what: String,
    plain: bool,
}

impl Progress {
    /// `what` is being done to `of` things; none where their number is not known.
    pub(super) fn start(what: &str, of: Option<u64>) -> Self {
        match of {
            Some(of) => Self::new(what, Some(of), "{msg} [{bar:32}] {human_pos} of {human_len}, {eta} to go"),
            None => Self::new(what, None, "{spinner} {msg} {human_pos}, {elapsed}"),
        }
    }

    /// `what` is being done to a file of that length; see [`Progress::of_reader`].
    pub(super) fn bytes(what: &str, length: u64) -> Self {
        Self::new(what, Some(length), "{msg} [{bar:32}] {bytes} of {total_bytes}, {eta} to go")
    }

    fn new(what: &str, of: Option<u64>, template: &str) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let target = if plain { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(of, target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what.to_owned());
        if plain {
            remark(format_args!("{what} …"));
        } else {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar, what: what.to_owned(), plain }
    }

    /// What is read from `reader` is done.
    pub(super) fn of_reader<R: Read>(&self, reader: R) -> impl Read + use<R> {
        self.bar.wrap_read(reader)
    }

    /// Says more of what is being done.
    pub(super) fn say(&self, what: impl Display) {
        self.bar.set_message(what.to_string());
    }

    /// `count` more are done.
    pub(super) fn advance(&self, count: u64) {
        self.bar.inc(count);
    }

    /// So many are done in all.
    pub(super) fn reach(&self, count: u64) {
        self.bar.set_position(count);
    }

    /// All are done.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
        let outcome = format!("{}: done in {:.1} s", self.what, self.bar.elapsed().as_secs_f64());
        if self.plain || self.bar.elapsed() > Duration::from_secs(1) {
            remark(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_have_no_tail() {
        let rows = [vec!["1".to_owned(), "Käthe".to_owned(), String::new()]];
        assert_eq!(columns(&["id", "name", "x"], &rows), "id  name   x\n1   Käthe\n");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(number), text);
        }
    }
}
