//! What the worker's script sees of the vault: conversions in, conversions out, no decisions.

mod keys;

use std::{pin::Pin, rc::Rc, time::Duration};

use js_sys::{Function, Promise, Uint8Array};
use symbolon_shared::{
    proof::{PROOF_HEADER, VaultSecret},
    secret::AccessToken,
    time::UnixTime,
};
use talc::{
    cell::TalcSyncCell,
    wasm::{WasmBinning, WasmGrowAndClaim},
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Url};
use zeroize::Zeroizing;

use self::keys::{BrowserKeys, Keys};
use crate::{
    boot::Boot,
    error::VaultError,
    http::{Answer, Call, Http, Request, Response, Tabs},
    request::Address,
    vault::{self, SessionInfo, TokenNumber},
};

/// Weighs a third of the standard one.
#[global_allocator]
static ALLOCATOR: TalcSyncCell<WasmGrowAndClaim, WasmBinning> = TalcSyncCell::new_wasm(WasmGrowAndClaim);

/// How long our own server may take to answer a call, in milliseconds: a slow network and a slow password hash together take less.
const CALL_DEADLINE_MS: u32 = 15_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(url: &str, init: &RequestInit) -> Promise;
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn milliseconds() -> f64;

    /// The configuration as the server wrote it into the script.
    pub type BootObject;
    #[wasm_bindgen(method, getter)]
    fn origin(this: &BootObject) -> String;
    #[wasm_bindgen(method, getter, js_name = apiOrigins)]
    fn api_origins(this: &BootObject) -> Texts;
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

    /// An array of texts. It crosses in one piece, for that takes less than the conversion of many.
    type Texts;
    #[wasm_bindgen(method)]
    fn join(this: &Texts, between: &str) -> String;

    /// A page's request, taken apart and put together again by the worker's script out of what a request may have.
    pub type PageRequest;
    #[wasm_bindgen(method, getter)]
    fn url(this: &PageRequest) -> Url;
    #[wasm_bindgen(method, getter, js_name = headerNames)]
    fn header_names(this: &PageRequest) -> Texts;
    #[wasm_bindgen(method, getter)]
    fn once(this: &PageRequest) -> bool;
    #[wasm_bindgen(method, getter, js_name = showsRedirects)]
    fn shows_redirects(this: &PageRequest) -> bool;
    /// Sends it with this `Authorization`, following no redirect.
    #[wasm_bindgen(method, catch)]
    fn send(this: &PageRequest, authorization: &str) -> Result<Promise, JsValue>;
    /// Which token it was sent with.
    #[wasm_bindgen(method, getter, js_name = askedWith)]
    fn asked_with(this: &PageRequest) -> u32;
    #[wasm_bindgen(method, setter, js_name = askedWith)]
    fn set_asked_with(this: &PageRequest, number: u32);
}

/// The vault. What it throws is an `AuthErrorCode`, and after it, with a space between, why a session is over.
#[wasm_bindgen]
pub struct Vault(Rc<vault::Vault<Network, BrowserKeys, BrowserTabs>>);

#[wasm_bindgen]
impl Vault {
    /// A vault without a session, with keys that were made for it. `take_turn` gives a promise of a function that ends
    /// the turn.
    ///
    /// # Errors
    /// `protocol` when the configuration is not one; `unsupported` when the keys are none.
    #[wasm_bindgen(constructor)]
    pub fn new(boot: &BootObject, take_turn: Function, keys: Keys) -> Result<Self, JsValue> {
        let boot = Boot {
            origin: boot.origin(),
            api_origins: boot.api_origins().join(" "),
            auth_path: boot.auth_path(),
            secret_id: boot.secret_id(),
            secret: VaultSecret::parse(&Zeroizing::new(boot.secret()))
                .map_err(|_| thrown(VaultError::Protocol))?,
            secret_lifetime: Duration::from_secs(boot.secret_lifetime().into()),
            now: UnixTime(whole(boot.now())),
            may_have_session: boot.may_have_session(),
        };
        let keys = BrowserKeys::new(keys).ok_or_else(|| thrown(VaultError::Unsupported))?;
        Ok(Self(Rc::new(vault::Vault::new(Network, keys, BrowserTabs { take_turn }, boot))))
    }

