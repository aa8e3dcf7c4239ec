//! The TypeScript: checked, and bundled into the worker's script, the npm package and the demo's page.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::shell::{npm_tool, root, run_quietly, say, write_if_changed};

/// Where the worker's script goes.
pub(crate) fn worker() -> PathBuf {
    root().join("server/assets/vault.js")
}

/// Where the page half goes.
pub(crate) fn page() -> PathBuf {
    root().join("wasm-client/dist/index.js")
}

/// What the npm package has beside its page half.
const SUB_PATHS: [&str; 5] = ["react", "vue", "axios", "doctor", "testing"];

pub(crate) fn build() -> Result<()> {
    say("bundling the scripts");
    for project in ["wasm-client", "wasm-client/tsconfig.worker.json", "www"] {
        run_quietly("tsc", &mut npm_tool("tsc", &["--project", project]))?;
    }
    bundle("wasm-client/js/worker/index.ts", &worker(), &["--format=iife", "--minify"])?;
    bundle(
        "wasm-client/js/worker/inline.ts",
        &root().join("server/assets/vault-inline.js"),
        &["--format=esm", "--minify"],
    )?;
    bundle(
        "wasm-client/js/worker/hosted.ts",
        &root().join("wasm-client/dist/worker.js"),
        &["--format=esm", "--minify"],
    )?;
    bundle("wasm-client/js/index.ts", &page(), &["--format=esm"])?;
    for name in SUB_PATHS {
        let output = page().with_file_name(name).with_extension("js");
        // The page half stays where it is: were it in two files, an `AuthError` of the one would be none of the other.
        let options = ["--format=esm", "--packages=external", "--external:./index.ts"];
        bundle(&format!("wasm-client/js/{name}.ts"), &output, &options)?;
        let script = fs::read_to_string(&output)?;
        fs::write(&output, script.replace("from \"./index.ts\"", "from \"./index.js\""))?;
    }
    bundle("www/web/main.ts", &root().join("www/assets/main.js"), &["--format=esm", "--minify"])
}

/// The worker's keys by themselves, for the vault's own tests.
pub(crate) fn keys(folder: &Path) -> Result<()> {
    bundle("wasm-client/js/worker/keys.ts", &folder.join("keys.js"), &["--format=esm"])
}

fn bundle(entry: &str, output: &Path, options: &[&str]) -> Result<()> {
    let fresh = root().join("target/esbuild").join(output.file_name().unwrap_or_default());
    let mut esbuild = npm_tool(
        "esbuild",
        &[entry, "--bundle", "--target=es2022", "--legal-comments=none", "--log-level=error"],
    );
    esbuild.args(options).arg(format!("--outfile={}", fresh.display()));
    run_quietly("esbuild", &mut esbuild)?;
    write_if_changed(output, &fs::read(fresh)?)
}
