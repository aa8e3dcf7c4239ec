//! Fuzzes the endpoints that issue tokens: each accepts only the proof that a worker made for this endpoint.
//!
//! The first byte of an input selects the endpoint and the proof. The rest says how to change the proof, or is the
//! proof itself.

#![no_main]

use axum::{
    body::Body,
    http::{HeaderValue, Request},
};
use libfuzzer_sys::{Corpus, fuzz_target};
use symbolon_fuzz::{Genuine, ORIGIN, World, edited, filled_in, genuine};
use symbolon_server::shared::{
    cookies::{FINGERPRINT_COOKIE, REFRESH_COOKIE, VAULT_COOKIE},
    proof::{PROOF_HEADER, Proof},
};

fuzz_target!(|input: &[u8]| -> Corpus { attempt(input).map_or(Corpus::Reject, |()| Corpus::Keep) });

fn attempt(input: &[u8]) -> Option<()> {
    let (kind, rest) = input.split_first()?;
    let Genuine { enrolment, sign_in, signature, .. } = genuine();
    let proof = match kind / 2 % 4 {
        0 => filled_in(rest),
        1 => edited(enrolment, rest),
        2 => edited(sign_in, rest),
        _ => edited(signature, rest),
    };
    if let Ok(text) = str::from_utf8(&proof)
        && let Ok(proof) = Proof::parse(text)
    {
        assert_eq!(proof.to_text(), text);
    }

    let (path, accepted) = if kind % 2 == 0 {
        ("/auth/refresh", [enrolment, signature])
    } else {
        ("/auth/sign-in", [sign_in; 2])
    };
    let request = Request::post(path)
        .header("origin", ORIGIN)
        .header("content-type", "application/json")
        .header("cookie", cookies())
        .header(PROOF_HEADER, HeaderValue::from_bytes(&proof).ok()?);
    // A new server for each input, because a proof that succeeds is used up.
    let (answer, _) =
        World::default().answer(request.body(Body::from(r#"{"password":"open sesame"}"#)).ok()?);
    let status = answer.status();
    let is_genuine = accepted.iter().any(|accepted| accepted.as_bytes() == proof);
    assert_eq!(status.is_success(), is_genuine, "{path} answers {status}");
    assert!(!status.is_server_error(), "{path} answers {status}");
    Some(())
}

fn cookies() -> String {
    let Genuine { fingerprint, refresh, vault, .. } = genuine();
    format!("{FINGERPRINT_COOKIE}={fingerprint}; {REFRESH_COOKIE}={refresh}; {VAULT_COOKIE}={vault}")
}
