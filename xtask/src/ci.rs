//! Every check that a change must pass.

use anyhow::Result;

use crate::{
    build, conformance, fuzz, setup,
    shell::{cargo, run, say},
    test, wasm,
};

pub(crate) fn check() -> Result<()> {
    let tools = setup::for_building()?;
    step("format", &["fmt", "--all", "--check"])?;
    build(&tools)?;
    conformance::check()?;
    step("lints", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"])?;
    say("format and lints of the fuzz targets");
    fuzz::check_source()?;
    run("the vault for wasm32", &mut wasm::cargo_for_wasm(&tools, &["check"]))?;
    step(
        "the server without features",
        &["check", "--quiet", "--package", "symbolon-server", "--no-default-features"],
    )?;
    say("documentation");
    let mut doc = cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
    run("documentation", doc.env("RUSTDOCFLAGS", "--deny warnings"))?;
    fuzz::all(&tools, fuzz::SECONDS)?;
    test::all()
}

fn step(what: &str, arguments: &[&str]) -> Result<()> {
    say(what);
    run(what, &mut cargo(arguments))
}
