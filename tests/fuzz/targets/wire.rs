//! Fuzzes every small reader: a text that it accepts has one spelling, and no text makes it panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use symbolon_server::{
    session::Session,
    shared::{
        fingerprint::{Fingerprint, FingerprintFormat, FingerprintHash},
        grant_body::GrantBody,
        id::{SessionId, TokenId},
        proof::{VaultCookie, VaultSecret},
        refresh_token::RefreshToken,
        seal::SealedGrant,
        subject::Subject,
    },
};

fuzz_target!(|input: &[u8]| {
    if let Ok(grant) = GrantBody::parse(input) {
        assert_eq!(grant.expose().as_bytes(), input);
    }
    if let Ok(text) = str::from_utf8(input) {
        read(text);
        keep(text);
    }
});

fn read(text: &str) {
    if let Ok(sealed) = SealedGrant::parse(text) {
        assert_eq!(sealed.to_text(), text);
    }
    for format in [FingerprintFormat::Base64Url, FingerprintFormat::Owasp] {
        let hash = Fingerprint::hash_of(text, format);
        match Fingerprint::parse(text, format) {
            Ok(fingerprint) => {
                assert_eq!(fingerprint.expose(), text);
                assert_eq!(hash, Ok(fingerprint.hash()));
            }
            Err(_) => assert!(hash.is_err()),
        }
        if let Ok(hash) = FingerprintHash::parse(text, format) {
            assert_eq!(hash.to_hex(format), text);
        }
    }
    if let Ok(token) = RefreshToken::parse(text) {
        assert_eq!(*token.expose(), text);
    }
    if let Ok(id) = SessionId::parse(text) {
        assert_eq!(id.to_text(), text);
        assert_eq!(TokenId::parse(text).map(|id| id.to_text()).as_deref(), Ok(text));
    }
    if let Ok(cookie) = VaultCookie::parse(text) {
        assert_eq!(*cookie.expose(), text);
        assert_eq!(*VaultSecret::parse(text).expect("it has the same form").expose(), text);
    }
    if let Ok(subject) = Subject::from_text(text) {
        assert_eq!(subject.as_str(), text);
        // JSON writes a subject without escapes.
        assert_eq!(serde_json::to_string(&subject).ok(), Some(format!("\"{text}\"")));
    }
}

/// Checks that a session record that a store reads is written back unchanged.
fn keep(text: &str) {
    if let Ok(session) = serde_json::from_str::<Session>(text) {
        let record = serde_json::to_string(&session).expect("a session is JSON");
        assert_eq!(serde_json::from_str::<Session>(&record).ok(), Some(session));
    }
}
