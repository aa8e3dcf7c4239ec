//! A browser for the real vault: a cookie jar and a router, and neither network nor JavaScript.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{self, HeaderMap, header::SET_COOKIE},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use symbolon_client::{
    boot::Boot,
    clock::Milliseconds,
    error::VaultError,
    http::{Answer, Call, Head, Http},
    keys::WorkerKeys,
    request::{Request, Target},
    turns::Turns,
    vault::Vault,
};
use symbolon_server::shared::{
    access_token::AccessToken,
    encoding::{decode, encode},
    proof::{VaultSecret, WorkerPublicKey},
    seal::SealedTexts,
    time::UnixTime,
};
use tokio::sync::{
    Mutex, OwnedMutexGuard,
    oneshot::{self, Receiver, Sender},
};
use tower::ServiceExt;
use zeroize::Zeroizing;

use crate::{
    bootstrap::{boot_object, require_built_client},
    client::random,
    sealing::SealingKey,
};

/// The vault as it is in these tests.
pub type TestVault = Vault<Browser, TestKeys>;

/// Cookies, a server and a clock. Clones are the same browser.
#[derive(Clone)]
pub struct Browser(Rc<Inner>);

struct Inner {
    router: Router,
    origin: String,
    cookies: RefCell<BTreeMap<String, String>>,
    clock: Cell<Duration>,
    turn: Arc<Mutex<()>>,
    offline: Cell<bool>,
    requests: RefCell<Vec<String>>,
    answers: RefCell<Vec<Vec<u8>>>,
    authorizations: RefCell<Vec<String>>,
    held: RefCell<Option<(String, Receiver<()>)>>,
    replaced: RefCell<Option<(String, Vec<u8>)>>,
}

impl Browser {
    /// A browser with an empty jar.
    #[must_use]
    pub fn new(router: Router, origin: &str) -> Self {
        Self(Rc::new(Inner {
            router,
            origin: origin.to_owned(),
            cookies: RefCell::default(),
            clock: Cell::default(),
            turn: Arc::default(),
            offline: Cell::default(),
            requests: RefCell::default(),
            answers: RefCell::default(),
            authorizations: RefCell::default(),
            held: RefCell::default(),
            replaced: RefCell::default(),
        }))
    }

    /// Loads the vault's script as a worker, and runs the vault in it.
    pub async fn start_vault(&self) -> TestVault {
        require_built_client();
        let mut request = http::Request::get("/auth/vault.js").body(Body::empty()).expect("a request");
        for (name, value) in [
            ("sec-fetch-dest", "worker"),
            ("sec-fetch-mode", "same-origin"),
            ("sec-fetch-site", "same-origin"),
        ] {
            request.headers_mut().insert(name, value.parse().expect("ASCII"));
        }
        let (_, _, body) = self.exchange(request).await.expect("online");
        let script = String::from_utf8(body).expect("UTF-8");
        let boot = boot_object(&script);
        let text = |name: &str| boot[name].as_str().expect("text").to_owned();
        let boot = Boot {
            origin: text("origin"),
            api_origins: Vec::new(),
            auth_path: text("authPath"),
            secret_id: text("secretId"),
            secret_lifetime: boot["secretLifetime"].as_u64().expect("a number") * 1000,
            now: UnixTime(boot["now"].as_u64().expect("a number")),
            may_have_session: boot["mayHaveSession"].as_bool().expect("yes or no"),
        };
        let secret = VaultSecret::parse(&text("secret")).expect("a secret");
        Vault::new(self.clone(), TestKeys::generate(secret), boot)
    }

