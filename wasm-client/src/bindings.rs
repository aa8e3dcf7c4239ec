//! The vault as the worker's script sees it: conversions in and out, and no decisions.

mod keys;
mod platform;
mod work;

use std::rc::Rc;

use symbolon_shared::{problem::Ended, time::UnixTime};
use talc::{
    cell::TalcSyncCell,
    wasm::{WasmBinning, WasmGrowAndClaim},
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use self::{
    keys::{BrowserKeys, Keys},
    platform::{Browser, PageRequest, Platform},
    work::Work,
};
use crate::{
    boot::Boot,
    error::VaultError,
    request::Target,
    vault::{self, TokenNumber},
};

/// The allocator, which takes a third of the bytes of the standard one.
#[global_allocator]
static ALLOCATOR: TalcSyncCell<WasmGrowAndClaim, WasmBinning> = TalcSyncCell::new_wasm(WasmGrowAndClaim);

/// A task that a page asks the vault to do.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Task {
    /// Restores the session that the browser's cookies name; if a subject is given, only a session of this person.
    Restore,
    /// Asks the server whether the session is alive.
    Check,
    /// Signs in with the credentials that the person typed, as JSON.
    SignIn,
    /// Ends the session.
    SignOut,
    /// Ends all sessions of the person.
    SignOutEverywhere,
}

/// The vault. Its methods throw an `AuthErrorCode`; after `session_expired` follow a space and why the session ended.
#[wasm_bindgen]
pub struct Vault(Rc<vault::Vault<Browser, BrowserKeys>>);

#[wasm_bindgen]
impl Vault {
    /// Makes a vault without a session.
    ///
    /// The keys were made for this vault. `texts` is what `Boot::new` reads, and times are in seconds, as the server
    /// wrote them into the script.
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

    /// Begins a task. Its result is the claims of a session, or `undefined`.
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
            claims.map_or(Ok(JsValue::UNDEFINED), |claims| to_js(&claims))
        }))
    }

    /// Ends the wait after a failed refresh, so that the vault asks the server at once.
    pub fn wake(&self) {
        self.0.wake();
    }

    /// Sends a page's request with the token. `target` is the text of a `Target`.
    ///
    /// If a usable token is at hand, returns a promise of the browser's answer: it is the page's answer unless its
    /// status is 401 or 0, and then `finish` decides. Otherwise returns `Work` whose result is the page's answer.
    ///
    /// # Errors
    /// The code of the reason why the request may not be sent.
    pub fn send(&self, target: &str, request: PageRequest) -> Result<JsValue, JsValue> {
        let allowed = self.0.allow(Target(target), request.into()).map_err(to_js_error)?;
        if let Some((sending, number)) = self.0.send_now(&allowed) {
            allowed.0.rest.set_asked_with(number.0);
            return Ok(sending.into());
        }
        let vault = Rc::clone(&self.0);
        Ok(Work::new(Box::pin(async move { Ok(vault.fetch(&allowed).await?.into()) })).into())
    }

    /// Decides about an answer whose status is 401 or 0. Sends the request again with a newer token, or fails with the
    /// reason why the page does not get the answer.
    pub fn finish(&self, request: PageRequest, response: web_sys::Response) -> Work {
        let vault = Rc::clone(&self.0);
        Work::new(Box::pin(async move {
            let asked_with = TokenNumber(request.asked_with());
            Ok(vault.finish(&request.into(), asked_with, response).await?.into())
        }))
    }
}

/// Returns an error as the text that the vault throws.
fn to_js_error(error: VaultError) -> JsValue {
    match error {
        VaultError::SessionExpired(ended) => {
            (error.code().to_owned() + " " + ended.map_or("unknown", Ended::code)).into()
        }
        _ => JsValue::from_str(error.code()),
    }
}

/// Returns the claims as the script gets them.
fn to_js(claims: &str) -> Result<JsValue, VaultError> {
    serde_wasm_bindgen::to_value(claims).map_err(|_| VaultError::Protocol)
}

/// Converts milliseconds, or seconds since 1970, to an integer. Both are far below 2^53.
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
