//! What the worker's script sees of the vault: conversions in, conversions out, no decisions.

use std::time::Duration;

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use serde::Serialize;
use symbolon_shared::{
    proof::{PROOF_HEADER, VaultSecret, WorkerPublicKey},
    secret::AccessToken,
    time::UnixTime,
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, CryptoKey, Headers, RequestInit, RequestRedirect, WorkerGlobalScope};
use zeroize::Zeroizing;

use crate::{
    boot::Boot,
    error::VaultError,
    http::{Answer, Call, Http, Request, Response, WorkerKey},
    vault::{self, SessionInfo},
};

#[wasm_bindgen]
extern "C" {
    /// The configuration as the server wrote it into the script.
    pub type BootObject;
    #[wasm_bindgen(method, getter)]
    fn origin(this: &BootObject) -> String;
    #[wasm_bindgen(method, getter, js_name = apiOrigins)]
    fn api_origins(this: &BootObject) -> Vec<String>;
    #[wasm_bindgen(method, getter, js_name = authPath)]
    fn auth_path(this: &BootObject) -> String;
    #[wasm_bindgen(method, getter, js_name = secretId)]
    fn secret_id(this: &BootObject) -> String;
    #[wasm_bindgen(method, getter)]
    fn secret(this: &BootObject) -> String;
    #[wasm_bindgen(method, getter, js_name = secretLifetime)]
    fn secret_lifetime(this: &BootObject) -> u32;
    #[wasm_bindgen(method, getter)]
    fn now(this: &BootObject) -> f64;
    #[wasm_bindgen(method, getter, js_name = mayHaveSession)]
    fn may_have_session(this: &BootObject) -> bool;

    /// A page's request as the worker's script has checked it to be.
    pub type PageRequest;
    #[wasm_bindgen(method, getter)]
    fn url(this: &PageRequest) -> String;
    #[wasm_bindgen(method, getter)]
    fn method(this: &PageRequest) -> String;
    #[wasm_bindgen(method, getter, js_name = headerNames)]
    fn header_names(this: &PageRequest) -> Vec<String>;
    #[wasm_bindgen(method, getter, js_name = headerValues)]
    fn header_values(this: &PageRequest) -> Vec<String>;
    #[wasm_bindgen(method, getter)]
    fn body(this: &PageRequest) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn cache(this: &PageRequest) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn signal(this: &PageRequest) -> Option<AbortSignal>;
}

/// The vault. Every error it throws is an `AuthErrorCode`.
#[wasm_bindgen]
pub struct Vault(vault::Vault<Network, PairedKey>);

#[wasm_bindgen]
impl Vault {
    /// A vault without a session, with a key that was made for it.
    ///
    /// # Errors
    /// `protocol` when the configuration is not one; `unsupported` when the browser has no such cryptography.
    pub async fn open(boot: BootObject) -> Result<Self, JsValue> {
        let boot = Boot {
            origin: boot.origin(),
            api_origins: boot.api_origins(),
            auth_path: boot.auth_path(),
            secret_id: boot.secret_id(),
            secret: VaultSecret::parse(&Zeroizing::new(boot.secret()))
                .map_err(|_| thrown(VaultError::Protocol))?,
            secret_lifetime: Duration::from_secs(boot.secret_lifetime().into()),
            now: UnixTime(whole(boot.now())),
            may_have_session: boot.may_have_session(),
        };
        let key = PairedKey::generate().await.map_err(|_| thrown(VaultError::Unsupported))?;
        Ok(Self(vault::Vault::new(Network, key, boot)))
    }

    /// The session that the browser's cookies name, or `undefined`.
    ///
    /// # Errors
    /// Why that cannot be known.
    pub async fn restore(&self) -> Result<JsValue, JsValue> {
        match self.0.restore().await.map_err(thrown)? {
            Some(session) => told(&session),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// Begins a session with what the person typed, as JSON.
    ///
    /// # Errors
    /// Why there is none.
    #[wasm_bindgen(js_name = signIn)]
    pub async fn sign_in(&self, credentials: String) -> Result<JsValue, JsValue> {
        let credentials = Zeroizing::new(credentials);
        told(&self.0.sign_in(credentials.as_bytes()).await.map_err(thrown)?)
    }

    /// Sends a request with the token.
    ///
    /// # Errors
    /// Why it has no answer.
    pub async fn fetch(&self, request: PageRequest) -> Result<web_sys::Response, JsValue> {
        let headers = request.header_names().into_iter().zip(request.header_values()).collect();
        let request = Request { url: request.url(), method: request.method(), headers, rest: request };
        Ok(self.0.fetch(&request).await.map_err(thrown)?.rest)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the server could not be told.
    #[wasm_bindgen(js_name = signOut)]
    pub async fn sign_out(&self) -> Result<(), JsValue> {
        self.0.sign_out().await.map_err(thrown)
    }
}

fn thrown(error: VaultError) -> JsValue {
    JsValue::from_str(error.code())
}

/// What the page is told of a session.
fn told(session: &SessionInfo) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Told<'a> {
        claims: &'a str,
        expires_in: u64,
    }
    let told = Told { claims: &session.claims, expires_in: session.expires_in };
    serde_wasm_bindgen::to_value(&told).map_err(|_| thrown(VaultError::Protocol))
}

/// The worker's own `fetch`, clock and randomness.
struct Network;

impl Http for Network {
    type Outgoing = PageRequest;
    type Incoming = web_sys::Response;

