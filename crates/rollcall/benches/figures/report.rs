//! What was measured, in the form that `cargo xtask bench` reads.

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    missed: usize,
}

impl Report {
    /// A figure that must not be beyond `limit`.
    pub(crate) fn at_most(&mut self, name: &str, value: f64, unit: &str, limit: f64) {
        println!("figure {name}: {} {unit}, at most {limit}", rounded(value));
        self.missed += usize::from(rounded(value) > limit);
    }

    /// A figure that must reach `limit`.
    pub(crate) fn at_least(&mut self, name: &str, value: f64, unit: &str, limit: f64) {
        println!("figure {name}: {} {unit}, at least {limit}", rounded(value));
        self.missed += usize::from(rounded(value) < limit);
    }

    /// A figure without a limit.
    pub(crate) fn note(&self, name: &str, value: f64, unit: &str) {
        println!("figure {name}: {} {unit}", rounded(value));
    }

    /// Whether no limit was missed.
    pub(crate) fn holds(&self) -> bool {
        self.missed == 0
    }
}

/// Three digits after the point.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// The middle of `values`; 0 where there are none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[odd / 2],
        even => f64::midpoint(values[even / 2 - 1], values[even / 2]),
    }
}
