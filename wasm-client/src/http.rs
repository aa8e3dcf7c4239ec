//! The vault's only windows: the network, and a key that cannot be taken out.

use std::time::Duration;

use symbolon_shared::{problem::Problem, proof::WorkerPublicKey, secret::AccessToken};
use zeroize::Zeroizing;

use crate::error::VaultError;

/// A `POST` to one of our own endpoints. Its answer stays in the vault.
#[derive(Debug)]
pub struct Call<'a> {
    /// The absolute path.
    pub path: &'a str,
    /// The vault proof.
    pub proof: Option<String>,
    /// The token.
    pub bearer: Option<&'a AccessToken>,
    /// JSON, or nothing.
    pub body: &'a [u8],
}

/// The answer to a [`Call`].
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The value of `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// The body, wiped when dropped.
    pub body: Zeroizing<Vec<u8>>,
}

/// A request of the page, to be sent with the token. What is in `rest` is the platform's business.
#[derive(Clone, Debug)]
pub struct Request<T> {
    /// The absolute URL.
    pub url: String,
    /// The HTTP method.
    pub method: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, and how to send it.
    pub rest: T,
}

/// The answer to a [`Request`]; the page gets `rest`.
#[derive(Debug)]
pub struct Response<T> {
    /// The HTTP status, or 0 for a redirect that was not followed.
    pub status: u16,
    /// The value of `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// Status, headers and body as the platform holds them.
    pub rest: T,
}

/// Sends requests.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait Http {
    /// What a page's request holds beside URL, method and headers.
    type Outgoing;
    /// What the page gets back.
    type Incoming;

    /// Sends a call to our own server.
    async fn call(&self, call: Call<'_>) -> Result<Answer, VaultError>;

    /// Sends a page's request with the token in `Authorization`, following no redirect.
    async fn relay(
        &self,
        request: &Request<Self::Outgoing>,
        bearer: &AccessToken,
    ) -> Result<Response<Self::Incoming>, VaultError>;

    /// The time since some fixed moment, by a clock that nobody sets.
    fn now(&self) -> Duration;
}

/// The worker's key: made at its start, never stored, not to be taken out.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait WorkerKey {
    /// The public half.
    fn public(&self) -> WorkerPublicKey;

    /// ECDSA with P-256 and SHA-256, as `r || s`.
    async fn sign(&self, message: &str) -> Result<[u8; 64], VaultError>;

    /// 16 random bytes.
    ///
    /// # Errors
    /// [`VaultError::Unsupported`] when there are none.
    fn nonce(&self) -> Result<[u8; 16], VaultError>;
}

/// The problem that a challenge of our server names.
pub(crate) fn problem(challenge: Option<&str>) -> Option<Problem> {
    let (_, code) = challenge?.split_once("problem=\"")?;
    Problem::from_code(code.split_once('"')?.0)
}
