//! The life of a session over HTTP: refresh, limits, sign-out, reuse detection.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64ct::{Base64UrlUnpadded, Encoding};
use reqwest::Method;
use serde_json::{Value, json};
use symbolon_server::{
    clock::FakeClock,
    event::{Event, Verdict},
    shared::time::UnixTime,
};
use symbolon_tests::{
    Access, Host, PASSWORD,
    client::{Client, from_own_page, refused, send},
    host,
};

/// Advances the clocks of client and server.
fn pass(host: &Host, client: &mut Client, seconds: u32) {
    host.pass(seconds);
    client.pass(seconds);
}

/// Covers: S-03
#[tokio::test]
async fn after_sign_out_the_token_is_refused_on_every_node_though_it_has_not_expired() {
    let host = Host::start().await;
    let node = host.another_node().await;
    let mut client = host.signed_in("ann").await;
    client.address.clone_from(&node.address);
    assert_eq!(client.me().await.body, "ann", "the other node knows the session");
    client.address.clone_from(&host.address);

    assert_eq!(client.sign_out().await.status, 204);

    assert!(client.claims()["exp"].as_u64() > client.claims()["iat"].as_u64());
    assert_eq!(client.me().await.verdict(), refused(), "at once");
    for address in [&host.address, &node.address] {
        client.address.clone_from(address);
        host::within_a_moment(async || client.me().await.verdict() == refused()).await;
        let proof = client.signature("refresh");
        assert_eq!(client.refresh_with(&proof).await.verdict(), refused());
    }
}

/// Covers: S-06, S-11, S-008
#[tokio::test]
async fn no_refresh_extends_a_session_past_its_absolute_limit() {
    let limit = 2000_u32;
    let host = Host::start_with(|config| {
        config
            .absolute_timeout(Duration::from_secs(limit.into()))
            .idle_timeout(Duration::from_secs(limit.into()))
    })
    .await;
    let mut client = host.signed_in("ann").await;
    let ends_at = client.claims()["auth_time"].as_u64().unwrap() + u64::from(limit);
    for _ in 0..6 {
        pass(&host, &mut client, 290);
        assert_eq!(client.try_refresh().await.status, 200);
        assert!(client.claims()["exp"].as_u64().unwrap() <= ends_at);
    }
    pass(&host, &mut client, limit - 6 * 290 - 1);
    assert_eq!(client.me().await.status, 200);
    pass(&host, &mut client, 1);
    assert_eq!(client.me().await.verdict().0, 401);
    assert_eq!(client.try_refresh().await.verdict(), refused());
}

/// Covers: T-10, S-08
#[tokio::test]
async fn an_expired_token_is_refused_as_expired() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    pass(&host, &mut client, 300);
    assert_eq!(client.me().await.verdict(), (401, "token_expired".into()));
    assert_eq!(client.try_refresh().await.status, 200);
    assert_eq!(client.me().await.body, "ann");
}

/// Covers: S-05, S-11
#[tokio::test]
async fn a_refresh_is_not_activity() {
    let host = Host::start_with(|config| config.idle_timeout(Duration::from_mins(10))).await;
    let mut client = host.signed_in("ann").await;
    pass(&host, &mut client, 299);
    assert_eq!(client.try_refresh().await.status, 200);
    pass(&host, &mut client, 300);
    assert_eq!(client.try_refresh().await.status, 200);
    pass(&host, &mut client, 1);
    assert_eq!(client.me().await.verdict(), (401, "token_expired".into()), "no token outlives the idle time");
    assert_eq!(client.try_refresh().await.verdict(), refused());
}

/// Covers: S-10, S-005
#[tokio::test]
async fn a_spent_refresh_token_gets_the_same_answer_within_the_grace() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let mut first = client.another_tab();
    let mut second = client.another_tab();
    assert_eq!(first.try_refresh().await.status, 200);
    host.pass(10);
    assert_eq!(second.try_refresh().await.status, 200);
    assert_eq!(first.refresh, second.refresh, "both hold the one live refresh token");
    assert_eq!(
        (first.me().await.status, second.me().await.status),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
}

