//! Every benchmark, one after the other, so that none disturbs another; or one of them.

use anyhow::{Result, bail};

use crate::{
    build,
    engines::{Browsers, Engine},
    setup,
    shell::{cargo, run, say},
};

/// Each prints tables, or says in a sentence why it was skipped.
const BENCHMARKS: [(&str, &[&str]); 6] = [
    ("decision", &["--output-format", "bencher"]),
    ("routes", &[]),
    ("scale", &[]),
    ("attacks", &[]),
    ("instructions", &[]),
    (IN_BROWSERS, &[]),
];

const IN_BROWSERS: &str = "vault";

/// All, or the one with this name.
pub(crate) fn measure(only: Option<&str>) -> Result<()> {
    let names = BENCHMARKS.map(|(name, _)| name);
    if let Some(unknown) = only.filter(|only| !names.contains(only)) {
        bail!("there is no benchmark `{unknown}`; there are: {}", names.join(", "));
    }
    let is_wanted = |name| only.is_none_or(|only| only == name);
    // They sign in as a browser does, and for that the server must have its vault.
    build(&setup::for_building()?)?;
    let browsers = if is_wanted(IN_BROWSERS) {
        Some(Browsers::set_up(&[Engine::Chromium, Engine::Firefox])?)
    } else {
        None
    };
    let bench = || {
        let mut bench = cargo(&["bench", "--quiet", "--package", "symbolon-bench"]);
        if let Some(browsers) = &browsers {
            browsers.put_into(&mut bench);
        }
        bench
    };
    say("building the benchmarks");
    run("cargo bench", bench().args(only.iter().flat_map(|only| ["--bench", only])).arg("--no-run"))?;
    say("measuring: some minutes, and quieter figures if the machine does nothing else");
    for (name, arguments) in BENCHMARKS.into_iter().filter(|(name, _)| is_wanted(name)) {
        run(name, bench().args(["--bench", name, "--"]).args(arguments))?;
    }
    Ok(())
}
