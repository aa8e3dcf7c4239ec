//! A client that follows `docs/protocol.md` and shares no code with the product's own client.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use reqwest::{ClientBuilder, Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use crate::answer::{Answer, reach, refused, send};
use crate::{
    bootstrap::{boot_object, require_built_client},
    sealing::SealingKey,
    tls::trusting,
};

/// The name of the fingerprint cookie.
pub const FINGERPRINT: &str = "__Host-Http-symbolon";
/// The refresh token.
pub const REFRESH: &str = "__Host-Http-symbolon-refresh";
/// The cookie that ties vault secrets to this browser.
pub const VAULT: &str = "__Host-Http-symbolon-vault";

/// A browser with one tab, as the server sees it.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    origin: String,
    /// The base URL of requests: the origin, or one node behind it.
    pub address: String,
    key: SigningKey,
    sealing: SealingKey,
    enrolled: bool,
    clock_offset: i64,
    /// The value of the fingerprint cookie.
    pub fingerprint: Option<String>,
    /// The refresh token.
    pub refresh: Option<String>,
    /// The cookie that ties vault secrets to this browser.
    pub vault: Option<String>,
    /// The access token.
    pub token: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl Client {
    /// Returns a client that is not signed in.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        Self::over(trusting([]), origin)
    }

    /// Returns a client that is not signed in and sends requests with this HTTP client.
    #[must_use]
    pub fn over(http: ClientBuilder, origin: &str) -> Self {
        Self {
            http: http.build().expect("a client that was given its TLS needs nothing"),
            origin: origin.to_owned(),
            address: origin.to_owned(),
            key: SigningKey::from_slice(&random::<32>()).expect("nearly every 32 bytes are a key"),
            sealing: SealingKey::new(&random()),
            enrolled: false,
            clock_offset: 0,
            fingerprint: None,
            refresh: None,
            vault: None,
            token: None,
            user_agent: "a test".into(),
        }
    }

    /// Builds a request without either half of the session.
    pub fn plain(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.address));
        request.timeout(Duration::from_secs(20)).header("user-agent", &self.user_agent)
    }

    /// Builds a request with both halves.
    pub fn with_both_halves(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.plain(method, path).header("cookie", self.cookies());
        self.token.iter().fold(request, RequestBuilder::bearer_auth)
    }

    /// Sends `GET /api/me` with both halves.
    pub async fn me(&self) -> Answer {
        send(self.with_both_halves(Method::GET, "/api/me")).await
    }

    /// Sends a `GET` with both halves.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.with_both_halves(Method::GET, path)).await
    }

    /// Sends a request with both halves, as the application's own page would.
    pub async fn act(&self, method: Method, path: &str) -> Answer {
        send(self.act_request(method, path)).await
    }

    /// Builds the request of [`act`](Self::act).
    pub fn act_request(&self, method: Method, path: &str) -> RequestBuilder {
        from_own_page(self.with_both_halves(method, path), &self.origin)
    }

    /// Returns the claims of the access token.
    #[must_use]
    pub fn claims(&self) -> Value {
        self.segment(1)
    }

    /// Returns the header of the access token.
    #[must_use]
    pub fn header(&self) -> Value {
        self.segment(0)
    }

    fn segment(&self, index: usize) -> Value {
        let segment = self.token.as_deref().and_then(|token| token.split('.').nth(index)).expect("a token");
        serde_json::from_slice(&Base64UrlUnpadded::decode_vec(segment).expect("base64url")).expect("JSON")
    }

    /// Loads the bootstrap script and returns its boot object.
    pub async fn bootstrap(&mut self) -> Value {
        self.try_bootstrap().await.expect("the server answers")
    }

    /// Loads the bootstrap script; returns `None` if the server cannot be reached.
    pub async fn try_bootstrap(&mut self) -> Option<Value> {
        let request = self.plain(Method::GET, "/auth/vault.js").header("cookie", self.cookies());
        let answer = reach(as_worker_load(request)).await?;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.take_cookies(&answer);
        let boot = boot_object(&answer.body);
        self.clock_offset = boot["now"].as_i64().expect("a time") - now();
        Some(boot)
    }

    /// Makes an enrolment proof with a fresh vault secret.
    pub async fn enrolment(&mut self, operation: &str) -> String {
        let boot = self.bootstrap().await;
        self.enrolment_by(&boot, operation)
    }

    /// Makes an enrolment proof with the secret of this boot object.
    #[must_use]
    pub fn enrolment_by(&self, boot: &Value, operation: &str) -> String {
        let secret =
            Base64UrlUnpadded::decode_vec(boot["secret"].as_str().expect("a secret")).expect("base64url");
        let id = boot["secretId"].as_str().expect("a name");
        let (stamp, sealing) = (self.stamp(), text(&self.sealing.point()));
        let rest = format!("{id}.{stamp}.{}.{sealing}", text(&self.point()));
        let mac = Hmac::<Sha256>::new_from_slice(&secret)
            .expect("any length")
            .chain_update(format!("enrol.{operation}.{rest}"));
        format!("enrol.{rest}.{}", text(&mac.finalize().into_bytes()))
    }

    /// Makes a proof signed by the enrolled key.
    #[must_use]
    pub fn signature(&self, operation: &str) -> String {
        self.signature_naming(operation, &self.sealing.point())
    }

    /// Makes a signed proof that asks for an answer sealed to this point.
    #[must_use]
    pub fn signature_naming(&self, operation: &str, sealing: &[u8; 65]) -> String {
        let thumbprint = text(&Sha256::digest(self.point()));
        let rest = format!("{thumbprint}.{}.{}", self.stamp(), text(sealing));
        let signature: Signature = self.key.sign(format!("sign.{operation}.{rest}").as_bytes());
        format!("sign.{rest}.{}", text(&signature.to_bytes()))
    }

    /// Advances this client's clock, and no other.
    pub fn pass(&mut self, seconds: u32) {
        self.clock_offset += i64::from(seconds);
    }

    /// Signs in, and panics if that fails.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let answer = self.try_sign_in(name, password).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    /// Signs in and returns the answer.
    pub async fn try_sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.try_sign_in_with(&json!({ "name": name, "password": password })).await
    }

    /// Builds the sign-in request.
    pub fn sign_in_request(&self, proof: &str, credentials: &Value) -> RequestBuilder {
        let request = self.plain(Method::POST, "/auth/sign-in").header("cookie", self.cookies());
        let request = request.header("content-type", "application/json").body(credentials.to_string());
        from_own_page(request, &self.origin).header("symbolon-proof", proof)
    }

    /// Signs in with these credentials and returns the answer.
    pub async fn try_sign_in_with(&mut self, credentials: &Value) -> Answer {
        let proof = self.enrolment("sign-in").await;
        let answer = send(self.sign_in_request(&proof, credentials)).await;
        self.take(&answer);
        answer
    }

    /// Refreshes with the proof that the protocol asks for now.
    pub async fn try_refresh(&mut self) -> Answer {
        let proof = if self.enrolled { self.signature("refresh") } else { self.enrolment("refresh").await };
        let answer = self.refresh_with(&proof).await;
        self.take(&answer);
        answer
    }

    /// Refreshes with this proof, and ignores cookies and token of the answer.
    pub async fn refresh_with(&self, proof: &str) -> Answer {
        send(self.refresh_request(proof)).await
    }

    /// Builds a refresh request with this proof.
    pub fn refresh_request(&self, proof: &str) -> RequestBuilder {
        let request = self.plain(Method::POST, "/auth/refresh").header("cookie", self.cookies());
        from_own_page(request, &self.origin).header("symbolon-proof", proof)
    }

    /// Signs out and returns the answer.
    pub async fn sign_out(&self) -> Answer {
        self.act(Method::POST, "/auth/sign-out").await
    }

    /// Returns a second tab of this browser: it shares the cookies, has a key of its own, and no token yet.
    #[must_use]
    pub fn another_tab(&self) -> Self {
        Self {
            fingerprint: self.fingerprint.clone(),
            refresh: self.refresh.clone(),
            vault: self.vault.clone(),
            http: self.http.clone(),
            ..Self::new(&self.origin)
        }
    }

    /// Returns this client with another client's token and its own cookies.
    #[must_use]
    pub fn with_token_of(self, other: &Self) -> Self {
        Self { token: other.token.clone(), ..self }
    }

    /// Returns the `Cookie` header.
    #[must_use]
    pub fn cookies(&self) -> String {
        let pair = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}={value}"));
        [pair(FINGERPRINT, &self.fingerprint), pair(REFRESH, &self.refresh), pair(VAULT, &self.vault)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Stores the cookies and the token of an answer.
    pub fn take(&mut self, answer: &Answer) {
        self.take_cookies(answer);
        if answer.status == 200 {
            let grant = self.open(answer).expect("a grant that is sealed to this client");
            self.token = grant["access_token"].as_str().map(str::to_owned);
            self.enrolled = true;
        }
    }

    /// Opens the grant in an answer; returns `None` if the answer was not sealed to this client.
    #[must_use]
    pub fn open(&self, answer: &Answer) -> Option<Value> {
        let grant = self.sealing.grant(&answer.body, answer.proven.as_deref()?)?;
        serde_json::from_slice(&grant).ok()
    }

    /// Stores the cookies of an answer.
    pub fn take_cookies(&mut self, answer: &Answer) {
        for header in answer.headers.get_all("set-cookie") {
            let header = header.to_str().expect("ASCII");
            let (name, rest) = header.split_once('=').expect("a pair");
            let value = rest.split(';').next().expect("a value");
            let value = (!value.is_empty()).then(|| value.to_owned());
            match name {
                FINGERPRINT => self.fingerprint = value,
                REFRESH => self.refresh = value,
                VAULT => self.vault = value,
                other => panic!("a cookie that the protocol does not know: {other}"),
            }
        }
    }

    fn point(&self) -> [u8; 65] {
        let point = self.key.verifying_key().to_sec1_point(false);
        point.as_bytes().try_into().expect("an uncompressed point has 65 bytes")
    }

    fn stamp(&self) -> String {
        format!("{}.{}", now() + self.clock_offset, text(&random::<16>()))
    }
}

/// Adds the headers that a browser sends when it loads a worker script.
pub fn as_worker_load(request: RequestBuilder) -> RequestBuilder {
    require_built_client();
    let request = request.header("sec-fetch-dest", "worker");
    request.header("sec-fetch-mode", "same-origin").header("sec-fetch-site", "same-origin")
}

/// Adds the headers that a browser sends with a page's request to its own origin.
pub fn from_own_page(request: RequestBuilder, origin: &str) -> RequestBuilder {
    request.header("sec-fetch-site", "same-origin").header("origin", origin)
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    now.as_secs().try_into().expect("it is not that late")
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("there is randomness");
    bytes
}

fn text(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
