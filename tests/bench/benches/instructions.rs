//! How many instructions a decision takes: the same on every run, so that a change shows however busy the machine is.
//!
//! It runs itself under Valgrind's callgrind, twice for each row with different numbers of repetitions, and takes the
//! difference. Valgrind knows no SHA instructions, so hashing counts for more here than it costs on a machine that has
//! them: compare these numbers with those of another day, and not with each other.

use std::{env, hint::black_box, process::Command};

use symbolon_bench::{Peers, Subject};
use tokio::runtime::Runtime;

const FEW: u32 = 200;
const MANY: u32 = 1200;
const ROWS: [&str; 4] = ["raw MAC", "jsonwebtoken, bare decode", "the whole decision", "a wrong MAC refused"];

fn main() {
    if let Ok(job) = env::var("SYMBOLON_REPEAT") {
        let (row, times) = job.split_once(' ').expect("a row and a number");
        repeat(row.parse().expect("a number"), times.parse().expect("a number"));
    } else if Command::new("valgrind").arg("--version").output().is_err() {
        println!("instructions: skipped, because there is no `valgrind`");
    } else {
        println!("instructions, with hashing in software:");
        for (row, name) in ROWS.iter().enumerate() {
            let instructions = (counted(row, MANY) - counted(row, FEW)) / u64::from(MANY - FEW);
            println!("  {name:<28} {instructions:>7}");
        }
    }
}

fn repeat(row: usize, times: u32) {
    let runtime = Runtime::new().expect("threads can be started");
    let subject = runtime.block_on(Subject::new());
    let peers = Peers::new(&subject);
    for _ in 0..times {
        match row {
            0 => drop(black_box(subject.raw_mac())),
            1 => drop(black_box(peers.jsonwebtoken())),
            2 => drop(black_box(subject.decide())),
            _ => drop(black_box(subject.refuse())),
        }
    }
}

fn counted(row: usize, times: u32) -> u64 {
    let this = env::current_exe().expect("it runs");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .env("SYMBOLON_REPEAT", format!("{row} {times}"))
        .output()
        .expect("valgrind starts");
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = report.lines().find_map(|line| line.split("Collected : ").nth(1));
    collected
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or_else(|| panic!("callgrind failed:\n{report}"))
}
