//! `Config::owasp_compat`: the names and spellings of the token-sidejacking mitigation formerly published by OWASP.

use base64ct::{Base64UrlUnpadded, Encoding};
use reqwest::Method;
use sha2::{Digest, Sha256};
use symbolon_tests::{
    Host, PASSWORD,
    client::{Client, refused, send},
};

/// Covers: T-18
#[tokio::test]
async fn the_owasp_format_is_spelt_as_published_and_checked_as_strictly() {
    let host = Host::start_with(symbolon_server::Config::owasp_compat).await;
    let mut client = Client::new(&host.origin);
    let boot = client.bootstrap().await;
    let proof = client.enrolment_by(&boot, "sign-in");
    let credentials = serde_json::json!({ "name": "ann", "password": PASSWORD });
    let answer = send(client.sign_in_request(&proof, &credentials)).await;
    let cookie = answer.headers.get_all("set-cookie").iter().next().unwrap().to_str().unwrap();
    let (name, rest) = cookie.split_once('=').unwrap();
    let (fingerprint, attributes) = rest.split_once("; ").unwrap();
    assert_eq!((name, attributes), ("__Secure-Fgp", "Path=/; Secure; HttpOnly; SameSite=Strict"));
    let is_upper_hex =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
    assert!(fingerprint.len() == 100 && is_upper_hex(fingerprint));

    let body = client.open(&answer).unwrap();
    let token = body["access_token"].as_str().unwrap();
    let payload = Base64UrlUnpadded::decode_vec(token.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    let hash =
        Sha256::digest(fingerprint).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    assert_eq!(claims["userFingerprint"], hash);

    let with = async |cookie: String| {
        send(client.plain(Method::GET, "/api/me").header("cookie", cookie).bearer_auth(token)).await.verdict()
    };
    assert_eq!(with(format!("__Secure-Fgp={fingerprint}")).await.0, 200);
    for wrong in [
        format!("__Secure-Fgp={}", fingerprint.to_lowercase()),
        format!("__Secure-Fgp={}", "A".repeat(100)),
        format!("__Secure-Fgp={fingerprint}; __Secure-Fgp={fingerprint}"),
        format!("__Host-Http-symbolon={fingerprint}"),
        String::new(),
    ] {
        assert_eq!(with(wrong.clone()).await, refused(), "{wrong}");
    }
}
