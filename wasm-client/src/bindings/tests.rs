//! What only a browser can answer. Who serves these tests answers any request with what it was sent, as `404`.

use wasm_bindgen_test::wasm_bindgen_test as test;
use web_sys::SubtleCrypto;

use super::*;

/// By the Fetch Standard no browser connects to this port.
const UNREACHABLE: &str = "http://127.0.0.1:1/";

#[test]
async fn the_private_half_of_the_key_cannot_be_taken_out() {
    let usages = Array::of2(&"sign".into(), &"verify".into());
    let pair = subtle().generate_key_with_object(&algorithm("namedCurve", "P-256").unwrap(), true, &usages);
    let control: web_sys::CryptoKeyPair = JsFuture::from(pair.unwrap()).await.unwrap().unchecked_into();
    let key = PairedKey::generate().await.unwrap();
    for format in ["pkcs8", "jwk"] {
        assert_eq!(export(&control.get_private_key(), format).await, Ok(()), "{format}");
        assert_eq!(export(&key.private, format).await, Err("InvalidAccessError".to_owned()), "{format}");
    }
}

async fn export(key: &CryptoKey, format: &str) -> Result<(), String> {
    let exported = JsFuture::from(subtle().export_key(format, key).unwrap()).await;
    exported.map(drop).map_err(|error| error.unchecked_into::<js_sys::Error>().name().into())
}

#[test]
async fn what_the_key_signs_is_verified_by_the_public_half_that_the_server_is_told() {
    let key = PairedKey::generate().await.unwrap();
    let signature = key.sign("sign.refresh").await.unwrap();
    assert!(verifies(key.public(), "sign.refresh", &signature).await);
    assert!(!verifies(key.public(), "sign.sign-in", &signature).await);
    let other = PairedKey::generate().await.unwrap();
    assert!(!verifies(other.public(), "sign.refresh", &signature).await);
}

async fn verifies(public: WorkerPublicKey, message: &str, signature: &[u8; 64]) -> bool {
    let raw = Uint8Array::from(public.as_bytes().as_slice());
    let usages = Array::of1(&"verify".into());
    let curve = algorithm("namedCurve", "P-256").unwrap();
    let key = subtle().import_key_with_object("raw", &raw, &curve, false, &usages).unwrap();
    let key: CryptoKey = JsFuture::from(key).await.unwrap().unchecked_into();
    let verified = subtle().verify_with_object_and_js_u8_array_and_js_u8_array(
        &algorithm("hash", "SHA-256").unwrap(),
        &key,
        &Uint8Array::from(signature.as_slice()),
        &Uint8Array::from(message.as_bytes()),
    );
    JsFuture::from(verified.unwrap()).await.unwrap().is_truthy()
}

#[test]
async fn no_nonce_comes_twice() {
    let key = PairedKey::generate().await.unwrap();
    let (one, other) = (key.nonce().unwrap(), key.nonce().unwrap());
    assert_ne!(one, other);
    assert_ne!(one, [0; 16]);
}

#[test]
async fn a_call_sends_what_it_says_and_brings_the_answer() {
    let token = AccessToken::new("h.p.s".into());
    let call = Call { path: "/call", proof: Some("sign.x".into()), bearer: Some(&token), body: b"{}" };
    let answer = Network.call(call).await.unwrap();
    assert_eq!(answer.status, 404);
    assert_eq!(answer.challenge.as_deref(), Some("Symbolon problem=\"sign_in_required\""));
    let sent = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(sent.starts_with("POST /call\n") && sent.ends_with("\n\n{}"), "{sent}");
    for header in ["content-type: application/json", "symbolon-proof: sign.x", "authorization: Bearer h.p.s"]
    {
        assert!(sent.contains(&format!("\n{header}\n")), "{header}: {sent}");
    }
}

#[test]
async fn a_call_without_proof_or_token_has_no_header_for_them() {
    let call = Call { path: "/call", proof: None, bearer: None, body: &[] };
    let sent = String::from_utf8(Network.call(call).await.unwrap().body.to_vec()).unwrap();
    assert!(sent.starts_with("POST /call\n"), "{sent}");
    assert!(!sent.contains("symbolon-proof") && !sent.contains("authorization"), "{sent}");
}

#[test]
async fn a_request_of_the_page_is_sent_as_it_is_and_with_the_token() {
    let response = relay(&request("/relay", None)).await.unwrap();
    assert_eq!(response.status, 404);
    assert_eq!(response.challenge.as_deref(), Some("Symbolon problem=\"sign_in_required\""));
    let sent = JsFuture::from(response.rest.text().unwrap()).await.unwrap().as_string().unwrap();
    assert!(sent.starts_with("PUT /relay\n") && sent.ends_with("\n\nbody"), "{sent}");
    for header in ["x-request-id: 1", "cache-control: no-cache", "authorization: Bearer h.p.s"] {
        assert!(sent.contains(&format!("\n{header}\n")), "{header}: {sent}");
    }
}

#[test]
async fn a_redirect_is_not_followed() {
    assert_eq!(relay(&request("/moved", None)).await.unwrap().status, 0);
}

#[test]
async fn the_token_is_taken_out_of_what_a_request_was_made_of() {
    let request = request("/relay", None);
    relay(&request).await.unwrap();
    assert!(!request.rest.headers().has("authorization").unwrap());
}

#[test]
async fn what_has_no_answer_is_an_error_of_the_network() {
    let call = Call { path: UNREACHABLE, proof: None, bearer: None, body: &[] };
    assert_eq!(Network.call(call).await.err(), Some(VaultError::Offline));
    assert_eq!(relay(&request(UNREACHABLE, None)).await.err(), Some(VaultError::Network));
    let aborted = request("/relay", Some(AbortSignal::abort()));
    assert_eq!(relay(&aborted).await.err(), Some(VaultError::Network));
}

async fn relay(request: &Request<PageRequest>) -> Result<Response<web_sys::Response>, VaultError> {
    Network.relay(request, &AccessToken::new("h.p.s".into())).await
}

fn request(url: &str, signal: Option<AbortSignal>) -> Request<PageRequest> {
    let headers = Headers::new().unwrap();
    headers.set("x-request-id", "1").unwrap();
    let init = RequestInit::new();
    init.set_method("PUT");
    init.set_body(&"body".into());
    init.set_cache(web_sys::RequestCache::NoStore);
    init.set_signal(signal.as_ref());
    let rest = Object::new();
    Reflect::set(&rest, &"headers".into(), &headers).unwrap();
    Reflect::set(&rest, &"init".into(), &init).unwrap();
    Request {
        url: url.into(),
        header_names: vec!["x-request-id".into()],
        once: false,
        shows_redirects: false,
        rest: rest.unchecked_into(),
    }
}

fn subtle() -> SubtleCrypto {
    scope().crypto().unwrap().subtle()
}
