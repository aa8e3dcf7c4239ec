//! Somebody who has the server's key, and signs with it what they like.

use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs anything.
#[derive(Clone)]
pub struct Forger {
    key: [u8; 32],
    mac: Hmac<Sha256>,
}

impl Forger {
    /// From the text of the root key, as `docs/protocol.md` and RFC 5869 have it.
    #[must_use]
    pub fn new(root: &str) -> Self {
        let root = Base64UrlUnpadded::decode_vec(root).expect("a key is base64url");
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, &root).expand(b"symbolon session token", &mut key).expect("32 bytes");
        Self { key, mac: Hmac::new_from_slice(&key).expect("any length") }
    }

    /// The key that signs tokens.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The MAC of a header and a payload.
    #[must_use]
    pub fn mac(&self, signing_input: &str) -> impl AsRef<[u8]> + use<> {
        self.mac.clone().chain_update(signing_input).finalize().into_bytes()
    }

    /// A token with another header and payload, and the MAC that belongs to them.
    #[must_use]
    pub fn change(
        &self,
        token: &str,
        header: impl FnOnce(String) -> String,
        payload: impl FnOnce(String) -> String,
    ) -> String {
        let mut segments = token.split('.').map(|segment| {
            let bytes = Base64UrlUnpadded::decode_vec(segment).expect("base64url");
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let (first, second) = (segments.next().expect("a header"), segments.next().expect("a payload"));
        let input = format!("{}.{}", encode(header(first)), encode(payload(second)));
        let mac = encode(self.mac(&input));
        format!("{input}.{mac}")
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}
