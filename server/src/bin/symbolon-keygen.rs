//! `symbolon-keygen`: a new signing key on standard output, and what to do with it on standard error.

use std::process::ExitCode;

use symbolon_server::{SigningKeys, error::Error, keys::SigningKey};

fn main() -> ExitCode {
    match generate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("no key could be made: {error}");
            ExitCode::FAILURE
        }
    }
}

fn generate() -> Result<(), Error> {
    let key = SigningKey::generate()?;
    let id = SigningKeys::parse(&key)?.ids().next().map(ToString::to_string).unwrap_or_default();
    println!("{}", *key);
    eprintln!(
        "The line above is a secret: give it to the server in an environment variable, or in a file that only the \
         server can read.\nIts name in tokens, which is none, is {id}.\nTo rotate, put it on a line of its own after the old one, with a time a little ahead, and retire the \
         old one 15 minutes or more after that:\n\n    <old key>; until=2026-05-02T00:00:00Z\n    <new key>; \
         from=2026-05-01T00:00:00Z"
    );
    Ok(())
}
