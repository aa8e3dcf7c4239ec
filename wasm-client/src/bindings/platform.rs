//! The network, the clock and the turns of a browser, as the worker's script provides them.

use js_sys::Promise;
use symbolon_shared::access_token::AccessToken;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use super::{whole, work::answer_to};
use crate::{
    clock::Milliseconds,
    error::VaultError,
    http::{Answer, Call, Head, Http},
    request::Request,
    turns::Turns,
};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn milliseconds() -> f64;

    /// The functions that the worker's script has for the vault, because they take fewer bytes there than here.
    pub type Platform;
    /// Sends a `POST` to our own server, with a proof and a token if there are any. Resolves to a [`CallAnswer`];
    /// rejects with a truthy value if the deadline passed.
    #[wasm_bindgen(method)]
    fn call(
        this: &Platform,
        path: &str,
        proof: Option<&str>,
        authorization: Option<&str>,
        body: &str,
    ) -> Promise;
    /// Returns the value of `WWW-Authenticate` in an answer.
    #[wasm_bindgen(method)]
    fn challenge(this: &Platform, response: &web_sys::Response) -> Option<String>;
    /// Resolves to a [`Turn`] within this tab.
    #[wasm_bindgen(method, js_name = turnInTab)]
    pub(super) fn turn_in_tab(this: &Platform) -> Promise;
    /// Resolves to a [`Turn`] among all tabs.
    #[wasm_bindgen(method, js_name = turnAmongTabs)]
    fn turn_among_tabs(this: &Platform) -> Promise;

    /// A turn that has come.
    pub type Turn;
    /// Ends the turn.
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &Turn);

    /// The answer to a call, with its body.
    type CallAnswer;
    #[wasm_bindgen(method, getter)]
    fn response(this: &CallAnswer) -> web_sys::Response;
    #[wasm_bindgen(method, getter)]
    fn body(this: &CallAnswer) -> String;

    /// A page's request, which the worker's script copied part by part from the page's message.
    pub type PageRequest;
    #[wasm_bindgen(method, getter)]
    fn once(this: &PageRequest) -> bool;
    #[wasm_bindgen(method, getter, js_name = showsRedirects)]
    fn shows_redirects(this: &PageRequest) -> bool;
    /// Sends the request with this `Authorization`, following no redirect.
    #[wasm_bindgen(method)]
    fn send(this: &PageRequest, authorization: &str) -> Promise;
    /// The number of the token that the request was sent with.
    #[wasm_bindgen(method, getter, js_name = askedWith)]
    pub(super) fn asked_with(this: &PageRequest) -> u32;
    #[wasm_bindgen(method, setter, js_name = askedWith)]
    pub(super) fn set_asked_with(this: &PageRequest, number: u32);
}

/// Reads the two properties of a page's request that the vault needs to know.
impl From<PageRequest> for Request<PageRequest> {
    fn from(request: PageRequest) -> Self {
        Self { once: request.once(), shows_redirects: request.shows_redirects(), rest: request }
    }
}

/// The worker's own `fetch`, clock and turns.
pub(super) struct Browser(pub(super) Platform);

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

/// Returns the value of `Authorization`. This is the only place where the token becomes text for the browser, as late
/// as possible; nobody keeps the text.
fn authorization(bearer: &AccessToken) -> Zeroizing<String> {
    const SCHEME: &str = "Bearer ";
    let token = bearer.expose();
    // The capacity is set in advance, because growth would leave an unwiped copy behind.
    let mut text = Zeroizing::new(String::with_capacity(SCHEME.len() + token.len()));
    text.push_str(SCHEME);
    text.push_str(token);
    text
}

/// A turn that ends when it is dropped; `None` if the script could not give one.
pub(super) struct BrowserTurn(Option<Turn>);

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
