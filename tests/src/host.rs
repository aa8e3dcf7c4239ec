//! An application that says who somebody is, on a free port, by a clock that the test moves.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    extract::{FromRef, State},
    http::HeaderMap,
    routing::{get, post},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;
use symbolon_server::{
    Authenticated, Config, Error, Grant, ProvenVault, SigningKeys, Symbolon, clock::FakeClock,
    shared::time::UnixTime, store::Sqlite,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tower_http::trace::{DefaultMakeSpan, TraceLayer};

use crate::client::Client;

/// What everybody signs in with.
pub const PASSWORD: &str = "correct horse battery staple";

/// A running application, or one node of it.
pub struct Host {
    /// What browsers call it.
    pub origin: String,
    /// Where this node answers.
    pub address: String,
    /// Its time.
    pub clock: FakeClock,
    /// Its verbs.
    pub symbolon: Symbolon,
    /// The same application without a socket.
    pub router: Router,
    keys: String,
    folder: Arc<TempDir>,
}

#[derive(Clone, FromRef)]
struct App {
    symbolon: Symbolon,
}

impl Host {
    /// Serves, with the default settings.
    pub async fn start() -> Self {
        Self::start_with(|config| config).await
    }

    /// Serves, with other settings.
    pub async fn start_with(change: impl FnOnce(Config) -> Config) -> Self {
        let mut root = [0; 32];
        getrandom::fill(&mut root).expect("there is randomness");
        let folder = tempfile::tempdir().expect("there is room for a file");
        Self::node(None, Base64UrlUnpadded::encode_string(&root), folder.into(), change).await
    }

    /// Another process of the same application: the same keys and store, and nothing else in common.
    pub async fn another_node(&self) -> Self {
        Self::node(Some(&self.origin), self.keys.clone(), Arc::clone(&self.folder), |config| config).await
    }

    async fn node(
        origin: Option<&str>,
        keys: String,
        folder: Arc<TempDir>,
        change: impl FnOnce(Config) -> Config,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let origin = origin.unwrap_or(&address).to_owned();
        let config = change(Config::new(&origin).expect("loopback may be plain http"));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let clock = FakeClock::at(UnixTime(now.as_secs()));
        let store = Sqlite::open(folder.path().join("sessions.db")).await.expect("a fresh file opens");
        let ring = SigningKeys::parse(&keys).expect("32 random bytes are a key");
        let symbolon = Symbolon::with_clock(config, ring, store, clock.clone()).await.expect("it starts");
        let router = router(&symbolon);
        tokio::spawn(axum::serve(listener, router.clone()).into_future());
        Self { origin, address, clock, symbolon, router, keys, folder }
    }

    /// A client that has signed in.
    pub async fn signed_in(&self, name: &str) -> Client {
        let mut client = Client::new(&self.origin);
        client.sign_in(name, PASSWORD).await;
        client
    }

    /// Lets time pass, in the server only.
    pub fn pass(&self, seconds: u32) {
        self.clock.advance(Duration::from_secs(seconds.into()));
    }

    /// Every byte that the store has written.
    #[must_use]
    pub fn stored_bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder is there");
        files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("it can be read")).collect()
    }
}

fn router(symbolon: &Symbolon) -> Router {
    let api = Router::new().route("/me", get(me).post(me)).route("/echo", get(echo));
    Router::new()
        .route("/public", get(|| async { "anybody" }))
        .nest("/auth", symbolon.routes(post(sign_in)))
        .nest("/api", symbolon.protect(api))
        .layer(TraceLayer::new_for_http().make_span_with(DefaultMakeSpan::new().include_headers(true)))
        .layer(symbolon.security_headers())
        .with_state(App { symbolon: symbolon.clone() })
}

async fn sign_in(
    State(symbolon): State<Symbolon>,
    vault: ProvenVault,
    Json(form): Json<Value>,
) -> Result<Grant, Error> {
    match (form["name"].as_str(), form["password"].as_str()) {
        (Some(name), Some(PASSWORD)) => symbolon.sign_in(name, vault).await,
        _ => Err(Error::BadCredentials),
    }
}

async fn me(who: Authenticated) -> String {
    who.subject().to_owned()
}

/// What careless handlers do: it shows every header that reached it.
async fn echo(headers: HeaderMap) -> String {
    let lines =
        headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    lines.collect::<Vec<_>>().join("\n")
}
