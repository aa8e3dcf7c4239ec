//! Takes the built script into the binary, or one that says what is missing.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=assets");
    let script = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("assets/main.js");
    let content = if script.exists() {
        format!("include_str!(r#\"{}\"#)", script.display())
    } else {
        "\"document.body.textContent = 'The page is not built: run cargo xtask build.';\"".to_owned()
    };
    let path = PathBuf::from(env::var("OUT_DIR")?).join("main_js.rs");
    fs::write(path, format!("const MAIN_JS: &str = {content};\n"))?;
    Ok(())
}
