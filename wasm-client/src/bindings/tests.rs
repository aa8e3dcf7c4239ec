//! What only a browser can answer. Who serves these tests answers any request with what it was sent, as `401`.

use js_sys::{Array, Object, Reflect};
use symbolon_shared::{
    proof::{Operation, Proof, Signature, Stamp, WorkerPublicKey},
    seal::{SealedGrant, SealingKey},
};
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_sys::{CryptoKey, SubtleCrypto, WorkerGlobalScope};

use super::*;
use crate::http::WorkerKey;

/// By the Fetch Standard no browser connects to this port.
const UNREACHABLE: &str = "http://127.0.0.1:1/";

#[wasm_bindgen(raw_module = "./keys.js")]
extern "C" {
    #[wasm_bindgen(js_name = Keys)]
    type KeysClass;
    #[wasm_bindgen(static_method_of = KeysClass, js_class = "Keys")]
    async fn generate() -> JsValue;
}

async fn keys() -> BrowserKeys {
    BrowserKeys::new(KeysClass::generate().await.unchecked_into()).unwrap()
}

#[test]
async fn the_private_halves_of_the_keys_cannot_be_taken_out() {
    let usages = Array::of1(&"sign".into());
    let pair = subtle().generate_key_with_object(&curve("ECDSA"), true, &usages).unwrap();
    let control: web_sys::CryptoKeyPair = JsFuture::from(pair).await.unwrap().unchecked_into();
    let keys = keys().await;
    for format in ["pkcs8", "jwk"] {
        assert_eq!(export(&control.get_private_key(), format).await, Ok(()), "{format}");
        for name in ["signing", "sealing"] {
            let key = Reflect::get(&keys.keys, &name.into()).unwrap().unchecked_into();
            assert_eq!(export(&key, format).await, Err("InvalidAccessError".to_owned()), "{name}, {format}");
        }
    }
}

async fn export(key: &CryptoKey, format: &str) -> Result<(), String> {
    let exported = JsFuture::from(subtle().export_key(format, key).unwrap()).await;
    exported.map(drop).map_err(|error| error.unchecked_into::<js_sys::Error>().name().into())
}

#[test]
async fn what_the_key_signs_is_verified_by_the_public_half_that_the_server_is_told() {
    let key = keys().await;
    let signature = key.sign("sign.refresh").await.unwrap();
    assert!(verifies(key.public(), "sign.refresh", &signature).await);
    assert!(!verifies(key.public(), "sign.sign-in", &signature).await);
    assert!(!verifies(keys().await.public(), "sign.refresh", &signature).await);
}

