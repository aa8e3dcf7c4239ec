//! The vault's only windows: the network, a key that cannot be taken out, and its turn among the tabs.

use std::time::Duration;

use symbolon_shared::{
    proof::WorkerPublicKey,
    seal::{Recipient, SealedGrant, SealingKey},
    secret::AccessToken,
};
use zeroize::Zeroizing;

use crate::{error::VaultError, request::Address};

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
    /// Where it goes; `None` when that is no place for a token.
    pub address: Option<Address>,
    /// The names of its headers, with spaces between them.
    pub header_names: String,
    /// Whether its body can be sent only once, so that the request cannot be tried again.
    pub once: bool,
    /// Whether the page wants to see a redirect, which is never followed.
    pub shows_redirects: bool,
    /// Everything else: method, header values, body, and how to send it.
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
    /// What a page's request holds beside what the vault judges it by.
    type Outgoing;
    /// A page's request on its way.
    type Sending;
    /// What the page gets back.
    type Incoming;

    /// Sends a call to our own server. The answer comes within bounded time, or not at all.
    async fn call(&self, call: Call<'_>) -> Result<Answer, VaultError>;

    /// Sends a page's request with the token in `Authorization`, following no redirect.
    fn send(&self, request: &Request<Self::Outgoing>, bearer: &AccessToken) -> Self::Sending;

    /// The answer to it.
    async fn answered(&self, sending: Self::Sending) -> Result<Response<Self::Incoming>, VaultError>;

    /// The time since some fixed moment, by a clock that nobody sets.
    fn now(&self) -> Duration;
}

/// The worker's keys: made at its start, never stored, not to be taken out.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait WorkerKey {
    /// The public half of the one that signs.
    fn public(&self) -> WorkerPublicKey;

    /// The public half of the one to which answers are sealed.
    fn sealing(&self) -> SealingKey;

    /// ECDSA with P-256 and SHA-256, as `r || s`.
    async fn sign(&self, message: &str) -> Result<[u8; 64], VaultError>;

    /// What was sealed to this worker. ECDH with P-256, HKDF-SHA-256 without salt and for the context, and AES-256-GCM
    /// with a nonce of zeros.
    ///
    /// # Errors
    /// [`VaultError::Protocol`] when it was not sealed to this recipient, or was changed since.
    async fn open(
        &self,
        grant: &SealedGrant,
        recipient: &Recipient,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError>;

    /// 16 random bytes.
    ///
    /// # Errors
    /// [`VaultError::Unsupported`] when there are none.
    fn nonce(&self) -> Result<[u8; 16], VaultError>;
}

/// The other tabs of this browser, which share its cookies.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait Tabs {
    /// Held for as long as the turn lasts.
    type Turn;

    /// Waits until no other tab renews its token, but not for ever: a tab that hangs, or script that holds the lock, stops
    /// nobody. That tabs take turns only saves work; whether a refresh is one too many, the server decides.
    async fn take_turn(&self) -> Self::Turn;
}
