//! Tests that need a browser. The server of these tests answers each request with a 401 that repeats the request.

use std::pin::pin;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use symbolon_shared::{
    access_token::AccessToken,
    encoding,
    proof::{Operation, Proof, VaultSecret, WorkerPublicKey},
    seal::{self, SealedTexts},
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_sys::{CryptoKey, SubtleCrypto, WorkerGlobalScope};

use super::{platform::Turn, *};
use crate::{
    http::{Answer, Call, Http},
    keys::WorkerKeys,
    turns::Turns,
};

/// A URL that no browser connects to: the Fetch Standard blocks this port.
const UNREACHABLE: &str = "http://127.0.0.1:1/";

#[wasm_bindgen(raw_module = "./keys.js")]
extern "C" {
    #[wasm_bindgen(js_name = Keys)]
    type KeysClass;
    #[wasm_bindgen(static_method_of = KeysClass, js_class = "Keys")]
    async fn generate(secret: &str) -> JsValue;
}

#[wasm_bindgen(raw_module = "./platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = Platform)]
    type PlatformClass;
    #[wasm_bindgen(constructor, js_class = "Platform")]
    fn new() -> PlatformClass;
}

fn secret() -> VaultSecret {
    VaultSecret::from_bytes([1; 32])
}

async fn keys() -> BrowserKeys {
    BrowserKeys(KeysClass::generate(&secret().expose()).await.unchecked_into())
}

fn browser() -> Browser {
    Browser(PlatformClass::new().unchecked_into())
}

/// Runs work to its end, as the worker's script does.
async fn done<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut answer = Ok(JsValue::UNDEFINED);
    loop {
        match work::step(work.as_mut(), answer) {
            Ok(done) => return done,
            Err(question) => answer = JsFuture::from(question.expect("it waits for the browser")).await,
        }
    }
}

#[test]
async fn the_private_halves_of_the_keys_cannot_be_taken_out() {
    let usages = Array::of1(&"sign".into());
    let pair = subtle().generate_key_with_object(&curve("ECDSA"), true, &usages).unwrap();
    let control: web_sys::CryptoKeyPair = JsFuture::from(pair).await.unwrap().unchecked_into();
    let keys = keys().await;
    for format in ["pkcs8", "jwk"] {
        assert_eq!(export(&control.get_private_key(), format).await, Ok(()), "{format}");
        for name in ["secretKey", "signingKey", "sealingKey"] {
            let key = Reflect::get(&keys.0, &name.into()).unwrap().unchecked_into();
            assert_eq!(export(&key, format).await, Err("InvalidAccessError".to_owned()), "{name}, {format}");
        }
    }
}

async fn export(key: &CryptoKey, format: &str) -> Result<(), String> {
    let exported = JsFuture::from(subtle().export_key(format, key).unwrap()).await;
    exported.map(drop).map_err(|error| error.unchecked_into::<js_sys::Error>().name().into())
}

#[test]
async fn the_public_key_that_the_server_gets_verifies_the_workers_signatures() {
    let keys = keys().await;
    let signature = done(keys.sign("sign.refresh")).await.unwrap();
    assert!(verifies(&keys.signing(), "sign.refresh", &signature).await);
    assert!(!verifies(&keys.signing(), "sign.sign-in", &signature).await);
    assert!(!verifies(&self::keys().await.signing(), "sign.refresh", &signature).await);
}

