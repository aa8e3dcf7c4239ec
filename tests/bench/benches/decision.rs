//! Header bytes in, decision out: the whole of it, beside a peer's bare decoding of the same token and the raw MAC.

use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use sha2::Sha256;
use symbolon_server::shared::claims::Claims;
use symbolon_tests::Host;
use tokio::runtime::Runtime;

fn decision(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("threads can be started");
    let (host, client) = runtime.block_on(async {
        let host = Host::start().await;
        let client = host.signed_in("ann").await;
        (host, client)
    });
    let token = client.token.clone().expect("it is signed in");
    let mut headers = HeaderMap::new();
    headers.insert("cookie", client.cookies().parse().expect("cookies are ASCII"));
    let (signing_input, _) = token.rsplit_once('.').expect("a token has segments");
    let mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("any length");

    let mut group = criterion.benchmark_group("decision");
    group.bench_function("raw HMAC-SHA256 of the signing input", |bencher| {
        bencher.iter(|| mac.clone().chain_update(signing_input).finalize());
    });
    let resigned = {
        let header = jsonwebtoken::Header::new(Algorithm::HS256);
        let payload = token.split('.').nth(1).expect("a payload");
        let claims = jsonwebtoken_claims(payload);
        jsonwebtoken::encode(&header, &claims, &jsonwebtoken::EncodingKey::from_secret(&[7; 32]))
            .expect("it encodes")
    };
    let key = DecodingKey::from_secret(&[7; 32]);
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[&host.origin]);
    group.bench_function("jsonwebtoken, bare decode of the same claims", |bencher| {
        bencher.iter(|| jsonwebtoken::decode::<Claims>(&resigned, &key, &validation).expect("it is valid"));
    });
    group.bench_function("symbolon, both halves and the session in SQLite", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| async { host.symbolon.authenticate(&token, &headers).await.expect("it is valid") });
    });
    group.bench_function("symbolon, a wrong MAC refused", |bencher| {
        let forged = format!("{signing_input}.{}", "A".repeat(43));
        bencher.to_async(&runtime).iter(|| async {
            host.symbolon.authenticate(&forged, &headers).await.expect_err("it is forged")
        });
    });
    group.finish();
}

fn jsonwebtoken_claims(payload: &str) -> Claims {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let json = Base64UrlUnpadded::decode_vec(payload).expect("base64url");
    serde_json::from_slice(&json).expect("claims")
}

criterion_group!(benches, decision);
criterion_main!(benches);