    async fn call(&self, call: Call<'_>) -> Result<Answer, VaultError> {
        let headers = Headers::new().map_err(|_| VaultError::Unsupported)?;
        set(&headers, "content-type", "application/json")?;
        if let Some(proof) = &call.proof {
            set(&headers, PROOF_HEADER, proof)?;
        }
        if let Some(bearer) = call.bearer {
            authorize(&headers, bearer)?;
        }
        let init = request_init("POST", &headers);
        if !call.body.is_empty() {
            init.set_body(&Uint8Array::from(call.body));
        }
        let response = send(call.path, &init).await?;
        let body: Promise = response.array_buffer().map_err(|_| VaultError::Network)?;
        let body = Uint8Array::new(&JsFuture::from(body).await.map_err(|_| VaultError::Network)?);
        let answer = Answer {
            status: response.status(),
            challenge: challenge(&response),
            body: Zeroizing::new(body.to_vec()),
        };
        body.fill(0, 0, body.length());
        Ok(answer)
    }

    async fn relay(
        &self,
        request: &Request<PageRequest>,
        bearer: &AccessToken,
    ) -> Result<Response<web_sys::Response>, VaultError> {
        let headers = Headers::new().map_err(|_| VaultError::Unsupported)?;
        for (name, value) in &request.headers {
            headers.append(name, value).map_err(|_| VaultError::Unsupported)?;
        }
        authorize(&headers, bearer)?;
        let init = request_init(&request.method, &headers);
        init.set_body(&request.rest.body());
        init.set_signal(request.rest.signal().as_ref());
        Reflect::set(&init, &"cache".into(), &request.rest.cache()).map_err(|_| VaultError::Unsupported)?;
        let response = send(&request.url, &init).await?;
        Ok(Response { status: response.status(), challenge: challenge(&response), rest: response })
    }

    fn now(&self) -> Duration {
        let now = scope().performance().map_or(0.0, |clock| clock.now());
        Duration::from_millis(whole(now))
    }
}

fn request_init(method: &str, headers: &Headers) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_headers(headers);
    // A redirect is shown to nobody and followed by nobody: where it leads was not judged.
    init.set_redirect(RequestRedirect::Manual);
    init
}

async fn send(url: &str, init: &RequestInit) -> Result<web_sys::Response, VaultError> {
    let response = JsFuture::from(scope().fetch_with_str_and_init(url, init)).await;
    response.ok().and_then(|response| response.dyn_into().ok()).ok_or(VaultError::Network)
}

fn challenge(response: &web_sys::Response) -> Option<String> {
    response.headers().get("www-authenticate").ok().flatten()
}

/// The one place where the token becomes text for the browser, as late as can be, and kept by nobody.
fn authorize(headers: &Headers, bearer: &AccessToken) -> Result<(), VaultError> {
    let value = Zeroizing::new(format!("Bearer {}", bearer.expose()));
    set(headers, "authorization", &value)
}

fn set(headers: &Headers, name: &str, value: &str) -> Result<(), VaultError> {
    headers.set(name, value).map_err(|_| VaultError::Unsupported)
}

/// An ES256 key whose private half the browser never gives out.
struct PairedKey {
    private: CryptoKey,
    public: WorkerPublicKey,
}

impl PairedKey {
    async fn generate() -> Result<Self, JsValue> {
        let subtle = scope().crypto()?.subtle();
        let usages = Array::of2(&"sign".into(), &"verify".into());
        let pair = subtle.generate_key_with_object(&algorithm("namedCurve", "P-256")?, false, &usages)?;
        let pair: web_sys::CryptoKeyPair = JsFuture::from(pair).await?.unchecked_into();
        let public = JsFuture::from(subtle.export_key("raw", &pair.get_public_key())?).await?;
        let public = Uint8Array::new(&public).to_vec().try_into().map_err(|_| JsValue::NULL)?;
        Ok(Self { private: pair.get_private_key(), public: WorkerPublicKey::from_bytes(public) })
    }

    async fn try_sign(&self, message: &str) -> Result<[u8; 64], JsValue> {
        let subtle = scope().crypto()?.subtle();
        let message = Uint8Array::from(message.as_bytes());
        let signature = subtle.sign_with_object_and_js_u8_array(
            &algorithm("hash", "SHA-256")?,
            &self.private,
            &message,
        )?;
        let signature = Uint8Array::new(&JsFuture::from(signature).await?).to_vec();
        signature.try_into().map_err(|_| JsValue::NULL)
    }
}

impl WorkerKey for PairedKey {
    fn public(&self) -> WorkerPublicKey {
        self.public
    }

    async fn sign(&self, message: &str) -> Result<[u8; 64], VaultError> {
        self.try_sign(message).await.map_err(|_| VaultError::Unsupported)
    }

    fn nonce(&self) -> Result<[u8; 16], VaultError> {
        let mut nonce = [0; 16];
        let filled = scope().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut nonce));
        filled.map(|_| nonce).map_err(|_| VaultError::Unsupported)
    }
}

fn algorithm(parameter: &str, value: &str) -> Result<Object, JsValue> {
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &"ECDSA".into())?;
    Reflect::set(&algorithm, &parameter.into(), &value.into())?;
    Ok(algorithm)
}

fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds and seconds since 1970 are far below 2^53.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is not negative and not huge"
)]
fn whole(number: f64) -> u64 {
    number as u64
}