async fn verifies(public: &str, message: &str, signature: &str) -> bool {
    let raw = bytes(public);
    let usages = Array::of1(&"verify".into());
    let key = subtle().import_key_with_object("raw", &raw, &curve("ECDSA"), false, &usages).unwrap();
    let key: CryptoKey = JsFuture::from(key).await.unwrap().unchecked_into();
    let verified = subtle().verify_with_object_and_js_u8_array_and_js_u8_array(
        &js(r#"{"name":"ECDSA","hash":"SHA-256"}"#),
        &key,
        &bytes(signature),
        &Uint8Array::from(message.as_bytes()),
    );
    JsFuture::from(verified.unwrap()).await.unwrap().is_truthy()
}

fn bytes(base64url: &str) -> Uint8Array {
    Uint8Array::from(encoding::decode(base64url).unwrap().as_slice())
}

#[test]
async fn the_browser_and_the_server_agree_on_macs_thumbprints_and_spelling() {
    let keys = keys().await;
    let by_browser = done(keys.mac("enrol.refresh")).await.unwrap();
    assert_eq!(by_browser, secret().mac("enrol.refresh"));
    assert_ne!(by_browser, secret().mac("enrol.sign-in"));
    let public = WorkerPublicKey::from_bytes(encoding::decode_array(&keys.signing()).unwrap());
    assert_eq!(keys.thumbprint(), encoding::encode(&public.thumbprint()));
    assert_eq!(encoding::decode(&keys.sealing()).unwrap().len(), 65);
    assert_eq!(keys.decoded(&encoding::encode("Zoë".as_bytes())), "Zoë");
    assert_eq!(keys.decoded("?"), "");
}

/// The example of `docs/protocol.md`: the answer to this proof, by this worker.
///
/// Covers: I-19
#[test]
async fn the_browser_opens_what_was_sealed_to_it_and_nothing_else() {
    let keys = keys().await;
    let own = Reflect::get(&keys.0, &"sealingKey".into()).unwrap();
    let grant = SealedTexts {
        ephemeral: "BHE1-k_ZOgnc6Yu_aBtL_PUOfA1jVOYq-wv_KjQpYXhl7UwfAt25Aj7lalV-UV1qncZsEfIglg3llDNN9Yh3ZyQ",
        sealed: concat!(
            "UX2IhERhEp51qqOZjnrggRCdAXFKFu90Z7aFQ1ypaAV9F8AeNXOwYSn65eDqCF",
            "Y6KOMraBQVoCyO6Cw-DqwuqyPmRHz8NdFk5sbncDK5AhoRf6uIfvTebSAktVg"
        ),
    };
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

    Reflect::set(&keys.0, &"sealingKey".into(), &worker).unwrap();
    let context =
        |operation, grant: SealedTexts<'_>| seal::context(&proof.message(operation), grant.ephemeral);
    let opened = done(keys.open(grant, &context(Operation::Refresh, grant))).await.unwrap();
    assert_eq!(*opened, br#"{"access_token":"header.payload.mac","token_type":"Bearer","expires_in":300}"#);

    let refused = async |grant: SealedTexts<'_>, operation| {
        done(keys.open(grant, &context(operation, grant))).await.map(drop) == Err(VaultError::Protocol)
    };
    assert!(refused(grant, Operation::SignIn).await, "another operation");
    let changed = grant.sealed.replacen("UX2", "UX3", 1);
    assert!(refused(SealedTexts { sealed: &changed, ..grant }, Operation::Refresh).await, "another byte");
    for wrong in ["", "?"] {
        assert!(refused(SealedTexts { sealed: wrong, ..grant }, Operation::Refresh).await, "{wrong:?}");
    }
    for wrong in [[0; 65], [4; 65]] {
        let off = encoding::encode(&wrong);
        let off = SealedTexts { ephemeral: &off, ..grant };
        assert!(refused(off, Operation::Refresh).await, "no point of the curve");
    }
    Reflect::set(&keys.0, &"sealingKey".into(), &own).unwrap();
    assert!(refused(grant, Operation::Refresh).await, "another worker");
}

#[test]
async fn the_browsers_copy_of_an_opened_grant_is_wiped() {
    let keys = keys().await;
    let opened = Uint8Array::from(b"plain".as_slice());
    Reflect::set(&keys.0, &"opened".into(), &Promise::resolve(&opened.buffer())).unwrap();
    Reflect::set(&keys.0, &"open".into(), &Function::new_no_args("return this.opened")).unwrap();
    let taken = done(keys.open(SealedTexts { ephemeral: "", sealed: "" }, "")).await.unwrap();
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
async fn two_nonces_differ() {
    let key = keys().await;
    let (one, other) = (key.nonce(), key.nonce());
    assert_ne!(one, other);
    assert_eq!(encoding::decode(&one).unwrap().len(), 16);
}

#[test]
async fn a_call_is_sent_as_given_and_returns_the_answer() {
    let token = AccessToken::new("h.p.s".into());
    let call = Call { path: "/call", proof: Some("sign.x"), bearer: Some(&token), body: "{}" };
    let Answer { head, body: sent } = done(browser().call(call)).await.unwrap();
    assert_eq!(head.status, 401);
    assert_eq!(head.challenge.as_deref(), Some("Symbolon problem=\"sign_in_required\""));
    assert!(sent.starts_with("POST /call\n") && sent.ends_with("\n\n{}"), "{sent}");
    for header in ["content-type: application/json", "symbolon-proof: sign.x", "authorization: Bearer h.p.s"]
    {
        assert!(sent.contains(&format!("\n{header}\n")), "{header}: {sent}");
    }
}

#[test]
async fn a_call_without_proof_or_token_has_no_header_for_them() {
    let call = Call { path: "/call", proof: None, bearer: None, body: "" };
    let sent = done(browser().call(call)).await.unwrap().body;
    assert!(sent.starts_with("POST /call\n"), "{sent}");
    assert!(!sent.contains("symbolon-proof") && !sent.contains("authorization"), "{sent}");
}

#[test]
async fn a_request_of_the_page_is_sent_with_the_token() {
    let response = relay("/relay").await.unwrap();
    let head = browser().head(&response);
    assert_eq!(head.status, 401);
    assert_eq!(head.challenge.as_deref(), Some("Symbolon problem=\"sign_in_required\""));
    let sent = JsFuture::from(response.text().unwrap()).await.unwrap().as_string().unwrap();
    assert!(sent.starts_with("PUT /relay\n"), "{sent}");
    assert!(sent.contains("\nauthorization: Bearer h.p.s\n"), "{sent}");
}

#[test]
async fn a_request_without_an_answer_is_a_network_error() {
    let call = Call { path: UNREACHABLE, proof: None, bearer: None, body: "" };
    assert_eq!(done(browser().call(call)).await.err(), Some(VaultError::Offline));
    assert_eq!(relay(UNREACHABLE).await.err(), Some(VaultError::Network));
    assert_eq!(relay("http://[").await.err(), Some(VaultError::Network));
}

async fn relay(url: &str) -> Result<web_sys::Response, VaultError> {
    let send = Function::new_with_args(
        "authorization",
        "return fetch(this.url, { method: 'PUT', headers: { authorization } });",
    );
    let request = Object::new();
    Reflect::set(&request, &"url".into(), &url.into()).unwrap();
    Reflect::set(&request, &"send".into(), &send).unwrap();
    let browser = browser();
    let sending = browser.send(request.unchecked_ref(), &AccessToken::new("h.p.s".into()));
    done(browser.answered(sending)).await
}

#[test]
async fn turns_within_a_tab_come_one_at_a_time_in_the_order_of_the_calls() {
    let browser = browser();
    let first = done(browser.in_tab()).await;
    let (second, third) = (browser.0.turn_in_tab(), browser.0.turn_in_tab());
    let waits: Promise = Promise::resolve(&JsValue::from_str("waits"));
    let race = |turn: &Promise| JsFuture::from(Promise::race(&Array::of2(turn, &waits)));
    assert_eq!(race(&second).await, Ok("waits".into()), "the first has not ended");
    drop(first);
    let second: Turn = JsFuture::from(second).await.unwrap().unchecked_into();
    assert_eq!(race(&third).await, Ok("waits".into()), "the second has not ended");
    second.end();
    assert!(JsFuture::from(third).await.is_ok());
}

fn subtle() -> SubtleCrypto {
    js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto().unwrap().subtle()
}
