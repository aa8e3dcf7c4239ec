//! What a protected route costs beside a bare one and beside peers, over loopback: the CPU time of the server's thread.
//!
//! Four servers get the very same bytes, one after another in many short rounds. Only the server's thread is counted,
//! because the client shares the machine.

use std::{
    fs,
    net::SocketAddr,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use symbolon_bench::{Peers, Subject};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    task::JoinSet,
};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(400);
const CONNECTIONS: usize = 16;

/// A server on a thread of its own.
struct Server {
    name: &'static str,
    address: SocketAddr,
    /// Where Linux writes how long the thread has run.
    schedstat: String,
}

impl Server {
    fn start<F: Future<Output = Router>>(
        name: &'static str,
        app: impl FnOnce() -> F + Send + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::channel();
        // Named, so that a profiler can tell them apart.
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            current_thread().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
                let app = app().await;
                let thread = fs::read_link("/proc/thread-self").expect("this is Linux");
                let schedstat = format!("/proc/{}/schedstat", thread.display());
                sender
                    .send((listener.local_addr().expect("it is bound"), schedstat))
                    .expect("it is waited for");
                axum::serve(listener, app).await.expect("it serves");
            });
        });
        thread.expect("a thread can be started");
        let (address, schedstat) = receiver.recv().expect("it starts");
        Self { name, address, schedstat }
    }

    fn cpu_time(&self) -> Duration {
        let text = fs::read_to_string(&self.schedstat).expect("the thread runs");
        Duration::from_nanos(text.split(' ').next().and_then(|number| number.parse().ok()).expect("a number"))
    }

    /// CPU time for each request in one round, in microseconds.
    async fn round(&self, request: &Arc<[u8]>) -> f64 {
        let end = Instant::now() + ROUND;
        let before = self.cpu_time();
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            connections.spawn(send_until(end, self.address, Arc::clone(request)));
        }
        let requests: u32 = connections.join_all().await.into_iter().sum();
        self.cpu_time().saturating_sub(before).as_secs_f64() * 1e6 / f64::from(requests)
    }
}

async fn send_until(end: Instant, address: SocketAddr, request: Arc<[u8]>) -> u32 {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let mut answer = Vec::with_capacity(1024);
    let mut requests = 0;
    while Instant::now() < end {
        stream.write_all(&request).await.expect("it reads");
        answer.clear();
        while !answer.ends_with(b"\r\n\r\nok") {
            assert_ne!(stream.read_buf(&mut answer).await.expect("it answers"), 0, "it hung up");
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        requests += 1;
    }
    requests
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime needs nothing")
}

fn ok() -> Router {
    Router::new().route("/", get(async || "ok"))
}

async fn with_jsonwebtoken(State(peers): State<Arc<Peers>>, request: Request, next: Next) -> Response {
    let token = request.headers().get("x-peer").and_then(|value| value.to_str().ok());
    match token.and_then(|token| peers.decode(token)) {
        Some(_claims) => next.run(request).await,
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn with_tower_sessions(session: Session) -> &'static str {
    match session.get::<u64>("user").await {
        Ok(Some(_)) => "ok",
        _ => "nobody",
    }
}

/// Signs somebody in, and gives back the cookie.
async fn sign_in_to_tower_sessions(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream
        .write_all(b"GET /sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    let cookie = answer.split("set-cookie: ").nth(1).and_then(|rest| rest.split(';').next());
    cookie.expect("a cookie").to_owned()
}

fn main() {
    let (sender, receiver) = mpsc::channel();
    let symbolon = Server::start("symbolon, protected", move || async move {
        let subject = Subject::new().await;
        let app = subject.server().protect(ok());
        sender.send(subject).expect("it is waited for");
        app
    });
    let subject = receiver.recv().expect("it signs in");
    let peers = Arc::new(Peers::new(&subject));
    let bare = Server::start("bare route", || async { ok() });
    let sessions = Server::start("tower-sessions, in memory", || async {
        let sign_in = async |session: Session| session.insert("user", 7).await.expect("it is kept");
        Router::new()
            .route("/", get(with_tower_sessions))
            .route("/sign-in", get(sign_in))
            .layer(SessionManagerLayer::new(MemoryStore::default()))
    });
    let for_the_middleware = Arc::clone(&peers);
    let middleware = Server::start("jsonwebtoken middleware", || async {
        ok().layer(middleware::from_fn_with_state(for_the_middleware, with_jsonwebtoken))
    });

    let client = current_thread();
    let session = client.block_on(sign_in_to_tower_sessions(sessions.address));
    let (cookies, token) = subject.credentials();
    let request: Arc<[u8]> = format!(
        "GET / HTTP/1.1\r\nhost: localhost\r\ncookie: {cookies}; {session}\r\nauthorization: Bearer {token}\r\n\
         x-peer: {}\r\n\r\n",
        peers.token()
    )
    .into_bytes()
    .into();

    let servers = [bare, symbolon, sessions, middleware];
    let mut times = servers.each_ref().map(|_| Vec::new());
    for round in 0..=ROUNDS {
        for (server, times) in servers.iter().zip(&mut times) {
            let time = client.block_on(server.round(&request));
            // The first warms up.
            if round > 0 {
                times.push(time);
            }
        }
    }
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!("routes: CPU time of the server's thread, median of {ROUNDS} rounds");
    for (server, median) in servers.iter().zip(medians) {
        println!(
            "  {:<28} {median:>6.2} us a request   {:>6.0} a second and core   {:.2} of the bare route",
            server.name,
            1e6 / median,
            medians[0] / median
        );
    }
}
