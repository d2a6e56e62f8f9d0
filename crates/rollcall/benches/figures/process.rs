//! What the system says of processes: CPU time and memory.

use std::time::Duration;

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};

/// The CPU time that this process has used, all threads together.
pub(crate) fn cpu_time() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(spent.tv_sec).unwrap_or(0), u32::try_from(spent.tv_nsec).unwrap_or(0))
}

/// The CPU time that another process has used, all threads together, in hundredths of a second.
pub(crate) fn cpu_time_of(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).context("this needs Linux")?;
    // The name, in brackets, may hold anything.
    let fields = stat.rsplit_once(')').context("no name")?.1.split_whitespace();
    let ticks = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// A line of `/proc/PROCESS/status` in MB (of 1000 kB): `VmRSS` is what is resident now, `VmHWM` the most that ever was.
pub(crate) fn megabytes(process: &str, line: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).context("this needs Linux")?;
    let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let kib = value.and_then(|text| text.trim().strip_suffix(" kB")).context("no such line")?;
    Ok(kib.parse::<f64>()? * 1_024.0 / 1e6)
}
