//! Decides about a 401: the request is sent again, the session is over, or the page gets the answer.

use super::{TokenNumber, Vault};
use crate::{
    challenge::{SIGN_IN_REQUIRED, TOKEN_EXPIRED, TOKEN_STALE},
    error::VaultError,
    http::{Head, Http},
    keys::WorkerKeys,
    request::Request,
    turns::Turns,
};

impl<B: Http + Turns, K: WorkerKeys> Vault<B, K> {
    /// Decides what follows from the answer to a page's request, and returns the answer for the page. This is the
    /// second half of [`fetch`](Self::fetch).
    ///
    /// Only the statuses 401 and 0 (a redirect) have consequences. The page gets all other answers unchanged.
    ///
    /// # Errors
    /// [`VaultError::SessionExpired`] if the server says that the session has ended; [`VaultError::RedirectBlocked`]
    /// for a redirect that the page does not accept; other errors if the request could not be sent again.
    pub async fn finish(
        &self,
        request: &Request<B::Outgoing>,
        mut asked_with: TokenNumber,
        mut response: B::Incoming,
    ) -> Result<B::Incoming, VaultError> {
        let mut head = self.browser.head(&response);
        if !request.once && self.would_help(&head, asked_with) {
            let newer = self.fresh_token(Some(asked_with)).await?;
            let sending;
            (sending, asked_with) = self.send(request, newer);
            response = self.browser.answered(sending).await?;
            head = self.browser.head(&response);
        }
        if head.is_refused_for(SIGN_IN_REQUIRED) {
            if self.holds(asked_with) {
                self.forget();
            }
            return Err(head.challenge().session_ended());
        }
        if head.status == 0 && !request.shows_redirects {
            return Err(VaultError::RedirectBlocked);
        }
        Ok(response)
    }

    /// Returns whether a newer token may be accepted where this one was refused. The server has not handled the request
    /// yet.
    fn would_help(&self, head: &Head, asked_with: TokenNumber) -> bool {
        head.is_refused_for(TOKEN_EXPIRED)
            || head.is_refused_for(TOKEN_STALE)
            // The answer came late: the token has been renewed since.
            || head.is_refused_for(SIGN_IN_REQUIRED)
                && !self.holds(asked_with)
                && self.usable_token(None).is_some()
    }
}
