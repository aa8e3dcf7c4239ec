//! Debian's packages: the one package manager that the set-up can use by itself.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{find, output_of, program, run_quietly, say};

/// Returns what the tests need, after installing it from Debian's packages if it is missing.
pub(crate) fn found_or_installed<T>(
    what: &str,
    packages: &[&str],
    find_it: impl Fn() -> Option<T>,
) -> Result<T> {
    if let Some(found) = find_it() {
        return Ok(found);
    }
    if find("apt-get").is_none() {
        bail!("the tests need {what}, which is missing. Install it, then run this again");
    }
    say(&format!("installing from Debian's packages: {what}"));
    apt_install(packages)?;
    find_it().with_context(|| {
        format!("installed, but neither on the PATH nor in /usr/sbin: {}", packages.join(", "))
    })
}

/// Installs packages as root, or with sudo.
///
/// # Errors
/// Names the command to run by hand if that fails.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
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
