//! What the system says of processes: CPU time and memory.

use std::time::Duration;

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};

/// The CPU time that this process has used, all threads together.
pub(crate) fn cpu_time() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(spent.tv_sec).unwrap_or(0), u32::try_from(spent.tv_nsec).unwrap_or(0))
}

/// A line of `/proc/PROCESS/status` in MB (of 1000 kB): `VmRSS` is what is resident now, `VmHWM` the most that ever was.
pub(crate) fn megabytes(process: &str, line: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).context("this needs Linux")?;
    let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let kib = value.and_then(|text| text.trim().strip_suffix(" kB")).context("no such line")?;
    Ok(kib.parse::<f64>()? * 1_024.0 / 1e6)
}

/// The CPU time that another process has used, all threads together, as the scheduler has it.
pub(crate) fn cpu_time_of(process: u32) -> Result<Duration> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task")).context("this needs Linux")? {
        let spent = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += spent.split_whitespace().next().context("no such figure")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
