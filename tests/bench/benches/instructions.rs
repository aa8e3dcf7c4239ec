//! Counts instructions instead of time. The count is the same on a busy machine, so a change of a few percent shows.
//!
//! This program runs itself under valgrind, once for each piece of work. Valgrind knows no SHA instructions, so SHA-256
//! runs in software there: compare the figures with each other, and with those of another commit.

use std::{env, hint::black_box, process::Command};

use symbolon_bench::{Peers, Subject, measure::table};
use symbolon_server::store::Memory;
use symbolon_tests::Host;
use tokio::runtime::Builder;

const TIMES: u32 = 200;
/// The argument before the name of the work.
const COUNT: &str = "--count";
const WORK: [&str; 5] = [
    "raw HMAC-SHA256",
    "jsonwebtoken, bare decode",
    "the whole decision, of new halves",
    "the whole decision, of halves that came before",
    "a wrong MAC refused",
];

fn main() {
    let mut arguments = env::args().skip_while(|argument| argument != COUNT).skip(1);
    match arguments.next() {
        Some(name) => work(&name),
        None => report(),
    }
}

fn report() {
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("\ninstructions: skipped, because valgrind is not installed");
        return;
    }
    let counts = WORK.map(|name| (name, instructions(name)));
    let peer = counts[1].1;
    let mut rows = vec![["", "instructions", "of jsonwebtoken"].map(str::to_owned)];
    rows.extend(counts.map(|(name, count)| {
        [name.to_owned(), count.to_string(), format!("{:.2}", f64::from(count) / f64::from(peer))]
    }));
    table(&format!("instructions: each (mean of {TIMES}), SHA-256 in software"), &rows);
}

/// Returns the instructions of one piece of work.
fn instructions(name: &str) -> u32 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*only_this_counts*"])
        .arg(env::current_exe().expect("it runs"))
        .args([COUNT, name])
        .output()
        .expect("valgrind is there");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let count = said.lines().find_map(|line| line.split_once("Collected : ")).expect("it tells").1;
    let count: u32 = count.trim().parse().expect("a number");
    assert!(count > 0, "the function to be counted is not found by its name");
    count / TIMES
}

/// Runs one piece of work in the process under valgrind.
fn work(name: &str) {
    // The runtime rests during the work, so no background task is counted.
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let subject = runtime.block_on(async { Subject::at(Host::start_on(Memory::default()).await).await });
    let peers = Peers::new(&subject);
    match WORK.iter().position(|work| *work == name) {
        Some(0) => again_and_again(|| (), || subject.raw_mac()),
        Some(1) => again_and_again(|| (), || peers.jsonwebtoken()),
        Some(2) => again_and_again(|| subject.be_forgotten(), || subject.decide()),
        Some(3) => again_and_again(|| (), || subject.decide()),
        Some(4) => again_and_again(|| (), || subject.refuse()),
        _ => panic!("there is no such work: {name}"),
    }
}

fn again_and_again<T>(prepare: impl Fn(), work: impl Fn() -> T) {
    for _ in 0..TIMES {
        prepare();
        only_this_counts(&work);
    }
}

/// Runs the work. Valgrind finds this function by its name.
#[inline(never)]
fn only_this_counts<T>(work: impl Fn() -> T) {
    drop(black_box(work()));
}
