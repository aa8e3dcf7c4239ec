//! Every test: of the crates, of the whole system, and in the browsers.

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{
    api, build, dist, fuzz, packages, setup,
    shell::{cargo, npm_tool, program, root, run, run_quietly, say},
    size, wasm,
};

/// How long one test goes on killing a server; a plain `cargo test` is content with less.
const KILL_SECONDS: &str = "SYMBOLON_KILL_SECONDS";

pub(crate) fn all() -> Result<()> {
    let (tools, browsers) = setup::everything()?;
    build(&tools)?;
    size::print()?;
    api::write(true)?;
    say("running the tests of the crates");
    let mut tests = cargo(&["test", "--workspace", "--exclude", "symbolon-bench"]);
    run("cargo test", tests.env(KILL_SECONDS, env::var_os(KILL_SECONDS).unwrap_or("60".into())))?;

    say("checking that the fuzz targets can be built");
    fuzz::check()?;

    say("running the tests of the npm package");
    run_quietly("the types of the npm package", &mut npm_tool("tsc", &["--project", "tests/client"]))?;
    let mut client = program("node", &["--test"]);
    run("the tests of the npm package", client.args(tests_in("tests/client")?))?;

    let vault_tests = wasm::tests(&tools)?;
    let tarball = dist::pack()?;
    dist::check(&tarball)?;
    let installed = packages::install(&tarball)?;
    say("running the tests in the browsers");
    run("the demo server", &mut cargo(&["build", "--quiet", "--package", "symbolon-www"]))?;
    let mut programs = cargo(&["build", "--quiet", "--package", "symbolon-tests", "--bins"]);
    run("the server of pages, and what makes certificates", &mut programs)?;
    let mut node = program("node", &["--test", "--test-concurrency=1"]);
    node.args(["--test-reporter=spec", "--test-reporter-destination=stdout"]);
    node.args([
        "--test-reporter=./tests/browser/support.js",
        "--test-reporter-destination=target/browsers.md",
    ]);
    node.current_dir(root());
    let built =
        |name: &str| root().join("target/debug").join(name).with_extension(env::consts::EXE_EXTENSION);
    node.args(tests_in("tests/browser")?).args(tests_in("tests/packages")?);
    node.env("CHROMIUM", browsers.chromium).env("FIREFOX", browsers.firefox);
    if let Some(webkit) = browsers.webkit {
        node.env("WEBKIT_DRIVER", webkit.driver).env("XVFB", webkit.xvfb);
    }
    node.env("SYMBOLON_WWW", built("symbolon-www")).env("SYMBOLON_NODE", built("node"));
    node.env("SYMBOLON_VAULT_TESTS", vault_tests);
    node.env("SYMBOLON_CERTIFICATE", built("certificate"));
    node.env("SYMBOLON_TARBALL", tarball).env("SYMBOLON_PACKAGES", installed);
    run("the browser tests", &mut node)
}

fn tests_in(folder: &str) -> Result<Vec<PathBuf>> {
    let mut tests: Vec<_> =
        fs::read_dir(root().join(folder))?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    tests.retain(|path| path.to_string_lossy().ends_with(".test.js"));
    tests.sort();
    Ok(tests)
}

/// Puts what the last run of the tests has shown into the documentation.
pub(crate) fn record_browsers() -> Result<()> {
    let page = root().join("docs/browsers.md");
    let table = fs::read_to_string(root().join("target/browsers.md"))
        .context("run `cargo xtask test` first: it writes down what has passed")?;
    let text = fs::read_to_string(&page)?;
    let (start, end) = (text.find("| tests of |"), text.rfind("|\n"));
    let (Some(start), Some(end)) = (start, end) else { bail!("docs/browsers.md has no table to replace") };
    fs::write(page, format!("{}{table}{}", &text[..start], &text[end + 2..]))?;
    say("wrote docs/browsers.md");
    Ok(())
}
