//! Ending sessions: who can end which, and that they end everywhere.

use reqwest::Method;
use serde_json::Value;
use symbolon_server::{Event, config::WhenFull, event::Verdict, store::Scope};
use symbolon_tests::{
    Access, Host, PASSWORD,
    client::{Client, refused},
};

async fn lives(client: &Client) -> bool {
    let answer = client.me().await;
    let (status, _) = answer.verdict();
    assert!(status == 200 || answer.verdict() == refused() || status == 401, "{answer:?}");
    status == 200
}

/// Returns whether the session can still be refreshed.
async fn is_over(client: &mut Client) -> bool {
    !lives(client).await && client.try_refresh().await.verdict() == refused()
}

/// Covers: S-16, S-011, S-013
#[tokio::test]
async fn an_administrator_ends_one_session_all_of_a_person_or_everybodys() {
    let host = Host::start().await;
    let (mut one, mut two) = (host.signed_in("ann").await, host.signed_in("ann").await);
    let (mut ben, mut cat) = (host.signed_in("ben").await, host.signed_in("cat").await);
    let id = host
        .symbolon
        .sessions("ann")
        .await
        .unwrap()
        .into_iter()
        .find(|s| s.id.to_text() == one.claims()["sid"]);

    host.symbolon.revoke(&id.unwrap().id).await.unwrap();
    assert!(is_over(&mut one).await);
    assert!(lives(&two).await && lives(&ben).await && lives(&cat).await, "only the named one");

    host.symbolon.revoke_all("ann").await.unwrap();
    assert!(is_over(&mut two).await);
    assert!(lives(&ben).await && lives(&cat).await);
    host.symbolon.revoke_all("ann").await.expect("twice is once");

    host.symbolon.revoke_everyone().await.unwrap();
    assert!(is_over(&mut ben).await && is_over(&mut cat).await);
    let again = host.signed_in("ben").await;
    assert!(lives(&again).await, "and the door is open, in the same second");
}

/// Covers: S-12, S-22
#[tokio::test]
async fn signing_out_everywhere_ends_every_device_of_the_person() {
    let host = Host::start().await;
    let (here, mut there, ben) =
        (host.signed_in("ann").await, host.signed_in("ann").await, host.signed_in("ben").await);
    let answer = here.act(Method::POST, "/auth/sign-out-everywhere").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2, "both cookies are cleared");
    assert!(!lives(&here).await && is_over(&mut there).await && lives(&ben).await);
}

/// Covers: S-15
#[tokio::test]
async fn changing_a_password_ends_every_other_session_of_the_person() {
    let host = Host::start().await;
    let (mut here, mut there) = (host.signed_in("ann").await, host.signed_in("ann").await);
    assert_eq!(here.act(Method::POST, "/api/password").await.status, 200);
    assert_eq!(here.me().await.verdict(), (401, "token_stale".into()), "its token may be the stolen one");
    assert_eq!(here.try_refresh().await.status, 200);
    assert!(lives(&here).await && is_over(&mut there).await);
}

/// Covers: S-14, T-15
#[tokio::test]
async fn a_closed_account_has_no_session_and_an_old_token_never_opens_a_new_one() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    host.people.set("ann", None);
    assert_eq!(client.try_refresh().await.verdict(), refused(), "no token for who is not there");
    assert!(!lives(&client).await, "and the one it had is dead");
    let mut again = Client::new(&host.origin);
    assert_eq!(again.try_sign_in("ann", PASSWORD).await.verdict(), refused());

    host.people.set("ann", Some(Access { role: "reader".into() }));
    assert!(lives(&host.signed_in("ann").await).await);
    assert!(is_over(&mut client).await);
}

