//! A test application on a free port, with a clock that the test moves.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Form, Json, Router,
    body::Body,
    extract::{FromRef, State},
    http::HeaderMap,
    response::{Html, Redirect},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use symbolon_server::{
    Authenticated, Config, Error, Event, Grant, PolicyError, ProvenVault, RenderedCookie, SameOriginForm,
    SecurityHeadersLayer, SignIn, SigningKeys, Symbolon,
    clock::FakeClock,
    error::Reason,
    keys::SigningKey,
    serve,
    shared::time::UnixTime,
    store::{Sqlite, Store},
    symbolon::Builder,
};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, net::TcpListener};
use tower_http::{
    services::{ServeDir, ServeFile},
    trace::{DefaultMakeSpan, TraceLayer},
};

use crate::client::Client;

/// The password of every test person.
pub const PASSWORD: &str = "correct horse battery staple";

/// The second factor of the test people who have one.
pub const OTP: &str = "246810";

/// A running test application, or one node of it.
pub struct Host {
    /// The origin that browsers see.
    pub origin: String,
    /// The address of this node.
    pub address: String,
    /// The clock of this node.
    pub clock: FakeClock,
    /// The library's handle, for calling its methods directly.
    pub symbolon: Symbolon,
    /// The permissions of the test people.
    pub people: People,
    /// The events that the library emitted.
    pub events: Events,
    /// The application's router, for requests without a socket.
    pub router: Router,
    /// The signing key as text.
    pub keys: String,
    folder: Arc<TempDir>,
}

#[derive(Clone, FromRef)]
struct App {
    symbolon: Symbolon,
}

impl Host {
    /// Serves with the default settings.
    pub async fn start() -> Self {
        Self::start_with(|config| config).await
    }

    /// Serves with other settings.
    pub async fn start_with(change: impl FnOnce(Config) -> Config) -> Self {
        Self::start_built(change, |builder| builder).await
    }

    /// Serves with other settings and hooks.
    pub async fn start_built(
        change: impl FnOnce(Config) -> Config,
        build: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("there is room for a file"));
        let store = Sqlite::open(folder.path().join("sessions.db")).await.expect("a fresh file opens");
        Self::node(None, new_key(), folder, store, change, build).await
    }

    /// Serves with another store.
    pub async fn start_on(store: impl Store) -> Self {
        Self::start_on_with(store, |config| config).await
    }

    /// Serves with another store and other settings.
    pub async fn start_on_with(store: impl Store, change: impl FnOnce(Config) -> Config) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("there is room for a file"));
        Self::node(None, new_key(), folder, store, change, |builder| builder).await
    }

    /// Serves behind a proxy that browsers reach at this origin.
    pub async fn behind(origin: &str, change: impl FnOnce(Config) -> Config) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("there is room for a file"));
        let store = Sqlite::open(folder.path().join("sessions.db")).await.expect("a fresh file opens");
        Self::node(Some(origin), new_key(), folder, store, change, |builder| builder).await
    }

    /// Starts the application once more on this store.
    pub async fn restart_on(&self, store: impl Store) -> Self {
        let (keys, folder) = (self.keys.clone(), Arc::clone(&self.folder));
        Self::node(Some(&self.origin), keys, folder, store, |config| config, |builder| builder).await
    }

    /// Starts a second node: it shares keys and store with this one, and nothing else.
    pub async fn another_node(&self) -> Self {
        let store = Sqlite::open(self.folder.path().join("sessions.db")).await.expect("the file opens");
        self.restart_on(store).await
    }

    async fn node(
        origin: Option<&str>,
        keys: String,
        folder: Arc<TempDir>,
        store: impl Store,
        change: impl FnOnce(Config) -> Config,
        build: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let origin = origin.unwrap_or(&address).to_owned();
        // Most tests fail often, and on purpose.
        let config = Config::new(&origin)
            .expect("it is an origin, and loopback may be plain http")
            .max_failures(u32::MAX);
        let config = change(config);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let clock = FakeClock::at(UnixTime(now.as_secs()));
        let ring = SigningKeys::parse(&keys).expect("32 random bytes are a key");
        let (people, events) = (People::default(), Events::default());
        let builder = Symbolon::builder(config, ring, store)
            .clock(clock.clone())
            .claims({
                let people = people.clone();
                move |subject| {
                    let access = people.access(subject.as_str());
                    async move { access.ok_or(Error::Refused(Reason::AccountClosed)) }
                }
            })
            .on_event({
                let events = events.clone();
                move |event| events.lock().push(event.clone())
            });
        let symbolon = build(builder).start().await.expect("it starts");
        let router = router(&symbolon);
        tokio::spawn(serve(listener, router.clone(), std::future::pending()));
        Self { origin, address, clock, symbolon, people, events, router, keys, folder }
    }

    /// Returns a client that has signed in.
    pub async fn signed_in(&self, name: &str) -> Client {
        let mut client = Client::new(&self.origin);
        client.sign_in(name, PASSWORD).await;
        client
    }

    /// Returns the subject that the server sees behind a client's request.
    ///
    /// # Panics
    /// Panics if the server refuses the client.
    pub async fn recognise(&self, client: &Client) -> Authenticated {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", client.cookies().parse().expect("cookies are ASCII"));
        let token = client.token.as_deref().expect("it is signed in");
        self.symbolon.authenticate(token, &headers).await.expect("it is somebody")
    }

    /// Advances the server's clock, and no client's.
    pub fn pass(&self, seconds: u32) {
        self.clock.advance(Duration::from_secs(seconds.into()));
    }

    /// Overwrites the records of one person with text that is no record.
    pub fn damage(&self, name: &str, record: &str) {
        let connection =
            rusqlite::Connection::open(self.folder.path().join("sessions.db")).expect("the file opens");
        let damaged = connection
            .execute("update symbolon_session set record = ? where subject = ?", [record, name])
            .expect("it can be written");
        assert!(damaged > 0, "there is something to damage");
    }

    /// Returns every byte that the store has written to disk.
    #[must_use]
    pub fn stored_bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder is there");
        files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("it can be read")).collect()
    }
}

