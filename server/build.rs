//! Takes the built vault into the crate, if it is there.

use std::{env, error::Error, fs, path::PathBuf};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=assets");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("assets");
    let [script, inline, module] =
        ["vault.js", "vault-inline.js", "vault.wasm"].map(|file| folder.join(file));
    let assets = match fs::read(&module) {
        Ok(bytes) if script.exists() && inline.exists() => {
            let hash = Sha256::digest(bytes);
            let name = Base64UrlUnpadded::encode_string(&hash[..9]);
            format!(
                "Some(Assets {{ script: include_str!(r#\"{}\"#), inline: include_str!(r#\"{}\"#), \
                 module: include_bytes!(r#\"{}\"#), module_name: \"{name}.wasm\", module_integrity: \"sha256-{}\" }})",
                script.display(),
                inline.display(),
                module.display(),
                Base64::encode_string(&hash)
            )
        }
        // Cargo writes this file into packages only.
        _ if folder.with_file_name("Cargo.toml.orig").exists() => {
            return Err("symbolon-server was packed without its built vault: assets/vault.js, assets/vault-inline.js or \
                        assets/vault.wasm is missing. Run `cargo xtask build`, then pack it again"
                .into());
        }
        _ => "None".to_owned(),
    };
    let path = PathBuf::from(env::var("OUT_DIR")?).join("assets.rs");
    fs::write(path, format!("const ASSETS: Option<Assets> = {assets};\n"))?;
    Ok(())
}
