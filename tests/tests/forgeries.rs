//! Forged tokens over HTTP: some signed with the stolen key, some that only look like tokens.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use serde_json::Value;
use symbolon_tests::{
    Host,
    client::{Answer, Client, FINGERPRINT, refused, send},
    forge::Forger,
};

async fn present(client: &Client, token: &str, cookie: Option<&str>) -> Answer {
    let request = client.plain(Method::GET, "/api/me").header("authorization", format!("Bearer {token}"));
    send(match cookie {
        Some(value) => request.header("cookie", format!("{FINGERPRINT}={value}")),
        None => request,
    })
    .await
}

async fn stage() -> (Host, Client, Forger) {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let forger = Forger::new(&host.keys);
    (host, client, forger)
}

/// Genuine JWTs of other issuers: RFC 7515 appendices A.1 and A.5, RFC 7520 section 4.4, and Wycheproof's first HS256
/// cases.
const FOREIGN: [&str; 4] = [
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
    "eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZC1obWFjIn0.VGVzdA.rDaHLDHaoNCZaVqvUDjAgdHahjLJrNj7nvlkc0d1_tU",
];

/// Covers: J-001
#[tokio::test]
async fn published_jwts_of_others_are_refused_and_other_libraries_read_our_tokens() {
    let (host, client, forger) = stage().await;
    let (token, cookie) = (client.token.clone().unwrap(), client.fingerprint.as_deref());
    for foreign in FOREIGN {
        assert_eq!(present(&client, foreign, cookie).await.verdict(), refused(), "{foreign}");
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[&host.origin]);
    validation.set_issuer(&[&host.origin]);
    let read = |key: &[u8]| {
        jsonwebtoken::decode::<Value>(&token, &DecodingKey::from_secret(key), &validation)
            .map(|token| token.claims["sub"].clone())
    };
    assert_eq!(read(forger.key()).unwrap(), "ann");
    assert!(read(&[0; 32]).is_err(), "the control");
}

/// Covers: J-035
#[tokio::test]
async fn no_secret_is_accepted_in_place_of_another() {
    let (_host, mut client, _) = stage().await;
    let boot = client.bootstrap().await;
    let proof = client.signature("refresh");
    let [token, fingerprint, refresh] =
        [&client.token, &client.fingerprint, &client.refresh].map(|value| value.clone().unwrap());
    let secret = boot["secret"].as_str().unwrap().to_owned();
    let vault = client.vault.clone().unwrap();
    for other in [&fingerprint, &refresh, &secret, &vault, &proof] {
        assert_eq!(present(&client, other, Some(&fingerprint)).await.verdict(), refused(), "as a token");
    }
    for other in [&token, &refresh, &secret, &vault, &proof] {
        assert_eq!(present(&client, &token, Some(other)).await.verdict(), refused(), "as a fingerprint");
    }
    for other in [&token, &fingerprint, &secret, &vault, &proof] {
        let mut mixed = client.another_tab();
        mixed.refresh = Some(other.clone());
        let answer = mixed.refresh_with(&client.signature("refresh")).await;
        assert_eq!(answer.status, 401, "as a refresh token");
    }
    for other in [&token, &fingerprint, &refresh, &secret, &vault] {
        assert_eq!(client.refresh_with(other).await.verdict(), refused(), "as a proof");
    }
    assert_eq!(present(&client, &token, Some(&fingerprint)).await.status, 200, "the control");
    assert_eq!(client.try_refresh().await.status, 200, "the control");
}

