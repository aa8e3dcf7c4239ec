//! What grows with the number of sessions: the time of a decision, and a node's memory.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use allocation_counter::measure;
use http::HeaderMap;
use symbolon_bench::{
    Subject, ids,
    measure::{can_measure, median, resident, table},
    now,
};
use symbolon_server::{
    Config, SigningKeys, Symbolon,
    session::Session,
    shared::{self, time::UnixTime},
    store::{Change, Memory, Scope, Store},
};
use symbolon_tests::Host;
use tokio::runtime::{Builder, Runtime};

const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;
const REVOCATIONS: u32 = 10_000;
const ROUNDS: usize = 15;
/// The number of decisions in each round.
const DECISIONS: usize = 50_000;
const SPREADS: usize = 41;

fn main() {
    if can_measure("scale") {
        // The runtime rests during a measurement: its tasks would write the last-seen times and forget them.
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        // Methods that call the store have a deadline, so they need the runtime's clock.
        let _entered = runtime.enter();
        // This comes first, before other work has used memory.
        let revocations = revocations(&runtime);
        let [few, many] = [FEW, MANY].map(|live| runtime.block_on(node(live)));
        let records = times(&[&few, &many], |node, _| drop(black_box(node.decide())));
        many.be_forgotten();
        let [first, again] = [(); 2].map(|()| measure(|| drop(black_box(many.decide()))));

        let pools = [pool(&few, FEW), pool(&many, MANY)];
        let cold = note_all(&few, FEW);
        let hot = note_all(&many, MANY);
        let active = times(&[(&few, &pools[0]), (&many, &pools[1])], |(node, tokens), turn| {
            drop(black_box(node.decide_on(&tokens[turn % tokens.len()])));
        });

        table(
            &format!("scale: one decision, in µs (medians of {ROUNDS} rounds of {DECISIONS})"),
            &[
                ["", "1,000", "1,000,000", "ratio"].map(str::to_owned),
                row("live sessions in the store, one of them asks", records),
                row("and all used since the last write, 1,000 of them ask in turn", active),
            ],
        );
        let mut rows = vec![["", "entries", "resident", "on the heap"].map(str::to_owned)];
        rows.extend(revocations);
        rows.push(growth("sessions used since the last write", FEW, cold));
        rows.push(growth("sessions used since the last write", MANY, hot));
        table("scale: memory of a node, in bytes per entry", &rows);
        println!(
            "\nscale: a decision makes {} heap allocations, {} bytes together, and of known halves {}",
            first.count_total, first.bytes_total, again.count_total
        );
        let spread = runtime.block_on(spread());
        println!(
            "scale: another process refuses after {:.0} ms (median), {:.0} ms (slowest of {SPREADS})",
            median(spread.iter().copied()),
            spread.iter().copied().fold(0.0, f64::max)
        );
    }
}

fn row(what: &str, [few, many]: [f64; 2]) -> [String; 4] {
    [what.to_owned(), format!("{few:.3}"), format!("{many:.3}"), format!("{:.3}", many / few)]
}

/// The growth of a process: resident memory, and heap.
type Growth = [f64; 2];

fn growth(what: &str, entries: u32, [resident, heap]: Growth) -> [String; 4] {
    let each = |bytes: f64| format!("{:.0}", bytes / f64::from(entries));
    [what.to_owned(), entries.to_string(), each(resident), each(heap)]
}

/// Returns how much the process grows by `work`. The kernel counts whole pages, and freed memory that was not returned.
#[expect(clippy::cast_precision_loss, reason = "no process is that big")]
fn grown(work: impl FnOnce()) -> Growth {
    let before = resident();
    let heap = measure(work).bytes_current;
    [(resident() - before) as f64, heap as f64]
}

