//! Every check that a change must pass.

use anyhow::Result;

use crate::{
    conformance, fuzz, setup,
    shell::{cargo, run, say},
    size, test,
};

pub(crate) fn check() -> Result<()> {
    let tools = setup::for_building()?;
    step("format", &["fmt", "--all", "--check"])?;
    size::print()?;
    conformance::write(true)?;
    step("lints", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"])?;
    say("format and lints of the fuzz targets");
    fuzz::check_source()?;
    let mut wasm =
        cargo(&["check", "--quiet", "--package", "symbolon-client", "--target", "wasm32-unknown-unknown"]);
    if let Some(rustc) = &tools.wasm_rustc {
        wasm.env("RUSTC", rustc);
    }
    run("the vault for wasm32", &mut wasm)?;
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
