//! Fuzzes the claims behind the MAC: a token with any payload is read in one way, or refused.

#![no_main]

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::Value;
use symbolon_fuzz::{NOW, ORIGIN, World, compact, genuine};
use symbolon_server::{
    Authenticated,
    shared::{claims::Claims, cookies::FINGERPRINT_COOKIE, fingerprint::FingerprintFormat},
};

const FORMATS: [FingerprintFormat; 2] = [FingerprintFormat::Base64Url, FingerprintFormat::Owasp];

thread_local! {
    static WORLD: World = World::default();
}

fuzz_target!(|payload: &str| {
    for format in FORMATS {
        if let Ok(claims) = Claims::read(payload, format) {
            check_spelling(payload, &claims, format);
        }
    }
    let cookie = format!("{FINGERPRINT_COOKIE}={}", genuine().fingerprint);
    let cookie = HeaderValue::from_str(&cookie).expect("it is visible ASCII");
    let headers = HeaderMap::from_iter([(COOKIE, cookie)]);
    if let Ok(who) = WORLD.with(|world| world.authenticate(&compact(payload), &headers)) {
        check_meaning(payload, &who);
    }
});

fn check_spelling(payload: &str, claims: &Claims<'_>, format: FingerprintFormat) {
    assert_eq!(claims.write(format), payload);
    // `read` does not check whether these two parts are JSON.
    if is_json(&format!("[{}]", claims.amr)) && claims.app.is_none_or(is_json) {
        assert!(is_json(payload), "others cannot read it");
    }
}

/// Checks that a JSON parser reads the same claims from the payload.
fn check_meaning(payload: &str, who: &Authenticated) {
    let claims = Claims::read(payload, FingerprintFormat::Base64Url).expect("it was read");
    assert!(claims.app.is_none_or(is_json), "the application cannot read its own claims");
    assert_eq!((claims.iss, claims.aud), (ORIGIN, ORIGIN));
    assert!(claims.exp > NOW);
    assert!(who.methods().all(|method| !method.is_empty()));
    if let Ok(json) = serde_json::from_str::<Value>(payload) {
        assert_eq!(json["sub"], who.subject());
        assert_eq!(json["sid"], who.session().to_text());
        assert_eq!(json["acr"].as_str(), who.level());
        assert_eq!(json["auth_time"], who.authenticated_at().0);
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}