/// Covers: J-044
#[tokio::test]
async fn an_absent_or_malformed_fingerprint_claim_matches_no_cookie() {
    let (_host, client, forger) = stage().await;
    let (token, good) = (client.token.clone().unwrap(), client.fingerprint.clone().unwrap());
    let claim = client.claims()["userFingerprint"].as_str().unwrap().to_owned();
    let member = format!(r#","userFingerprint":"{claim}""#);
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for odd in [
        String::new(),
        r#","userFingerprint":null"#.into(),
        r#","userFingerprint":"""#.into(),
        r#","userFingerprint":[]"#.into(),
        member.to_uppercase(),
        format!(r#","userFingerprint":"{}""#, claim.to_uppercase()),
        format!(r#","userFingerprint":"{}""#, &claim[..32]),
        // The hash of an empty text, for a verifier that treats a missing cookie as an empty one.
        format!(r#","userFingerprint":"{empty}""#),
    ] {
        let changed = forger.change(&token, |header| header, |payload| payload.replacen(&member, &odd, 1));
        assert_ne!(changed, token);
        for cookie in [Some(&*good), Some(""), None] {
            assert_eq!(present(&client, &changed, cookie).await.verdict(), refused(), "{odd} {cookie:?}");
        }
    }
    let genuine = forger.change(&token, |header| header, |payload| payload);
    assert_eq!(genuine, token, "the control: the forger is a good one");
    assert_eq!(present(&client, &genuine, Some(&good)).await.status, 200);
}

/// Covers: J-048
#[tokio::test]
async fn every_refusal_of_a_token_looks_alike() {
    let (_host, client, forger) = stage().await;
    let (token, good) = (client.token.clone().unwrap(), client.fingerprint.clone().unwrap());
    let (rest, mac) = token.rsplit_once('.').unwrap();
    let changed = |from: &str, to: &str| {
        forger.change(&token, |header| header, |payload| payload.replacen(from, to, 1))
    };
    let other_header = |from: &str, to: &str| {
        forger.change(&token, |header| header.replacen(from, to, 1), |payload| payload)
    };
    let mut looks = Vec::new();
    for (token, cookie) in [
        (format!("{rest}.{}", "A".repeat(43)), Some(&*good)),
        (format!("{rest}.{}", &mac[1..]), Some(&good)),
        (format!("{rest}."), Some(&good)),
        ("nonsense".into(), Some(&good)),
        (other_header("HS256", "none"), Some(&good)),
        (other_header(r#""kid":""#, r#""kid":"x"#), Some(&good)),
        (changed(r#""iss":"http"#, r#""iss":"https"#), Some(&good)),
        (changed(r#""aud":"http"#, r#""aud":"https"#), Some(&good)),
        (changed(r#""exp":"#, r#""exp":9"#), Some(&good)),
        (changed(r#""sub":"ann""#, r#""sub":7"#), Some(&good)),
        (changed("{", "["), Some(&good)),
        (token.clone(), None),
        (token.clone(), Some("")),
        (token.clone(), Some("A")),
        (token.clone(), Some(&"A".repeat(43))),
    ] {
        let mut answer = present(&client, &token, cookie).await;
        assert_eq!(answer.verdict(), refused());
        answer.headers.remove("date");
        looks.push((format!("{:?}", answer.headers), answer.body));
    }
    looks.dedup();
    assert_eq!(looks.len(), 1, "{looks:?}");
    assert!(!looks[0].1.contains(mac) && !looks[0].0.contains(mac));
}

/// Our tokens have one spelling, so other spellings of the same JSON are refused. The control fails for a verifier that
/// refuses everything.
///
/// Covers: J-056
#[tokio::test]
async fn only_our_own_spelling_of_a_token_is_accepted() {
    let (_host, client, forger) = stage().await;
    let (token, good) = (client.token.clone().unwrap(), client.fingerprint.clone().unwrap());
    let same = |text: String| text;
    let judged = async |token: String| present(&client, &token, Some(&good)).await.status.as_u16();
    assert_eq!(judged(forger.change(&token, same, same)).await, 200, "the control");
    for other in [
        forger.change(&token, |header| header.replace(':', ": "), same),
        forger.change(&token, |header| header.replace(r#","typ":"session+jwt""#, ""), same),
        forger.change(&token, |_| r#"{"typ":"session+jwt","alg":"HS256"}"#.into(), same),
        forger.change(&token, same, |payload| payload.replacen(',', ", ", 1)),
        forger.change(&token, same, |payload| payload.replacen('{', "{\"caf\u{e9}\":1,", 1)),
        forger.change(&token, same, |payload| payload.replacen('a', "\\u0061", 1)),
        forger.change(&token, same, |payload| format!("{payload} ")),
    ] {
        assert_eq!(judged(other).await, 401);
    }
}
