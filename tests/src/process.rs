use std::fs;
use std::path::Path;

/// Resident memory of a process, in KiB.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn resident_kib(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Processor time that a process has used, in clock ticks: hundredths of a second on Linux.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn cpu_ticks(id: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("the process runs");
    // The name, in brackets, may contain anything.
    let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
    let fields: Vec<&str> = fields.split_whitespace().collect();
    [fields[11], fields[12]].map(|ticks| ticks.parse::<u64>().expect("a number")).iter().sum()
}

/// Processor time that a process has used, in nanoseconds, all its threads together.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn cpu_nanos(id: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{id}/task")).expect("the process runs");
    let used = threads.filter_map(|thread| {
        // A thread may end meanwhile.
        thread_nanos(&thread.ok()?.path())
    });
    used.sum()
}

/// Processor time that the calling thread has used, in nanoseconds.
///
/// # Panics
/// If the system does not count it.
#[must_use]
pub fn cpu_nanos_of_this_thread() -> u64 {
    thread_nanos(Path::new("/proc/thread-self")).expect("Linux counts it")
}

fn thread_nanos(thread: &Path) -> Option<u64> {
    let stat = fs::read_to_string(thread.join("schedstat")).ok()?;
    stat.split_whitespace().next()?.parse().ok()
}

/// Octets that a process has caused to be written to disk.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn written_octets(id: u32) -> u64 {
    let io = fs::read_to_string(format!("/proc/{id}/io")).expect("the process runs");
    let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    written.expect("Linux counts it").parse().expect("a number")
}
