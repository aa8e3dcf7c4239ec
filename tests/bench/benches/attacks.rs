//! What hostile requests cost the server, and what honest clients notice.
//!
//! The server runs in a second process of this program, so its cost is measured apart from the attacker's.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use symbolon_bench::{
    Counting,
    measure::{can_measure, cpu_time_of, median, percentile, resident_of, table},
};
use symbolon_tests::{Host, PASSWORD, client::Client};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
    task::{JoinSet, spawn_blocking},
    time::{interval, sleep, timeout},
};

/// The argument that makes this program the server.
const SERVE: &str = "--serve";
const TIMES: usize = 200;
const FORGERIES: u32 = 20_000;
/// The time for which slow connections are observed.
const PATIENCE: Duration = Duration::from_secs(15);
/// The time for which an honest client is observed before the attack.
const PEACE: Duration = Duration::from_secs(5);

fn main() {
    if env::args().any(|argument| argument == SERVE) {
        Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime without threads")
            .block_on(serve());
    } else if can_measure("attacks") {
        Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(attack());
    }
}

async fn attack() {
    let mut server = Server::start();
    let mut client = Client::new(&server.origin);
    client.sign_in("ann", PASSWORD).await;
    assert!(server.calls() > 0, "a sign-in is written down");
    let token = client.token.clone().expect("it is signed in");
    let halves = |token: &str| format!("authorization: Bearer {token}\r\ncookie: {}", client.cookies());
    let honest = request("/api/me", &halves(&token));
    // The first requests are slower and allocate memory that stays.
    watch(&server, &honest, Duration::from_secs(1)).await;

    let long = |bytes: usize| request("/public", &format!("x-long: {}", "x".repeat(bytes)));
    let cookies = vec![format!("b={}", "x".repeat(4_000)); 60].join("; ");
    let bomb = request("/api/me", &format!("{}; {cookies}", halves(&token)));
    let mut rows = vec![["", "answer", "ms, median", "ms, slowest", "growth, KiB"].map(str::to_owned)];
    rows.push(burst(&server, "the control", &honest).await);
    rows.push(burst(&server, "a header of 420 KB", &long(420_000)).await);
    rows.push(burst(&server, "a header of 1 MB", &long(1_000_000)).await);
    rows.push(burst(&server, "240 KB of cookies", &bomb).await);
    rows.push(burst(&server, "two Host headers", &request("/public", "host: evil.example")).await);
    table(&format!("attacks: each {TIMES} times, on connections of their own"), &rows);

    let before = watch(&server, &honest, PEACE).await;
    let (meanwhile, lives, growth) = slow_heads(&server, &honest).await;
    let row = |name: &str, times: &[f64]| {
        let [middle, tail] = [50, 99].map(|percent| percentile(times.iter().copied(), percent));
        [name.to_owned(), format!("{middle:.2}"), format!("{tail:.2}")]
    };
    table(
        "attacks: an honest client's GET /api/me, in ms",
        &[
            ["", "p50", "p99"].map(str::to_owned),
            row("before", &before),
            row(&format!("beside {TIMES} heads that come byte by byte"), &meanwhile),
        ],
    );
    println!(
        "\nattacks: {} of {TIMES} slow connections were given up, after {:.1} to {:.1} s; growth {growth} KiB",
        lives.len(),
        percentile(lives.iter().copied(), 0),
        lives.iter().copied().fold(0.0, f64::max),
    );

    let (signed, _) = token.rsplit_once('.').expect("a token");
    let forged = (0..FORGERIES).map(|n| request("/api/me", &halves(&format!("{signed}.{n:0>42}A"))));
    let forged: Vec<_> = forged.collect();
    let mut stream = server.connect().await;
    let (calls, cpu, began) = (server.calls(), cpu_time_of(&server.process)[0], Instant::now());
    for request in &forged {
        assert_eq!(ask(&mut stream, request).await.as_deref(), Some("401"));
    }
    let took = began.elapsed();
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(FORGERIES);
    println!(
        "attacks: {FORGERIES} forged tokens on one connection: {:.1} µs each, {:.1} µs of the server's thread; {} calls of \
         the store",
        each(took),
        each(cpu_time_of(&server.process)[0].saturating_sub(cpu)),
        server.calls() - calls,
    );
}

