//! `cargo xtask test`: every test, or a part of them with only what that part needs.

use std::{env, fs, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    api, build, build_unchecked, conformance, crates, dist, doc_comments,
    engines::{Browsers, Engine},
    fuzz, links,
    node::{self, Servers, tests_in},
    packages, rust_api, script,
    selection::{self, Selection},
    setup,
    shell::{cargo, npm_tool, program, root, run, run_quietly, say},
    size, test_sources, wasm,
};

/// How many seconds one test goes on killing a server. A plain `cargo test` is content with fewer.
const KILL_SECONDS: &str = "SYMBOLON_KILL_SECONDS";
/// The suite that runs the vault's own tests.
const VAULT_SUITE: &str = "vault";
/// Tells the tests which server was built from the packed crates.
const PACKED: &str = "SYMBOLON_PACKED";
/// Stands in the place of a bundler for the packed crates.
const CRATES: &str = "crates";
/// The file that builds applications with bundlers.
const BUNDLERS: &str = "tests/packages/bundlers.test.js";

pub(crate) fn run_selected(selection: &Selection) -> Result<()> {
    // Reads the ids of the tests, and refuses those in names.
    let tests = test_sources::read_all()?;
    match selection {
        Selection::All => all(),
        Selection::Rust { filter } => {
            filter.iter().try_for_each(|filter| selection::check_rust_filter(filter, &tests))?;
            rust(filter.as_deref())
        }
        Selection::Client { filter } => client(filter.as_deref()),
        Selection::Browser { suite, engine, grep } => browser(suite.as_deref(), *engine, grep.as_deref()),
        Selection::Packages { bundler } => packages(bundler.as_deref()),
        Selection::Help => {
            println!("{}", selection::USAGE);
            Ok(())
        }
    }
}

pub(crate) fn all() -> Result<()> {
    let (tools, browsers) = setup::everything()?;
    conformance::check()?;
    links::check()?;
    build(&tools)?;
    doc_comments::check()?;
    size::print()?;
    api::write(true)?;
    rust_api::write(true)?;
    say("running the tests of the crates");
    let mut tests = cargo_test(None);
    run("cargo test", tests.env(KILL_SECONDS, env::var_os(KILL_SECONDS).unwrap_or("60".into())))?;

    say("checking that the fuzz targets can be built");
    fuzz::check()?;

    say("running the tests of the npm package");
    check_scripts_of_tests()?;
    let mut client = program("node", &["--test"]);
    run("the tests of the npm package", client.args(tests_in("tests/client")?))?;

    let vault_tests = wasm::tests(&tools)?;
    let tarball = dist::pack()?;
    dist::check(&tarball)?;
    let installed = packages::install(&tarball)?;
    say("running the tests in the browsers");
    let mut node = node::node_with_browsers(&browsers, &Servers::build()?, None);
    node.args([
        "--test-reporter=./tests/browser/support.js",
        "--test-reporter-destination=target/browsers.md",
    ]);
    node::put_vault_tests(&mut node, &vault_tests);
    packages::put_into(&mut node, &tarball, &installed);
    node.env(PACKED, crates::build_server(&crates::pack()?)?);
    run("the browser tests", node.args(tests_in("tests/browser")?).args(tests_in("tests/packages")?))
}

fn rust(filter: Option<&str>) -> Result<()> {
    let tools = setup::for_building()?;
    setup::nginx()?;
    build_unchecked(&tools)?;
    run("cargo test", &mut cargo_test(filter))
}

fn cargo_test(filter: Option<&str>) -> Command {
    let mut test = cargo(&["test", "--workspace", "--exclude", "symbolon-bench"]);
    test.args(filter);
    test
}

fn client(filter: Option<&str>) -> Result<()> {
    setup::for_scripts()?;
    script::bundle_page()?;
    let files = tests_in("tests/client")?;
    let suite = filter.filter(|filter| files.iter().any(|file| selection::suite_name(file) == *filter));
    if filter.is_none() {
        script::check()?;
        check_scripts_of_tests()?;
    }
    let text = if suite.is_some() { None } else { filter };
    node::run_matching(&mut node::node(), text, &selection::suites(files, suite)?)
}

/// Checks the types of the tests' scripts, and format and lints of all scripts.
fn check_scripts_of_tests() -> Result<()> {
    for project in ["tests/client", "tests/browser"] {
        run_quietly(&format!("the types of {project}"), &mut npm_tool("tsc", &["--project", project]))?;
    }
    run_quietly("npm run lint", &mut program("npm", &["run", "--silent", "lint"]))
}

fn browser(suite: Option<&str>, engine: Option<Engine>, grep: Option<&str>) -> Result<()> {
    let files = selection::suites(tests_in("tests/browser")?, suite)?;
    let tools = setup::for_building()?;
    let browsers = Browsers::set_up(engine.as_ref().map_or(&Engine::ALL, std::slice::from_ref))?;
    build_unchecked(&tools)?;
    let mut node = node::node_with_browsers(&browsers, &Servers::build()?, engine);
    if suite.is_none_or(|suite| suite == VAULT_SUITE) {
        node::put_vault_tests(&mut node, &wasm::tests(&tools)?);
    }
    node::run_matching(&mut node, grep, &files)
}

fn packages(bundler: Option<&str>) -> Result<()> {
    let tools = setup::for_building()?;
    if bundler == Some(CRATES) {
        build_unchecked(&tools)?;
        return packed_crates();
    }
    let browsers = Browsers::set_up(&[Engine::Chromium, Engine::Firefox])?;
    build(&tools)?;
    let tarball = dist::pack()?;
    let installed = packages::install(&tarball)?;
    let mut node = node::node_with_browsers(&browsers, &Servers::build()?, None);
    packages::put_into(&mut node, &tarball, &installed);
    let files = if let Some(bundler) = bundler {
        node.env("SYMBOLON_BUNDLER", bundler);
        vec![root().join(BUNDLERS)]
    } else {
        node.env(PACKED, crates::build_server(&crates::pack()?)?);
        tests_in("tests/packages")?
    };
    node::run_matching(&mut node, None, &files)
}

/// Tests the packed crates, which needs neither a browser nor a bundler.
fn packed_crates() -> Result<()> {
    let mut node = node::node();
    Servers::build_of_tests()?.put_into(&mut node);
    node.env(PACKED, crates::build_server(&crates::pack()?)?);
    node::run_matching(&mut node, None, &[root().join("tests/packages/crates.test.js")])
}

/// Puts what the last run of the tests has shown into the documentation.
pub(crate) fn record_browsers() -> Result<()> {
    let page = root().join("docs/browsers.md");
    let table = fs::read_to_string(root().join("target/browsers.md")).context(
        "there is no target/browsers.md. Run `cargo xtask test`, which writes down what has passed",
    )?;
    let text = fs::read_to_string(&page)?;
    let (start, end) = (text.find("| tests of |"), text.rfind("|\n"));
    let (Some(start), Some(end)) = (start, end) else { bail!("docs/browsers.md has no table to replace") };
    fs::write(page, format!("{}{table}{}", &text[..start], &text[end + 2..]))?;
    say("wrote docs/browsers.md");
    Ok(())
}
