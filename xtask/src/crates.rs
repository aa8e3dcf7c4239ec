//! The crates as they would be published: packed, unpacked in another folder, and used from there.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::shell::{cargo, output_of, program, root, run_quietly, say, write_if_changed};

/// Each crate that is published, with what its package must contain beside its sources.
const CRATES: [(&str, &[&str]); 3] = [
    ("symbolon-shared", &[]),
    ("symbolon-client", &[]),
    (
        "symbolon-server",
        &["assets/vault.js", "assets/vault-inline.js", "assets/vault.wasm", "examples/minimal.rs"],
    ),
];
const ALWAYS: [&str; 4] = ["src/lib.rs", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// The example that becomes the small server.
const EXAMPLE: &str = "symbolon-server/examples/minimal.rs";

/// Packs the crates as a release does. Fails if the client is not built, or if a package lacks a file.
pub(crate) fn pack() -> Result<Vec<PathBuf>> {
    require_vault(&root().join("server/assets"))?;
    say("packing the crates");
    let folder = root().join("target/packed");
    let mut package = cargo(&["package", "--quiet", "--offline", "--no-verify", "--allow-dirty"]);
    package.args(CRATES.iter().flat_map(|(name, _)| ["--package", name]));
    run_quietly("cargo package", package.arg("--target-dir").arg(&folder))?;
    CRATES
        .iter()
        .map(|(name, files)| {
            let package = folder.join(format!("package/{}.crate", with_version(name)));
            let list = output_of(program("tar", &["-tzf"]).arg(&package));
            let list = list.with_context(|| format!("tar cannot read {}", package.display()))?;
            require_files(name, &list, files)?;
            Ok(package)
        })
        .collect()
}

/// Fails if a file of the built vault is missing, without which the server crate is of no use.
fn require_vault(assets: &Path) -> Result<()> {
    for file in ["vault.js", "vault-inline.js", "vault.wasm"] {
        ensure!(
            assets.join(file).exists(),
            "the server crate cannot be packed: its built vault lacks {file}. Run `cargo xtask build` first"
        );
    }
    Ok(())
}

fn require_files(name: &str, list: &str, files: &[&str]) -> Result<()> {
    for file in files.iter().chain(&ALWAYS) {
        let path = format!("{}/{file}", with_version(name));
        ensure!(
            list.lines().any(|line| line == path),
            "the package of {name} lacks {file}. Add it to `include` in the crate's Cargo.toml"
        );
    }
    Ok(())
}

fn with_version(name: &str) -> String {
    format!("{name}-{}", env!("CARGO_PKG_VERSION"))
}

/// Builds a small server that has the packed crates and nothing else of the workspace, and returns its program.
pub(crate) fn build_server(packages: &[PathBuf]) -> Result<PathBuf> {
    say("building a small server from the packed crates");
    let (folder, crates) = (root().join("target/packed/server"), root().join("target/packed/crates"));
    for ((name, _), package) in CRATES.iter().zip(packages) {
        unpack(package, &with_version(name), &crates.join(name))?;
    }
    let manifest = root().join("tests/packages/server/Cargo.toml");
    write_if_changed(&folder.join("Cargo.toml"), &fs::read(manifest)?)?;
    write_if_changed(&folder.join("src/main.rs"), &fs::read(crates.join(EXAMPLE))?)?;
    // The versions of the workspace, which are downloaded already.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let mut build = cargo(&["build", "--quiet", "--offline", "--manifest-path"]);
    build.arg(folder.join("Cargo.toml")).arg("--target-dir").arg(root().join("target"));
    run_quietly("the server from the packed crates", &mut build)?;
    Ok(root().join("target/debug/symbolon-packed").with_extension(env::consts::EXE_EXTENSION))
}

/// Unpacks a package. A file that is there already keeps its date, so that nothing is compiled again for it.
fn unpack(package: &Path, inner: &str, folder: &Path) -> Result<()> {
    let fresh = root().join("target/packed/fresh");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh)?;
    let mut tar = program("tar", &["-xzf"]);
    run_quietly("tar", tar.arg(package).arg("-C").arg(&fresh))?;
    mirror(&fresh.join(inner), folder)
}

/// Makes a folder equal to another.
fn mirror(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(to)? {
        let old = entry?;
        if !from.join(old.file_name()).exists() {
            if old.path().is_dir() { fs::remove_dir_all(old.path())? } else { fs::remove_file(old.path())? }
        }
    }
    for entry in fs::read_dir(from)? {
        let (source, target) = (entry?.path(), to);
        let target = target.join(source.file_name().context("an entry of a folder has a name")?);
        if source.is_dir() {
            mirror(&source, &target)?;
        } else {
            write_if_changed(&target, &fs::read(&source)?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_its_vault_is_not_packed() {
        let folder = root().join("target/test-of-packing");
        fs::create_dir_all(&folder).unwrap();
        for file in ["vault.js", "vault-inline.js", "vault.wasm"] {
            let error = require_vault(&folder).unwrap_err().to_string();
            assert!(error.contains(file) && error.contains("cargo xtask build"), "{error}");
            fs::write(folder.join(file), "").unwrap();
        }
        assert!(require_vault(&folder).is_ok());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_package_that_lacks_a_file_is_refused() {
        let list = |files: &[&str]| {
            let lines = files.iter().map(|file| format!("{}/{file}", with_version("symbolon-server")));
            lines.collect::<Vec<_>>().join("\n")
        };
        let all = list(&[&ALWAYS[..], &["assets/vault.js"]].concat());
        assert!(require_files("symbolon-server", &all, &["assets/vault.js"]).is_ok());
        let error = require_files("symbolon-server", &all, &["assets/vault.wasm"]).unwrap_err().to_string();
        assert!(error.contains("lacks assets/vault.wasm"), "{error}");
        assert!(require_files("symbolon-server", &list(&["src/lib.rs"]), &[]).is_err());
    }
}