/// Covers: S-17
#[tokio::test]
async fn a_person_sees_their_own_sessions_and_ends_any_of_them() {
    let host = Host::start().await;
    let here = host.signed_in("ann").await;
    let mut phone = Client::new(&host.origin);
    let credentials = serde_json::json!({ "name": "ann", "password": PASSWORD, "otp": symbolon_tests::OTP });
    assert_eq!(phone.try_sign_in_with(&credentials).await.status, 200);
    let ben = host.signed_in("ben").await;

    let list: Value = serde_json::from_str(&here.get("/auth/sessions").await.body).unwrap();
    let mut devices: Vec<_> =
        list.as_array().unwrap().iter().map(|s| (s["device"].clone(), s["current"].clone())).collect();
    devices.sort_by_key(|(device, _)| device.to_string());
    assert_eq!(
        devices,
        [("an unknown browser".into(), true.into()), ("the red telephone".into(), false.into())]
    );
    let own: Value = serde_json::from_str(&here.get("/auth/session").await.body).unwrap();
    assert_eq!((&own["id"], &own["current"]), (&here.claims()["sid"], &Value::Bool(true)));

    let end = async |who: &Client, whose: &Client| {
        let path = format!("/auth/sessions/{}", whose.claims()["sid"].as_str().unwrap());
        who.act(Method::DELETE, &path).await.status.as_u16()
    };
    assert_eq!(end(&here, &ben).await, 404, "another's session is no session");
    assert_eq!(here.act(Method::DELETE, "/auth/sessions/nonsense").await.status, 404);
    assert!(lives(&ben).await);
    assert_eq!(end(&here, &phone).await, 204);
    assert!(is_over(&mut phone).await && lives(&here).await);
}

/// Covers: S-17, S-19
#[tokio::test]
async fn ending_another_session_needs_a_recent_sign_in() {
    let host = Host::start().await;
    let (mut here, there) = (host.signed_in("ann").await, host.signed_in("ann").await);
    for _ in 0..4 {
        host.pass(280);
        here.pass(280);
        assert_eq!(here.try_refresh().await.status, 200);
        assert!(lives(&here).await);
    }
    let path = format!("/auth/sessions/{}", there.claims()["sid"].as_str().unwrap());
    assert_eq!(here.act(Method::DELETE, &path).await.verdict(), (401, "step_up_required".into()));
}

/// Covers: S-19, A-04
#[tokio::test]
async fn a_sensitive_route_asks_for_a_fresh_or_stronger_sign_in_and_says_which() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    let before = client.claims()["sid"].clone();
    assert_eq!(client.act(Method::POST, "/api/transfer").await.status, 200, "just signed in");
    host.pass(299);
    client.pass(299);
    assert_eq!(client.try_refresh().await.status, 200);
    host.pass(2);
    client.pass(2);
    let answer = client.act(Method::POST, "/api/transfer").await;
    assert_eq!(answer.verdict(), (401, "step_up_required".into()));
    assert_eq!(
        answer.headers["www-authenticate"],
        r#"Bearer error="insufficient_user_authentication", problem="step_up_required", max_age="300""#
    );
    let answer = client.act(Method::POST, "/api/launch").await;
    assert_eq!(
        answer.headers["www-authenticate"],
        r#"Bearer error="insufficient_user_authentication", problem="step_up_required", acr_values="two-factor""#
    );

    let credentials = serde_json::json!({ "name": "ann", "password": PASSWORD, "otp": symbolon_tests::OTP });
    assert_eq!(client.try_sign_in_with(&credentials).await.status, 200);
    assert_eq!(client.act(Method::POST, "/api/transfer").await.status, 200);
    assert_eq!(client.act(Method::POST, "/api/launch").await.body, "pwd and otp");
    assert_ne!(client.claims()["sid"], before, "another session");
}

