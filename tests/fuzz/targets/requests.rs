//! Fuzzes a whole application: no request causes a 5xx answer or passes the gate without both halves, and only a
//! bootstrap or a grant sets a cookie.
//!
//! An input is a request as in HTTP/1.1, without the version. [`symbolon_fuzz::filled_in`] replaces its placeholders.

#![no_main]

use std::sync::Once;

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri,
        header::{AUTHORIZATION, CACHE_CONTROL, SET_COOKIE, X_CONTENT_TYPE_OPTIONS},
    },
};
use libfuzzer_sys::{Corpus, fuzz_target};
use symbolon_fuzz::{World, filled_in, has_both_halves};
use symbolon_server::shared::seal::SealedGrant;

fuzz_target!(|input: &[u8]| -> Corpus { attempt(input).map_or(Corpus::Reject, |()| Corpus::Keep) });

fn attempt(input: &[u8]) -> Option<()> {
    static FIRST: Once = Once::new();
    // A new server for each input, because the input may end the session.
    let world = World::default();
    FIRST.call_once(|| world.must_have_a_vault());

    let request = read(&filled_in(input))?;
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let (answer, body) = world.answer(request);
    let (status, path) = (answer.status(), uri.path());
    assert!(!status.is_server_error(), "{method} {uri} answers {status}");
    assert!(answer.headers().contains_key(X_CONTENT_TYPE_OPTIONS), "an answer without its headers");

    let is_behind_the_gate = is_below("/api/", path);
    // Two hosts, TRACE, huge headers and scripts of service workers are refused before authentication.
    let is_refused_first = [400, 403, 405, 431].contains(&status.as_u16());
    if is_behind_the_gate && !is_refused_first {
        let is_let_in = status != StatusCode::UNAUTHORIZED;
        assert_eq!(is_let_in, bring_both_halves(&headers), "{method} {uri} answers {status}");
    }
    if is_behind_the_gate || (is_below("/auth/", path) && !is_below("/auth/vault/", path)) {
        let may_be_kept = answer.headers().get(CACHE_CONTROL).is_none_or(|value| value != "no-store");
        assert!(!may_be_kept, "a cache may keep what {method} {uri} answers");
    }

    let is_bootstrap = path == "/auth/vault.js" && status == StatusCode::OK;
    let is_grant = ["/auth/sign-in", "/auth/refresh"].contains(&path)
        && str::from_utf8(&body).is_ok_and(|body| SealedGrant::parse(body).is_ok());
    for cookie in answer.headers().get_all(SET_COOKIE) {
        let cookie = cookie.to_str().expect("names and values are visible ASCII");
        let clears = cookie.split_once("=; ").is_some_and(|(name, _)| !name.contains('='));
        assert!(clears || is_bootstrap || is_grant, "{method} {uri} sets {cookie}");
    }
    Some(())
}

/// Returns whether `path` is below `folder`, but not `folder` itself: there axum calls neither the gate nor a handler.
fn is_below(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| !rest.is_empty())
}

/// Reads a request; returns `None` for an input that is none.
fn read(text: &[u8]) -> Option<Request<Body>> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut first = lines.next()?.splitn(2, |byte| *byte == b' ');
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::from_bytes(first.next()?).ok()?;
    *request.uri_mut() = Uri::try_from(first.next()?).ok()?;
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let value = line[colon + 1..].trim_ascii();
        request
            .headers_mut()
            .append(HeaderName::from_bytes(&line[..colon]).ok()?, HeaderValue::from_bytes(value).ok()?);
    }
    *request.body_mut() = Body::from(lines.collect::<Vec<_>>().join(&b'\n'));
    Some(request)
}

fn bring_both_halves(headers: &HeaderMap) -> bool {
    let mut bearers = headers.get_all(AUTHORIZATION).iter();
    let (Some(bearer), None) = (bearers.next(), bearers.next()) else { return false };
    let (scheme, token) = bearer.as_bytes().split_at_checked("Bearer ".len()).unwrap_or_default();
    scheme.eq_ignore_ascii_case(b"bearer ") && has_both_halves(token, headers)
}
