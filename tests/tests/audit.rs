//! Events and log lines: every change is reported, and no input can forge a line.

use reqwest::{Method, header::HeaderValue};
use symbolon_server::{Event, config::WhenFull, event::Severity};
use symbolon_tests::{
    Host, PASSWORD,
    client::{Client, refused, send},
    log::Log,
};

fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::name).collect()
}

/// Covers: L-01, L-07
#[tokio::test]
async fn every_change_of_a_session_emits_an_event() {
    let host = Host::start_with(|config| config.max_sessions(2, WhenFull::EndOldest)).await;
    let mut ann = Client::new(&host.origin);
    ann.user_agent = "Mozilla/5.0 (X11; Linux) Firefox/153.0".into();
    ann.try_sign_in("ann", "wrong").await;
    assert_eq!(names(&host.events.take()), ["authn_login_fail"]);
    ann.sign_in("ann", PASSWORD).await;
    let events = host.events.take();
    assert!(
        matches!(&events[..], [Event::SignedIn { browser, .. }] if browser == "Firefox on Linux"),
        "enough to tell a person of a device that they do not know: {events:?}"
    );
    ann.try_refresh().await;
    assert_eq!(names(&host.events.take()), ["session_renewed"]);
    ann.user_agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/156.0".into();
    ann.try_refresh().await;
    assert_eq!(names(&host.events.take()), ["session_browser_changed", "session_renewed"]);
    host.symbolon.permissions_changed("ann").await.unwrap();
    assert_eq!(names(&host.events.take()), ["authz_change"]);
    ann.try_refresh().await;
    host.events.take();
    ann.sign_out().await;
    assert_eq!(names(&host.events.take()), ["authn_token_revoked"]);
    for _ in 0..3 {
        host.signed_in("ben").await;
    }
    let events = host.events.take();
    assert_eq!(
        names(&events),
        [
            "session_created",
            "session_created",
            "excess_sessions_exceeded",
            "authn_token_revoked",
            "session_created"
        ]
    );
    assert!(events.iter().all(|event| event.severity() <= Severity::Warning));
}

/// Covers: L-02, L-04
#[tokio::test]
async fn a_refusal_logs_its_reason_and_a_theft_logs_subject_and_client_address() {
    let (log, _guard) = Log::of_this_thread("symbolon_server=info");
    let host = Host::start().await;
    let (ann, ben) = (host.signed_in("ann").await, host.signed_in("ben").await);
    let mut forged = ann.another_tab().with_token_of(&ann);
    forged.token = forged.token.map(|token| token[..token.len() - 1].to_owned() + "~");
    forged.me().await;
    send(ann.plain(Method::POST, "/auth/refresh")).await;
    ben.another_tab().with_token_of(&ann).me().await;
    let text = log.text();
    let line = |says: &str| {
        text.lines().find(|line| line.contains(says)).unwrap_or_else(|| panic!("{says}: {text}"))
    };
    for (says, level) in [
        ("the token's signature is invalid", "WARN"),
        ("the request is not same-origin", "WARN"),
        ("the token and the cookie belong to different sessions", "WARN"),
        ("session_halves_mismatched", "ERROR"),
    ] {
        let line = line(says);
        assert!(line.contains(level), "{line}");
        assert!(line.starts_with("20") && line[..30].contains('T'), "when: {line}");
    }
    assert!(line("the token's signature is invalid").contains("client_address=127.0.0.1"), "where");
    let theft = line("session_halves_mismatched");
    assert!(theft.contains(r#"subject="ann""#) && theft.contains("session="), "who: {theft}");
}

/// Covers: L-03
#[tokio::test]
async fn the_log_names_a_session_by_a_stable_pseudonym() {
    let (log, _guard) = Log::of_this_thread("trace");
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    client.try_refresh().await;
    client.sign_out().await;
    let id = client.claims()["sid"].as_str().unwrap().to_owned();
    let text = log.text();
    assert!(!text.contains(&id) && !text.contains(&id[..12]));
    let named = |event: &str| {
        let line = text.lines().find(|line| line.contains(event)).unwrap();
        line.split("session=").nth(1).unwrap().split(' ').next().unwrap().trim_matches('"').to_owned()
    };
    assert_eq!(named("session_created"), named("session_renewed"));
    assert_eq!(named("session_created"), named("authn_token_revoked"));
    assert_eq!(named("session_created").len(), 16);
}

/// Covers: L-05
#[tokio::test]
async fn no_input_can_start_a_new_log_line() {
    let (log, _guard) = Log::of_this_thread("trace,hyper=off,h2=off");
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let before = log.text().lines().count();
    // Only what HTTP lets through: no header can hold CR, LF or ESC.
    for hostile in ["a\tb", "2026-01-01T00:00:00Z INFO forged", "\u{85}\u{2028}x", "\u{9b}31mred"] {
        let value = HeaderValue::from_bytes(hostile.as_bytes()).unwrap();
        let request = client.with_both_halves(Method::GET, "/api/me");
        send(request.header("user-agent", &value).header("origin", &value).header("x-request-id", &value))
            .await;
        let kid = format!("Bearer e30.{}.x", hostile.replace(|c: char| !c.is_ascii_graphic(), ""));
        send(client.plain(Method::GET, "/api/me").header("authorization", kid)).await;
    }
    let mut other = Client::new(&host.origin);
    assert_eq!(other.try_sign_in("ann\nforged", PASSWORD).await.status, 500, "no subject has a line end");
    let text = log.text();
    assert!(text.lines().count() > before, "the control: there are new lines");
    for line in text.lines() {
        assert!(line.starts_with("20") && line.contains('Z'), "{line:?}");
        assert!(!line.contains(['\u{1b}', '\u{9b}', '\u{85}', '\u{2028}']), "{line:?}");
    }
}

/// Covers: L-06
#[tokio::test]
async fn a_stolen_token_ends_its_session_if_the_setting_says_so() {
    let host = Host::start_with(symbolon_server::Config::end_stolen_sessions).await;
    let (mut ann, ben) = (host.signed_in("ann").await, host.signed_in("ben").await);
    let mut forged = ben.another_tab().with_token_of(&ann);
    forged.token = forged.token.map(|token| token[..token.len() - 2].to_owned() + "AA");
    assert_eq!(forged.me().await.verdict(), refused());
    assert_eq!(ann.me().await.status, 200, "it takes a genuine token to do that");
    assert_eq!(ben.another_tab().with_token_of(&ann).me().await.verdict(), refused());
    symbolon_tests::host::within_a_moment(async || ann.me().await.verdict() == refused()).await;
    assert_eq!(ann.try_refresh().await.verdict(), refused());
    assert_eq!(ben.me().await.status, 200);
}
