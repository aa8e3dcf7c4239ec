//! Which cookies a request brings, read once more and in the simplest way, so that a mistake must be made twice.

use axum::http::{HeaderMap, header::COOKIE};
use symbolon_server::shared::cookies::FINGERPRINT_COOKIE;

use crate::genuine;

/// The values of all cookies with this name.
#[must_use]
pub fn cookies(headers: &HeaderMap, name: &str) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    for header in headers.get_all(COOKIE) {
        for pair in header.as_bytes().split(|byte| *byte == b';') {
            let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
            if trim(&pair[..equals]) == name.as_bytes() {
                values.push(trim(&pair[equals + 1..]).to_vec());
            }
        }
    }
    values
}

/// Whether these are the halves of the one session, byte for byte.
#[must_use]
pub fn has_both_halves(bearer: &[u8], headers: &HeaderMap) -> bool {
    let genuine = genuine();
    bearer == genuine.token.as_bytes()
        && cookies(headers, FINGERPRINT_COOKIE) == [genuine.fingerprint.as_bytes()]
}

/// Without the spaces and tabs around it.
fn trim(bytes: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| *byte != b' ' && *byte != b'\t';
    let Some(start) = bytes.iter().position(is_text) else { return &[] };
    let end = bytes.iter().rposition(is_text).map_or(start, |last| last + 1);
    &bytes[start..end]
}
