//! The vault's only windows: the network, keys that cannot be taken out, and its turn among others.

use symbolon_shared::{access_token::AccessToken, seal::SealedTexts};
use zeroize::Zeroizing;

use crate::{clock::Milliseconds, error::VaultError};

/// A `POST` to one of our own endpoints. Its answer stays in the vault.
#[derive(Debug)]
pub struct Call<'a> {
    /// The absolute path.
    pub path: &'a str,
    /// The vault proof.
    pub proof: Option<&'a str>,
    /// The token.
    pub bearer: Option<&'a AccessToken>,
    /// JSON, or nothing.
    pub body: &'a str,
}

/// The answer to a [`Call`].
#[derive(Debug)]
pub struct Answer {
    /// What every answer has.
    pub head: Head,
    /// Its body.
    pub body: String,
}

/// What the vault reads of an answer, a page's or its own.
#[derive(Debug)]
pub struct Head {
    /// The HTTP status, or 0 for a redirect that was not followed.
    pub status: u16,
    /// The value of `WWW-Authenticate`.
    pub challenge: Option<String>,
}

/// A request of the page, to be sent with the token. What is in `rest` is the platform's business.
#[derive(Clone, Debug)]
pub struct Request<T> {
    /// Whether its body can be sent only once, so that the request cannot be tried again.
    pub once: bool,
    /// Whether the page wants to see a redirect, which is never followed.
    pub shows_redirects: bool,
    /// Everything else: address, method, headers, body, and how to send it.
    pub rest: T,
}

/// Sends requests.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait Http {
    /// What a page's request holds beside what the vault must know of it.
    type Outgoing;
    /// A page's request on its way.
    type Sending;
    /// The answer as the platform holds it, which the page gets.
    type Incoming;

    /// Sends a call to our own server. The answer comes within bounded time, or not at all.
    async fn call(&self, call: Call<'_>) -> Result<Answer, VaultError>;

    /// Sends a page's request with the token in `Authorization`, following no redirect.
    fn send(&self, request: &Self::Outgoing, bearer: &AccessToken) -> Self::Sending;

    /// The answer to it.
    async fn answered(&self, sending: Self::Sending) -> Result<Self::Incoming, VaultError>;

    /// What the vault reads of it.
    fn head(&self, answer: &Self::Incoming) -> Head;

    /// The time since some fixed moment, by a clock that nobody sets.
    fn now(&self) -> Milliseconds;
}

/// The worker's keys: made at its start, never stored, not to be taken out. All that goes in and out is base64url, unless it
/// says otherwise.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait WorkerKeys {
    /// The public half of the one that signs.
    fn signing(&self) -> String;

    /// What names it: the SHA-256 of its point.
    fn thumbprint(&self) -> String;

    /// The public half of the one to which answers are sealed.
    fn sealing(&self) -> String;

    /// HMAC with SHA-256, by the secret that the server told this worker.
    async fn authenticate(&self, message: &str) -> Result<String, VaultError>;

    /// ECDSA with P-256 and SHA-256, as `r || s`.
    async fn sign(&self, message: &str) -> Result<String, VaultError>;

    /// The bytes that were sealed to this worker. ECDH with P-256, HKDF-SHA-256 without salt and for the context, and
    /// AES-256-GCM with a nonce of zeros.
    ///
    /// # Errors
    /// [`VaultError::Protocol`] when it was not sealed to this worker in this context, or was changed since.
    async fn open(&self, sealed: SealedTexts<'_>, context: &str) -> Result<Zeroizing<Vec<u8>>, VaultError>;

    /// 16 random bytes.
    fn nonce(&self) -> String;

    /// One random byte.
    fn random(&self) -> u8;

    /// The text that some base64url spells, or nothing.
    fn decoded(&self, base64url: &str) -> String;
}

/// Whose turn it is: within this tab, and among all tabs of this browser, which share its cookies.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait Turns {
    /// Held for as long as the turn lasts.
    type Turn;

    /// Waits until nothing else in this tab has its turn. They come in the order of asking.
    async fn in_tab(&self) -> Self::Turn;

    /// Waits until no other tab renews its token, but not for ever: a tab that hangs, or script that holds the lock, stops
    /// nobody. That tabs take turns only saves work; whether a refresh is one too many, the server decides.
    async fn among_tabs(&self) -> Self::Turn;
}