/// Covers: S-09, S-10, S-001
#[tokio::test]
async fn a_spent_refresh_token_after_the_grace_ends_the_session() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    let mut thief = client.another_tab();
    assert_eq!(client.try_refresh().await.status, 200);
    host.pass(11);
    assert_eq!(thief.try_refresh().await.verdict(), refused());
    assert_eq!(client.me().await.verdict(), refused());
    assert_eq!(client.try_refresh().await.verdict(), refused());
}

/// Covers: S-10, S-002
#[tokio::test]
async fn many_tabs_that_refresh_at_once_stay_signed_in() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let tabs = (0..12).map(|_| {
        let mut tab = client.another_tab();
        tokio::spawn(async move {
            let status = tab.try_refresh().await.status;
            (status.as_u16(), tab.refresh.clone(), tab.me().await.body)
        })
    });
    let mut refresh_tokens = Vec::new();
    for tab in tabs.collect::<Vec<_>>() {
        let (status, refresh_token, me) = tab.await.unwrap();
        assert_eq!((status, me.as_str()), (200, "ann"));
        refresh_tokens.push(refresh_token);
    }
    refresh_tokens.dedup();
    assert_eq!(refresh_tokens.len(), 1, "one live branch");
}

/// Covers: S-02, C-07, K-021
#[tokio::test]
async fn signing_in_renews_every_secret_and_ends_the_previous_session() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    let before = client.another_tab();
    let old_token = client.token.clone();
    client.sign_in("ann", PASSWORD).await;
    assert_ne!(
        (&client.fingerprint, &client.refresh, &client.token),
        (&before.fingerprint, &before.refresh, &old_token)
    );
    let mut before = before;
    before.token = old_token;
    assert_eq!(before.me().await.verdict(), refused());
    assert_eq!(client.me().await.body, "ann");
}

/// Covers: C-07, K-020
#[tokio::test]
async fn a_planted_fingerprint_is_never_adopted() {
    let host = Host::start().await;
    let mut client = Client::new(&host.origin);
    let planted = "A".repeat(43);
    client.fingerprint = Some(planted.clone());
    client.sign_in("ann", PASSWORD).await;
    assert_ne!(client.fingerprint, Some(planted));
}

/// Covers: C-014
#[tokio::test]
async fn only_the_vault_gets_a_token() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    let thief = client.another_tab();

    // Page script can make the browser send the cookies.
    let request = from_own_page(client.plain(Method::POST, "/auth/refresh"), &host.origin);
    assert_eq!(send(request.header("cookie", client.cookies())).await.verdict(), refused());
    // Proofs of another browser, for another operation, or used before.
    assert_eq!(
        thief.refresh_with(&thief.signature("refresh")).await.verdict(),
        refused(),
        "a key of its own"
    );
    assert_eq!(
        client.refresh_with(&client.signature("sign-in")).await.verdict(),
        refused(),
        "another operation"
    );
    let boot = client.bootstrap().await;
    let wrong_operation = client.enrolment_by(&boot, "sign-in");
    assert_eq!(client.refresh_with(&wrong_operation).await.verdict(), refused());
    let mut forged = boot.clone();
    forged["secret"] = Value::String("A".repeat(43));
    assert_eq!(client.refresh_with(&client.enrolment_by(&forged, "refresh")).await.verdict(), refused());
    let used = client.signature("refresh");
    let answer = client.refresh_with(&used).await;
    assert_eq!(answer.status, 200);
    client.take(&answer);
    assert_eq!(client.refresh_with(&used).await.verdict(), refused(), "replayed");

    // The session survives all of these.
    assert_eq!(client.me().await.body, "ann");
    assert_eq!(client.try_refresh().await.status, 200);
}

