//! `certificate`: prints a certificate for `localhost` that nobody vouches for, and its key, as PEM.

fn main() -> Result<(), rcgen::Error> {
    let identity = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    print!("{}{}", identity.cert.pem(), identity.signing_key.serialize_pem());
    Ok(())
}
