//! The whole decision about a request, from header bytes to verdict, beside peers' bare decoding and the raw MAC.

use criterion::{Criterion, criterion_group, criterion_main};
use symbolon_bench::{Peers, Subject};
use tokio::runtime::Runtime;

fn decision(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("threads can be started");
    let subject = runtime.block_on(Subject::new());
    let peers = Peers::new(&subject);

    let mut group = criterion.benchmark_group("decision");
    group.bench_function("raw HMAC-SHA256 over the same bytes", |bencher| {
        bencher.iter(|| subject.raw_mac());
    });
    group.bench_function("jsonwebtoken, bare decode", |bencher| bencher.iter(|| peers.jsonwebtoken()));
    group.bench_function("jwt-simple, bare decode", |bencher| bencher.iter(|| peers.jwt_simple()));
    let rivals = subject.rivals();
    let mut turns = rivals.iter().cycle();
    group.bench_function("symbolon, the whole decision, of new halves", |bencher| {
        bencher.iter(|| turns.next().map(|token| subject.decide_on(token)));
    });
    group.bench_function("symbolon, the whole decision, of halves that came before", |bencher| {
        bencher.iter(|| subject.decide());
    });
    group.bench_function("symbolon, a wrong MAC refused", |bencher| {
        bencher.iter(|| subject.refuse());
    });
    group.finish();
}

criterion_group!(benches, decision);
criterion_main!(benches);
