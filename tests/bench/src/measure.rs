//! Figures of a process from Linux, and tables.

use std::{fs, time::Duration};

/// Returns whether the kernel provides the figures below; prints a note if not.
#[must_use]
pub fn can_measure(benchmark: &str) -> bool {
    let can = fs::exists("/proc/thread-self/schedstat").unwrap_or(false);
    if !can {
        println!("\n{benchmark}: skipped, because only Linux's /proc tells what it needs to know");
    }
    can
}

/// Returns the id of the calling thread.
#[must_use]
pub fn this_thread() -> String {
    let task = fs::read_link("/proc/thread-self").expect("this is Linux");
    task.file_name().expect("it ends with the task").to_string_lossy().into_owned()
}

/// Returns how long a thread has had a core, and how long it has waited for one.
#[must_use]
pub fn cpu_time(thread: &str) -> [Duration; 2] {
    cpu_time_of(&format!("self/task/{thread}"))
}

/// Returns how long the only thread of another process has had a core.
#[must_use]
pub fn cpu_time_of(process: &str) -> [Duration; 2] {
    let times = fs::read_to_string(format!("/proc/{process}/schedstat")).expect("the thread lives");
    let mut times = times.split(' ').map(|time| time.trim().parse().map(Duration::from_nanos));
    [(); 2].map(|()| times.next().and_then(Result::ok).expect("three numbers"))
}

/// Returns the resident memory of this process, in bytes.
#[must_use]
pub fn resident() -> i64 {
    resident_of("self")
}

/// Returns the resident memory of another process, in bytes.
#[must_use]
pub fn resident_of(process: &str) -> i64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is there");
    line.trim().trim_end_matches(" kB").parse::<i64>().expect("a number") * 1024
}

/// Returns the median.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    percentile(values, 50)
}

/// Returns a percentile.
#[must_use]
pub fn percentile(values: impl IntoIterator<Item = f64>, percent: usize) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() * percent / 100]
}

/// Prints a table with labels on the left and numbers on the right.
pub fn table<const N: usize>(title: &str, rows: &[[String; N]]) {
    println!("\n{title}");
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    for row in rows {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("  {cell:<0$}", width(0)),
            _ => format!("   {cell:>0$}", width(column)),
        });
        println!("{}", cells.collect::<String>());
    }
}