/// A thief's own program can fetch a bootstrap as a worker would and pass its secret to injected script. That secret works
/// in the thief's browser only.
///
/// Covers: C-014
#[tokio::test]
async fn a_vault_secret_fetched_in_another_browser_is_refused() {
    let host = Host::start().await;
    let (mut thief, mut victim) = (Client::new(&host.origin), host.signed_in("ann").await);
    let boot = thief.bootstrap().await;
    host.events.take();
    let injected = victim.another_tab();
    let answer = injected.refresh_with(&injected.enrolment_by(&boot, "refresh")).await;
    assert_eq!(answer.verdict(), refused());
    assert!(matches!(host.events.take()[..], [Event::RefreshUnproven { .. }]), "and it is told of");
    let credentials = json!({ "name": "ann", "password": PASSWORD });
    let sign_in = async |who: &Client| {
        send(who.sign_in_request(&who.enrolment_by(&boot, "sign-in"), &credentials)).await
    };
    assert_eq!(sign_in(&injected).await.verdict(), refused(), "nor does it begin a session");
    let mut evicted = victim.another_tab();
    evicted.vault = None;
    let answer = evicted.refresh_with(&evicted.enrolment_by(&boot, "refresh")).await;
    assert_eq!(answer.verdict(), refused(), "whatever is done to the cookies");
    assert_eq!(sign_in(&thief).await.status, 200, "the control: the proof itself is good");
    assert_eq!(victim.try_refresh().await.status, 200);
}

#[tokio::test]
async fn a_vault_secret_enrols_one_key_and_expires() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let (mut first, mut second) = (client.another_tab(), client.another_tab());
    let boot = first.bootstrap().await;
    second.bootstrap().await;
    let (one, two) = (first.enrolment_by(&boot, "refresh"), second.enrolment_by(&boot, "refresh"));
    let answer = first.refresh_with(&one).await;
    assert_eq!(answer.status, 200);
    second.take_cookies(&answer);
    assert_eq!(second.refresh_with(&two).await.verdict(), refused(), "spent");

    let mut late = second.another_tab();
    let boot = late.bootstrap().await;
    host.pass(601);
    late.bootstrap().await;
    let proof = late.enrolment_by(&boot, "refresh");
    assert_eq!(late.refresh_with(&proof).await.verdict(), refused(), "too old");
    assert_eq!(late.try_refresh().await.status, 200);
}

/// Covers: S-10
#[tokio::test]
async fn a_spent_refresh_token_ends_the_session_whatever_proof_comes_with_it() {
    let host = Host::start_built(
        |config| config,
        |builder| {
            builder.assess(async |context| {
                if context.browser_now == context.browser_then { Verdict::Allow } else { Verdict::StepUp }
            })
        },
    )
    .await;
    for proof in ["none", "of another worker", "of a browser to be judged"] {
        let mut ann = host.signed_in("ann").await;
        let mut thief = ann.another_tab();
        assert_eq!(ann.try_refresh().await.status, 200);
        host.pass(11);
        ann.pass(11);
        let answer = match proof {
            "none" => thief.refresh_with("").await,
            "of another worker" => thief.refresh_with(&thief.signature("refresh")).await,
            _ => {
                thief.user_agent = "Mozilla/5.0 (X11; Linux) Firefox/153.0".into();
                thief.try_refresh().await
            }
        };
        assert_eq!(answer.verdict(), refused(), "{proof}");
        assert!(
            host.events.take().iter().any(|event| matches!(event, Event::RefreshReused { .. })),
            "{proof}"
        );
        assert_eq!(ann.me().await.verdict(), refused(), "{proof}");
    }
}

