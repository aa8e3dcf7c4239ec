//! The one way to do everything: `cargo xtask`.

mod advisories;
mod api;
mod bench;
mod ci;
mod conformance;
mod crates;
mod debian;
mod demo;
mod dist;
mod doc_comments;
mod engines;
mod fuzz;
mod links;
mod mentions;
mod node;
mod package;
mod packages;
mod rust_api;
mod script;
mod selection;
mod setup;
mod shell;
mod size;
mod slim;
mod test;
mod test_sources;
mod wasm;

use std::{env, process::ExitCode};

use anyhow::{Context, Result, bail};
use selection::Selection;

const USAGE: &str = "\
cargo xtask <command>

  demo [--https]   set up what is missing, build everything, and serve the demo and its attack lab; with --https over TLS
  test             set up what is missing, build everything, and run every test
  test <kind>      run a part of the tests: rust, client, browser or packages; `cargo xtask test help` lists the options
  setup            only set up: wasm target, npm packages, browsers, nginx
  build            only build: module, scripts, and what the server takes in
  dist [--check]   build everything, and pack the npm package and the crates; with --check also fail unless another
                   folder with equal sources makes an npm package with equal bytes
  bench [name]     measure what a decision, a route and the vault cost, beside floors and peers, what grows, and what
                   attacks do; or one of decision, routes, scale, attacks, instructions, vault
  fuzz [seconds]   try every reader with inputs that learn from what they reach, for 60 seconds each by default
  size             print what the client weighs
  conformance [--check]   write docs/conformance.md from the ids that the tests cover, or fail unless it is up to date
  api [--check]    write docs/api.md (types of the npm package) and docs/api-rust.md (items of the crates), or fail unless
                   they are up to date
  browsers         put what the last `test` has shown of each browser into docs/browsers.md
  advisories       look up the dependencies in the database of advisories; needs cargo-deny and the network
  ci               run every check: format, lints, features, docs, sizes, fuzzing, tests";

fn main() -> ExitCode {
    match run(env::args().nth(1).as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Option<&str>) -> Result<()> {
    let says_check = || env::args().any(|argument| argument == "--check");
    match command {
        Some("demo") => demo::serve(),
        Some("test") => {
            Selection::parse(env::args().skip(2)).and_then(|selection| test::run_selected(&selection))
        }
        Some("setup") => setup::everything().map(drop),
        Some("build") => setup::for_building().and_then(|tools| build(&tools)),
        Some("dist") => {
            let tarball = dist::build_and_pack()?;
            for package in crates::pack()? {
                shell::say(&format!("packed {}", package.display()));
            }
            if says_check() { dist::check(&tarball) } else { Ok(()) }
        }
        Some("bench") => bench::measure(env::args().nth(2).as_deref()),
        Some("fuzz") => {
            let seconds = env::args().nth(2).map_or(Ok(fuzz::SECONDS), |seconds| seconds.parse());
            fuzz::all(&setup::for_building()?, seconds.context("how many seconds?")?)
        }
        Some("size") => {
            build(&setup::for_building()?)?;
            size::print()
        }
        Some("api") => {
            build(&setup::for_building()?)?;
            api::write(says_check())?;
            rust_api::write(says_check())
        }
        Some("browsers") => test::record_browsers(),
        Some("conformance") if says_check() => conformance::check(),
        Some("conformance") => conformance::write(false),
        Some("advisories") => advisories::check(),
        Some("ci") => ci::check(),
        None | Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        Some(unknown) => bail!("there is no command `{unknown}`\n\n{USAGE}"),
    }
}

/// Checks and builds everything. The worker's script takes in the JavaScript that is made for the module, which comes first.
pub(crate) fn build(tools: &setup::Tools) -> Result<()> {
    wasm::build(tools)?;
    script::build()
}

/// Builds what the server takes in, without the checks of types, which take seconds.
pub(crate) fn build_unchecked(tools: &setup::Tools) -> Result<()> {
    wasm::build(tools)?;
    script::bundle_all()
}
