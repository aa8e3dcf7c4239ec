//! All that the vault does, generic over how it is done.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use symbolon_shared::{
    problem::Problem,
    proof::{Enrolment, Operation, Proof, Signature, Stamp},
    secret::AccessToken,
    wire::{GrantBody, REFRESH, SIGN_IN, SIGN_OUT},
};

use crate::{
    boot::Boot,
    error::VaultError,
    http::{Answer, Call, Http, Request, Response, WorkerKey, problem},
    request,
    turn::Turns,
};

/// A token this close to its end is renewed first, so that it does not expire on its way; a short-lived one, at the
/// last quarter of its life.
const RENEW_BEFORE: Duration = Duration::from_secs(10);

/// Holds the token and spends it. No method returns it.
#[derive(Debug)]
pub struct Vault<H, K> {
    http: H,
    key: K,
    boot: Boot,
    started_at: Duration,
    held: RefCell<Option<Held>>,
    standing: Cell<Standing>,
    turns: Turns,
}

#[derive(Clone, Debug)]
struct Held {
    token: Rc<AccessToken>,
    renew_at: Duration,
}

/// What the server knows of this vault's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing; the secret may enrol it.
    Fresh,
    /// It belongs to a session.
    Enrolled,
    /// Nothing, or a session that is over, and the secret is used up.
    Spent,
}

/// What the page may know of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// The token's claims, as base64url of JSON. Without the signature they open nothing.
    pub claims: String,
    /// How long the token lives, in seconds from now.
    pub expires_in: u64,
}

impl<H: Http, K: WorkerKey> Vault<H, K> {
    /// A vault without a session.
    pub fn new(http: H, key: K, boot: Boot) -> Self {
        let started_at = http.now();
        Self {
            http,
            key,
            boot,
            started_at,
            held: RefCell::default(),
            standing: Cell::new(Standing::Fresh),
            turns: Turns::default(),
        }
    }

