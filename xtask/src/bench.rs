//! Every benchmark, one after the other, so that none disturbs another.

use anyhow::Result;

use crate::{
    build, setup,
    shell::{cargo, run, say},
};

/// Each prints a table, or says in a sentence why it was skipped.
const BENCHMARKS: [(&str, &[&str]); 5] = [
    ("decision", &["--output-format", "bencher"]),
    ("routes", &[]),
    ("scale", &[]),
    ("attacks", &[]),
    ("instructions", &[]),
];

pub(crate) fn all() -> Result<()> {
    // They sign in as a browser does, and for that the server must have its vault.
    build(&setup::for_building()?)?;
    say("building the benchmarks");
    run("cargo bench", &mut cargo(&["bench", "--quiet", "--package", "symbolon-bench", "--no-run"]))?;
    say("measuring: some minutes, and quieter figures if the machine does nothing else");
    for (name, arguments) in BENCHMARKS {
        let mut bench = cargo(&["bench", "--quiet", "--package", "symbolon-bench", "--bench", name, "--"]);
        run(name, bench.args(arguments))?;
    }
    Ok(())
}
