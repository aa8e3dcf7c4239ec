//! `symbolon-keygen` prints a new signing key on standard output, and what to do with it on standard error.
//!
//! So `SYMBOLON_KEYS=$(symbolon-keygen)` takes the key and shows the advice.

use std::process::ExitCode;

use symbolon_server::{SigningKeys, error::Error, keys::SigningKey};

fn main() -> ExitCode {
    match generate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "No key was made: {error}. Run it again when the operating system provides random numbers."
            );
            ExitCode::FAILURE
        }
    }
}

/// Prints a new key and the advice.
fn generate() -> Result<(), Error> {
    let key = SigningKey::generate()?;
    let id = SigningKeys::parse(&key)?.ids().next().map(ToString::to_string).unwrap_or_default();
    println!("{}", *key);
    eprintln!(
        "\
The line above is secret. Give it to the server in an environment variable, or in a file that only the server can read.
Key id (not secret): {id}

To rotate: add the new key on a line below the old one, and let it sign from a time a little ahead.
Retire the old key at least 15 minutes after that:

    <old key>; until=2026-05-02T00:00:00Z
    <new key>; from=2026-05-01T00:00:00Z"
    );
    Ok(())
}
