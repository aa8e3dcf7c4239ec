//! A forger who has the server's signing key and signs arbitrary tokens with it.

use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs any header and payload.
#[derive(Clone)]
pub struct Forger {
    key: [u8; 32],
    mac: Hmac<Sha256>,
}

impl Forger {
    /// Derives the token key from the root key's text, as `docs/protocol.md` and RFC 5869 say.
    #[must_use]
    pub fn new(root: &str) -> Self {
        let root = Base64UrlUnpadded::decode_vec(root).expect("a key is base64url");
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, &root).expand(b"symbolon session token", &mut key).expect("32 bytes");
        Self { key, mac: Hmac::new_from_slice(&key).expect("any length") }
    }

    /// Returns the key that signs tokens.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// Returns the MAC of a header and a payload.
    #[must_use]
    pub fn mac(&self, signing_input: &str) -> impl AsRef<[u8]> + use<> {
        self.mac.clone().chain_update(signing_input).finalize().into_bytes()
    }

    /// Returns a token with this header, this payload and a genuine MAC over both.
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