/// Returns a new signing key as text.
#[must_use]
pub fn new_key() -> String {
    SigningKey::generate().expect("there is randomness").to_string()
}

/// The permissions of the test people, as the application's own database would keep them.
#[derive(Clone, Default)]
pub struct People(Arc<Mutex<HashMap<String, Option<Access>>>>);

impl People {
    /// Sets the role of a person; `None` closes the account.
    pub fn set(&self, name: &str, access: Option<Access>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), access);
    }

    fn access(&self, name: &str) -> Option<Access> {
        let people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        people.get(name).cloned().unwrap_or(Some(Access { role: "reader".into() }))
    }
}

/// The application's own claims in each token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Access {
    /// The role: `reader` or `editor`.
    pub role: String,
}

/// The emitted events, in order.
#[derive(Clone, Default)]
pub struct Events(Arc<Mutex<Vec<Event>>>);

impl Events {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the events since the last call.
    #[allow(clippy::must_use_candidate)]
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.lock())
    }
}

/// Builds the application's router.
pub fn router(symbolon: &Symbolon) -> Router {
    let headers =
        symbolon.security_headers().allow("form-action", "'self'").expect("a form may be sent here");
    secured(routes(symbolon), symbolon, headers)
}

/// Builds the application with the pages of a folder. `allowed` adds sources to their content security policy, in the
/// syntax of a policy.
///
/// # Errors
/// Returns an error if a source would undo the policy.
pub fn with_pages(symbolon: &Symbolon, folder: &Path, allowed: &str) -> Result<Router, PolicyError> {
    let mut headers = symbolon.security_headers();
    for directive in allowed.split(';') {
        let mut words = directive.split_whitespace();
        let name = words.next().unwrap_or_default();
        for source in words {
            headers = headers.allow(name, source)?;
        }
    }
    // A page that there is no file for is one that the script in the first page knows.
    let files = ServeDir::new(folder).fallback(ServeFile::new(folder.join("index.html")));
    Ok(secured(routes(symbolon).fallback_service(files), symbolon, headers))
}

fn secured(routes: Router<App>, symbolon: &Symbolon, headers: SecurityHeadersLayer) -> Router {
    routes
        .layer(TraceLayer::new_for_http().make_span_with(DefaultMakeSpan::new().include_headers(true)))
        .layer(headers)
        .with_state(App { symbolon: symbolon.clone() })
}

