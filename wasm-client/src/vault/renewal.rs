//! How a token is got and renewed: on demand, once however many ask, and one tab after another.

use std::rc::Rc;

use symbolon_shared::{
    grant_body::GrantBody,
    paths::REFRESH,
    proof::{Operation, ProofInput},
    seal::{self, SealedTexts},
    time::UnixTime,
};

use super::{Claims, Held, Standing, TokenNumber, Vault};
use crate::{
    clock::Milliseconds,
    error::{PROOF_STALE, VaultError},
    http::{Answer, Call, Http, Turns, WorkerKeys},
};

/// A token this close to its end is renewed first, so that it does not expire on its way; a short-lived one, at the
/// last quarter of its life.
const RENEW_BEFORE: Milliseconds = 10_000;

impl<B: Http + Turns, K: WorkerKeys> Vault<B, K> {
    /// A token with some life left, and another than `refused`. However many ask, one refresh is made.
    pub(super) async fn fresh_token(&self, refused: Option<TokenNumber>) -> Result<Held, VaultError> {
        if let Some(held) = self.usable_token(refused) {
            return Ok(held);
        }
        let _turn = self.browser.in_tab().await;
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
        (self.browser.now() < held.renew_at && refused != Some(held.number)).then_some(held)
    }

    /// Gets another token. Whoever calls it has the turn in this tab.
    pub(super) async fn renew(&self) -> Result<Claims, VaultError> {
        self.backoff.check(self.browser.now())?;
        let _turn = self.browser.among_tabs().await;
        let renewed = self.refresh().await;
        match &renewed {
            Err(error) if error.is_passing() => {
                self.backoff.failed(*error, self.browser.now(), self.keys.random());
            }
            Err(VaultError::SessionExpired(_)) => self.forget(),
            _ => self.backoff.reset(),
        }
        renewed
    }

    async fn refresh(&self) -> Result<Claims, VaultError> {
        let (answer, message) = self.prove(Operation::Refresh, REFRESH, "").await?;
        if answer.head.status == 200 {
            self.hold(&answer, &message).await
        } else {
            Err(answer.head.challenge().refusal(answer.head.status))
        }
    }

    /// Takes the token out of an answer to a proof over `message`. One that was sent in clear is refused: there is no way
    /// to make a server or a vault do without the seal.
    pub(super) async fn hold(&self, answer: &Answer, message: &str) -> Result<Claims, VaultError> {
        let sealed = SealedTexts::parse(&answer.body).map_err(|_| VaultError::Protocol)?;
        let opened = self.keys.open(sealed, &seal::context(message, sealed.ephemeral)).await?;
        let grant = GrantBody::parse(&opened).map_err(|_| VaultError::Protocol)?;
        let claims = grant.access_token.payload().ok_or(VaultError::Protocol)?.to_owned();
        let life = grant.expires_in.saturating_mul(1000);
        let renew_at = self.browser.now().saturating_add(life - RENEW_BEFORE.min(life / 4));
        let number = TokenNumber(self.last.get().0.wrapping_add(1));
        self.last.set(number);
        self.held.replace(Some(Held { token: Rc::new(grant.access_token), number, renew_at }));
        self.standing.set(Standing::Enrolled);
        Ok(claims)
    }

    /// Sends a call with a proof; when the server says that the proof is not of now, with its time, once more. Beside the
    /// answer stands what was proven, for a token in it is sealed for that.
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
        let draft = self.draft()?;
        let message = draft.message(operation);
        let by = match self.standing.get() {
            Standing::Fresh => self.keys.authenticate(&message).await?,
            Standing::Enrolled | Standing::Spent => self.keys.sign(&message).await?,
        };
        let call =
            Call { path: &self.path(endpoint), proof: Some(&draft.into_header(&by)), bearer: None, body };
        let answer = self.browser.call(call).await.inspect_err(|_| {
            // The answer may have been lost after the server had given it, and then the secret is used up.
            if self.standing.get() == Standing::Fresh {
                self.standing.set(Standing::Spent);
            }
        });
        Ok((answer?, message))
    }

    fn draft(&self) -> Result<ProofInput, VaultError> {
        let (now, keys) = (self.browser.now(), &self.keys);
        let (at, nonce) = (self.clock.read(now), keys.nonce());
        match self.standing.get() {
            Standing::Fresh if now.saturating_sub(self.started_at) < self.boot.secret_lifetime => {
                Ok(ProofInput::enrolment(&self.boot.secret_id, at, &nonce, &keys.signing(), &keys.sealing()))
            }
            Standing::Enrolled => Ok(ProofInput::signature(&keys.thumbprint(), at, &nonce, &keys.sealing())),
            Standing::Fresh | Standing::Spent => Err(VaultError::Spent),
        }
    }
}
