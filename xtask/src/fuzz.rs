//! Every fuzz target for a while: built with the marks by which libFuzzer sees what an input reaches, and started.
//!
//! It does what cargo-fuzz does, with the compiler that is there: the marks are a pass of LLVM that a stable compiler
//! has too. Without a sanitizer, for there is no `unsafe` to watch.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    build,
    setup::Tools,
    shell::{cargo, output_of, program, root, run, say},
};

/// How long each target runs unless told otherwise.
pub(crate) const SECONDS: u32 = 60;

/// Each with its longest input, in bytes: little more than what the server reads of it, for longer ones are slower.
const TARGETS: [(&str, u32); 6] = [
    ("decision", 4096),
    ("claims", 2048),
    ("proof", 1024),
    ("requests", 2048),
    ("keys", 512),
    ("wire", 2048),
];

/// What one input may take, in megabytes and seconds. All take far less.
const LIMITS: [&str; 2] = ["-rss_limit_mb=512", "-timeout=5"];

/// A counter at every edge, and a look at every comparison. Not `--cfg fuzzing`, which cargo-fuzz adds: what is tried
/// should be what is shipped.
const MARKS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

const MANIFEST: &str = "tests/fuzz/Cargo.toml";

pub(crate) fn all(tools: &Tools, seconds: u32) -> Result<()> {
    // One of them asks for the bootstrap, and for that the server must have its vault.
    build(tools)?;
    let programs = build_targets()?;
    for (target, max_len) in TARGETS {
        say(&format!("fuzzing {target} for {seconds} s"));
        fuzz(&programs.join(target), target, max_len, seconds)?;
    }
    Ok(())
}

/// Whether they still fit what they try, for nothing in the workspace builds them.
pub(crate) fn check() -> Result<()> {
    let mut check = cargo(&["check", "--quiet", "--all-targets", "--manifest-path", MANIFEST]);
    run("the fuzz targets", check.arg("--target-dir").arg(folder("fuzz")))
}

/// Format and lints, which cargo does not look after from the workspace.
pub(crate) fn check_source() -> Result<()> {
    run("the fuzz targets' format", &mut cargo(&["fmt", "--manifest-path", MANIFEST, "--check"]))?;
    let mut clippy = cargo(&["clippy", "--quiet", "--all-targets", "--manifest-path", MANIFEST]);
    run(
        "the fuzz targets' lints",
        clippy.arg("--target-dir").arg(folder("fuzz")).args(["--", "--deny", "warnings"]),
    )
}

/// The folder that has the targets' programs.
fn build_targets() -> Result<PathBuf> {
    say("building the fuzz targets");
    let host = output_of(&mut program("rustc", &["--print", "host-tuple"])).context("rustc names no host")?;
    let mut build = cargo(&["build", "--quiet", "--release", "--manifest-path", MANIFEST]);
    // Naming the target keeps the marks out of build scripts, which do not link with libFuzzer.
    build.args(["--bins", "--target", &host]).arg("--target-dir").arg(folder("fuzz"));
    run("the fuzz targets", build.env("RUSTFLAGS", MARKS).env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
    Ok(folder("fuzz").join(host).join("release"))
}

fn fuzz(binary: &PathBuf, target: &str, max_len: u32, seconds: u32) -> Result<()> {
    let (finds, crashes) = (folder("fuzz-corpus").join(target), folder("fuzz-crashes").join(target));
    fs::create_dir_all(&finds)?;
    fs::create_dir_all(&crashes)?;
    let mut fuzzer = Command::new(binary);
    fuzzer
        .current_dir(root())
        .args(LIMITS)
        .arg(format!("-max_len={max_len}"))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .arg("-print_final_stats=1")
        // libFuzzer writes into the first folder, and only reads the others.
        .arg(finds)
        .arg(root().join("tests/fuzz/corpus").join(target))
        .stdout(Stdio::null());
    let output = fuzzer.output().with_context(|| binary.display().to_string())?;
    let log = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        say(&format!("  {}", summary(&log)));
        return Ok(());
    }
    let input = written(&log).unwrap_or("an input that could not be written");
    bail!(
        "{target} found something:\n{}\n\nthe input: {input}\nagain:     {} {input}",
        story(&log),
        binary.display()
    )
}

/// How much was tried, and how far it reached.
fn summary(log: &str) -> String {
    let after = |mark: &str| {
        let rest = log.rsplit_once(mark).map_or("", |(_, rest)| rest);
        rest.split_whitespace().next().unwrap_or("?").to_owned()
    };
    format!(
        "{} inputs, {} a second, {} edges, {} MB",
        after("stat::number_of_executed_units:"),
        after("stat::average_exec_per_sec:"),
        after(" cov: "),
        after("stat::peak_rss_mb:")
    )
}

/// Returns the report of a failure, without the lines of progress before it.
fn story(log: &str) -> String {
    let is_progress = |line: &str| {
        (line.starts_with('#') && line.contains("exec/s")) || line.trim_start().starts_with("NEW_FUNC")
    };
    let lines = log.lines().filter(|line| !is_progress(line) && !line.starts_with("INFO:"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the path of the file to which libFuzzer wrote the failing input.
fn written(log: &str) -> Option<&str> {
    log.lines().find_map(|line| line.split_once("Test unit written to ").map(|(_, path)| path.trim()))
}

fn folder(name: &str) -> PathBuf {
    root().join("target").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "INFO: Seed: 1\n\
        #8 INITED cov: 12 ft: 20 corp: 3/9b exec/s: 0 rss: 40Mb\n\
        #900 NEW    cov: 34 ft: 50 corp: 4/9b exec/s: 9 rss: 41Mb\n\
        thread panicked\n\
        artifact_prefix='a/'; Test unit written to a/crash-1\n\
        stat::number_of_executed_units: 900\n\
        stat::average_exec_per_sec:     9\n\
        stat::peak_rss_mb:              41\n";

    #[test]
    fn a_log_tells_how_far_it_reached_and_what_went_wrong() {
        assert_eq!(summary(LOG), "900 inputs, 9 a second, 34 edges, 41 MB");
        assert_eq!(written(LOG), Some("a/crash-1"));
        assert!(story(LOG).starts_with("thread panicked"));
        assert_eq!(written(""), None);
    }
}
