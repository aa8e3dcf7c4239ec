//! What grows with the number of sessions and revocations, and what does not.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use http::HeaderMap;
use symbolon_bench::Subject;
use symbolon_server::{
    error::StoreError,
    session::Session,
    shared::{self, id::SessionId, time::UnixTime},
    store::{Change, Changes, Memory, Position, Store},
};
use symbolon_tests::Host;
use tokio::runtime::Runtime;

const DECISIONS: u32 = 20_000;
const ROUNDS: usize = 15;
const REVOCATIONS: u32 = 10_000;
const SPREADS: usize = 40;

/// Keeps nothing, so that what is counted is the node's own memory.
#[derive(Default)]
struct Forgetful(AtomicU64);

#[async_trait]
impl Store for Forgetful {
    async fn insert(&self, _: &Session, _: Option<usize>) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn load(&self, _: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn sessions_of(&self, _: &shared::subject::Subject) -> Result<Vec<Session>, StoreError> {
        Ok(Vec::new())
    }

    async fn update(&self, _: &Session) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn touch(&self, _: &[(SessionId, UnixTime)]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn apply(&self, _: &Change, _: UnixTime) -> Result<Position, StoreError> {
        Ok(Position(self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }

    async fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        Ok(Changes { changes: Vec::new(), head: after })
    }

    async fn sweep(&self, _: UnixTime, _: UnixTime) -> Result<u64, StoreError> {
        Ok(0)
    }
}

fn id(number: u32) -> SessionId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    SessionId::from_bytes(bytes)
}

/// The server with this many other sessions in its store.
async fn among(sessions: u32) -> Subject {
    let store = Memory::default();
    let example = Session::example(0, &shared::subject::Subject::new("somebody").expect("a name"));
    for number in 0..sessions {
        store.insert(&Session { id: id(number), ..example.clone() }, None).await.expect("it keeps");
    }
    Subject::on(store).await
}

fn nanoseconds(subject: &Subject) -> f64 {
    let start = Instant::now();
    for _ in 0..DECISIONS {
        black_box(subject.decide());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(DECISIONS)
}

/// How long after a revocation is acknowledged another process on the same file still lets the token in.
async fn spread() -> Vec<Duration> {
    let host = Host::start().await;
    let node = host.another_node().await;
    let mut times = Vec::new();
    for _ in 0..SPREADS {
        let client = host.signed_in("ann").await;
        let mut headers = HeaderMap::new();
        headers.insert("cookie", client.cookies().parse().expect("cookies are ASCII"));
        let token = client.token.expect("it is signed in");
        assert!(node.symbolon.authenticate(&token, &headers).await.is_ok());
        host.symbolon.revoke_all("ann").await.expect("it is ended");
        let acknowledged = Instant::now();
        while node.symbolon.authenticate(&token, &headers).await.is_ok() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        times.push(acknowledged.elapsed());
    }
    times.sort();
    times
}

fn main() {
    let runtime = Runtime::new().expect("threads can be started");
    let few = runtime.block_on(among(1_000));
    let many = runtime.block_on(among(1_000_000));
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| nanoseconds(&many) / nanoseconds(&few)).collect();
    ratios.sort_by(f64::total_cmp);
    println!("scale:");
    println!("  a decision among 1,000,000 sessions takes {:.2} of one among 1,000", ratios[ROUNDS / 2]);

    black_box(few.decide());
    let allocations = allocation_counter::measure(|| drop(black_box(few.decide())));
    println!("  a decision makes {} allocations, {} bytes", allocations.count_total, allocations.bytes_total);

    let node = runtime.block_on(Subject::on(Forgetful::default()));
    let server = node.server();
    let memory = allocation_counter::measure(|| {
        for number in 0..REVOCATIONS {
            Runtime::block_on(&runtime, server.revoke(&id(number))).expect("it is ended");
        }
    });
    let times = runtime.block_on(spread());
    println!(
        "  another process knows of a revocation after {:.0?}, the slowest of {SPREADS} after {:.0?}",
        times[SPREADS / 2],
        times[SPREADS - 1]
    );
    let each = memory.bytes_current / i64::from(REVOCATIONS);
    println!(
        "  {REVOCATIONS} recent revocations hold {} KiB, {each} bytes each",
        memory.bytes_current / 1024
    );
}
