//! A client written from `docs/protocol.md` and nothing else.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use reqwest::{ClientBuilder, Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use crate::answer::{Answer, reach, refused, send};
use crate::{sealing::SealingKey, tls::trusting};

/// The fingerprint cookie.
pub const FINGERPRINT: &str = "__Host-Http-symbolon";
/// The refresh handle.
pub const REFRESH: &str = "__Host-Http-symbolon-refresh";
/// What ties vault secrets to this browser.
pub const VAULT: &str = "__Host-Http-symbolon-vault";

/// A browser with one tab, as far as the wire is concerned.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    origin: String,
    /// Where the requests go: the origin, or one node behind it.
    pub address: String,
    key: SigningKey,
    sealing: SealingKey,
    enrolled: bool,
    clock_offset: i64,
    /// The fingerprint cookie's value.
    pub fingerprint: Option<String>,
    /// The refresh handle.
    pub refresh: Option<String>,
    /// What ties vault secrets to this browser.
    pub vault: Option<String>,
    /// The token.
    pub token: Option<String>,
    /// What it says it is.
    pub user_agent: String,
}

impl Client {
    /// Somebody who is not signed in.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        Self::over(trusting([]), origin)
    }

    /// The same, whose requests go out in this way.
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

    /// A request with nothing of the session's.
    pub fn plain(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.address));
        request.timeout(Duration::from_secs(20)).header("user-agent", &self.user_agent)
    }

    /// A request with both halves.
    pub fn with_both_halves(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.plain(method, path).header("cookie", self.cookies());
        self.token.iter().fold(request, RequestBuilder::bearer_auth)
    }

    /// Asks the application who it is talking to.
    pub async fn me(&self) -> Answer {
        send(self.with_both_halves(Method::GET, "/api/me")).await
    }

    /// Reads something, with both halves.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.with_both_halves(Method::GET, path)).await
    }

    /// Does something, with both halves, as the application's own page.
    pub async fn act(&self, method: Method, path: &str) -> Answer {
        send(self.act_request(method, path)).await
    }

    /// The request that does it.
    pub fn act_request(&self, method: Method, path: &str) -> RequestBuilder {
        from_own_page(self.with_both_halves(method, path), &self.origin)
    }

    /// What the token says.
    #[must_use]
    pub fn claims(&self) -> Value {
        self.segment(1)
    }

    /// What the token says of itself.
    #[must_use]
    pub fn header(&self) -> Value {
        self.segment(0)
    }

    fn segment(&self, index: usize) -> Value {
        let segment = self.token.as_deref().and_then(|token| token.split('.').nth(index)).expect("a token");
        serde_json::from_slice(&Base64UrlUnpadded::decode_vec(segment).expect("base64url")).expect("JSON")
    }

    /// The boot object of a fresh bootstrap.
    pub async fn bootstrap(&mut self) -> Value {
        self.try_bootstrap().await.expect("the server answers")
    }

    /// The same, if the server can be reached.
    pub async fn try_bootstrap(&mut self) -> Option<Value> {
        let request = self.plain(Method::GET, "/auth/vault.js").header("cookie", self.cookies());
        let answer = reach(as_worker_load(request)).await?;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.take_cookies(&answer);
        let json = answer.body.strip_prefix("(()=>{const boot=").expect("a bootstrap");
        let boot: Value =
            serde_json::Deserializer::from_str(json).into_iter().next().expect("one").expect("JSON");
        self.clock_offset = boot["now"].as_i64().expect("a time") - now();
        Some(boot)
    }

    /// A proof by a fresh vault secret.
    pub async fn enrolment(&mut self, operation: &str) -> String {
        let boot = self.bootstrap().await;
        self.enrolment_by(&boot, operation)
    }

    /// A proof by the secret of this bootstrap.
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

    /// A proof by the enrolled key.
    #[must_use]
    pub fn signature(&self, operation: &str) -> String {
        self.signature_naming(operation, &self.sealing.point())
    }

    /// The same, with the answer to be sealed to this point.
    #[must_use]
    pub fn signature_naming(&self, operation: &str, sealing: &[u8; 65]) -> String {
        let thumbprint = text(&Sha256::digest(self.point()));
        let rest = format!("{thumbprint}.{}.{}", self.stamp(), text(sealing));
        let signature: Signature = self.key.sign(format!("sign.{operation}.{rest}").as_bytes());
        format!("sign.{rest}.{}", text(&signature.to_bytes()))
    }

    /// Lets time pass, in this browser only.
    pub fn pass(&mut self, seconds: u32) {
        self.clock_offset += i64::from(seconds);
    }

    /// Signs in, and is surprised if that fails.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let answer = self.try_sign_in(name, password).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    /// Signs in.
    pub async fn try_sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.try_sign_in_with(&json!({ "name": name, "password": password })).await
    }

    /// The request that signs in.
    pub fn sign_in_request(&self, proof: &str, credentials: &Value) -> RequestBuilder {
        let request = self.plain(Method::POST, "/auth/sign-in").header("cookie", self.cookies());
        let request = request.header("content-type", "application/json").body(credentials.to_string());
        from_own_page(request, &self.origin).header("symbolon-proof", proof)
    }

    /// Signs in with these credentials.
    pub async fn try_sign_in_with(&mut self, credentials: &Value) -> Answer {
        let proof = self.enrolment("sign-in").await;
        let answer = send(self.sign_in_request(&proof, credentials)).await;
        self.take(&answer);
        answer
    }

    /// Refreshes, with the proof that is due.
    pub async fn try_refresh(&mut self) -> Answer {
        let proof = if self.enrolled { self.signature("refresh") } else { self.enrolment("refresh").await };
        let answer = self.refresh_with(&proof).await;
        self.take(&answer);
        answer
    }

    /// Refreshes with this proof, and keeps nothing of the answer.
    pub async fn refresh_with(&self, proof: &str) -> Answer {
        send(self.refresh_request(proof)).await
    }

    /// The request that refreshes with this proof.
    pub fn refresh_request(&self, proof: &str) -> RequestBuilder {
        let request = self.plain(Method::POST, "/auth/refresh").header("cookie", self.cookies());
        from_own_page(request, &self.origin).header("symbolon-proof", proof)
    }

    /// Signs out.
    pub async fn sign_out(&self) -> Answer {
        self.act(Method::POST, "/auth/sign-out").await
    }

    /// Another tab of the same browser: the same cookies, a key of its own, no token yet.
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

    /// With somebody's token, whoever's cookies these are.
    #[must_use]
    pub fn with_token_of(self, other: &Self) -> Self {
        Self { token: other.token.clone(), ..self }
    }

    /// The `Cookie` header.
    #[must_use]
    pub fn cookies(&self) -> String {
        let pair = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}={value}"));
        [pair(FINGERPRINT, &self.fingerprint), pair(REFRESH, &self.refresh), pair(VAULT, &self.vault)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Keeps the cookies and the token of an answer.
    pub fn take(&mut self, answer: &Answer) {
        self.take_cookies(answer);
        if answer.status == 200 {
            let grant = self.open(answer).expect("a grant that is sealed to this client");
            self.token = grant["access_token"].as_str().map(str::to_owned);
            self.enrolled = true;
        }
    }

    /// The grant in an answer, if it was sealed to this client.
    #[must_use]
    pub fn open(&self, answer: &Answer) -> Option<Value> {
        let grant = self.sealing.grant(&answer.body, answer.proven.as_deref()?)?;
        serde_json::from_slice(&grant).ok()
    }

    /// Keeps the cookies of an answer.
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

/// What a browser says of a worker load.
pub fn as_worker_load(request: RequestBuilder) -> RequestBuilder {
    let request = request.header("sec-fetch-dest", "worker");
    request.header("sec-fetch-mode", "same-origin").header("sec-fetch-site", "same-origin")
}

/// What a browser says of a request that a page makes to its own server.
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
