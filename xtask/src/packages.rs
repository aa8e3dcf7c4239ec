//! Applications of others, which have the npm package from its tarball: where the tests of the package work.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::shell::{program, root, run_quietly, say, write_if_changed};

/// The folder where these packages and the tarball are installed.
pub(crate) fn install(tarball: &Path) -> Result<PathBuf> {
    let (sources, folder) = (root().join("tests/packages"), root().join("target/packages"));
    let (lock, stamp) = (fs::read(sources.join("package-lock.json"))?, folder.join("installed"));
    if !fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        say("installing the bundlers and frameworks of tests/packages/package-lock.json");
        for file in ["package.json", "package-lock.json"] {
            write_if_changed(&folder.join(file), &fs::read(sources.join(file))?)?;
        }
        let mut ci = program("npm", &["ci", "--prefer-offline", "--no-audit", "--no-fund"]);
        run_quietly("npm ci", ci.current_dir(&folder))?;
        fs::write(stamp, lock)?;
    }
    say("installing the npm package from its tarball");
    // Of two tarballs of one version npm may take the second for the first.
    let old = folder.join("node_modules/symbolon");
    if old.exists() {
        fs::remove_dir_all(old)?;
    }
    let mut install =
        program("npm", &["install", "--no-save", "--prefer-offline", "--no-audit", "--no-fund"]);
    run_quietly("npm install", install.arg(tarball).current_dir(&folder))?;
    Ok(folder)
}

/// Tells the tests where the tarball is, and where it is installed.
pub(crate) fn put_into(command: &mut Command, tarball: &Path, installed: &Path) {
    command.env("SYMBOLON_TARBALL", tarball).env("SYMBOLON_PACKAGES", installed);
}