/// A refresh that cannot be answered must not spend the refresh token: the next use would look like theft.
///
/// Covers: S-10
#[tokio::test]
async fn a_refresh_whose_token_cannot_be_issued_changes_nothing() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    host.people.set("ann", Some(Access { role: "x".repeat(2000) }));
    assert_eq!(client.try_refresh().await.verdict(), (500, "internal".into()));
    host.pass(60);
    client.pass(60);
    host.people.set("ann", Some(Access { role: "reader".into() }));
    assert_eq!(client.try_refresh().await.status, 200);
}

/// The grace starts when the refresh token is spent, however long the refresh took before that.
///
/// Covers: S-10
#[tokio::test]
async fn a_slow_refresh_is_not_taken_for_theft() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let clock = FakeClock::at(UnixTime(now.as_secs()));
    let passes = clock.clone();
    let slow = move |_| {
        passes.advance(Duration::from_secs(12));
        std::future::ready(Verdict::Allow)
    };
    let host = Host::start_built(|config| config, |builder| builder.clock(clock).assess(slow)).await;
    let mut client = host.signed_in("ann").await;
    let mut other = client.another_tab();
    assert_eq!(client.try_refresh().await.status, 200);
    assert_eq!(other.try_refresh().await.status, 200);
    assert_eq!(other.refresh, client.refresh);
}

/// A new sign-in in another tab ends this tab's session and raises no theft event.
///
/// Covers: L-06
#[tokio::test]
async fn a_tab_of_a_replaced_session_is_not_taken_for_a_thief() {
    let host = Host::start().await;
    let mut left_behind = host.signed_in("ann").await;
    let mut again = left_behind.another_tab();
    again.sign_in("ann", PASSWORD).await;
    let cookies = again.another_tab();
    (left_behind.fingerprint, left_behind.refresh) = (cookies.fingerprint, cookies.refresh);
    host.events.take();
    let answer = left_behind.me().await;
    assert_eq!(answer.verdict(), refused());
    assert!(!answer.headers.contains_key("set-cookie"), "the cookies are the new session's");
    assert_eq!(left_behind.try_refresh().await.verdict(), refused());
    assert_eq!(host.events.take(), []);
    assert_eq!(again.me().await.status, 200);
    assert_eq!(again.try_refresh().await.status, 200);
}

#[tokio::test]
async fn a_proof_from_outside_its_time_window_is_refused() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    let proof = client.signature("refresh");
    host.pass(61);
    assert_eq!(client.refresh_with(&proof).await.verdict(), (401, "proof_stale".into()));
    client.bootstrap().await;
    assert_eq!(client.try_refresh().await.status, 200);
}

/// Covers: S-033
#[tokio::test]
async fn the_store_holds_no_secret() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    client.try_refresh().await;
    let stored = host.stored_bytes();
    let contains = |needle: &[u8]| stored.windows(needle.len()).any(|window| window == needle);
    assert!(
        contains(client.claims()["sid"].as_str().unwrap().as_bytes()),
        "the control: the session is in there"
    );
    for secret in [client.token, client.fingerprint, client.refresh].into_iter().flatten() {
        assert!(!contains(secret.as_bytes()) && !contains(&secret.as_bytes()[22..]));
        let raw = Base64UrlUnpadded::decode_vec(secret.rsplit('.').next().unwrap()).unwrap();
        assert!(!contains(&raw) && !contains(&raw[raw.len() - 32..]));
    }
}

/// Covers: D-009
#[tokio::test]
async fn a_damaged_record_counts_as_no_session_and_harms_no_other() {
    let host = Host::start().await;
    let (mut ann, mut ben) = (host.signed_in("ann").await, host.signed_in("ben").await);
    for damage in ["", "{}", "null", "{\"id\":7}", "\u{0}", "[[[["] {
        host.damage("ann", damage);
        assert_eq!(ann.try_refresh().await.verdict(), refused(), "{damage:?}");
        assert_eq!(host.symbolon.sessions("ann").await.unwrap(), []);
        assert_eq!(ben.try_refresh().await.status, 200);
        host.symbolon.revoke_all("ann").await.expect("it can still be ended");
    }
}
