//! The cost of a route behind each gate: whole requests over loopback, in one run, with the same bytes to every server.
//!
//! Each server has one thread. The figure is the time for which that thread has a core, since the machine may be busy
//! otherwise and the load comes from another thread.

use std::{
    future::ready,
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::json;
use symbolon_bench::{
    Verifier,
    measure::{can_measure, cpu_time, median, table, this_thread},
    sign_in,
};
use symbolon_server::{Config, SigningKeys, Symbolon, store::Memory};
use symbolon_tests::{PASSWORD, client::Client, forge::Forger, new_key};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::{Builder, Runtime},
    task::JoinSet,
    time::{Instant, sleep},
};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(400);
const CONNECTIONS: usize = 16;

fn main() {
    if can_measure("routes") {
        single_threaded().block_on(compare());
    }
}

async fn compare() {
    let (listener, origin) = listen();
    let keys = new_key();
    let sessions = MemoryStore::default();
    let verifier = Verifier::new(Forger::new(&keys).key(), &origin);
    let mut servers = [
        Server::start("bare", listen().0, ready(app(api()))),
        Server::start("symbolon.protect", listener, protected(origin.clone(), keys)),
        Server::start("tower-sessions, MemoryStore", listen().0, ready(with_sessions(sessions.clone()))),
        // The peer decodes the token that Symbolon signed.
        Server::start("jsonwebtoken middleware", listen().0, ready(app(verifier.protect(api())))),
    ];

    let mut client = Client::new(&origin);
    client.sign_in("ann", PASSWORD).await;
    let token = client.token.as_deref().expect("it is signed in");
    let cookies = format!("{}; id={}", client.cookies(), peer_session(sessions).await);
    let request = format!(
        "GET /api/me HTTP/1.1\r\nhost: app.example\r\ncookie: {cookies}\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    // Every answer shows that the request was accepted. This shows that the servers with a gate refuse one.
    let stranger = "GET /api/me HTTP/1.1\r\nhost: app.example\r\n\r\n";
    for (server, expected) in servers.iter_mut().zip(["200", "401", "401", "401"]) {
        server.connect().await;
        assert_eq!(status(server.address, stranger).await, expected, "{}", server.name);
    }
    report(&rounds(&mut servers, &request.into()).await);
}

/// Prints one line for each server, relative to the first.
fn report(servers: &[(&str, Vec<Round>)]) {
    let bare = &servers[0].1;
    let mut rows = vec![["", "CPU µs", "requests per core-second", "of bare", "busy"].map(str::to_owned)];
    rows.extend(servers.iter().map(|(name, rounds)| {
        let cost = median(rounds.iter().map(|round| round.cost));
        let of_bare = median(bare.iter().zip(rounds).map(|(bare, round)| bare.cost / round.cost));
        let busy = median(rounds.iter().map(|round| round.busy));
        [
            (*name).to_owned(),
            format!("{cost:.2}"),
            format!("{:.0}", 1e6 / cost),
            format!("{of_bare:.3}"),
            format!("{:.0} %", busy * 100.0),
        ]
    }));
    table(&format!("routes: one request (medians of {ROUNDS} rounds, {CONNECTIONS} connections)"), &rows);
}

/// Measures the servers in rounds, each round starting with another one.
async fn rounds(servers: &mut [Server; 4], request: &Arc<str>) -> Vec<(&'static str, Vec<Round>)> {
    let mut rounds: Vec<_> = servers.iter().map(|server| (server.name, vec![])).collect();
    for round in 0..=ROUNDS {
        for turn in 0..servers.len() {
            let index = (round + turn) % servers.len();
            let measured = servers[index].round(request).await;
            // The first round warms up.
            if round > 0 {
                rounds[index].1.push(measured);
            }
        }
    }
    rounds
}

/// The measurement of one server in one round.
struct Round {
    /// Microseconds of the thread's CPU time per request.
    cost: f64,
    /// The share of the round in which the thread ran or waited for a core. Near one, the load was enough.
    busy: f64,
}

/// A server on a thread of its own.
struct Server {
    name: &'static str,
    address: SocketAddr,
    thread: String,
    connections: Vec<TcpStream>,
}

impl Server {
    fn start(
        name: &'static str,
        listener: TcpListener,
        router: impl Future<Output = Router> + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("it is bound");
        let (started, wait) = mpsc::channel();
        thread::spawn(move || {
            single_threaded().block_on(async move {
                let router = router.await;
                started.send(this_thread()).expect("somebody waits");
                let listener = tokio::net::TcpListener::from_std(listener).expect("it does not block");
                axum::serve(listener, router).await
            })
        });
        Self { name, address, thread: wait.recv().expect("it starts"), connections: vec![] }
    }

    async fn connect(&mut self) {
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(self.address).await.expect("it listens");
            stream.set_nodelay(true).expect("it is open");
            self.connections.push(stream);
        }
    }

    async fn round(&mut self, request: &Arc<str>) -> Round {
        let (began, before) = (Instant::now(), cpu_time(&self.thread));
        let mut tasks = JoinSet::new();
        for connection in self.connections.drain(..) {
            tasks.spawn(ask_until(began + ROUND, connection, Arc::clone(request)));
        }
        let mut requests = 0.0;
        for (connection, answered) in tasks.join_all().await {
            requests += f64::from(answered);
            self.connections.push(connection);
        }
        let wall = began.elapsed();
        // The kernel updates the count when a thread goes to sleep.
        sleep(Duration::from_millis(2)).await;
        let after = cpu_time(&self.thread);
        let [ran, waited] = [0, 1].map(|time| after[time].saturating_sub(before[time]).as_secs_f64());
        Round { cost: ran * 1e6 / requests, busy: (ran + waited) / wall.as_secs_f64() }
    }
}

