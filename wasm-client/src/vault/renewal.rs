//! How a token is got and renewed: on demand, once however many ask, and one tab after another.

use std::{rc::Rc, time::Duration};

use symbolon_shared::{
    problem::Problem,
    proof::{Enrolment, Operation, Proof, Signature, Stamp},
    seal::{Recipient, SealedGrant},
    time::UnixTime,
    wire::{GrantBody, REFRESH},
};

use super::{Held, SessionInfo, Standing, TokenNumber, Vault};
use crate::{
    error::{Challenge, VaultError},
    http::{Answer, Call, Http, Tabs, WorkerKey},
};

/// A token this close to its end is renewed first, so that it does not expire on its way; a short-lived one, at the
/// last quarter of its life.
const RENEW_BEFORE: Duration = Duration::from_secs(10);

impl<H: Http, K: WorkerKey, T: Tabs> Vault<H, K, T> {
    /// A token with some life left, and another than `refused`. However many ask, one refresh is made.
    pub(super) async fn fresh_token(&self, refused: Option<TokenNumber>) -> Result<Held, VaultError> {
        if let Some(held) = self.usable_token(refused) {
            return Ok(held);
        }
        let _turn = self.turns.take().await;
        if let Some(held) = self.usable_token(refused) {
            return Ok(held);
        }
        if self.standing.get() != Standing::Enrolled || self.is_leaving.get() {
            return Err(VaultError::NotSignedIn);
        }
        self.renew().await?;
        if self.is_leaving.get() {
            return Err(VaultError::NotSignedIn);
        }
        self.held.borrow().clone().ok_or(VaultError::NotSignedIn)
    }

    pub(super) fn usable_token(&self, refused: Option<TokenNumber>) -> Option<Held> {
        if self.is_leaving.get() {
            return None;
        }
        let held = self.held.borrow().clone()?;
        (self.http.now() < held.renew_at && refused != Some(held.number)).then_some(held)
    }

    /// Gets another token. Whoever calls it has the turn in this tab.
    pub(super) async fn renew(&self) -> Result<SessionInfo, VaultError> {
        self.backoff.check(self.http.now())?;
        let _turn = self.tabs.take_turn().await;
        let renewed = self.refresh().await;
        match &renewed {
            Err(error) if error.is_passing() => {
                let random = self.key.nonce()?[0];
                self.backoff.failed(*error, self.http.now(), random);
            }
            Err(VaultError::SessionExpired(_)) => self.forget(),
            _ => self.backoff.reset(),
        }
        renewed
    }

    async fn refresh(&self) -> Result<SessionInfo, VaultError> {
        let (answer, recipient) = self.prove(Operation::Refresh, REFRESH, &[]).await?;
        if answer.status == 200 {
            self.hold(&answer, &recipient).await
        } else {
            Err(answer.challenge().refusal(answer.status))
        }
    }

    /// A token that was sent in clear is refused: there is no way to make a server or a vault do without the seal.
    pub(super) async fn hold(
        &self,
        answer: &Answer,
        recipient: &Recipient,
    ) -> Result<SessionInfo, VaultError> {
        let sealed = SealedGrant::parse(&answer.body).map_err(|_| VaultError::Protocol)?;
        let opened = self.key.open(&sealed, recipient).await?;
        let grant = GrantBody::parse(&opened).map_err(|_| VaultError::Protocol)?;
        let claims = grant.access_token.payload().ok_or(VaultError::Protocol)?.to_owned();
        let life = Duration::from_secs(grant.expires_in);
        let renew_at = self.http.now() + life.saturating_sub(RENEW_BEFORE.min(life / 4));
        let number = TokenNumber(self.last.get().0.wrapping_add(1));
        self.last.set(number);
        self.held.replace(Some(Held { token: Rc::new(grant.access_token), number, renew_at }));
        self.standing.set(Standing::Enrolled);
        Ok(SessionInfo { claims, expires_in: grant.expires_in })
    }

    /// Sends a call with a proof; when the server says that the proof is not of now, with its time, once more. Beside the
    /// answer stands whom a token in it is sealed to.
    pub(super) async fn prove(
        &self,
        operation: Operation,
        endpoint: &str,
        body: &[u8],
    ) -> Result<(Answer, Recipient), VaultError> {
        let (answer, recipient) = self.prove_once(operation, endpoint, body).await?;
        let challenge = answer.challenge();
        let (Some(Problem::ProofStale), Some(now)) = (challenge.problem(), challenge.now()) else {
            return Ok((answer, recipient));
        };
        self.clock.set(UnixTime(now), self.http.now());
        self.prove_once(operation, endpoint, body).await
    }

    async fn prove_once(
        &self,
        operation: Operation,
        endpoint: &str,
        body: &[u8],
    ) -> Result<(Answer, Recipient), VaultError> {
        let (proof, recipient) = match self.standing.get() {
            Standing::Fresh => self.enrolment(operation)?,
            Standing::Enrolled => self.signature(operation).await?,
            Standing::Spent => return Err(VaultError::Spent),
        };
        let call = Call { path: &self.path(endpoint), proof: Some(proof.to_text()), bearer: None, body };
        let answer = self.http.call(call).await.inspect_err(|_| {
            // The answer may have been lost after the server had given it, and then the secret is used up.
            if self.standing.get() == Standing::Fresh {
                self.standing.set(Standing::Spent);
            }
        });
        Ok((answer?, recipient))
    }

    fn enrolment(&self, operation: Operation) -> Result<(Proof, Recipient), VaultError> {
        if self.http.now().saturating_sub(self.started_at) >= self.boot.secret_lifetime {
            return Err(VaultError::Spent);
        }
        let (id, secret) = (&self.boot.secret_id, &self.boot.secret);
        let (key, sealing) = (self.key.public(), self.key.sealing());
        let enrolment = Enrolment::new(operation, id, secret, key, sealing, self.stamp()?);
        let recipient = enrolment.recipient(operation);
        Ok((Proof::Enrol(enrolment), recipient))
    }

    async fn signature(&self, operation: Operation) -> Result<(Proof, Recipient), VaultError> {
        let mut proof = Signature::unsigned(&self.key.public(), self.key.sealing(), self.stamp()?);
        proof.signature = self.key.sign(&proof.message(operation)).await?;
        let recipient = proof.recipient(operation);
        Ok((Proof::Sign(proof), recipient))
    }

    fn stamp(&self) -> Result<Stamp, VaultError> {
        Ok(Stamp { at: self.clock.read(self.http.now()), nonce: self.key.nonce()? })
    }
}

impl Answer {
    pub(super) fn challenge(&self) -> Challenge<'_> {
        Challenge::new(self.challenge.as_deref())
    }
}
