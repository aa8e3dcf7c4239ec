//! What the worker's script sees of the vault: conversions in, conversions out, no decisions.

mod keys;
mod work;

use std::rc::Rc;

use js_sys::{Promise, Uint8Array};
use symbolon_shared::{access_token::AccessToken, problem::Ended, time::UnixTime};
use talc::{
    cell::TalcSyncCell,
    wasm::{WasmBinning, WasmGrowAndClaim},
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use self::{
    keys::{BrowserKeys, Keys},
    work::{Work, answer_to},
};
use crate::{
    boot::Boot,
    clock::Milliseconds,
    error::VaultError,
    http::{Answer, Call, Head, Http, Request, Turns},
    request::Target,
    vault::{self, TokenNumber},
};

/// Weighs a third of the standard one.
#[global_allocator]
static ALLOCATOR: TalcSyncCell<WasmGrowAndClaim, WasmBinning> = TalcSyncCell::new_wasm(WasmGrowAndClaim);

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn milliseconds() -> f64;

    /// What the worker's script does for the vault, for it takes fewer bytes there than here.
    pub type Platform;
    /// Sends a `POST` to our own server, with what there is of a proof and a token. The promise is of a [`CallAnswer`]; what
    /// it is rejected with says whether it was the deadline.
    #[wasm_bindgen(method)]
    fn call(
        this: &Platform,
        path: &str,
        proof: Option<&str>,
        authorization: Option<&str>,
        body: &str,
    ) -> Promise;
    /// What an answer has in `WWW-Authenticate`.
    #[wasm_bindgen(method)]
    fn challenge(this: &Platform, response: &web_sys::Response) -> Option<String>;
    #[wasm_bindgen(method, js_name = turnInTab)]
    fn turn_in_tab(this: &Platform) -> Promise;
    #[wasm_bindgen(method, js_name = turnAmongTabs)]
    fn turn_among_tabs(this: &Platform) -> Promise;

    /// A turn that has come.
    pub type Turn;
    #[wasm_bindgen(method)]
    fn end(this: &Turn);

    /// The answer to a call, and its body.
    type CallAnswer;
    #[wasm_bindgen(method, getter)]
    fn response(this: &CallAnswer) -> web_sys::Response;
    #[wasm_bindgen(method, getter)]
    fn body(this: &CallAnswer) -> String;

    /// A page's request, taken apart and put together again by the worker's script out of what a request may have.
    pub type PageRequest;
    #[wasm_bindgen(method, getter)]
    fn once(this: &PageRequest) -> bool;
    #[wasm_bindgen(method, getter, js_name = showsRedirects)]
    fn shows_redirects(this: &PageRequest) -> bool;
    /// Sends it with this `Authorization`, following no redirect.
    #[wasm_bindgen(method)]
    fn send(this: &PageRequest, authorization: &str) -> Promise;
    /// Which token it was sent with.
    #[wasm_bindgen(method, getter, js_name = askedWith)]
    fn asked_with(this: &PageRequest) -> u32;
    #[wasm_bindgen(method, setter, js_name = askedWith)]
    fn set_asked_with(this: &PageRequest, number: u32);
}

/// What a page asks for.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Task {
    /// The session that the browser's cookies name; if a subject is given, only theirs.
    Restore,
    /// The session, if the server says that it lives.
    Check,
    /// A session with what the person typed, as JSON.
    SignIn,
    /// The end of the session.
    SignOut,
    /// The end of all of the person's.
    SignOutEverywhere,
}

/// The vault. What it throws is an `AuthErrorCode`, and after it, with a space between, why a session is over.
#[wasm_bindgen]
pub struct Vault(Rc<vault::Vault<Browser, BrowserKeys>>);

#[wasm_bindgen]
impl Vault {
    /// A vault without a session, with keys that were made for it, and the configuration as the server wrote it into the
    /// script: its texts as [`Boot::new`] reads them, times in seconds.
    #[wasm_bindgen(constructor)]
    pub fn new(
        platform: Platform,
        keys: Keys,
        texts: &str,
        secret_lifetime: f64,
        now: f64,
        may_have_session: bool,
    ) -> Self {
        let boot = Boot::new(texts, whole(secret_lifetime * 1000.0), UnixTime(whole(now)), may_have_session);
        Self(Rc::new(vault::Vault::new(Browser(platform), BrowserKeys(keys), boot)))
    }

    /// Begins what a page asks for. What comes of it are a session's claims, or `undefined`.
    pub fn begin(&self, task: Task, text: Option<String>) -> Work {
        let (vault, text) = (Rc::clone(&self.0), text.map(Zeroizing::new));
        Work::new(Box::pin(async move {
            let text = text.as_ref().map(|text| text.as_str());
            let claims = match task {
                Task::Restore => vault.restore(text).await?,
                Task::Check => Some(vault.check().await?),
                Task::SignIn => Some(vault.sign_in(text.unwrap_or_default()).await?),
                Task::SignOut | Task::SignOutEverywhere => {
                    vault.sign_out(matches!(task, Task::SignOutEverywhere)).await?;
                    None
                }
            };
            claims.map_or(Ok(JsValue::UNDEFINED), |claims| told(&claims))
        }))
    }

