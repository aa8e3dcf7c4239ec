//! Tests that Node.js runs: of the npm package, and in browsers.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::{
    engines::{Browsers, Engine},
    selection::pattern,
    shell::{cargo, program, root, run},
};

/// The file in which the last narrow run left its counts.
const COUNTS: &str = "target/tests.tap";

/// Lists the files of tests in a folder.
pub(crate) fn tests_in(folder: &str) -> Result<Vec<PathBuf>> {
    let mut tests: Vec<_> =
        fs::read_dir(root().join(folder))?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    tests.retain(|path| path.to_string_lossy().ends_with(".test.js"));
    tests.sort();
    Ok(tests)
}

/// Node.js, about to run tests one file after the other.
pub(crate) fn node() -> Command {
    let mut node = program("node", &["--test", "--test-concurrency=1"]);
    node.args(["--test-reporter=spec", "--test-reporter-destination=stdout"]);
    node
}

/// Runs only the tests with this text in their titles, and fails if there is none.
pub(crate) fn run_matching(node: &mut Command, text: Option<&str>, files: &[PathBuf]) -> Result<()> {
    fs::create_dir_all(root().join("target"))?;
    node.args(["--test-reporter=tap", &format!("--test-reporter-destination={COUNTS}")]);
    node.args(text.map(|text| format!("--test-name-pattern={}", pattern(text))));
    run("the tests", node.args(files))?;
    let counts = fs::read_to_string(root().join(COUNTS)).context(COUNTS)?;
    ensure!(
        has_run(&counts),
        "no test was run: none has {:?} in its title, or all that have it are skipped",
        text.unwrap_or_default()
    );
    Ok(())
}

/// Whether any test has passed or failed, of a log in TAP.
fn has_run(log: &str) -> bool {
    let count = |mark: &str| {
        let line = log.lines().rev().find_map(|line| line.strip_prefix(mark));
        line.is_some_and(|number| number.trim() != "0")
    };
    count("# pass ") || count("# fail ")
}

/// The servers that tests start beside the browsers, built.
pub(crate) struct Servers {
    folder: PathBuf,
}

impl Servers {
    /// Builds the demo's server, and the programs of the whole-system tests.
    pub(crate) fn build() -> Result<Self> {
        run("the demo server", &mut cargo(&["build", "--quiet", "--package", "symbolon-www"]))?;
        Self::build_of_tests()
    }

    /// Builds only the programs of the whole-system tests.
    pub(crate) fn build_of_tests() -> Result<Self> {
        let mut tests = cargo(&["build", "--quiet", "--package", "symbolon-tests", "--bins"]);
        run("the servers of the tests", &mut tests)?;
        Ok(Self { folder: root().join("target/debug") })
    }

    /// Puts their paths into the environment of the tests.
    pub(crate) fn put_into(&self, command: &mut Command) {
        for (variable, name) in [
            ("SYMBOLON_WWW", "symbolon-www"),
            ("SYMBOLON_NODE", "node"),
            ("SYMBOLON_CERTIFICATE", "certificate"),
            ("SYMBOLON_VISITOR", "visitor"),
        ] {
            command.env(variable, self.folder.join(name).with_extension(env::consts::EXE_EXTENSION));
        }
    }
}

/// Node.js, about to run tests in browsers; only in `engine`, if there is one.
pub(crate) fn node_with_browsers(browsers: &Browsers, servers: &Servers, engine: Option<Engine>) -> Command {
    let mut node = node();
    browsers.put_into(&mut node);
    servers.put_into(&mut node);
    node.envs(engine.map(|engine| ("SYMBOLON_ENGINE", engine.name())));
    node
}

/// Tells tests in browsers where the vault's own tests are.
pub(crate) fn put_vault_tests(node: &mut Command, folder: &Path) {
    node.env("SYMBOLON_VAULT_TESTS", folder);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_no_test_is_seen() {
        assert!(has_run("1..1\n# tests 2\n# pass 1\n# fail 0\n"));
        assert!(has_run("# pass 0\n# fail 2\n"));
        assert!(!has_run("# tests 5\n# pass 0\n# fail 0\n# skipped 5\n"));
        assert!(!has_run(""));
    }
}