async fn verifies(public: WorkerPublicKey, message: &str, signature: &[u8; 64]) -> bool {
    let raw = Uint8Array::from(public.as_bytes().as_slice());
    let usages = Array::of1(&"verify".into());
    let key = subtle().import_key_with_object("raw", &raw, &curve("ECDSA"), false, &usages).unwrap();
    let key: CryptoKey = JsFuture::from(key).await.unwrap().unchecked_into();
    let verified = subtle().verify_with_object_and_js_u8_array_and_js_u8_array(
        &js(r#"{"name":"ECDSA","hash":"SHA-256"}"#),
        &key,
        &Uint8Array::from(signature.as_slice()),
        &Uint8Array::from(message.as_bytes()),
    );
    JsFuture::from(verified.unwrap()).await.unwrap().is_truthy()
}

/// The example of `docs/protocol.md`: the answer to this proof, by this worker.
#[test]
async fn i_19_the_browser_opens_what_was_sealed_to_it_and_nothing_else() {
    let keys = keys().await;
    let own = Reflect::get(&keys.keys, &"sealing".into()).unwrap();
    let grant = SealedGrant::parse(
        concat!(
            r#"{"ephemeral_key":"BHE1-k_ZOgnc6Yu_aBtL_PUOfA1jVOYq-wv_KjQpYXhl7UwfAt25Aj7lalV-UV1qncZsEfIglg"#,
            r#"3llDNN9Yh3ZyQ","sealed_grant":"UX2IhERhEp51qqOZjnrggRCdAXFKFu90Z7aFQ1ypaAV9F8AeNXOwYSn65eDqCF"#,
            r#"Y6KOMraBQVoCyO6Cw-DqwuqyPmRHz8NdFk5sbncDK5AhoRf6uIfvTebSAktVg"}"#
        )
        .as_bytes(),
    )
    .unwrap();
    let proof = [
        "sign.JWsb4ydF0dHJ1JEhzIe8RRxPLfp1bYm0yRCvrrYliuA.1700000000.AwMDAwMDAwMDAwMDAwMDAw.",
        "BFUPRxAD89-Xw99QaseX9nIfsaH7e49vg9IkSYplyI4kE2CT1wEuUJpzcVy9CwCjzA_0tcAbP_oZarH7MnA2uOY.",
        &"A".repeat(86),
    ];
    let Ok(Proof::Sign(proof)) = Proof::parse(&proof.concat()) else { panic!("it is a proof") };
    let jwk = js(
        r#"{"kty":"EC","crv":"P-256","d":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI","x":"VQ9HEAPz35fD31Bqx5f2ch-xoft7j2-D0iRJimXIjiQ","y":"E2CT1wEuUJpzcVy9CwCjzA_0tcAbP_oZarH7MnA2uOY"}"#,
    );
    let usages = Array::of1(&"deriveKey".into());
    let worker = subtle().import_key_with_object("jwk", &jwk, &curve("ECDH"), false, &usages).unwrap();
    let worker = JsFuture::from(worker).await.unwrap();

    Reflect::set(&keys.keys, &"sealing".into(), &worker).unwrap();
    let opened = keys.open(&grant, &proof.recipient(Operation::Refresh)).await.unwrap();
    assert_eq!(*opened, br#"{"access_token":"header.payload.mac","token_type":"Bearer","expires_in":300}"#);

    let refused = async |grant: &SealedGrant, operation| {
        keys.open(grant, &proof.recipient(operation)).await.map(drop) == Err(VaultError::Protocol)
    };
    assert!(refused(&grant, Operation::SignIn).await, "another operation");
    let mut changed = grant.clone();
    changed.sealed[0] ^= 1;
    assert!(refused(&changed, Operation::Refresh).await, "another byte");
    let short = SealedGrant { sealed: Vec::new(), ..grant.clone() };
    assert!(refused(&short, Operation::Refresh).await, "nothing");
    for wrong in [[0; 65], [4; 65]] {
        let off = SealedGrant { ephemeral: SealingKey::from_bytes(wrong), ..grant.clone() };
        assert!(refused(&off, Operation::Refresh).await, "no point of the curve");
    }
    Reflect::set(&keys.keys, &"sealing".into(), &own).unwrap();
    assert!(refused(&grant, Operation::Refresh).await, "another worker");
}

#[test]
async fn what_the_browser_opened_is_wiped_there() {
    let keys = keys().await;
    let opened = Uint8Array::from(b"plain".as_slice());
    Reflect::set(&keys.keys, &"opened".into(), &Promise::resolve(&opened.buffer())).unwrap();
    Reflect::set(&keys.keys, &"open".into(), &Function::new_no_args("return this.opened")).unwrap();
    let key = SealingKey::from_bytes([4; 65]);
    let proof = Signature::unsigned(&keys.public(), key, Stamp { at: UnixTime(0), nonce: [0; 16] });
    let grant = SealedGrant { ephemeral: key, sealed: Vec::new() };
    let taken = keys.open(&grant, &proof.recipient(Operation::Refresh)).await.unwrap();
    assert_eq!(*taken, b"plain");
    assert_eq!(opened.to_vec(), [0; 5]);
}

fn curve(algorithm: &str) -> Object {
    js(&format!(r#"{{"name":"{algorithm}","namedCurve":"P-256"}}"#))
}

fn js(json: &str) -> Object {
    js_sys::JSON::parse(json).unwrap().unchecked_into()
}

#[test]
async fn no_nonce_comes_twice() {
    let key = keys().await;
    let (one, other) = (key.nonce().unwrap(), key.nonce().unwrap());
    assert_ne!(one, other);
    assert_ne!(one, [0; 16]);
}

#[test]
async fn a_call_sends_what_it_says_and_brings_the_answer() {
    let token = AccessToken::new("h.p.s".into());
    let call = Call { path: "/call", proof: Some("sign.x".into()), bearer: Some(&token), body: b"{}" };
    let answer = Network.call(call).await.unwrap();
    assert_eq!(answer.status, 401);
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
async fn a_request_of_the_page_is_sent_with_the_token() {
    let response = relay("/relay").await.unwrap();
    assert_eq!(response.status, 401);
    assert_eq!(response.challenge.as_deref(), Some("Symbolon problem=\"sign_in_required\""));
    let sent = JsFuture::from(response.rest.text().unwrap()).await.unwrap().as_string().unwrap();
    assert!(sent.starts_with("PUT /relay\n"), "{sent}");
    assert!(sent.contains("\nauthorization: Bearer h.p.s\n"), "{sent}");
}

#[test]
async fn what_has_no_answer_is_an_error_of_the_network() {
    let call = Call { path: UNREACHABLE, proof: None, bearer: None, body: &[] };
    assert_eq!(Network.call(call).await.err(), Some(VaultError::Offline));
    assert_eq!(relay(UNREACHABLE).await.err(), Some(VaultError::Network));
    assert_eq!(relay("http://[").await.err(), Some(VaultError::Network));
}

async fn relay(url: &str) -> Result<Response<web_sys::Response>, VaultError> {
    let send = Function::new_with_args(
        "authorization",
        "return fetch(this.url, { method: 'PUT', headers: { authorization } });",
    );
    let rest = Object::new();
    Reflect::set(&rest, &"url".into(), &url.into()).unwrap();
    Reflect::set(&rest, &"send".into(), &send).unwrap();
    let request = Request {
        address: None,
        header_names: String::new(),
        once: false,
        shows_redirects: false,
        rest: rest.unchecked_into(),
    };
    Network.answered(Network.send(&request, &AccessToken::new("h.p.s".into()))).await
}

fn subtle() -> SubtleCrypto {
    js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto().unwrap().subtle()
}
