//! Builds the bundled scripts into the binary. A script that is missing is replaced by one that says how to build it.

use std::{env, error::Error, fmt::Write, fs, path::PathBuf};

const SCRIPTS: [(&str, &str); 3] =
    [("MAIN_JS", "main.js"), ("LAB_JS", "lab.js"), ("LAB_DASHBOARD_JS", "lab-dashboard.js")];
const MISSING: &str = "document.body.textContent = 'The scripts of this page are not built. Run cargo xtask build, then build the demo again.';";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=assets");
    let assets = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("assets");
    let mut scripts = String::new();
    for (name, file) in SCRIPTS {
        let script = assets.join(file);
        let content = if script.exists() {
            format!("include_str!(r#\"{}\"#)", script.display())
        } else {
            format!("{MISSING:?}")
        };
        writeln!(scripts, "pub(crate) const {name}: &str = {content};")?;
    }
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("scripts.rs"), scripts)?;
    Ok(())
}