/// Sends requests one after the other, each after the previous answer.
async fn ask_until(end: Instant, mut stream: TcpStream, request: Arc<str>) -> (TcpStream, u32) {
    let mut answered = 0;
    while Instant::now() < end {
        let answer = ask(&mut stream, &request).await;
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
        answered += 1;
    }
    (stream, answered)
}

/// Sends one request and reads its answer. An accepted request has an answer without a body.
async fn ask(stream: &mut TcpStream, request: &str) -> Vec<u8> {
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = Vec::with_capacity(1024);
    while !answer.windows(4).rev().any(|end| end == b"\r\n\r\n") {
        let read = stream.read_buf(&mut answer).await.expect("the server answers");
        assert!(read > 0, "the server has hung up");
    }
    answer
}

async fn status(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let answer = ask(&mut stream, request).await;
    String::from_utf8_lossy(&answer).split(' ').nth(1).expect("a status").to_owned()
}

/// The handler behind every gate.
fn api<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/me", get(async || ()))
}

/// The path of the handler.
fn app(api: Router) -> Router {
    Router::new().nest("/api", api)
}

/// The application of the README with one route, all on one thread.
async fn protected(origin: String, keys: String) -> Router {
    let config = Config::new(&origin).expect("loopback may be plain http");
    let ring = SigningKeys::parse(&keys).expect("32 random bytes are a key");
    let builder = Symbolon::builder(config, ring, Memory::default());
    let builder = builder.claims(async |_| Ok(json!({ "role": "reader" })));
    let symbolon = builder.start().await.expect("it starts");
    Router::new()
        .nest("/auth", symbolon.routes(post(sign_in)))
        .nest("/api", symbolon.protect(api()))
        .with_state(symbolon)
}

/// A handler that reads one value itself, since a middleware would cost more.
fn with_sessions(store: MemoryStore) -> Router {
    async fn me(session: Session) -> StatusCode {
        match session.get::<String>("user").await {
            Ok(Some(_)) => StatusCode::OK,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
    app(Router::new().route("/me", get(me))).layer(SessionManagerLayer::new(store))
}

/// The id of a session that holds the value.
async fn peer_session(store: MemoryStore) -> String {
    let session = Session::new(None, Arc::new(store), None);
    session.insert("user", "ann").await.expect("it is text");
    session.save().await.expect("there is memory");
    session.id().expect("it is saved").to_string()
}

fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.set_nonblocking(true).expect("it is open");
    let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
    (listener, origin)
}

fn single_threaded() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime without threads")
}
