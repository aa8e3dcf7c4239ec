//! Hostile tokens and mixed halves, over HTTP.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use sha2::Sha256;
use symbolon_tests::{
    Host,
    client::{Answer, Client, FINGERPRINT, REFRESH, refused, send},
};

fn text(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

async fn present(client: &Client, token: &str) -> Answer {
    let request = client.plain(Method::GET, "/api/me").header("cookie", client.cookies());
    send(request.header("authorization", format!("Bearer {token}"))).await
}

/// Covers: T-01
#[tokio::test]
async fn flipping_any_byte_of_a_token_refuses_it() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let token = client.token.clone().unwrap();
    assert_eq!(present(&client, &token).await.status, 200, "the control");
    for position in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(present(&client, &changed).await.verdict(), refused(), "byte {position}");
    }
}

/// Covers: T-02
#[tokio::test]
async fn no_other_algorithm_is_accepted() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let token = client.token.clone().unwrap();
    let [header, payload, mac] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three segments") };
    let header = String::from_utf8(Base64UrlUnpadded::decode_vec(header).unwrap()).unwrap();
    for alg in ["none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA"] {
        let changed = text(header.replace("HS256", alg));
        for mac in [mac, "", &text([0; 32])] {
            assert_eq!(
                present(&client, &format!("{changed}.{payload}.{mac}")).await.verdict(),
                refused(),
                "{alg:?}"
            );
        }
    }
    // Tokens signed by the attacker with keys that a confused verifier might use, and headers that point to one.
    for key in [&b""[..], &[0; 32], b"secret", header.as_bytes()] {
        for extra in
            ["", r#""jwk":{"kty":"oct","k":""},"#, r#""jku":"http://127.0.0.1:9/","#, r#""crit":[],"#]
        {
            let input = format!("{}.{payload}", text(header.replacen('{', &format!("{{{extra}"), 1)));
            let mac =
                Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(&input).finalize().into_bytes();
            assert_eq!(
                present(&client, &format!("{input}.{}", text(mac))).await.verdict(),
                refused(),
                "{extra}"
            );
        }
    }
}

/// Covers: T-07
#[tokio::test]
async fn a_token_is_three_segments_and_nothing_else() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let token = client.token.clone().unwrap();
    let without_mac = token.rsplit_once('.').unwrap().0;
    for wrong in [
        String::new(),
        "..".into(),
        without_mac.into(),
        format!("{without_mac}."),
        format!("{token}."),
        format!("{token}="),
        format!("{token}.x"),
        token.replace('.', ".."),
        ".".repeat(8000),
        "A".repeat(16_000),
    ] {
        assert_eq!(present(&client, &wrong).await.verdict(), refused(), "{wrong:.60}");
    }
}

/// Covers: T-18, H-10, K-018
#[tokio::test]
async fn every_mixture_of_halves_but_the_right_one_is_refused_alike() {
    let host = Host::start().await;
    let (ann, ben) = (host.signed_in("ann").await, host.signed_in("ben").await);
    let good = ann.fingerprint.clone().unwrap();
    let token = ann.token.clone().unwrap();
    let mut answers = Vec::new();
    for cookie in [
        None,
        Some(format!("{FINGERPRINT}=")),
        Some(format!("{FINGERPRINT}={}", ben.fingerprint.clone().unwrap())),
        Some(format!("{FINGERPRINT}={}", "A".repeat(43))),
        Some(format!("{FINGERPRINT}={}", good.to_lowercase())),
        Some(format!("{FINGERPRINT}={good}; {FINGERPRINT}={good}")),
        Some(format!("{FINGERPRINT}={}", &good[..42])),
        Some(format!("{FINGERPRINT}={good}A")),
        Some(format!("{REFRESH}={}", ann.refresh.clone().unwrap())),
        Some(format!("fp={good}")),
    ] {
        let request = ann.plain(Method::GET, "/api/me").bearer_auth(&token);
        let request = match &cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let answer = send(request).await;
        assert_eq!(answer.verdict(), refused(), "{cookie:?}");
        answers.push((answer.body, answer.headers.len()));
    }
    // The cookie half alone, and both halves of another person's.
    let cookie_alone = send(ann.plain(Method::GET, "/api/me").header("cookie", ann.cookies())).await;
    assert_eq!(cookie_alone.verdict(), refused());
    answers.push((cookie_alone.body, cookie_alone.headers.len()));
    answers.dedup();
    assert_eq!(answers.len(), 1, "nobody learns which half was wrong");
    assert_eq!(ann.me().await.body, "ann", "and the session is none the worse");
}

/// Covers: T-23, J-051, J-052
#[tokio::test]
async fn a_token_anywhere_but_in_authorization_is_ignored() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let token = client.token.clone().unwrap();
    let at = |path: String| client.plain(Method::GET, &path).header("cookie", client.cookies());
    for request in [
        at(format!("/api/me?access_token={token}")),
        at("/api/me".into()).header("x-auth-token", &token),
        at("/api/me".into()).header("cookie", format!("access_token={token}")),
        at("/api/me".into()).bearer_auth(&token).bearer_auth(&token),
        at("/api/me".into()).header("authorization", format!("Basic {token}")),
    ] {
        assert_eq!(send(request).await.verdict(), refused());
    }
}

/// Covers: T-22, J-039
#[tokio::test]
async fn a_huge_authorization_header_is_refused() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    for (size, verdict) in [(4_000, refused()), (40_000, (431, "headers_too_large".into()))] {
        assert_eq!(present(&client, &"A".repeat(size)).await.verdict(), verdict, "{size}");
    }
}

/// Covers: P-01, P-02
#[tokio::test]
async fn a_token_has_the_required_claims_and_no_personal_data() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let claims = client.claims();
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    let allowed = [
        "amr",
        "app",
        "aud",
        "auth_time",
        "exp",
        "iat",
        "iss",
        "jti",
        "nbf",
        "sid",
        "sub",
        "userFingerprint",
        "ver",
    ];
    assert_eq!(names, allowed, "in the order of the alphabet");
    assert_eq!(
        claims["app"],
        serde_json::json!({ "role": "reader" }),
        "what the application says, and no more"
    );
}

/// Covers: S-024
#[tokio::test]
async fn every_mixture_of_three_parts_but_the_right_one_is_refused() {
    let host = Host::start().await;
    let (ann, ben) = (host.signed_in("ann").await, host.signed_in("ben").await);
    for parts in 0..8_u8 {
        let pick = |bit: u8| if parts & bit == 0 { &ann } else { &ben };
        let mut mixed = ann.another_tab().with_token_of(pick(1));
        mixed.fingerprint.clone_from(&pick(2).fingerprint);
        mixed.refresh.clone_from(&pick(4).refresh);
        let halves_fit = parts & 1 == (parts & 2) >> 1;
        let cookies_fit = (parts & 2) >> 1 == (parts & 4) >> 2;
        assert_eq!(mixed.me().await.status == 200, halves_fit, "{parts:03b}");
        assert_eq!(mixed.try_refresh().await.status == 200, cookies_fit, "{parts:03b}");
    }
}