    /// The session that the browser's cookies name, or `undefined`; if a subject is given, only theirs.
    pub fn restore(&self, subject: Option<String>) -> Promise {
        let vault = Rc::clone(&self.0);
        promised(Box::pin(async move {
            match vault.restore(subject.as_deref()).await? {
                Some(session) => told(&session),
                None => Ok(JsValue::UNDEFINED),
            }
        }))
    }

    /// The session, if the server says that it lives.
    pub fn check(&self) -> Promise {
        let vault = Rc::clone(&self.0);
        promised(Box::pin(async move { told(&vault.check().await?) }))
    }

    /// Asks the server again although it did not answer a moment ago.
    pub fn wake(&self) {
        self.0.wake();
    }

    /// Begins a session with what the person typed, as JSON.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, credentials: String) -> Promise {
        let (vault, credentials) = (Rc::clone(&self.0), Zeroizing::new(credentials));
        promised(Box::pin(async move { told(&vault.sign_in(credentials.as_bytes()).await?) }))
    }

    /// Sends a request with the token, if one is at hand: the browser's answer, which is the page's unless its status
    /// is 401 or 0. Without a token at hand, nothing.
    ///
    /// # Errors
    /// Why it may not be sent.
    #[wasm_bindgen(js_name = sendNow)]
    pub fn send_now(&self, request: PageRequest) -> Result<Option<Promise>, JsValue> {
        let request = judged(request);
        let sent = self.0.send_now(&request).map_err(thrown)?;
        Ok(sent.map(|(sending, number)| {
            request.rest.set_asked_with(number.0);
            sending
        }))
    }

    /// Sends a request with the token, as soon as there is one; or goes on with the answer to one that was sent, when its
    /// status is 401 or 0: tries again with a newer token, or says why it is not the page's.
    pub fn fetch(&self, request: PageRequest, answered: Option<web_sys::Response>) -> Promise {
        let vault = Rc::clone(&self.0);
        promised(Box::pin(async move {
            let asked_with = TokenNumber(request.asked_with());
            let request = judged(request);
            let settled = match answered {
                Some(response) => vault.settle(&request, asked_with, answer(response)).await?,
                None => vault.fetch(&request).await?,
            };
            Ok(settled.rest.into())
        }))
    }

    /// Ends the session, or all of the person's.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, everywhere: bool) -> Promise {
        let vault = Rc::clone(&self.0);
        promised(Box::pin(async move {
            vault.sign_out(everywhere).await?;
            Ok(JsValue::UNDEFINED)
        }))
    }
}

/// Work that a promise stands for. All of it goes through here in one type, so that what makes promises of futures is
/// compiled only once.
#[inline(never)]
fn promised(work: Pin<Box<dyn Future<Output = Result<JsValue, VaultError>>>>) -> Promise {
    future_to_promise(async { work.await.map_err(thrown) })
}

/// What the vault judges of a request, beside all of it.
#[inline(never)]
fn judged(request: PageRequest) -> Request<PageRequest> {
    let url = request.url();
    Request {
        address: Address::new(url.origin(), &url.href()),
        header_names: request.header_names().join(" "),
        once: request.once(),
        shows_redirects: request.shows_redirects(),
        rest: request,
    }
}

fn answer(response: web_sys::Response) -> Response<web_sys::Response> {
    Response { status: response.status(), challenge: challenge(&response), rest: response }
}

fn thrown(error: VaultError) -> JsValue {
    match error {
        VaultError::SessionExpired(Some(ended)) => (error.code().to_owned() + " " + ended.code()).into(),
        _ => JsValue::from_str(error.code()),
    }
}

