//! A browser for the real vault: a cookie jar and a router, and neither network nor JavaScript.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{self, HeaderMap, header::SET_COOKIE},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::Value;
use symbolon_client::{
    boot::Boot,
    error::VaultError,
    http::{Answer, Call, Http, Request, Response, Tabs, WorkerKey},
    request::Address,
    vault::Vault,
};
use symbolon_server::shared::{
    proof::{VaultSecret, WorkerPublicKey},
    seal::{self, Recipient, SealedGrant},
    secret::AccessToken,
    time::UnixTime,
};
use tokio::sync::oneshot::{self, Receiver, Sender};
use tower::ServiceExt;
use zeroize::Zeroizing;

use crate::{client::random, sealing::SealingKey};

/// The vault as it is in these tests.
pub type TestVault = Vault<Browser, TestKey, Browser>;

/// Cookies, a server and a clock. Clones are the same browser.
#[derive(Clone)]
pub struct Browser(Rc<Inner>);

struct Inner {
    router: Router,
    origin: String,
    cookies: RefCell<BTreeMap<String, String>>,
    clock: Cell<Duration>,
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
        let json = script.strip_prefix("(()=>{const boot=").expect("a bootstrap");
        let boot: Value =
            serde_json::Deserializer::from_str(json).into_iter().next().expect("one").expect("JSON");
        let text = |name: &str| boot[name].as_str().expect("text").to_owned();
        let boot = Boot {
            origin: text("origin"),
            api_origins: String::new(),
            auth_path: text("authPath"),
            secret_id: text("secretId"),
            secret: VaultSecret::parse(&text("secret")).expect("a secret"),
            secret_lifetime: Duration::from_secs(boot["secretLifetime"].as_u64().expect("a number")),
            now: UnixTime(boot["now"].as_u64().expect("a number")),
            may_have_session: boot["mayHaveSession"].as_bool().expect("yes or no"),
        };
        Vault::new(self.clone(), TestKey::generate(), self.clone(), boot)
    }

    /// A page's request.
    #[must_use]
    pub fn get(&self, path: &str) -> Request<String> {
        Request {
            address: Address::new(self.0.origin.clone(), &format!("{}{path}", self.0.origin)),
            header_names: String::new(),
            once: false,
            shows_redirects: false,
            rest: path.to_owned(),
        }
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

    /// What was sent: methods and paths.
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

impl Http for Browser {
    /// The path.
    type Outgoing = String;
    type Sending = http::Request<Body>;
    type Incoming = String;

    async fn call(&self, call: Call<'_>) -> Result<Answer, VaultError> {
        let mut request = http::Request::post(call.path).header("content-type", "application/json");
        if let Some(proof) = &call.proof {
            request = request.header("symbolon-proof", proof);
        }
        if let Some(bearer) = call.bearer {
            request = request.header("authorization", format!("Bearer {}", bearer.expose()));
        }
        let request = request.body(call.body.to_vec().into()).expect("a request");
        let (status, headers, body) = self.exchange(request).await.map_err(|_| VaultError::Offline)?;
        Ok(Answer { status, challenge: challenge(&headers), body: body.into() })
    }

    fn send(&self, request: &Request<String>, bearer: &AccessToken) -> http::Request<Body> {
        let request = http::Request::builder().uri(&request.rest);
        request
            .header("authorization", format!("Bearer {}", bearer.expose()))
            .body(Body::empty())
            .expect("a request")
    }

    async fn answered(&self, sending: http::Request<Body>) -> Result<Response<String>, VaultError> {
        let (status, headers, body) = self.exchange(sending).await?;
        let rest = String::from_utf8(body).expect("UTF-8");
        Ok(Response { status, challenge: challenge(&headers), rest })
    }

    fn now(&self) -> Duration {
        self.0.clock.get()
    }
}

/// The tabs of these tests take turns by themselves.
impl Tabs for Browser {
    type Turn = ();

    async fn take_turn(&self) {}
}

fn challenge(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("www-authenticate")?.to_str().expect("ASCII").to_owned())
}

/// Keys in software, where the browser has some that cannot be taken out.
pub struct TestKey {
    signing: SigningKey,
    sealing: SealingKey,
}

impl TestKey {
    fn generate() -> Self {
        let signing = SigningKey::from_slice(&random::<32>()).expect("nearly every 32 bytes are a key");
        Self { signing, sealing: SealingKey::new(&random()) }
    }
}

impl WorkerKey for TestKey {
    fn public(&self) -> WorkerPublicKey {
        let point = self.signing.verifying_key().to_sec1_point(false);
        WorkerPublicKey::from_bytes(point.as_bytes().try_into().expect("an uncompressed point has 65 bytes"))
    }

    fn sealing(&self) -> seal::SealingKey {
        seal::SealingKey::from_bytes(self.sealing.point())
    }

    async fn sign(&self, message: &str) -> Result<[u8; 64], VaultError> {
        let signature: Signature = self.signing.sign(message.as_bytes());
        Ok(signature.to_bytes().into())
    }

    fn nonce(&self) -> Result<[u8; 16], VaultError> {
        Ok(random())
    }

    async fn open(
        &self,
        grant: &SealedGrant,
        recipient: &Recipient,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let context = recipient.context(&grant.ephemeral);
        let opened = self.sealing.open(grant.ephemeral.as_bytes(), &grant.sealed, &context);
        opened.map(Zeroizing::new).ok_or(VaultError::Protocol)
    }
}