    /// Asks the server again although it did not answer a moment ago.
    pub fn wake(&self) {
        self.0.wake();
    }

    /// Sends a request with the token to this [`Target`]. If one is at hand, this gives a promise of the browser's answer,
    /// which is the page's unless its status is 401 or 0; if not, [`Work`] that ends in the page's answer.
    ///
    /// # Errors
    /// Why it may not be sent.
    pub fn send(&self, target: &str, request: PageRequest) -> Result<JsValue, JsValue> {
        let judged = self.0.judge(Target(target), known(request)).map_err(thrown)?;
        if let Some((sending, number)) = self.0.send_now(&judged) {
            judged.0.rest.set_asked_with(number.0);
            return Ok(sending.into());
        }
        let vault = Rc::clone(&self.0);
        Ok(Work::new(Box::pin(async move { Ok(vault.fetch(&judged).await?.into()) })).into())
    }

    /// Goes on with the answer to a request that was sent, when its status is 401 or 0: tries again with a newer token, or
    /// says why it is not the page's.
    pub fn settle(&self, request: PageRequest, response: web_sys::Response) -> Work {
        let vault = Rc::clone(&self.0);
        Work::new(Box::pin(async move {
            let asked_with = TokenNumber(request.asked_with());
            Ok(vault.settle(&known(request), asked_with, response).await?.into())
        }))
    }
}

/// What the vault must know of a request, beside all of it.
fn known(request: PageRequest) -> Request<PageRequest> {
    Request { once: request.once(), shows_redirects: request.shows_redirects(), rest: request }
}

fn thrown(error: VaultError) -> JsValue {
    match error {
        VaultError::SessionExpired(ended) => {
            (error.code().to_owned() + " " + ended.map_or("unknown", Ended::code)).into()
        }
        _ => JsValue::from_str(error.code()),
    }
}

/// What the page is told of a session.
fn told(claims: &str) -> Result<JsValue, VaultError> {
    serde_wasm_bindgen::to_value(claims).map_err(|_| VaultError::Protocol)
}

/// The worker's own `fetch` and clock, and its turn among others.
struct Browser(Platform);

impl Http for Browser {
    type Outgoing = PageRequest;
    type Sending = Promise;
    type Incoming = web_sys::Response;

    async fn call(&self, call: Call<'_>) -> Result<Answer, VaultError> {
        let authorization = call.bearer.map(authorization);
        let authorization = authorization.as_ref().map(|text| text.as_str());
        let calling = self.0.call(call.path, call.proof, authorization, call.body);
        let failed = |was_deadline: JsValue| {
            if was_deadline.is_truthy() { VaultError::Timeout } else { VaultError::Offline }
        };
        let answered: CallAnswer = answer_to(calling).await.map_err(failed)?.unchecked_into();
        Ok(Answer { head: self.head(&answered.response()), body: answered.body() })
    }

    fn send(&self, request: &PageRequest, bearer: &AccessToken) -> Promise {
        request.send(&authorization(bearer))
    }

    async fn answered(&self, sending: Promise) -> Result<web_sys::Response, VaultError> {
        Ok(answer_to(sending).await.map_err(|_| VaultError::Network)?.unchecked_into())
    }

    fn head(&self, answer: &web_sys::Response) -> Head {
        Head { status: answer.status(), challenge: self.0.challenge(answer) }
    }

    fn now(&self) -> Milliseconds {
        whole(milliseconds())
    }
}

/// The one place where the token becomes text for the browser, as late as can be, and kept by nobody.
fn authorization(bearer: &AccessToken) -> Zeroizing<String> {
    const SCHEME: &str = "Bearer ";
    let token = bearer.expose();
    // Of this size from the beginning, so that no part of it is left where it had no room.
    let mut text = Zeroizing::new(String::with_capacity(SCHEME.len() + token.len()));
    text.push_str(SCHEME);
    text.push_str(token);
    text
}

/// The turn ends with it.
struct BrowserTurn(Option<Turn>);

impl Turns for Browser {
    type Turn = BrowserTurn;

    async fn in_tab(&self) -> BrowserTurn {
        turn(self.0.turn_in_tab()).await
    }

    async fn among_tabs(&self) -> BrowserTurn {
        turn(self.0.turn_among_tabs()).await
    }
}

async fn turn(waiting: Promise) -> BrowserTurn {
    BrowserTurn(answer_to(waiting).await.ok().map(JsCast::unchecked_into))
}

impl Drop for BrowserTurn {
    fn drop(&mut self) {
        if let Some(turn) = &self.0 {
            turn.end();
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