    /// Has the vault send a page's request: the status and the body of the answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn fetch(
        &self,
        vault: &TestVault,
        request: &Request<String>,
    ) -> Result<(u16, String), VaultError> {
        let (origin, path) = (&self.0.origin, &request.rest);
        let allowed = vault.allow(Target(&format!("{origin} {origin}{path}")), request.clone())?;
        let received = match vault.send_now(&allowed) {
            Some((sending, asked_with)) => {
                let received = self.answered(sending).await?;
                vault.finish(request, asked_with, received).await?
            }
            None => vault.fetch(&allowed).await?,
        };
        Ok((received.status, received.body))
    }

    /// Has the vault send a GET request for this path: the status and the body of the answer.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn get(&self, vault: &TestVault, path: &str) -> Result<(u16, String), VaultError> {
        self.fetch(vault, &get(path)).await
    }

    /// Lets time pass, in this browser only.
    pub fn pass(&self, seconds: u32) {
        self.0.clock.set(self.0.clock.get() + Duration::from_secs(seconds.into()));
    }

    /// Cuts the network off, or mends it.
    pub fn set_offline(&self, offline: bool) {
        self.0.offline.set(offline);
    }

    /// Keeps the next answer to `request`, such as `GET /api/me`, until something is sent.
    #[must_use]
    pub fn hold_answer(&self, request: &str) -> Sender<()> {
        let (release, held) = oneshot::channel();
        self.0.held.replace(Some((request.to_owned(), held)));
        release
    }

    /// Puts another body into the next answer to `request`.
    pub fn replace_answer(&self, request: &str, body: Vec<u8>) {
        self.0.replaced.replace(Some((request.to_owned(), body)));
    }

    /// Returns the methods and paths of all requests that were sent.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.0.requests.borrow().clone()
    }

    /// The bodies of all answers, as the server gave them.
    #[must_use]
    pub fn answers(&self) -> Vec<Vec<u8>> {
        self.0.answers.borrow().clone()
    }

    /// Every `Authorization` that was sent.
    #[must_use]
    pub fn authorizations(&self) -> Vec<String> {
        self.0.authorizations.borrow().clone()
    }

    /// The cookie jar.
    #[must_use]
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.0.cookies.borrow().clone()
    }

    async fn exchange(
        &self,
        mut request: http::Request<Body>,
    ) -> Result<(u16, HeaderMap, Vec<u8>), VaultError> {
        let name = format!("{} {}", request.method(), request.uri().path());
        self.0.requests.borrow_mut().push(name.clone());
        if self.0.offline.get() {
            return Err(VaultError::Network);
        }
        if let Some(value) = request.headers().get("authorization") {
            self.0.authorizations.borrow_mut().push(value.to_str().expect("ASCII").to_owned());
        }
        let pairs: Vec<_> =
            self.0.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert("cookie", pairs.join("; ").parse().expect("ASCII"));
        request.headers_mut().entry("sec-fetch-site").or_insert("same-origin".parse().expect("ASCII"));
        let (parts, body) =
            self.0.router.clone().oneshot(request).await.expect("a router does not fail").into_parts();
        for header in parts.headers.get_all(SET_COOKIE) {
            let (name, rest) = header.to_str().expect("ASCII").split_once('=').expect("a pair");
            let value = rest.split(';').next().unwrap_or_default();
            if rest.contains("Max-Age=0") {
                self.0.cookies.borrow_mut().remove(name);
            } else {
                self.0.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
        }
        let body = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
        self.0.answers.borrow_mut().push(body.clone());
        let replaced = self.0.replaced.borrow_mut().take_if(|(replaced, _)| *replaced == name);
        let body = replaced.map_or(body, |(_, body)| body);
        let held = self.0.held.borrow_mut().take_if(|(held, _)| *held == name);
        if let Some((_, held)) = held {
            held.await.expect("the test lets it go");
        }
        Ok((parts.status.as_u16(), parts.headers, body))
    }
}

/// A page's plain request.
#[must_use]
pub fn get(path: &str) -> Request<String> {
    Request { once: false, shows_redirects: false, rest: path.to_owned() }
}

/// An answer to a page's request.
pub struct Received {
    status: u16,
    challenge: Option<String>,
    body: String,
}

impl Http for Browser {
    /// The path.
    type Outgoing = String;
    type Sending = http::Request<Body>;
    type Incoming = Received;

