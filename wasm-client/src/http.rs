//! The network and the clock.

use symbolon_shared::access_token::AccessToken;

use crate::{clock::Milliseconds, error::VaultError};

/// A `POST` of the vault itself to one of our endpoints. The answer stays in the vault.
#[derive(Debug)]
pub struct Call<'a> {
    /// The absolute path of the endpoint.
    pub path: &'a str,
    /// The vault proof, for the header `Symbolon-Proof`.
    pub proof: Option<&'a str>,
    /// The token, for the header `Authorization`.
    pub bearer: Option<&'a AccessToken>,
    /// JSON, or empty.
    pub body: &'a str,
}

/// The answer to a [`Call`].
#[derive(Debug)]
pub struct Answer {
    /// The status and the challenge.
    pub head: Head,
    /// The body of the answer.
    pub body: String,
}

/// The part of an answer that the vault reads, whether the page gets the answer or not.
#[derive(Debug)]
pub struct Head {
    /// The HTTP status, or 0 for a redirect that was not followed.
    pub status: u16,
    /// The value of `WWW-Authenticate`.
    pub challenge: Option<String>,
}

/// The network, and a clock.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait Http {
    /// The part of a page's request that only the platform knows: [`Request::rest`](crate::request::Request::rest).
    type Outgoing;
    /// A page's request that has been sent.
    type Sending;
    /// The answer to a page's request, as the platform holds it.
    type Incoming;

    /// Sends a call to our own server, and waits for the answer for bounded time.
    async fn call(&self, call: Call<'_>) -> Result<Answer, VaultError>;

    /// Sends a page's request with the token in `Authorization`, following no redirect.
    fn send(&self, request: &Self::Outgoing, bearer: &AccessToken) -> Self::Sending;

    /// Waits for the answer to a page's request.
    async fn answered(&self, sending: Self::Sending) -> Result<Self::Incoming, VaultError>;

    /// Returns the part of an answer that the vault reads.
    fn head(&self, answer: &Self::Incoming) -> Head;

    /// Returns the time since some fixed moment, by a clock that nobody sets.
    fn now(&self) -> Milliseconds;
}
