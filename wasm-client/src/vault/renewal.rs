//! Renews the token: on demand, once for all requests that wait, and in one tab at a time.

use std::rc::Rc;

use symbolon_shared::{
    grant_body::GrantBody,
    paths::REFRESH,
    proof::Operation,
    seal::{self, SealedTexts},
};

use super::{Claims, Held, KeyStatus, TokenNumber, Vault};
use crate::{
    clock::Milliseconds,
    error::VaultError,
    http::{Answer, Http},
    keys::WorkerKeys,
    turns::Turns,
};

/// A token with less than this lifetime left, in milliseconds, is renewed first, so that it does not expire on its way. A
/// token that lives less than 40 s is renewed in the last quarter of its lifetime.
const RENEW_BEFORE: Milliseconds = 10_000;

impl<B: Http + Turns, K: WorkerKeys> Vault<B, K> {
    /// Returns a usable token with another number than `refused`. However many requests wait, one refresh is made.
    pub(super) async fn fresh_token(&self, refused: Option<TokenNumber>) -> Result<Held, VaultError> {
        if let Some(held) = self.usable_token(refused) {
            return Ok(held);
        }
        let _turn = self.browser.in_tab().await;
        if let Some(held) = self.usable_token(refused) {
            return Ok(held);
        }
        if self.key_status.get() != KeyStatus::Enrolled || self.is_signing_out.get() {
            return Err(VaultError::NotSignedIn);
        }
        self.renew().await?;
        if self.is_signing_out.get() {
            return Err(VaultError::NotSignedIn);
        }
        self.held.borrow().clone().ok_or(VaultError::NotSignedIn)
    }

    /// Returns the token, unless it is `refused`, is about to expire, or a sign-out has begun.
    pub(super) fn usable_token(&self, refused: Option<TokenNumber>) -> Option<Held> {
        if self.is_signing_out.get() {
            return None;
        }
        let held = self.held.borrow().clone()?;
        (self.browser.now() < held.renew_at && refused != Some(held.number)).then_some(held)
    }

    /// Gets a new token. The caller has the turn in this tab.
    pub(super) async fn renew(&self) -> Result<Claims, VaultError> {
        self.backoff.check(self.browser.now())?;
        let _turn = self.browser.among_tabs().await;
        let renewed = self.refresh().await;
        match &renewed {
            Err(error) if error.is_transient() => {
                self.backoff.failed(*error, self.browser.now(), self.keys.random());
            }
            Err(VaultError::SessionExpired(_)) => self.forget(),
            _ => self.backoff.reset(),
        }
        renewed
    }

    /// Calls the refresh endpoint once.
    async fn refresh(&self) -> Result<Claims, VaultError> {
        let (answer, message) = self.prove(Operation::Refresh, REFRESH, "").await?;
        if answer.head.status == 200 {
            self.hold(&answer, &message).await
        } else {
            Err(answer.head.challenge().refusal(answer.head.status))
        }
    }

    /// Takes the token out of the answer to a proof over `message`, and returns its claims.
    ///
    /// A grant that is not sealed is refused: nothing can make a server or a vault do without the seal.
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
        self.key_status.set(KeyStatus::Enrolled);
        Ok(claims)
    }
}
