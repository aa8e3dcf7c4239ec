//! What a fresh machine lacks: found, installed where that can be done, and named with its remedy where it cannot.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, bail};

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
    /// On Linux, which alone has it.
    pub(crate) webkit: Option<WebKit>,
}

/// A driver that knows its browser, and a screen for that browser, which cannot do without.
pub(crate) struct WebKit {
    pub(crate) driver: PathBuf,
    pub(crate) xvfb: PathBuf,
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
    let chromium = || ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find);
    let firefox = || ["firefox-esr", "firefox"].into_iter().find_map(find);
    let webkit = || Some(WebKit { driver: find("WebKitWebDriver")?, xvfb: find("Xvfb")? });
    Ok(Browsers {
        chromium: found_or_installed("Chromium", &["chromium"], chromium)?,
        firefox: found_or_installed("Firefox", &["firefox-esr"], firefox)?,
        webkit: if cfg!(target_os = "linux") {
            Some(found_or_installed("WebKitGTK's driver and Xvfb", &["webkit2gtk-driver", "xvfb"], webkit)?)
        } else {
            say("the tests will not be run in WebKit, because WebKitGTK exists on Linux only");
            None
        },
    })
}

/// The proxy that the tests put in front of a server.
fn nginx() -> Result<()> {
    let nginx = "nginx (of which the tests start their own, so its service may be stopped)";
    found_or_installed(nginx, &["nginx"], || find("nginx")).map(drop)
}

/// What the tests need, if need be from Debian's packages.
fn found_or_installed<T>(what: &str, packages: &[&str], find_it: impl Fn() -> Option<T>) -> Result<T> {
    if let Some(found) = find_it() {
        return Ok(found);
    }
    if find("apt-get").is_none() {
        bail!("missing, and needed by the tests: {what}: install it");
    }
    say(&format!("installing from Debian's packages: {what}"));
    apt_install(packages)?;
    find_it().with_context(|| {
        format!("installed, but neither on the PATH nor in /usr/sbin: {}", packages.join(", "))
    })
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
