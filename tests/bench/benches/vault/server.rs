//! An application that serves its API twice: behind Symbolon, and behind a plain bearer-token middleware.

use std::{
    fs,
    future::{pending, ready},
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Request},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    middleware::{map_request, map_response},
    response::{Html, Response},
    routing::{get, post},
};
use serde_json::json;
use symbolon_bench::{Verifier, sign_in};
use symbolon_server::{Config, SigningKeys, Symbolon, serve, store::Sqlite};
use symbolon_tests::{PASSWORD, client::Client, forge::Forger, new_key};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::mpsc};

use crate::report::Report;

/// The size of a large body: 10 MB.
const BIG: usize = 10_000_000;
/// The size of a small body: 100 bytes.
const SMALL: &str =
    r#"{"id":142,"name":"Ann Author","role":"editor","mail":"ann@app.example","notes":["first","a second"]}"#;

const PAGE: &str =
    "<!doctype html><meta charset=utf-8><title>The vault</title><script type=module src=/page.js></script>";

pub(crate) struct Server {
    /// What browsers call it.
    pub(crate) origin: String,
    reports: mpsc::Receiver<Result<Report, String>>,
    modules: Arc<AtomicU32>,
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let origin = format!("http://localhost:{}", address.port());
        let folder = tempfile::tempdir().expect("there is room for a file");
        let store = Sqlite::open(folder.path().join("sessions.db")).await.expect("a fresh file opens");
        let keys = new_key();
        let config = Config::new(&origin).expect("loopback may be plain http");
        let ring = SigningKeys::parse(&keys).expect("32 random bytes are a key");
        let builder =
            Symbolon::builder(config, ring, store).claims(async |_| Ok(json!({ "role": "editor" })));
        let symbolon = builder.start().await.expect("it starts");

        let modules = Arc::new(AtomicU32::new(0));
        let sent = Arc::clone(&modules);
        let counted = move |request: Request| {
            sent.fetch_add(u32::from(request.uri().path().contains("/vault/")), Ordering::Relaxed);
            ready(request)
        };
        let (sender, reports) = mpsc::channel(1);
        let app = Router::new()
            .merge(pages(sender))
            .nest("/auth", symbolon.routes(post(sign_in)).layer(map_request(counted)))
            .nest("/api", symbolon.protect(api()))
            .nest("/raw", raw(Verifier::new(Forger::new(&keys).key(), &origin)))
            .route(
                "/token",
                get({
                    let origin = origin.clone();
                    move || token(origin.clone(), address)
                }),
            )
            // The outermost layer, so that all answers carry the same headers.
            .layer(symbolon.security_headers())
            .with_state(symbolon);
        tokio::spawn(serve(listener, app, pending()));
        Self { origin, reports, modules, _folder: folder }
    }

    /// The page's measurements, or its error.
    pub(crate) async fn report(&mut self) -> Result<Report, String> {
        self.reports.recv().await.expect("the server goes on")
    }

    /// The number of times that the browser had to download the vault's module.
    pub(crate) fn modules_sent(&self) -> u32 {
        self.modules.load(Ordering::Relaxed)
    }
}

/// Adds the security headers, with a policy that lets the page send requests itself.
fn pages(reports: mpsc::Sender<Result<Report, String>>) -> Router<Symbolon> {
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wasm-client/dist/index.js");
    let client = fs::read_to_string(client).expect("`cargo xtask build` was run");
    let script = |text: String| get(move || ready(([(CONTENT_TYPE, "text/javascript")], text.clone())));
    Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/page.js", script(include_str!("page.js").to_owned()))
        .route("/requests.js", script(include_str!("requests.js").to_owned()))
        .route("/bare-worker.js", script(include_str!("bare-worker.js").to_owned()))
        .route("/client.js", script(client))
        .layer(map_response(async |mut response: Response| {
            let headers = response.headers_mut();
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'self'"));
            // A cross-origin isolated page may read a finer clock.
            headers.insert("cross-origin-embedder-policy", HeaderValue::from_static("require-corp"));
            response
        }))
        .route(
            "/report",
            post(async move |Json(report): Json<Result<Report, String>>| {
                reports.send(report).await.expect("somebody waits");
            }),
        )
}

/// The measured routes, which cost the server hardly any time.
fn api<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let big = Bytes::from(vec![b'x'; BIG]);
    Router::new()
        .route("/small", get(async || ([(CONTENT_TYPE, "application/json")], SMALL)))
        .route("/big", get(move || ready(big.clone())))
        .route("/up", post(async |body: Bytes| body.len().to_string()))
        .layer(DefaultBodyLimit::max(BIG))
}

fn raw(verifier: Verifier) -> Router<Symbolon> {
    let never_kept = async |mut response: Response| {
        // `no-store`, as the gate sends it: writing answers to the browser's cache would be another measurement.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    };
    verifier.protect(api()).layer(map_response(never_kept))
}

/// Returns a token for the page to hold. It is a vault token, so it has the same length.
async fn token(origin: String, address: SocketAddr) -> String {
    let mut client = Client::new(&origin);
    client.address = format!("http://{address}");
    client.sign_in("ben", PASSWORD).await;
    client.token.expect("it is signed in")
}
