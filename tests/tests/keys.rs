//! Key rotation and revocation while people are signed in.

use std::time::{Duration, UNIX_EPOCH};

use symbolon_server::{Event, SigningKeys};
use symbolon_tests::{
    Host,
    client::{Client, refused},
    new_key,
};

/// Covers: K-02, S-036
#[tokio::test]
async fn keys_rotate_under_load_without_a_failed_request() {
    let host = Host::start().await;
    let mut keys = vec![host.keys.clone()];
    let load = (0..4).map(|person| {
        let (host, mut client) = (host.symbolon.clone(), Client::new(&host.origin));
        tokio::spawn(async move {
            client.sign_in(&format!("person {person}"), symbolon_tests::PASSWORD).await;
            let mut requests = 0;
            while host.key_ids().len() < 12 {
                assert_eq!(client.me().await.status, 200);
                requests += 1;
                if requests % 5 == 0 {
                    assert_eq!(client.try_refresh().await.status, 200);
                }
            }
            requests
        })
    });
    let load: Vec<_> = load.collect();
    for _ in 0..11 {
        tokio::time::sleep(Duration::from_millis(40)).await;
        keys.insert(0, new_key());
        host.symbolon.replace_keys(SigningKeys::parse(&keys.join("\n")).unwrap()).unwrap();
    }
    for client in load {
        assert!(client.await.unwrap() > 10, "there was load");
    }
}

/// Covers: K-02
#[tokio::test]
async fn a_key_schedule_takes_effect_without_a_restart() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    let now = client.claims()["iat"].as_u64().unwrap();
    let time = |at: u64| humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(at));
    let schedule = format!("{};until={}\n{};from={}", host.keys, time(now + 1000), new_key(), time(now + 60));
    host.symbolon.replace_keys(SigningKeys::parse(&schedule).unwrap()).unwrap();
    let [old, new] = &host.symbolon.key_ids()[..] else { panic!("two keys") };

    let mut signed_by = async |seconds: u32| {
        host.pass(seconds);
        client.pass(seconds);
        assert_eq!(client.try_refresh().await.status, 200);
        assert_eq!(client.me().await.status, 200);
        client.header()["kid"].clone()
    };
    assert_eq!(signed_by(59).await, old.as_str());
    assert_eq!(signed_by(1).await, new.as_str());
    assert_eq!(signed_by(290).await, new.as_str());
    let retired = {
        host.pass(700);
        host.symbolon.key_ids()
    };
    assert_eq!(retired, std::slice::from_ref(new));
}

/// Covers: K-07
#[tokio::test]
async fn tokens_of_a_revoked_key_are_refused_at_once_and_the_sessions_continue() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    let [stolen] = &host.symbolon.key_ids()[..] else { panic!("one key") };
    assert!(host.symbolon.revoke_key(stolen).is_err(), "somebody must sign");
    assert_eq!(client.me().await.status, 200);

    let ring = SigningKeys::parse(&format!("{},{}", new_key(), host.keys)).unwrap();
    host.symbolon.replace_keys(ring).unwrap();
    host.symbolon.revoke_key(stolen).unwrap();
    assert_eq!(client.me().await.verdict(), refused());
    assert_eq!(client.try_refresh().await.status, 200);
    assert_eq!(client.me().await.status, 200);
    assert!(host.events.take().contains(&Event::KeyRevoked(stolen.clone())));
}

/// Covers: K-07
#[tokio::test]
async fn a_lost_answer_under_a_revoked_key_is_not_taken_for_theft() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let (mut first, mut second) = (client.another_tab(), client.another_tab());
    assert_eq!(first.try_refresh().await.status, 200);
    let revoked = host.symbolon.key_ids();
    host.symbolon.replace_keys(SigningKeys::parse(&format!("{},{}", new_key(), host.keys)).unwrap()).unwrap();
    host.symbolon.revoke_key(&revoked[0]).unwrap();
    assert_eq!(second.try_refresh().await.verdict(), refused(), "the same answer cannot be given again");
    assert_eq!(first.try_refresh().await.status, 200, "and the session goes on");
}
