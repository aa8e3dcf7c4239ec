//! What the client weighs, and the most it may.

use std::{fs, io::Write, path::Path};

use anyhow::{Result, bail};
use flate2::{Compression, write::GzEncoder};

use crate::{
    script,
    shell::{npm_tool, root, run_quietly},
    wasm,
};

/// The whole client, compressed with brotli, in bytes.
const BUDGET: usize = 27 * 1024 + 512;
/// The page half, compressed with brotli, in bytes. Applications bundle it, and every page runs it before anything else can.
const PAGE_BUDGET: usize = 6 * 1024 + 512;

/// Weighs what has been built.
pub(crate) fn print() -> Result<()> {
    let page = root().join("target/esbuild/page.min.js");
    let mut minify = npm_tool("esbuild", &["--bundle", "--format=esm", "--minify", "--log-level=error"]);
    run_quietly("esbuild", minify.arg(script::page()).arg(format!("--outfile={}", page.display())))?;

    println!("\n{:<24}{:>10}{:>10}{:>10}", "bytes", "raw", "gzip -9", "brotli 11");
    let mut total = [0; 3];
    for (name, path) in [
        ("page half, minified", page.clone()),
        ("worker and glue", script::worker()),
        ("module", wasm::module()),
    ] {
        let sizes = sizes(&path)?;
        row(name, sizes);
        if path == page && sizes[2] > PAGE_BUDGET {
            bail!("the page half weighs more than its budget of {PAGE_BUDGET} bytes (brotli)");
        }
        total.iter_mut().zip(sizes).for_each(|(total, size)| *total += size);
    }
    row("all", total);
    if total[2] > BUDGET {
        bail!("the client weighs more than its budget of {BUDGET} bytes (brotli)");
    }
    Ok(())
}

fn row(name: &str, [raw, gzip, brotli]: [usize; 3]) {
    println!("{name:<24}{raw:>10}{gzip:>10}{brotli:>10}");
}

fn sizes(path: &Path) -> Result<[usize; 3]> {
    let raw = fs::read(path)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&raw)?;
    let mut brotli = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut raw.as_slice(), &mut brotli, &parameters)?;
    Ok([raw.len(), gzip.finish()?.len(), brotli.len()])
}
