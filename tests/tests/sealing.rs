//! Sealed answers: what a middlebox sees of an answer that brings a token.

use base64ct::{Base64UrlUnpadded, Encoding};
use reqwest::Method;
use symbolon_tests::{
    Host, PASSWORD,
    client::{Answer, Client, refused, send},
    sealing::SealingKey,
};

/// Covers: I-19
#[test]
fn the_example_of_the_protocol_opens_to_the_printed_text() {
    let page = include_str!("../../docs/protocol.md");
    let example = |what: &str| {
        let (_, rest) = page.split_once(&format!("| {what} | `")).expect("a row of the example");
        rest.split('`').next().expect("a value")
    };
    let key = Base64UrlUnpadded::decode_vec(example("the private sealing key of the worker")).unwrap();
    let key = SealingKey::new(&key.try_into().unwrap());
    let (proven, answer) = (example("what was signed"), example("the answer"));
    assert!(proven.ends_with(&Base64UrlUnpadded::encode_string(&key.point())));
    assert_eq!(key.grant(answer, proven).unwrap(), example("the grant").as_bytes());

    let ephemeral = Base64UrlUnpadded::decode_vec(example("the private key of the server")).unwrap();
    let ephemeral = SealingKey::new(&ephemeral.try_into().unwrap());
    assert!(answer.contains(&Base64UrlUnpadded::encode_string(&ephemeral.point())));
    assert_eq!(ephemeral.grant(answer, proven), None, "another key");
    assert_eq!(key.grant(answer, &proven.replace("refresh", "sign-in")), None, "another operation");
    assert_eq!(key.grant(answer, &proven.replace("AwMD", "AwMA")), None, "another proof");
}

/// Covers: I-03, I-19
#[tokio::test]
async fn no_answer_contains_the_token() {
    let host = Host::start().await;
    let mut client = Client::new(&host.origin);
    let signed_in = client.sign_in("ann", PASSWORD).await;
    let first = client.token.clone().unwrap();
    let refreshed = client.try_refresh().await;
    let second = client.token.clone().unwrap();
    assert_eq!(client.me().await.status, 200, "the control: it is a token");
    for (answer, token) in [(signed_in, first), (refreshed, second)] {
        assert_eq!(answer.status, 200);
        let whole = format!("{:?} {}", answer.headers, answer.body);
        for segment in token.split('.') {
            assert!(!whole.contains(&segment[segment.len() - 20..]), "{whole}");
        }
        assert!(!whole.contains("access_token"), "{whole}");
    }
}

/// Covers: C-014, I-19
#[tokio::test]
async fn a_proof_with_a_swapped_sealing_key_is_refused() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let thief = SealingKey::new(&[7; 32]);
    let swapped = |proof: &str| {
        let mut segments: Vec<_> = proof.split('.').map(str::to_owned).collect();
        let place = segments.len() - 2;
        segments[place] = Base64UrlUnpadded::encode_string(&thief.point());
        segments.join(".")
    };
    let signature = client.signature("refresh");
    assert_eq!(client.refresh_with(&swapped(&signature)).await.verdict(), refused());
    assert_eq!(client.refresh_with(&signature).await.status, 200, "the control");

    let mut newcomer = client.another_tab();
    let boot = newcomer.bootstrap().await;
    let enrolment = newcomer.enrolment_by(&boot, "refresh");
    assert_eq!(newcomer.refresh_with(&swapped(&enrolment)).await.verdict(), refused());
    let enrolled = newcomer.refresh_with(&enrolment).await;
    assert_eq!(enrolled.status, 200, "the control");
    assert!(newcomer.open(&enrolled).is_some() && client.open(&enrolled).is_none());

    let mut another = Client::new(&host.origin);
    let proof = another.enrolment("sign-in").await;
    let sign_in = async |proof: &str| -> Answer {
        let credentials = serde_json::json!({ "name": "ann", "password": PASSWORD });
        send(another.sign_in_request(proof, &credentials)).await
    };
    assert_eq!(sign_in(&swapped(&proof)).await.verdict(), refused());
    assert_eq!(sign_in(&proof).await.status, 200, "the control");
}

/// Covers: I-19
#[tokio::test]
async fn a_sealing_key_off_the_curve_is_refused_and_ends_no_session() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let off_the_curve = [4; 65];
    let proof = client.signature_naming("refresh", &off_the_curve);
    assert_eq!(client.refresh_with(&proof).await.verdict(), refused());
    assert_eq!(client.act(Method::GET, "/api/me").await.status, 200);
    assert_eq!(
        client.refresh_with(&client.signature("refresh")).await.status,
        200,
        "the refresh token is not spent"
    );
}
