//! The worker's keys, which the browser keeps in WebCrypto.

use js_sys::{Promise, Uint8Array};
use symbolon_shared::seal::SealedTexts;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use super::work::answer_to;
use crate::{error::VaultError, keys::WorkerKeys};

#[wasm_bindgen]
extern "C" {
    /// The functions that the worker's script has for WebCrypto, because they take fewer bytes there than here.
    pub type Keys;
    #[wasm_bindgen(method, getter)]
    fn signing(this: &Keys) -> String;
    #[wasm_bindgen(method, getter)]
    fn thumbprint(this: &Keys) -> String;
    #[wasm_bindgen(method, getter)]
    fn sealing(this: &Keys) -> String;
    #[wasm_bindgen(method)]
    fn mac(this: &Keys, message: &str) -> Promise;
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

/// The worker's keys in the browser, which never exports their private halves.
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

    async fn mac(&self, message: &str) -> Result<String, VaultError> {
        text(self.0.mac(message)).await
    }

    async fn sign(&self, message: &str) -> Result<String, VaultError> {
        text(self.0.sign(message)).await
    }

    async fn open(&self, sealed: SealedTexts<'_>, context: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let opening = self.0.open(sealed.ephemeral, sealed.sealed, context);
        Ok(take_bytes(&answer_to(opening).await.map_err(|_| VaultError::Protocol)?))
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

/// Waits for a text that WebCrypto makes.
async fn text(making: Promise) -> Result<String, VaultError> {
    let made = answer_to(making).await.ok();
    made.as_ref().and_then(JsValue::as_string).ok_or(VaultError::Unsupported)
}

/// Takes the bytes out of a browser's buffer, and wipes the buffer.
fn take_bytes(buffer: &JsValue) -> Zeroizing<Vec<u8>> {
    let bytes = Uint8Array::new(buffer);
    let taken = Zeroizing::new(bytes.to_vec());
    bytes.fill(0, 0, bytes.length());
    taken
}