    async fn call(&self, call: Call<'_>) -> Result<Answer, VaultError> {
        let mut request = http::Request::post(call.path).header("content-type", "application/json");
        if let Some(proof) = call.proof {
            request = request.header("symbolon-proof", proof);
        }
        if let Some(bearer) = call.bearer {
            request = request.header("authorization", format!("Bearer {}", bearer.expose()));
        }
        let request = request.body(call.body.to_owned().into()).expect("a request");
        let (status, headers, body) = self.exchange(request).await.map_err(|_| VaultError::Offline)?;
        let body = String::from_utf8(body).map_err(|_| VaultError::Protocol)?;
        Ok(Answer { head: Head { status, challenge: challenge(&headers) }, body })
    }

    fn send(&self, path: &String, bearer: &AccessToken) -> http::Request<Body> {
        http::Request::builder()
            .uri(path)
            .header("authorization", format!("Bearer {}", bearer.expose()))
            .body(Body::empty())
            .expect("a request")
    }

    async fn answered(&self, sending: http::Request<Body>) -> Result<Received, VaultError> {
        let (status, headers, body) = self.exchange(sending).await?;
        let body = String::from_utf8(body).expect("UTF-8");
        Ok(Received { status, challenge: challenge(&headers), body })
    }

    fn head(&self, answer: &Received) -> Head {
        Head { status: answer.status, challenge: answer.challenge.clone() }
    }

    fn now(&self) -> Milliseconds {
        self.0.clock.get().as_millis().try_into().expect("not for ever")
    }
}

/// One tab: it takes no turns with others.
impl Turns for Browser {
    type Turn = Option<OwnedMutexGuard<()>>;

    async fn in_tab(&self) -> Self::Turn {
        Some(Arc::clone(&self.0.turn).lock_owned().await)
    }

    async fn among_tabs(&self) -> Self::Turn {
        None
    }
}

fn challenge(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("www-authenticate")?.to_str().expect("ASCII").to_owned())
}

/// Keys in software, where the browser has some that cannot be taken out.
pub struct TestKeys {
    secret: VaultSecret,
    signing: SigningKey,
    sealing: SealingKey,
    texts: [String; 3],
}

impl TestKeys {
    fn generate(secret: VaultSecret) -> Self {
        let signing = SigningKey::from_slice(&random::<32>()).expect("nearly every 32 bytes are a key");
        let point = signing.verifying_key().to_sec1_point(false);
        let point = point.as_bytes().try_into().expect("an uncompressed point has 65 bytes");
        let public = WorkerPublicKey::from_bytes(point);
        let sealing = SealingKey::new(&random());
        let texts = [encode(public.as_bytes()), encode(&public.thumbprint()), encode(&sealing.point())];
        Self { secret, signing, sealing, texts }
    }
}

impl WorkerKeys for TestKeys {
    fn signing(&self) -> String {
        self.texts[0].clone()
    }

    fn thumbprint(&self) -> String {
        self.texts[1].clone()
    }

    fn sealing(&self) -> String {
        self.texts[2].clone()
    }

    async fn mac(&self, message: &str) -> Result<String, VaultError> {
        Ok(self.secret.mac(message))
    }

    async fn sign(&self, message: &str) -> Result<String, VaultError> {
        let signature: Signature = self.signing.sign(message.as_bytes());
        Ok(encode(&signature.to_bytes()))
    }

    async fn open(&self, sealed: SealedTexts<'_>, context: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let bytes = |text| decode(text).map_err(|_| VaultError::Protocol);
        let opened = self.sealing.open(&bytes(sealed.ephemeral)?, &bytes(sealed.sealed)?, context);
        opened.map(Zeroizing::new).ok_or(VaultError::Protocol)
    }

    fn nonce(&self) -> String {
        encode(&random::<16>())
    }

    fn random(&self) -> u8 {
        random::<1>()[0]
    }

    fn decoded(&self, base64url: &str) -> String {
        decode(base64url).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }
}
