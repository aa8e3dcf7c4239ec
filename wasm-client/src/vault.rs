//! The vault's logic, generic over network, keys and turns.

mod fetch;
mod prove;
mod renewal;
mod sign_out;
mod unauthorized;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use symbolon_shared::{access_token::AccessToken, claims::subject_of, paths::SIGN_IN, proof::Operation};

use crate::{
    backoff::Backoff,
    boot::Boot,
    clock::{Milliseconds, ServerClock},
    error::VaultError,
    http::Http,
    keys::WorkerKeys,
    turns::Turns,
};

/// Holds the token of one session, and sends requests with it. No method returns the token.
#[derive(Debug)]
pub struct Vault<B, K> {
    browser: B,
    keys: K,
    boot: Boot,
    clock: ServerClock,
    started_at: Milliseconds,
    held: RefCell<Option<Held>>,
    /// The number of the newest token.
    last: Cell<TokenNumber>,
    key_status: Cell<KeyStatus>,
    /// Whether a sign-out has begun. From then on no request is sent with the token.
    is_signing_out: Cell<bool>,
    backoff: Backoff,
}

/// A token, and when to renew it.
#[derive(Clone, Debug)]
struct Held {
    token: Rc<AccessToken>,
    number: TokenNumber,
    renew_at: Milliseconds,
}

/// The claims of a token, as base64url of JSON: what the page may know of a session. Without the MAC they open nothing.
pub type Claims = String;

/// The number of a token in the order in which the vault got its tokens.
///
/// The number tells which token a request was sent with, even after the vault has dropped that token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenNumber(pub u32);

/// The state of this vault's signing key at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyStatus {
    /// The server does not know the key yet, and the vault secret can still enrol it.
    Fresh,
    /// The server enrolled the key with a session.
    Enrolled,
    /// The vault secret is used up, and no live session knows the key.
    Spent,
}

impl<B: Http + Turns, K: WorkerKeys> Vault<B, K> {
    /// Makes a vault without a session.
    pub fn new(browser: B, keys: K, boot: Boot) -> Self {
        let started_at = browser.now();
        Self {
            browser,
            keys,
            clock: ServerClock::new(boot.now, started_at),
            boot,
            started_at,
            held: RefCell::default(),
            last: Cell::default(),
            key_status: Cell::new(KeyStatus::Fresh),
            is_signing_out: Cell::new(false),
            backoff: Backoff::default(),
        }
    }

    /// Restores the session that the browser's cookies name. Returns `None` if there is none.
    ///
    /// If `subject` is given, only a session of this person is restored: a page that shows one person's data never goes
    /// on as another.
    ///
    /// # Errors
    /// [`VaultError::AccountChanged`] if the session is another person's; other errors if the server gave no clear
    /// answer.
    pub async fn restore(&self, subject: Option<&str>) -> Result<Option<Claims>, VaultError> {
        if !self.boot.may_have_session {
            return Ok(None);
        }
        let _turn = self.browser.in_tab().await;
        match self.renew().await {
            Ok(claims)
                if subject.is_some_and(|subject| subject_of(&self.keys.decoded(&claims)) != Ok(subject)) =>
            {
                self.forget();
                Err(VaultError::AccountChanged)
            }
            Ok(claims) => Ok(Some(claims)),
            Err(VaultError::SessionExpired(None)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends credentials to the application's sign-in handler, and begins the session that it grants.
    ///
    /// # Errors
    /// [`VaultError::BadCredentials`] if the handler rejects the credentials; [`VaultError::Spent`] if this vault
    /// cannot begin a session any more, so that the page needs a new one.
    pub async fn sign_in(&self, credentials: &str) -> Result<Claims, VaultError> {
        let _turn = self.browser.in_tab().await;
        if self.key_status.get() != KeyStatus::Fresh {
            return Err(VaultError::Spent);
        }
        let (answer, message) = self.prove(Operation::SignIn, SIGN_IN, credentials).await?;
        if answer.head.status == 200 {
            return self.hold(&answer, &message).await;
        }
        match answer.head.challenge().refusal(answer.head.status) {
            // A sign-in needs no session, so the server refused the vault secret: it is too old, or used up.
            VaultError::SessionExpired(_) => {
                self.key_status.set(KeyStatus::Spent);
                Err(VaultError::Spent)
            }
            error => Err(error),
        }
    }

    /// Asks the server whether the session is alive. Until the answer, the vault has no token.
    ///
    /// # Errors
    /// [`VaultError::SessionExpired`] if the session has ended; other errors if the server gave no clear answer.
    pub async fn check(&self) -> Result<Claims, VaultError> {
        let _turn = self.browser.in_tab().await;
        if self.is_signing_out.get() {
            return Err(VaultError::NotSignedIn);
        }
        self.held.replace(None);
        self.renew().await
    }

    /// Ends the wait after a failed refresh, because the server can probably be reached again.
    pub fn wake(&self) {
        self.backoff.reset();
    }

    /// Returns whether the vault still holds the token with this number.
    fn holds(&self, number: TokenNumber) -> bool {
        self.held.borrow().as_ref().is_some_and(|held| held.number == number)
    }

    /// Wipes the token. Requests on their way keep no copy.
    fn forget(&self) {
        self.held.replace(None);
        self.key_status.set(KeyStatus::Spent);
    }

    /// Returns the absolute path of an endpoint.
    fn path(&self, endpoint: &str) -> String {
        self.boot.auth_path.clone() + endpoint
    }
}