/// Returns a node whose store has this many live sessions, and a request of one more session.
async fn node(live: u32) -> Subject {
    let store = Memory::default();
    let person = shared::subject::Subject::new("x").expect("plain");
    let example = Session {
        authenticated_at: UnixTime(4_000_000_000),
        last_seen_at: UnixTime(4_000_000_000),
        expires_at: UnixTime(4_000_000_000),
        ..Session::example(1, &person)
    };
    for (number, id) in ids(live).enumerate() {
        let subject = shared::subject::Subject::new(number).expect("a number is plain");
        let session = Session { id, subject, ..example.clone() };
        assert!(store.insert(&session, None).await.expect("there is memory"), "there is no limit");
    }
    Subject::at(Host::start_on(store).await).await
}

/// Returns tokens of 1,000 of the sessions.
fn pool(node: &Subject, live: u32) -> Vec<String> {
    let step = usize::try_from(live / FEW).expect("it is small");
    ids(live).step_by(step).map(|id| node.token_of(id)).collect()
}

/// Sends a request of each session, before the node writes any last-seen time.
fn note_all(node: &Subject, live: u32) -> Growth {
    grown(|| ids(live).for_each(|id| drop(node.decide_on(&node.token_of(id)))))
}

/// Returns the microseconds of one piece of work on each of two nodes, measured alternately.
fn times<T>(nodes: &[T; 2], work: impl Fn(&T, usize)) -> [f64; 2] {
    let mut rounds: [Vec<f64>; 2] = Default::default();
    for round in 0..=ROUNDS {
        for (node, rounds) in nodes.iter().zip(&mut rounds) {
            let began = Instant::now();
            (0..DECISIONS).for_each(|turn| work(node, turn));
            // The first round warms up.
            if round > 0 {
                rounds.push(began.elapsed().as_secs_f64() * 1e6);
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "it is small")]
    rounds.map(|times| median(times) / DECISIONS as f64)
}

/// Measures the memory of recent revocations. The store's feed is in this process, so the store is measured alone, too.
fn revocations(runtime: &Runtime) -> Vec<[String; 4]> {
    let mut kept = vec![];
    let nodes: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let config = Config::new("https://app.example").expect("an origin");
            let keys = SigningKeys::generate().expect("there is randomness");
            let started = Symbolon::new(config, keys, Memory::default());
            let symbolon = runtime.block_on(started).expect("it starts");
            let growth =
                grown(|| ids(REVOCATIONS).for_each(|id| now(symbolon.revoke(&id)).expect("it ends")));
            kept.push(symbolon);
            growth
        })
        .collect();
    let mut stores = vec![];
    let alone: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let store = Memory::default();
            let end = |id| now(store.apply(&Change::Ended(Scope::Session(id)), UnixTime(0))).map(drop);
            let growth = grown(|| ids(REVOCATIONS).for_each(|id| end(id).expect("there is memory")));
            stores.push(store);
            growth
        })
        .collect();
    let middle = |growths: &[Growth]| [0, 1].map(|kind| median(growths.iter().map(|growth| growth[kind])));
    let (both, feed) = (middle(&nodes), middle(&alone));
    vec![
        growth("recent revocations, live view", REVOCATIONS, [both[0] - feed[0], both[1] - feed[1]]),
        growth("recent revocations, with the feed of the store in memory", REVOCATIONS, both),
    ]
}

/// Returns the milliseconds from the acknowledgement of a revocation until another process on the same file refuses.
async fn spread() -> Vec<f64> {
    let host = Host::start().await;
    let other = host.another_node().await;
    let mut times = vec![];
    for _ in 0..SPREADS {
        let client = host.signed_in("ann").await;
        let mut headers = HeaderMap::new();
        headers.insert("cookie", client.cookies().parse().expect("cookies are ASCII"));
        let token = client.token.expect("it is signed in");
        assert!(other.symbolon.authenticate(&token, &headers).await.is_ok());
        host.symbolon.revoke_all("ann").await.expect("it ends");
        let acknowledged = Instant::now();
        while other.symbolon.authenticate(&token, &headers).await.is_ok() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        times.push(acknowledged.elapsed().as_secs_f64() * 1e3);
    }
    times
}