    /// Takes up the session that the browser's cookies name, if there is one.
    ///
    /// # Errors
    /// [`VaultError`] when that cannot be known.
    pub async fn restore(&self) -> Result<Option<SessionInfo>, VaultError> {
        if !self.boot.may_have_session {
            return Ok(None);
        }
        let _turn = self.turns.take().await;
        match self.refresh().await {
            Ok(session) => Ok(Some(session)),
            Err(VaultError::SessionExpired) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends credentials to the application's sign-in handler, and begins the session that it grants.
    ///
    /// # Errors
    /// [`VaultError::BadCredentials`]; [`VaultError::Spent`] when a new vault is needed for a new session.
    pub async fn sign_in(&self, credentials: &[u8]) -> Result<SessionInfo, VaultError> {
        let _turn = self.turns.take().await;
        let proof = self.enrolment(Operation::SignIn)?;
        let call = Call { path: &self.path(SIGN_IN), proof: Some(proof), bearer: None, body: credentials };
        let answer = match self.http.call(call).await {
            Ok(answer) => answer,
            Err(error) => {
                // The answer may have been lost after the server had given it.
                self.standing.set(Standing::Spent);
                return Err(error);
            }
        };
        if answer.status == 200 {
            return self.hold(&answer);
        }
        match refusal(&answer) {
            // No session is asked for, so what was refused is the secret: too old, or used.
            VaultError::SessionExpired => {
                self.standing.set(Standing::Spent);
                Err(VaultError::Spent)
            }
            error => Err(error),
        }
    }

    /// Sends a page's request with the token; renews the token first when it is about to expire, and tries once more
    /// when the server finds it expired or out of date, for then it has done nothing yet.
    ///
    /// # Errors
    /// [`VaultError`] when the request was not sent, or has no answer for the page.
    pub async fn fetch(&self, request: &Request<H::Outgoing>) -> Result<Response<H::Incoming>, VaultError> {
        request::check(&request.url, &request.headers, &self.boot)?;
        let token = self.fresh_token(None).await?;
        let mut response = self.http.relay(request, &token).await?;
        if is_refused_for(&response, Problem::TokenExpired) || is_refused_for(&response, Problem::TokenStale)
        {
            let token = self.fresh_token(Some(&token)).await?;
            response = self.http.relay(request, &token).await?;
        }
        if is_refused_for(&response, Problem::SignInRequired) {
            self.forget();
            return Err(VaultError::SessionExpired);
        }
        if response.status == 0 { Err(VaultError::RedirectBlocked) } else { Ok(response) }
    }

    /// Forgets the token, and then has the server end the session.
    ///
    /// # Errors
    /// [`VaultError`] when the server could not be told: the token is forgotten all the same.
    pub async fn sign_out(&self) -> Result<(), VaultError> {
        let token = match self.fresh_token(None).await {
            Ok(token) => token,
            Err(VaultError::NotSignedIn | VaultError::SessionExpired) => return Ok(()),
            Err(error) => {
                self.forget();
                return Err(error);
            }
        };
        self.forget();
        let call = Call { path: &self.path(SIGN_OUT), proof: None, bearer: Some(&token), body: &[] };
        let answer = self.http.call(call).await?;
        match (answer.status, refusal(&answer)) {
            (200..300, _) | (_, VaultError::SessionExpired) => Ok(()),
            (_, error) => Err(error),
        }
    }

    /// A token with some life left, and another than `refused`. However many ask, one refresh is made.
    async fn fresh_token(&self, refused: Option<&Rc<AccessToken>>) -> Result<Rc<AccessToken>, VaultError> {
        if let Some(token) = self.usable_token(refused) {
            return Ok(token);
        }
        let _turn = self.turns.take().await;
        if let Some(token) = self.usable_token(refused) {
            return Ok(token);
        }
        if self.standing.get() != Standing::Enrolled {
            return Err(VaultError::NotSignedIn);
        }
        self.refresh().await?;
        self.held.borrow().as_ref().map(|held| Rc::clone(&held.token)).ok_or(VaultError::NotSignedIn)
    }

    fn usable_token(&self, refused: Option<&Rc<AccessToken>>) -> Option<Rc<AccessToken>> {
        let Held { token, renew_at } = self.held.borrow().clone()?;
        let usable = self.http.now() < renew_at && !refused.is_some_and(|old| Rc::ptr_eq(old, &token));
        usable.then_some(token)
    }

    async fn refresh(&self) -> Result<SessionInfo, VaultError> {
        let proof = match self.standing.get() {
            Standing::Enrolled => self.signature(Operation::Refresh).await?,
            Standing::Fresh => {
                let proof = self.enrolment(Operation::Refresh)?;
                // Whatever becomes of the answer, the server has seen the secret used.
                self.standing.set(Standing::Spent);
                proof
            }
            Standing::Spent => return Err(VaultError::Spent),
        };
        let call = Call { path: &self.path(REFRESH), proof: Some(proof), bearer: None, body: &[] };
        let answer = self.http.call(call).await?;
        if answer.status == 200 {
            return self.hold(&answer);
        }
        let error = refusal(&answer);
        if error == VaultError::SessionExpired {
            self.forget();
        }
        Err(error)
    }

    fn hold(&self, answer: &Answer) -> Result<SessionInfo, VaultError> {
        let grant = GrantBody::parse(&answer.body).map_err(|_| VaultError::Protocol)?;
        let claims = grant.access_token.payload().ok_or(VaultError::Protocol)?.to_owned();
        let life = Duration::from_secs(grant.expires_in);
        let renew_at = self.http.now() + life.saturating_sub(RENEW_BEFORE.min(life / 4));
        self.held.replace(Some(Held { token: Rc::new(grant.access_token), renew_at }));
        self.standing.set(Standing::Enrolled);
        Ok(SessionInfo { claims, expires_in: grant.expires_in })
    }

    /// Wipes the token. Requests under way keep theirs alive until they have been sent.
    fn forget(&self) {
        self.held.replace(None);
        self.standing.set(Standing::Spent);
    }

    fn enrolment(&self, operation: Operation) -> Result<String, VaultError> {
        let age = self.http.now().saturating_sub(self.started_at);
        if self.standing.get() != Standing::Fresh || age >= self.boot.secret_lifetime {
            return Err(VaultError::Spent);
        }
        let Boot { secret_id, secret, .. } = &self.boot;
        let enrolment = Enrolment::new(operation, secret_id, secret, self.key.public(), self.stamp()?);
        Ok(Proof::Enrol(enrolment).to_text())
    }

    async fn signature(&self, operation: Operation) -> Result<String, VaultError> {
        let (thumbprint, stamp) = (self.key.public().thumbprint(), self.stamp()?);
        let signature = self.key.sign(&Signature::message(operation, &thumbprint, stamp)).await?;
        Ok(Proof::Sign(Signature { thumbprint, stamp, signature }).to_text())
    }

    /// By the server's clock: what it said at the start, and the time since.
    fn stamp(&self) -> Result<Stamp, VaultError> {
        let at = self.boot.now.plus(self.http.now().saturating_sub(self.started_at));
        Ok(Stamp { at, nonce: self.key.nonce()? })
    }

    fn path(&self, endpoint: &str) -> String {
        format!("{}{endpoint}", self.boot.auth_path)
    }
}

fn refusal(answer: &Answer) -> VaultError {
    VaultError::from_answer(answer.status, problem(answer.challenge.as_deref()))
}

fn is_refused_for<T>(response: &Response<T>, cause: Problem) -> bool {
    response.status == 401 && problem(response.challenge.as_deref()) == Some(cause)
}
