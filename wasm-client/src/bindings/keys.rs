//! The worker's keys, as the browser keeps them.

use js_sys::Promise;
use symbolon_shared::seal::SealedTexts;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use super::{taken, work::answer_to};
use crate::{error::VaultError, http::WorkerKeys};

#[wasm_bindgen]
extern "C" {
    /// What the worker's script does with WebCrypto, for it takes fewer bytes there than here.
    pub type Keys;
    #[wasm_bindgen(method, getter)]
    fn signing(this: &Keys) -> String;
    #[wasm_bindgen(method, getter)]
    fn thumbprint(this: &Keys) -> String;
    #[wasm_bindgen(method, getter)]
    fn sealing(this: &Keys) -> String;
    #[wasm_bindgen(method)]
    fn authenticate(this: &Keys, message: &str) -> Promise;
    #[wasm_bindgen(method)]
    fn sign(this: &Keys, message: &str) -> Promise;
    #[wasm_bindgen(method)]
    fn open(this: &Keys, ephemeral: &str, sealed: &str, context: &str) -> Promise;
    #[wasm_bindgen(method)]
    fn nonce(this: &Keys) -> String;
    #[wasm_bindgen(method)]
    fn random(this: &Keys) -> u8;
    #[wasm_bindgen(method)]
    fn decoded(this: &Keys, base64url: &str) -> String;
}

/// The browser's keys, whose private halves it never gives out.
pub(super) struct BrowserKeys(pub(super) Keys);

impl WorkerKeys for BrowserKeys {
    fn signing(&self) -> String {
        self.0.signing()
    }

    fn thumbprint(&self) -> String {
        self.0.thumbprint()
    }

    fn sealing(&self) -> String {
        self.0.sealing()
    }

    async fn authenticate(&self, message: &str) -> Result<String, VaultError> {
        text(self.0.authenticate(message)).await
    }

    async fn sign(&self, message: &str) -> Result<String, VaultError> {
        text(self.0.sign(message)).await
    }

    async fn open(&self, sealed: SealedTexts<'_>, context: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let opening = self.0.open(sealed.ephemeral, sealed.sealed, context);
        Ok(taken(&answer_to(opening).await.map_err(|_| VaultError::Protocol)?))
    }

    fn nonce(&self) -> String {
        self.0.nonce()
    }

    fn random(&self) -> u8 {
        self.0.random()
    }

    fn decoded(&self, base64url: &str) -> String {
        self.0.decoded(base64url)
    }
}

async fn text(making: Promise) -> Result<String, VaultError> {
    let made = answer_to(making).await.ok();
    made.as_ref().and_then(JsValue::as_string).ok_or(VaultError::Unsupported)
}
