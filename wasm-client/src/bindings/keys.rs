//! The worker's keys, as the browser keeps them.

use js_sys::Uint8Array;
use symbolon_shared::{
    proof::WorkerPublicKey,
    seal::{Recipient, SealedGrant, SealingKey},
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use super::taken;
use crate::{error::VaultError, http::WorkerKey};

#[wasm_bindgen]
extern "C" {
    /// What the worker's script does with WebCrypto, for it takes fewer bytes there than here.
    pub type Keys;
    #[wasm_bindgen(method, getter, js_name = signingPoint)]
    fn signing_point(this: &Keys) -> Vec<u8>;
    #[wasm_bindgen(method, getter, js_name = sealingPoint)]
    fn sealing_point(this: &Keys) -> Vec<u8>;
    #[wasm_bindgen(method, catch)]
    async fn sign(this: &Keys, message: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn open(
        this: &Keys,
        ephemeral: Uint8Array,
        sealed: Uint8Array,
        context: &str,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn nonce(this: &Keys) -> Vec<u8>;
}

/// The browser's keys, whose private halves it never gives out.
pub(super) struct BrowserKeys {
    pub(super) keys: Keys,
    public: WorkerPublicKey,
    sealing: SealingKey,
}

impl BrowserKeys {
    /// `None` when they have no points.
    pub(super) fn new(keys: Keys) -> Option<Self> {
        let public = WorkerPublicKey::from_bytes(keys.signing_point().try_into().ok()?);
        let sealing = SealingKey::from_bytes(keys.sealing_point().try_into().ok()?);
        Some(Self { keys, public, sealing })
    }
}

impl WorkerKey for BrowserKeys {
    fn public(&self) -> WorkerPublicKey {
        self.public
    }

    fn sealing(&self) -> SealingKey {
        self.sealing
    }

    async fn sign(&self, message: &str) -> Result<[u8; 64], VaultError> {
        let signature = self.keys.sign(message).await.map_err(|_| VaultError::Unsupported)?;
        Uint8Array::new(&signature).to_vec().try_into().map_err(|_| VaultError::Unsupported)
    }

    async fn open(
        &self,
        grant: &SealedGrant,
        recipient: &Recipient,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (ephemeral, sealed) =
            (Uint8Array::from(&grant.ephemeral.as_bytes()[..]), Uint8Array::from(&*grant.sealed));
        let opened = self.keys.open(ephemeral, sealed, &recipient.context(&grant.ephemeral)).await;
        Ok(taken(&opened.map_err(|_| VaultError::Protocol)?))
    }

    fn nonce(&self) -> Result<[u8; 16], VaultError> {
        self.keys.nonce().try_into().map_err(|_| VaultError::Unsupported)
    }
}
