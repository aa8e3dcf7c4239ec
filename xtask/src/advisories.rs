//! Whether anything is known against the libraries that are used.

use anyhow::{Result, bail};

use crate::shell::{cargo, find, run, say};

/// Needs the network, for the database of advisories, so it is not a part of the tests.
pub(crate) fn check() -> Result<()> {
    if find("cargo-deny").is_none() {
        bail!("cargo-deny is needed for this: run `cargo install --locked cargo-deny`");
    }
    say("looking up advisories, licences and sources of all dependencies");
    run("cargo deny", &mut cargo(&["deny", "check"]))
}