/// What the page is told of a session.
fn told(session: &SessionInfo) -> Result<JsValue, VaultError> {
    let expires_in = u32::try_from(session.expires_in).map_err(|_| VaultError::Protocol)?;
    serde_wasm_bindgen::to_value(&(&session.claims, expires_in)).map_err(|_| VaultError::Protocol)
}

/// The worker's own `fetch`, clock and randomness.
struct Network;

impl Http for Network {
    type Outgoing = PageRequest;
    type Sending = Promise;
    type Incoming = web_sys::Response;

    async fn call(&self, call: Call<'_>) -> Result<Answer, VaultError> {
        let headers = Headers::new().map_err(|_| VaultError::Unsupported)?;
        set(&headers, "content-type", "application/json")?;
        if let Some(proof) = &call.proof {
            set(&headers, PROOF_HEADER, proof)?;
        }
        if let Some(bearer) = call.bearer {
            set(&headers, "authorization", &authorization(bearer))?;
        }
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers);
        init.set_redirect(RequestRedirect::Manual);
        let deadline = AbortSignal::timeout_with_u32(CALL_DEADLINE_MS);
        init.set_signal(Some(&deadline));
        if !call.body.is_empty() {
            init.set_body(&Uint8Array::from(call.body));
        }
        let failed = |_| if deadline.aborted() { VaultError::Timeout } else { VaultError::Offline };
        let answered = JsFuture::from(fetch(call.path, &init)).await.map_err(failed)?;
        let response: web_sys::Response = answered.unchecked_into();
        let body: Promise = response.array_buffer().map_err(failed)?;
        let body = JsFuture::from(body).await.map_err(failed)?;
        Ok(Answer { status: response.status(), challenge: challenge(&response), body: taken(&body) })
    }

    fn send(&self, request: &Request<PageRequest>, bearer: &AccessToken) -> Promise {
        request.rest.send(&authorization(bearer)).unwrap_or_else(|thrown| Promise::reject(&thrown))
    }

    async fn answered(&self, sending: Promise) -> Result<Response<web_sys::Response>, VaultError> {
        let answered = JsFuture::from(sending).await.map_err(|_| VaultError::Network)?;
        Ok(answer(answered.unchecked_into()))
    }

    fn now(&self) -> Duration {
        Duration::from_millis(whole(milliseconds()))
    }
}

fn challenge(response: &web_sys::Response) -> Option<String> {
    (response.status() == 401).then(|| response.headers().get("www-authenticate").ok().flatten())?
}

/// The one place where the token becomes text for the browser, as late as can be, and kept by nobody.
fn authorization(bearer: &AccessToken) -> Zeroizing<String> {
    Zeroizing::new(["Bearer ", bearer.expose()].concat())
}

fn set(headers: &Headers, name: &str, value: &str) -> Result<(), VaultError> {
    headers.set(name, value).map_err(|_| VaultError::Unsupported)
}

/// The tabs of this browser that have the application open. A Web Lock gives each its turn.
struct BrowserTabs {
    take_turn: Function,
}

/// Calling it ends the turn.
struct BrowserTurn(Option<Function>);

impl Tabs for BrowserTabs {
    type Turn = BrowserTurn;

    async fn take_turn(&self) -> BrowserTurn {
        let turn = match self.take_turn.call0(&JsValue::UNDEFINED) {
            Ok(promise) => JsFuture::from(promise.unchecked_into::<Promise>()).await,
            Err(thrown) => Err(thrown),
        };
        BrowserTurn(turn.ok().map(JsCast::unchecked_into))
    }
}

impl Drop for BrowserTurn {
    fn drop(&mut self) {
        if let Some(end) = &self.0 {
            // It only resolves a promise.
            let _ = end.call0(&JsValue::UNDEFINED);
        }
    }
}

/// What the browser's buffer held: it is wiped there.
fn taken(buffer: &JsValue) -> Zeroizing<Vec<u8>> {
    let bytes = Uint8Array::new(buffer);
    let taken = Zeroizing::new(bytes.to_vec());
    bytes.fill(0, 0, bytes.length());
    taken
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

#[cfg(test)]
mod tests;
