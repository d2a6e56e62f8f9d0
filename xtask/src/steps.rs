//! A list of steps that are run in order, each with a line about how it went, and the summary at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// What was run so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration, Option<String>)>,
}

impl Steps {
    /// Runs `step` and says how it went; a failure is kept for the summary. The answer is the step's, where it went
    /// well.
    pub(crate) fn run<T>(&mut self, name: &str, step: impl FnOnce() -> Result<T>) -> Option<T> {
        println!("\n=== {name}");
        let start = Instant::now();
        let outcome = step();
        let took = start.elapsed();
        let error = outcome.as_ref().err().map(|error| format!("{error:#}"));
        println!("{}", line(name, took, error.as_deref()));
        self.done.push((name.to_owned(), took, error));
        outcome.ok()
    }

    /// Notes a step that cannot be run because one before it failed.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        self.done.push((name.to_owned(), Duration::ZERO, Some(format!("not run: {why}"))));
    }

    /// Prints how each step went.
    ///
    /// # Errors
    /// Where one failed, or none was run.
    pub(crate) fn summary(self) -> Result<()> {
        println!("\n=== summary");
        for (name, took, error) in &self.done {
            println!("{}", line(name, *took, error.as_deref()));
        }
        let failed = self.done.iter().filter(|(_, _, error)| error.is_some()).count();
        println!("steps: {} passed, {failed} failed", self.done.len() - failed);
        if failed > 0 || self.done.is_empty() {
            bail!("{failed} of {} steps failed", self.done.len());
        }
        Ok(())
    }
}

fn line(name: &str, took: Duration, error: Option<&str>) -> String {
    let sign = if error.is_some() { "FAILED" } else { "ok" };
    let line = format!("{sign:<6} {name:<40} {:>7.1} s", took.as_secs_f64());
    error.map_or_else(|| line.clone(), |error| format!("{line}  {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_fails_the_whole_but_not_what_comes_after_it() {
        let mut steps = Steps::default();
        assert_eq!(steps.run("first", || Ok(1)), Some(1));
        assert_eq!(steps.run("second", || -> Result<()> { bail!("no") }), None);
        assert_eq!(steps.run("third", || Ok(3)), Some(3));
        assert_eq!(steps.summary().unwrap_err().to_string(), "1 of 3 steps failed");
    }

    #[test]
    fn a_step_that_could_not_be_run_has_failed() {
        let mut steps = Steps::default();
        steps.skip("browser", "there is no binary");
        assert!(steps.summary().is_err());
    }

    #[test]
    fn nothing_run_is_no_success() {
        assert!(Steps::default().summary().is_err());
    }
}
