//! Sign-out.

use std::rc::Rc;

use symbolon_shared::{
    access_token::AccessToken,
    paths::{SIGN_OUT, SIGN_OUT_EVERYWHERE},
};

use super::{KeyStatus, Vault};
use crate::{
    challenge::{TOKEN_EXPIRED, TOKEN_STALE},
    error::VaultError,
    http::{Answer, Call, Http},
    keys::WorkerKeys,
    turns::Turns,
};

impl<B: Http + Turns, K: WorkerKeys> Vault<B, K> {
    /// Stops all use of the token, and has the server end the session, or all sessions of the person.
    ///
    /// # Errors
    /// [`VaultError`] if the server did not confirm it. The token is forgotten all the same.
    pub async fn sign_out(&self, everywhere: bool) -> Result<(), VaultError> {
        self.is_signing_out.set(true);
        let held = self.held.take();
        let _turn = self.browser.in_tab().await;
        // A refresh that was under way may have brought a newer token.
        let token = self.held.take().or(held).map(|held| held.token);
        let ended = match self.key_status.get() {
            KeyStatus::Enrolled => {
                self.end_session(token, if everywhere { SIGN_OUT_EVERYWHERE } else { SIGN_OUT }).await
            }
            // Only a session can end the other sessions of its person.
            KeyStatus::Fresh | KeyStatus::Spent if everywhere => Err(VaultError::NotSignedIn),
            KeyStatus::Fresh | KeyStatus::Spent => Ok(()),
        };
        // After any other error the session may be alive, and the next sign-out must ask the server again.
        if matches!(ended, Ok(()) | Err(VaultError::SessionExpired(_))) {
            self.forget();
        }
        match ended {
            Err(VaultError::SessionExpired(_)) if !everywhere => Ok(()),
            ended => ended,
        }
    }

    /// Calls an endpoint that ends sessions: with this token if the server accepts it, or else with a new one.
    async fn end_session(&self, token: Option<Rc<AccessToken>>, endpoint: &str) -> Result<(), VaultError> {
        let call = async |token: &AccessToken| {
            self.browser
                .call(Call { path: &self.path(endpoint), proof: None, bearer: Some(token), body: "" })
                .await
        };
        if let Some(token) = token {
            let answer = call(&token).await?;
            let challenge = answer.head.challenge();
            if !challenge.says(TOKEN_EXPIRED) && !challenge.says(TOKEN_STALE) {
                return confirmed(&answer);
            }
        }
        self.renew().await?;
        let held = self.held.take().ok_or(VaultError::NotSignedIn)?;
        confirmed(&call(&held.token).await?)
    }
}

/// Returns whether an answer has a 2xx status, or else its error.
fn confirmed(answer: &Answer) -> Result<(), VaultError> {
    if (200..300).contains(&answer.head.status) {
        Ok(())
    } else {
        Err(answer.head.challenge().refusal(answer.head.status))
    }
}
