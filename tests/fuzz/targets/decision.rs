//! Fuzzes authentication: only the one token with the one cookie that belongs to it is accepted.
//!
//! If the first byte of an input is even, the rest says how to change the two genuine halves. If it is odd, the rest is
//! a token and `Cookie` headers, one on each line, and [`symbolon_fuzz::filled_in`] replaces their placeholders.

#![no_main]

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use libfuzzer_sys::{Corpus, fuzz_target};
use symbolon_fuzz::{World, edited, filled_in, genuine, has_both_halves};
use symbolon_server::shared::cookies::FINGERPRINT_COOKIE;

thread_local! {
    /// One server for all inputs: authentication changes nothing, and its cache is part of the test.
    static WORLD: World = World::default();
}

fuzz_target!(|input: &[u8]| -> Corpus { attempt(input).map_or(Corpus::Reject, |()| Corpus::Keep) });

fn attempt(input: &[u8]) -> Option<()> {
    let (kind, rest) = input.split_first()?;
    let (token, cookies) = if kind % 2 == 0 { changed(rest) } else { written(rest) };
    let token = String::from_utf8(token).ok()?;
    let mut headers = HeaderMap::new();
    for cookie in cookies {
        headers.append(COOKIE, HeaderValue::from_bytes(&cookie).ok()?);
    }
    let answer = WORLD.with(|world| world.authenticate(&token, &headers));
    assert_eq!(answer.is_ok(), has_both_halves(token.as_bytes(), &headers), "{answer:?}");
    Some(())
}

/// Returns the genuine halves with changes. The first byte says how many of the changes are to the token.
fn changed(input: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (for_token, edits) = input.split_first().unwrap_or((&0, &[]));
    let (token, cookie) = edits.split_at((usize::from(*for_token) * 3).min(edits.len()));
    let header = format!("{FINGERPRINT_COOKIE}={}", genuine().fingerprint);
    (edited(&genuine().token, token), vec![edited(&header, cookie)])
}

/// Returns a token and `Cookie` headers, read from the lines of an input.
fn written(input: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut lines = input.split(|byte| *byte == b'\n').map(filled_in);
    (lines.next().unwrap_or_default(), lines.collect())
}
