//! A second cookie parser, as simple as possible: a mistake goes unnoticed only if both parsers make it.

use axum::http::{HeaderMap, header::COOKIE};
use symbolon_server::shared::cookies::FINGERPRINT_COOKIE;

use crate::genuine;

/// Returns the values of all cookies with this name.
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

/// Returns whether these are the two halves of the genuine session, byte for byte.
#[must_use]
pub fn has_both_halves(bearer: &[u8], headers: &HeaderMap) -> bool {
    let genuine = genuine();
    bearer == genuine.token.as_bytes()
        && cookies(headers, FINGERPRINT_COOKIE) == [genuine.fingerprint.as_bytes()]
}

/// Removes the spaces and tabs around a value.
fn trim(bytes: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| *byte != b' ' && *byte != b'\t';
    let Some(start) = bytes.iter().position(is_text) else { return &[] };
    let end = bytes.iter().rposition(is_text).map_or(start, |last| last + 1);
    &bytes[start..end]
}
