//! The vault's script, as the server sends it to a worker load.

use std::path::Path;

use serde_json::Value;

/// Fails the test, with the command to run, if the client is not built.
///
/// # Panics
/// If the server crate has no vault to serve.
pub fn require_built_client() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/assets");
    let is_built =
        ["vault.js", "vault-inline.js", "vault.wasm"].iter().all(|file| assets.join(file).exists());
    assert!(
        is_built,
        "the client is not built, so the server has no vault to serve. Run `cargo xtask build` once, then this test again"
    );
}

/// Reads the boot object at the start of the vault's script.
///
/// # Panics
/// If the script does not begin with one.
#[must_use]
pub fn boot_object(script: &str) -> Value {
    let json =
        script.strip_prefix("(()=>{const boot=").expect("the vault's script begins with its boot object");
    serde_json::Deserializer::from_str(json).into_iter().next().expect("one").expect("JSON")
}