fn routes(symbolon: &Symbolon) -> Router<App> {
    let api = Router::new()
        .route("/me", get(me).post(me))
        .route("/echo", get(echo))
        .route("/role", get(role))
        .route("/write", post(write))
        .route("/password", post(password))
        .route("/transfer", post(transfer))
        .route("/launch", post(launch))
        .route("/stream", get(stream));
    let pages = Router::new()
        .route("/me", get(me).post(me))
        .route("/echo", get(echo))
        .route("/home", get(home))
        .route("/sign-out", post(leave));
    Router::new()
        .route("/form", post(form).layer(symbolon.auth_layer()).get(async || Html(include_str!("form.html"))))
        .nest("/pages", symbolon.protect_rendered(pages, "/form"))
        .route("/public", get(|| async { "anybody" }))
        .nest("/auth", symbolon.routes(post(sign_in)))
        .nest("/api", symbolon.protect(api))
}

async fn sign_in(
    State(symbolon): State<Symbolon>,
    vault: ProvenVault,
    Json(form): Json<Value>,
) -> Result<Grant, Error> {
    match (form["name"].as_str(), form["password"].as_str(), form["otp"].as_str()) {
        (Some(name), Some(PASSWORD), None) => symbolon.sign_in(name, vault).await,
        (Some(name), Some(PASSWORD), Some(OTP)) => {
            let with_two_factors = SignIn::of(name).methods(["pwd", "otp"]).level("two-factor");
            symbolon.sign_in(with_two_factors.device("the red telephone"), vault).await
        }
        _ => Err(Error::BadCredentials),
    }
}

/// The fields of the sign-in form.
async fn form(
    State(symbolon): State<Symbolon>,
    page: SameOriginForm,
    Form(form): Form<HashMap<String, String>>,
) -> Result<(RenderedCookie, Redirect), Error> {
    match (form.get("name"), form.get("password").map(String::as_str)) {
        (Some(name), Some(PASSWORD)) => {
            Ok((symbolon.sign_in_rendered(name, page).await?, Redirect::to("/pages/home")))
        }
        _ => Err(Error::BadCredentials),
    }
}

/// Serves a rendered page that names its person and has a sign-out form.
async fn home(who: Authenticated) -> Html<String> {
    Html(include_str!("home.html").replace("SUBJECT", who.subject()))
}

async fn leave(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
) -> Result<(RenderedCookie, Redirect), Error> {
    Ok((symbolon.sign_out_rendered(&who).await?, Redirect::to("/form")))
}

async fn me(who: Authenticated) -> String {
    who.subject().to_owned()
}

/// Echoes every header that reached the handler, as a careless application would.
async fn echo(headers: HeaderMap) -> String {
    let lines =
        headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    lines.collect::<Vec<_>>().join("\n")
}

async fn role(who: Authenticated<Access>) -> String {
    who.claims().role.clone()
}

/// Serves editors only.
async fn write(who: Authenticated<Access>) -> Result<(), Error> {
    if who.claims().role == "editor" { Ok(()) } else { Err(Error::Forbidden) }
}

/// Ends the other sessions, as after a change of password.
async fn password(State(symbolon): State<Symbolon>, who: Authenticated) -> Result<(), Error> {
    symbolon.revoke_others(&who).await
}

/// Serves people who signed in recently.
async fn transfer(who: Authenticated) -> Result<(), Error> {
    who.require_recent(Duration::from_mins(5))
}

/// Serves people who signed in with a second factor.
async fn launch(who: Authenticated) -> Result<String, Error> {
    who.require_level("two-factor")?;
    Ok(who.methods().collect::<Vec<_>>().join(" and "))
}

/// Streams one line at once, and the last line when the session ends.
async fn stream(State(symbolon): State<Symbolon>, who: Authenticated) -> Body {
    let (mut sender, receiver) = tokio::io::duplex(1024);
    tokio::spawn(async move {
        sender.write_all(b"open\n").await?;
        let end = symbolon.session_ended(&who).await;
        sender.write_all(format!("{end}\n").as_bytes()).await
    });
    Body::from_stream(tokio_util::io::ReaderStream::new(receiver))
}

/// Waits until another node knows of a change. The benchmarks measure how long that takes.
pub async fn within_a_moment(happened: impl AsyncFn() -> bool) {
    let patience = tokio::time::Instant::now() + Duration::from_secs(5);
    while !happened().await {
        assert!(tokio::time::Instant::now() < patience, "it has not happened");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
