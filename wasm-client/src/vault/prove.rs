//! Calls with a vault proof.

use symbolon_shared::{
    proof::{Operation, ProofInput},
    time::UnixTime,
};

use super::{KeyStatus, Vault};
use crate::{
    challenge::PROOF_STALE,
    error::VaultError,
    http::{Answer, Call, Http},
    keys::WorkerKeys,
    turns::Turns,
};

impl<B: Http + Turns, K: WorkerKeys> Vault<B, K> {
    /// Calls an endpoint with a proof. Returns the answer, and the message that the proof covers: a token in the answer
    /// is sealed for that message.
    ///
    /// If the server finds the time of the proof wrong and sends its own, the vault sets its clock and tries once more.
    pub(super) async fn prove(
        &self,
        operation: Operation,
        endpoint: &str,
        body: &str,
    ) -> Result<(Answer, String), VaultError> {
        let mut was_stale = false;
        loop {
            let (answer, message) = self.prove_once(operation, endpoint, body).await?;
            let challenge = answer.head.challenge();
            match challenge.now() {
                Some(now) if challenge.says(PROOF_STALE) && !was_stale => {
                    self.clock.set(UnixTime(now), self.browser.now());
                    was_stale = true;
                }
                _ => return Ok((answer, message)),
            }
        }
    }

    async fn prove_once(
        &self,
        operation: Operation,
        endpoint: &str,
        body: &str,
    ) -> Result<(Answer, String), VaultError> {
        let input = self.proof_input()?;
        let message = input.message(operation);
        let mac = match self.key_status.get() {
            KeyStatus::Fresh => self.keys.mac(&message).await?,
            KeyStatus::Enrolled | KeyStatus::Spent => self.keys.sign(&message).await?,
        };
        let call =
            Call { path: &self.path(endpoint), proof: Some(&input.into_header(&mac)), bearer: None, body };
        let answer = self.browser.call(call).await.inspect_err(|_| {
            // The answer may have been lost after the server sent it, and then the vault secret is used up.
            if self.key_status.get() == KeyStatus::Fresh {
                self.key_status.set(KeyStatus::Spent);
            }
        });
        Ok((answer?, message))
    }

    /// Returns the content of the next proof: an enrolment if the vault secret is unused, a signature if the key is
    /// enrolled.
    fn proof_input(&self) -> Result<ProofInput, VaultError> {
        let (now, keys) = (self.browser.now(), &self.keys);
        let (at, nonce) = (self.clock.read(now), keys.nonce());
        match self.key_status.get() {
            KeyStatus::Fresh if now.saturating_sub(self.started_at) < self.boot.secret_lifetime => {
                Ok(ProofInput::enrolment(&self.boot.secret_id, at, &nonce, &keys.signing(), &keys.sealing()))
            }
            KeyStatus::Enrolled => Ok(ProofInput::signature(&keys.thumbprint(), at, &nonce, &keys.sealing())),
            KeyStatus::Fresh | KeyStatus::Spent => Err(VaultError::Spent),
        }
    }
}