/// Covers: S-18, S-037
#[tokio::test]
async fn at_the_session_limit_the_oldest_session_ends_even_under_concurrent_sign_ins() {
    let host = Host::start_with(|config| config.max_sessions(3, WhenFull::EndOldest)).await;
    let mut first = host.signed_in("ann").await;
    host.pass(1);
    let sign_ins = (0..8).map(|_| {
        let mut client = Client::new(&host.origin);
        tokio::spawn(async move { client.try_sign_in("ann", PASSWORD).await.status.as_u16() })
    });
    for sign_in in sign_ins.collect::<Vec<_>>() {
        assert_eq!(sign_in.await.unwrap(), 200);
    }
    assert_eq!(host.symbolon.sessions("ann").await.unwrap().len(), 3);
    assert!(is_over(&mut first).await);
    let limits = host.events.take().into_iter().filter(|event| matches!(event, Event::LimitReached { .. }));
    assert!(limits.count() >= 6);
}

/// Covers: S-18
#[tokio::test]
async fn at_the_session_limit_a_sign_in_is_refused_if_the_setting_says_so() {
    let host = Host::start_with(|config| config.max_sessions(2, WhenFull::Refuse)).await;
    let (mut one, two) = (host.signed_in("ann").await, host.signed_in("ann").await);
    let mut third = Client::new(&host.origin);
    assert_eq!(third.try_sign_in("ann", PASSWORD).await.verdict(), (403, "forbidden".into()));
    assert!(lives(&one).await && lives(&two).await);
    one.sign_in("ann", PASSWORD).await;
    assert!(lives(&one).await, "whoever signs in again in the same browser makes their own room");
    host.pass(1801);
    assert_eq!(third.try_sign_in("ann", PASSWORD).await.status, 200, "who went idle does not count");
}

/// Covers: S-20, A-08
#[tokio::test]
async fn the_assess_hook_decides_about_a_changed_browser() {
    let host = Host::start_built(
        |config| config,
        |builder| {
            builder.assess(async |context| match (&*context.browser_then, &*context.browser_now) {
                (then, now) if then == now => Verdict::Allow,
                (_, "Chrome on Windows") => Verdict::End,
                _ => Verdict::StepUp,
            })
        },
    )
    .await;
    let mut client = host.signed_in("ann").await;
    assert_eq!(client.try_refresh().await.status, 200, "the same browser, from wherever");
    client.user_agent = "Mozilla/5.0 (X11; Linux) Firefox/153.0".into();
    assert_eq!(client.try_refresh().await.verdict(), (401, "step_up_required".into()));
    assert!(lives(&client).await, "the session goes on as it is");
    client.user_agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/156.0".into();
    assert_eq!(client.try_refresh().await.verdict(), refused());
    assert!(!lives(&client).await);
    let events = host.events.take();
    assert_eq!(events.iter().filter(|event| matches!(event, Event::BrowserChanged { .. })).count(), 2);
    assert!(events.iter().any(|event| matches!(event, Event::Ended(Scope::Session(_)))));
}

/// Covers: L-06, S-10
#[tokio::test]
async fn signs_of_theft_emit_events() {
    let host = Host::start().await;
    let (ann, ben) = (host.signed_in("ann").await, host.signed_in("ben").await);
    let mut thief = ann.another_tab();
    host.events.take();

    // A token with another person's cookie.
    let with_bens_cookie = ben.another_tab().with_token_of(&ann);
    assert_eq!(with_bens_cookie.me().await.verdict(), refused());
    assert!(
        matches!(&host.events.take()[..], [Event::HalvesMismatched { subject, .. }] if subject.as_str() == "ann")
    );
    assert!(lives(&ann).await, "and it cannot be used to sign her out");

    // Genuine cookies without a vault proof.
    assert_eq!(thief.refresh_with("nonsense").await.verdict(), refused());
    assert!(matches!(host.events.take()[..], [Event::RefreshUnproven { .. }]));

    // A spent refresh token.
    let mut ann = ann;
    assert_eq!(ann.try_refresh().await.status, 200);
    host.pass(11);
    ann.pass(11);
    thief.bootstrap().await;
    assert_eq!(thief.try_refresh().await.verdict(), refused());
    let events = host.events.take();
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::RefreshReused { subject, .. } if subject.as_str() == "ann"))
    );
}
