//! Requests of the page: checked against the allow-list, and sent with the token.

use super::{Held, TokenNumber, Vault};
use crate::{
    error::VaultError,
    http::Http,
    keys::WorkerKeys,
    request::{AllowedRequest, Request, Target},
    turns::Turns,
};

impl<B: Http + Turns, K: WorkerKeys> Vault<B, K> {
    /// Checks a page's request against the allow-list.
    ///
    /// # Errors
    /// [`VaultError::OriginNotAllowed`] if the token may not go to this origin; [`VaultError::Unsupported`] if the
    /// vault never sends such a request.
    pub fn allow<T>(&self, target: Target<'_>, request: Request<T>) -> Result<AllowedRequest<T>, VaultError> {
        AllowedRequest::new(target, request, &self.boot)
    }

    /// Sends a page's request with the token, and returns the answer for the page.
    ///
    /// Renews the token first if it is about to expire. Sends the request once more if the server finds the token
    /// expired or out of date, because then the server has not handled the request yet.
    ///
    /// # Errors
    /// [`VaultError`] if the request was not sent, or has no answer for the page.
    pub async fn fetch(&self, request: &AllowedRequest<B::Outgoing>) -> Result<B::Incoming, VaultError> {
        let held = self.fresh_token(None).await?;
        let (sending, asked_with) = self.send(&request.0, held);
        self.finish(&request.0, asked_with, self.browser.answered(sending).await?).await
    }

    /// Sends a page's request if a usable token is at hand, and returns the number of the token. This is the first half
    /// of [`fetch`](Self::fetch).
    pub fn send_now(&self, request: &AllowedRequest<B::Outgoing>) -> Option<(B::Sending, TokenNumber)> {
        self.usable_token(None).map(|held| self.send(&request.0, held))
    }

    /// Sends a request, and drops this copy of the token, so that a request on its way keeps none.
    #[expect(clippy::needless_pass_by_value, reason = "the caller must not keep the token")]
    pub(super) fn send(&self, request: &Request<B::Outgoing>, held: Held) -> (B::Sending, TokenNumber) {
        (self.browser.send(&request.rest, &held.token), held.number)
    }
}
