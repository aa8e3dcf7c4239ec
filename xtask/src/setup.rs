//! What a fresh machine lacks: found, installed where that can be done, and named with its remedy where it cannot.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use anyhow::{Result, bail};

use crate::shell::{find, npm_tool, output_of, program, root, run_quietly, run_within, say};

/// The oldest Node.js that was tried.
const NODE_MAJOR: u32 = 20;

/// What a build needs to know of the machine.
pub(crate) struct Tools {
    /// A compiler for wasm32, when it is not the one that cargo uses anyway.
    pub(crate) wasm_rustc: Option<PathBuf>,
}

/// The browsers that tests and benchmarks drive.
pub(crate) struct Browsers {
    pub(crate) chromium: PathBuf,
    pub(crate) firefox: PathBuf,
}

pub(crate) fn everything() -> Result<(Tools, Browsers)> {
    let (tools, browsers) = (for_building()?, browsers()?);
    nginx()?;
    Ok((tools, browsers))
}

pub(crate) fn for_building() -> Result<Tools> {
    node()?;
    npm_packages()?;
    Ok(Tools { wasm_rustc: wasm_target()? })
}

fn node() -> Result<()> {
    let version = output_of(&mut program("node", &["--version"])).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match (major, find("npm")) {
        (Some(major), Some(_)) if major >= NODE_MAJOR => Ok(()),
        (Some(_), Some(_)) => {
            bail!("Node.js is {version}, and {NODE_MAJOR} or newer is needed: https://nodejs.org")
        }
        _ => bail!(
            "Node.js {NODE_MAJOR} or newer, with npm, is needed: https://nodejs.org, or your package manager"
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

pub(crate) fn browsers() -> Result<Browsers> {
    if chromium().is_none() || firefox().is_none() {
        if find("apt-get").is_none() {
            bail!(
                "tests and benchmarks drive Chromium and Firefox, and one of them is missing: install both"
            );
        }
        say("installing Chromium and Firefox from Debian's packages");
        apt_install(&["chromium", "firefox-esr"])?;
    }
    match (chromium(), firefox()) {
        (Some(chromium), Some(firefox)) => Ok(Browsers { chromium, firefox }),
        _ => bail!(
            "the packages chromium and firefox-esr were installed, but the browsers are not on the PATH"
        ),
    }
}

fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find)
}

fn firefox() -> Option<PathBuf> {
    ["firefox-esr", "firefox"].into_iter().find_map(find)
}

/// The proxy that the tests put in front of a server.
fn nginx() -> Result<()> {
    if find("nginx").is_some() {
        return Ok(());
    }
    if find("apt-get").is_none() {
        bail!("the tests put nginx in front of a server, and it is missing: install it");
    }
    say("installing nginx from Debian's packages; the tests start their own, so its service may be stopped");
    apt_install(&["nginx"])?;
    if find("nginx").is_none() {
        bail!("the package nginx was installed, but the program is neither on the PATH nor in /usr/sbin");
    }
    Ok(())
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    let as_root = |arguments: &[&str]| -> Command {
        let is_root = output_of(&mut program("id", &["-u"])).as_deref() == Some("0");
        let mut command = if is_root { program("apt-get", &[]) } else { program("sudo", &["-n", "apt-get"]) };
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let remedy = format!("run `apt-get install {names}` as root, then this again");
    run_quietly("apt-get update", &mut as_root(&["update"]))
        .map_err(|error| error.context(remedy.clone()))?;
    let mut install = as_root(&["install", "--yes", "--no-install-recommends"]);
    run_quietly("apt-get install", install.args(packages)).map_err(|error| error.context(remedy))
}
