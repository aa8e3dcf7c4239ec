//! The entry points of the npm package: the `exports` of its package.json, which is the one list of entry points.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shell::root;

/// The package's folder.
pub(crate) fn folder() -> PathBuf {
    root().join("wasm-client")
}

/// A script that somebody can import.
pub(crate) struct Entry {
    /// `index`, which is `dist/index.js`.
    name: String,
    /// `dist/index.d.ts`, if it has types.
    pub(crate) declaration: Option<String>,
}

impl Entry {
    /// Returns the path of the entry's script in the package's folder.
    pub(crate) fn script(&self) -> String {
        format!("dist/{}.js", self.name)
    }

    /// Returns the path of the source that the entry is bundled from.
    pub(crate) fn source(&self) -> Result<PathBuf> {
        let source = folder().join(format!("js/{}.ts", self.name));
        ensure!(source.exists(), "package.json exports {}, and there is no {}", self.name, source.display());
        Ok(source)
    }
}

pub(crate) fn entries() -> Result<Vec<Entry>> {
    let manifest: Value = serde_json::from_slice(&fs::read(folder().join("package.json"))?)?;
    let version = env!("CARGO_PKG_VERSION");
    ensure!(manifest["version"] == version, "the npm package's version is not that of the crates, {version}");
    let exports = manifest["exports"].as_object().context("package.json has no exports")?;
    let entry = |target: &Value| {
        let script = target["default"].as_str().or(target.as_str())?;
        let name = script.strip_prefix("./dist/")?.strip_suffix(".js")?.to_owned();
        let declaration = target["types"].as_str().map(|file| file.trim_start_matches("./").to_owned());
        Some(Entry { name, declaration })
    };
    Ok(exports.values().filter_map(entry).collect())
}
