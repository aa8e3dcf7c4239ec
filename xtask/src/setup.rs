//! What a fresh machine lacks: found, installed where that can be done, and named with its remedy where it cannot.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Result, bail};

use crate::{
    debian::{apt_install, found_or_installed},
    engines::{Browsers, Engine},
    shell::{find, npm_tool, output_of, program, root, run_quietly, run_within, say},
};

/// The oldest Node.js that was tried.
const NODE_MAJOR: u32 = 20;

/// What a build needs to know of the machine.
pub(crate) struct Tools {
    /// A compiler for wasm32, when it is not the one that cargo uses anyway.
    pub(crate) wasm_rustc: Option<PathBuf>,
}

/// Sets up all that the tests need.
pub(crate) fn everything() -> Result<(Tools, Browsers)> {
    let (tools, browsers) = (for_building()?, Browsers::set_up(&Engine::ALL)?);
    nginx()?;
    Ok((tools, browsers))
}

/// Sets up what a build needs.
pub(crate) fn for_building() -> Result<Tools> {
    for_scripts()?;
    Ok(Tools { wasm_rustc: wasm_target()? })
}

/// Sets up what the scripts need: Node.js, and the packages of package-lock.json.
pub(crate) fn for_scripts() -> Result<()> {
    node()?;
    npm_packages()
}

fn node() -> Result<()> {
    let version = output_of(&mut program("node", &["--version"])).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match (major, find("npm")) {
        (Some(major), Some(_)) if major >= NODE_MAJOR => Ok(()),
        (Some(_), Some(_)) => {
            bail!("Node.js is {version}, and {NODE_MAJOR} or newer is needed. Get it from https://nodejs.org")
        }
        _ => bail!(
            "Node.js or npm is missing. Install Node.js {NODE_MAJOR} or newer, from https://nodejs.org or your package manager"
        ),
    }
}

fn npm_packages() -> Result<()> {
    // npm writes this file last, so it stands for a whole installation of this very lock file.
    let stamp = root().join("node_modules/.symbolon-lock");
    let lock = fs::read(root().join("package-lock.json"))?;
    if fs::read(&stamp).is_ok_and(|installed| installed == lock)
        && npm_tool("esbuild", &["--version"]).output().is_ok()
    {
        return Ok(());
    }
    say("installing the npm packages of package-lock.json");
    run_quietly("npm ci", &mut program("npm", &["ci", "--no-audit", "--no-fund"]))?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// Finds or gets a compiler for wasm32: rustup's, or one made of Debian's packages.
fn wasm_target() -> Result<Option<PathBuf>> {
    let overlay = root().join("target/wasm-toolchain");
    if rustup_has_wasm() {
        return Ok(None);
    }
    if overlay.join("complete").exists() {
        return Ok(Some(overlay.join("bin/rustc")));
    }
    if find("rustup").is_some() {
        say("adding the target wasm32-unknown-unknown with rustup");
        let mut add = program("rustup", &["target", "add", "wasm32-unknown-unknown"]);
        if run_within(Duration::from_mins(2), "rustup target add", &mut add).is_ok() && rustup_has_wasm() {
            return Ok(None);
        }
    }
    if find("apt-get").is_none() {
        bail!("the target wasm32-unknown-unknown is missing: run `rustup target add wasm32-unknown-unknown`");
    }
    say("rustup cannot add wasm32-unknown-unknown: building it once from Debian's packages");
    apt_install(&["rustc-web", "rust-web-src", "cargo-web", "lld-22"])?;
    let script = root().join("xtask/src/wasm-toolchain.sh");
    run_quietly("the wasm toolchain", program("bash", &[]).arg(script).arg(&overlay))?;
    Ok(Some(overlay.join("bin/rustc")))
}

fn rustup_has_wasm() -> bool {
    let sysroot = output_of(&mut program("rustc", &["--print", "sysroot"])).unwrap_or_default();
    let libraries = PathBuf::from(sysroot).join("lib/rustlib/wasm32-unknown-unknown/lib");
    fs::read_dir(libraries).is_ok_and(|mut entries| entries.next().is_some())
}

/// Finds or installs the proxy that the tests put in front of a server.
pub(crate) fn nginx() -> Result<()> {
    let nginx = "nginx (the tests start their own, so its service may be stopped)";
    found_or_installed(nginx, &["nginx"], || find("nginx")).map(drop)
}
