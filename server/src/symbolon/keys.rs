//! Changes the signing keys of a running server.

use std::sync::{Arc, PoisonError};

use super::Symbolon;
use crate::{
    error::KeyError,
    event::Event,
    keys::{KeyId, SigningKeys},
    verify::Ring,
};

impl Symbolon {
    /// Replaces all signing keys of this process without a restart: tokens of a key that is not among `keys` are refused.
    /// Requests under way finish with the old keys.
    ///
    /// ```
    /// # use symbolon_server::{SigningKeys, Symbolon, error::KeyError};
    /// # fn reload(symbolon: &Symbolon) -> Result<(), KeyError> {
    /// symbolon.replace_keys(SigningKeys::from_file("/etc/symbolon/keys")?)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`KeyError::NoneActive`] if none of the new keys signs now. The old keys stay in use.
    pub fn replace_keys(&self, keys: SigningKeys) -> Result<(), KeyError> {
        self.change_keys(|_| Ok(keys))
    }

    /// Revokes one signing key: this process refuses every token that the key signed. Vaults then get new tokens.
    ///
    /// Remove the key from the configuration too, or the next start brings it back.
    ///
    /// ```
    /// # use symbolon_server::{Symbolon, error::KeyError};
    /// # fn leaked(symbolon: &Symbolon, id: &str) -> Result<(), KeyError> {
    /// for key in symbolon.key_ids().iter().filter(|key| key.as_str() == id) {
    ///     symbolon.revoke_key(key)?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`KeyError::NoneActive`] if no other key signs now: add one with [`replace_keys`](Self::replace_keys) first.
    pub fn revoke_key(&self, id: &KeyId) -> Result<(), KeyError> {
        self.change_keys(|keys| keys.without(id))?;
        self.emit(&Event::KeyRevoked(id.clone()));
        Ok(())
    }

    /// Makes one change at a time: of two at once, the later would undo the earlier.
    fn change_keys(
        &self,
        change: impl FnOnce(&SigningKeys) -> Result<SigningKeys, KeyError>,
    ) -> Result<(), KeyError> {
        let _turn = self.0.key_change.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = change(&self.ring().keys)?;
        keys.signer(self.now())?;
        self.0.ring.store(Arc::new(Ring::new(keys)));
        Ok(())
    }

    /// Returns the ids of the keys that verify tokens now, the one that signs included.
    ///
    /// ```
    /// # use symbolon_server::Symbolon;
    /// # fn log(symbolon: &Symbolon) {
    /// for key in symbolon.key_ids() {
    ///     println!("in use: {key}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.ring().keys.verifiers(self.now()).map(|key| key.id().clone()).collect()
    }
}
