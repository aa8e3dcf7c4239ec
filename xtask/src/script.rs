//! The TypeScript: checked, and bundled into the worker's script, the npm package and the demo's page.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    package::{self, Entry},
    shell::{npm_tool, root, run_quietly, say, write_if_changed},
};

/// Returns the path that the worker's script is written to.
pub(crate) fn worker() -> PathBuf {
    root().join("server/assets/vault.js")
}

/// Returns the path that the page's script is written to.
pub(crate) fn page() -> PathBuf {
    package::folder().join("dist/index.js")
}

/// Checks and bundles everything.
pub(crate) fn build() -> Result<()> {
    check()?;
    bundle_all()
}

/// Checks the types, and writes the declarations of the npm package.
pub(crate) fn check() -> Result<()> {
    say("checking the types of the scripts");
    for project in ["wasm-client", "wasm-client/tsconfig.worker.json", "www"] {
        run_quietly("tsc", &mut npm_tool("tsc", &["--project", project]))?;
    }
    Ok(())
}

/// Bundles everything, unchecked.
pub(crate) fn bundle_all() -> Result<()> {
    say("bundling the scripts");
    bundle("wasm-client/js/worker/index.ts", &worker(), &["--format=iife", "--minify"])?;
    bundle(
        "wasm-client/js/worker/inline.ts",
        &root().join("server/assets/vault-inline.js"),
        &["--format=esm", "--minify"],
    )?;
    for entry in package::entries()? {
        bundle_entry(&entry)?;
    }
    let www = root().join("www/assets");
    bundle("www/web/main.ts", &www.join("main.js"), &["--format=esm", "--minify"])?;
    // Not minified, so that a reader can see what it tries.
    bundle("www/web/lab/injected-script.ts", &www.join("lab.js"), &["--format=iife"])?;
    bundle("www/web/lab/dashboard.ts", &www.join("lab-dashboard.js"), &["--format=esm"])
}

/// Bundles what a page imports of the npm package, unchecked. The worker has the module's script in it, and is left out.
pub(crate) fn bundle_page() -> Result<()> {
    say("bundling the npm package's scripts");
    package::entries()?.iter().filter(|entry| entry.declaration.is_some()).try_for_each(bundle_entry)
}

/// Bundles the scripts that the vault imports in a worker into `folder`, for the vault's own tests.
pub(crate) fn platform(folder: &Path) -> Result<()> {
    for part in ["keys", "platform"] {
        let entry = format!("wasm-client/js/worker/{part}.ts");
        bundle(&entry, &folder.join(format!("{part}.js")), &["--format=esm"])?;
    }
    Ok(())
}

/// Readable, for the application's own bundler makes it small, and each in one file, for those who have none. What
/// another package brings stays where it is, and so does the page half: were it in two files, an `AuthError` of the one
/// would be no `AuthError` of the other.
fn bundle_entry(entry: &Entry) -> Result<()> {
    let output = package::folder().join(entry.script());
    let mut esbuild = esbuild(&entry.source()?, &["--format=esm", "--packages=external", "--sourcemap"]);
    if output != page() {
        esbuild.arg("--external:./index.ts");
    }
    run_quietly("esbuild", esbuild.arg(format!("--outfile={}", output.display())))?;
    let script = fs::read_to_string(&output)?;
    write_if_changed(&output, script.replace("from \"./index.ts\"", "from \"./index.js\"").as_bytes())
}

fn bundle(entry: &str, output: &Path, options: &[&str]) -> Result<()> {
    let fresh = root().join("target/esbuild").join(output.file_name().unwrap_or_default());
    let mut esbuild = esbuild(Path::new(entry), options);
    run_quietly("esbuild", esbuild.arg(format!("--outfile={}", fresh.display())))?;
    write_if_changed(output, &fs::read(fresh)?)
}

fn esbuild(entry: &Path, options: &[&str]) -> Command {
    let mut esbuild =
        npm_tool("esbuild", &["--bundle", "--target=es2022", "--legal-comments=none", "--log-level=error"]);
    esbuild.arg(entry).args(options);
    esbuild
}