/// Repeats an attack, one round after the other.
async fn burst(server: &Server, name: &str, request: &str) -> [String; 5] {
    let before = server.resident();
    let (mut times, mut answers) = (vec![], vec![]);
    for _ in 0..TIMES {
        let mut stream = server.connect().await;
        let began = Instant::now();
        let answer = timeout(PATIENCE, ask(&mut stream, request)).await.expect("it is answered, or given up");
        times.push(began.elapsed().as_secs_f64() * 1e3);
        answers.push(answer.unwrap_or("hung up".into()));
    }
    let growth = server.resident() - before;
    answers.sort();
    answers.dedup();
    let slowest = times.iter().copied().fold(0.0, f64::max);
    [
        name.to_owned(),
        answers.join(" or "),
        format!("{:.2}", median(times)),
        format!("{slowest:.2}"),
        growth.to_string(),
    ]
}

/// Returns the milliseconds of each request of an honest client, one every other millisecond.
async fn watch(server: &Server, request: &str, duration: Duration) -> Vec<f64> {
    let (mut stream, mut times, began) = (server.connect().await, vec![], Instant::now());
    while began.elapsed() < duration {
        let asked = Instant::now();
        assert_eq!(ask(&mut stream, request).await.as_deref(), Some("200"));
        times.push(asked.elapsed().as_secs_f64() * 1e3);
        sleep(Duration::from_millis(2)).await;
    }
    times
}

/// Measures connections that send a byte a second: what an honest client notices, how many seconds each connection lasts,
/// and how much the server grows while it holds all of them.
async fn slow_heads(server: &Server, honest: &str) -> (Vec<f64>, Vec<f64>, i64) {
    let before = server.resident();
    let mut slow = JoinSet::new();
    for _ in 0..TIMES {
        let mut stream = server.connect().await;
        slow.spawn(async move {
            let began = Instant::now();
            let given_up = timeout(PATIENCE, trickle(&mut stream)).await.is_ok();
            given_up.then(|| began.elapsed().as_secs_f64())
        });
    }
    let half = Duration::from_secs(4);
    let mut meanwhile = watch(server, honest, half).await;
    let growth = server.resident() - before;
    meanwhile.extend(watch(server, honest, half).await);
    (meanwhile, slow.join_all().await.into_iter().flatten().collect(), growth)
}

/// Sends a head that never ends; returns when the server hangs up.
async fn trickle(stream: &mut TcpStream) {
    let (mut reader, mut writer) = stream.split();
    let write = async {
        let mut second = interval(Duration::from_secs(1));
        let _ = writer.write_all(b"GET /public HTTP/1.1\r\nhost: app.example\r\nx-slow: ").await;
        while writer.write_all(b"x").await.is_ok() {
            second.tick().await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        _ = reader.read_to_end(&mut answer) => {}
        () = write => {}
    }
}

fn request(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: app.example\r\n{headers}\r\n\r\n")
}

/// Reads an answer to its end and returns its status; returns `None` if the server hangs up.
async fn ask(stream: &mut TcpStream, request: &str) -> Option<String> {
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::with_capacity(1024);
    let read = async {
        loop {
            if reader.read_buf(&mut answer).await.ok()? == 0 {
                return None;
            }
            let text = String::from_utf8_lossy(&answer);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if body.len() >= length?.parse().ok()? {
                    return head.split(' ').nth(1).map(str::to_owned);
                }
            }
        }
    };
    // The server may answer before it has read everything.
    tokio::join!(read, writer.write_all(request.as_bytes())).0
}

/// Runs the server process. The process ends when its standard input closes.
struct Server {
    child: Child,
    process: String,
    origin: String,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env::current_exe().expect("it runs"))
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started again");
        let questions = child.stdin.take().expect("it is piped");
        let mut answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let origin = line(&mut answers);
        Self { process: child.id().to_string(), child, origin, questions, answers }
    }

    async fn connect(&self) -> TcpStream {
        let address = self.origin.strip_prefix("http://").expect("it is plain http");
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("it is open");
        stream
    }

    /// The resident memory in KiB.
    fn resident(&self) -> i64 {
        resident_of(&self.process) / 1024
    }

    /// The number of store calls made by requests.
    fn calls(&mut self) -> u32 {
        self.questions.write_all(b"calls?\n").expect("it reads");
        line(&mut self.answers).parse().expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("it writes text");
    line.trim().to_owned()
}

async fn serve() {
    let store = Counting::default();
    let calls = store.calls();
    let host = Host::start_on(store).await;
    println!("{}", host.origin);
    let answer = move || {
        for _ in std::io::stdin().lines() {
            println!("{}", calls());
        }
    };
    spawn_blocking(answer).await.expect("it does not panic");
}
