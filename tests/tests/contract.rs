//! The real vault against the real server, without a browser or a network between them.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use symbolon_client::{error::VaultError, request::Request};
use symbolon_server::{Config, Event, shared::problem::Ended};
use symbolon_tests::{
    Host, PASSWORD,
    browser::{Browser, TestVault, get},
};

const LIFETIME: u32 = 300;

struct Tab {
    host: Host,
    browser: Browser,
    vault: TestVault,
}

fn credentials(password: &str) -> String {
    credentials_of("ann", password)
}

fn credentials_of(name: &str, password: &str) -> String {
    serde_json::json!({ "name": name, "password": password }).to_string()
}

async fn signed_in() -> Tab {
    signed_in_on(Host::start().await).await
}

async fn signed_in_on(host: Host) -> Tab {
    let browser = Browser::new(host.router.clone(), &host.origin);
    let vault = browser.start_vault().await;
    vault.sign_in(&credentials(PASSWORD)).await.unwrap();
    Tab { host, browser, vault }
}

impl Tab {
    /// Advances the clocks of client and server.
    fn pass(&self, seconds: u32) {
        self.host.pass(seconds);
        self.browser.pass(seconds);
    }

    async fn me(&self) -> Result<(u16, String), VaultError> {
        self.browser.get(&self.vault, "/api/me").await
    }

    fn refreshes(&self) -> usize {
        self.browser.requests().iter().filter(|request| *request == "POST /auth/refresh").count()
    }
}

#[tokio::test]
async fn a_person_signs_in_and_uses_the_api() {
    let tab = signed_in().await;
    assert_eq!(tab.me().await, Ok((200, "ann".into())));
    assert_eq!(tab.refreshes(), 0);
}

#[tokio::test]
async fn a_new_vault_is_signed_out() {
    let host = Host::start().await;
    let browser = Browser::new(host.router.clone(), &host.origin);
    let vault = browser.start_vault().await;
    assert_eq!(vault.restore(None).await, Ok(None));
    let fetched = browser.get(&vault, "/api/me").await;
    assert_eq!(fetched.err(), Some(VaultError::NotSignedIn));
    assert_eq!(browser.requests(), ["GET /auth/vault.js"], "without a session nothing is asked");
}

#[tokio::test]
async fn sign_in_can_be_repeated_after_a_wrong_password() {
    let host = Host::start().await;
    let browser = Browser::new(host.router.clone(), &host.origin);
    let vault = browser.start_vault().await;
    assert_eq!(vault.sign_in(&credentials("wrong")).await, Err(VaultError::BadCredentials));
    assert!(vault.sign_in(&credentials(PASSWORD)).await.is_ok());
}

#[tokio::test]
async fn a_reload_restores_the_session() {
    let tab = signed_in().await;
    let reloaded = tab.browser.start_vault().await;
    reloaded.restore(None).await.unwrap().expect("the session is there");
    let response = tab.browser.get(&reloaded, "/api/me").await.unwrap();
    assert_eq!(response, (200, "ann".into()));
}

#[tokio::test]
async fn a_token_is_renewed_on_demand_and_not_earlier() {
    let tab = signed_in().await;
    tab.pass(LIFETIME - 11);
    assert!(tab.me().await.is_ok());
    assert_eq!(tab.refreshes(), 0);
    tab.pass(1);
    assert!(tab.me().await.is_ok());
    assert_eq!(tab.refreshes(), 1);
}

#[tokio::test]
async fn a_request_is_repeated_once_if_only_the_server_found_its_token_expired() {
    let tab = signed_in().await;
    tab.host.pass(LIFETIME + 5);
    tab.browser.pass(LIFETIME - 15);
    assert_eq!(tab.me().await, Ok((200, "ann".into())));
    assert_eq!(tab.refreshes(), 1);
    assert_eq!(tab.browser.requests().iter().filter(|request| *request == "GET /api/me").count(), 2);
}

#[tokio::test]
async fn concurrent_requests_share_one_refresh() {
    let tab = signed_in().await;
    tab.pass(LIFETIME);
    let (a, b, c, d) = tokio::join!(tab.me(), tab.me(), tab.me(), tab.me());
    assert!([a, b, c, d].iter().all(|answer| *answer == Ok((200, "ann".into()))));
    assert_eq!(tab.refreshes(), 1);
}

#[tokio::test]
async fn each_tab_has_its_own_key_and_refreshes_the_shared_session() {
    let tab = signed_in().await;
    let other = tab.browser.start_vault().await;
    other.restore(None).await.unwrap().expect("the session is there");
    for _ in 0..3 {
        tab.pass(LIFETIME);
        assert!(tab.me().await.is_ok());
        assert!(tab.browser.get(&other, "/api/me").await.is_ok());
    }
}

#[tokio::test]
async fn sign_out_wipes_the_vault_and_ends_the_session_on_the_server() {
    let tab = signed_in().await;
    tab.me().await.unwrap();
    tab.vault.sign_out(false).await.unwrap();
    assert_eq!(tab.me().await, Err(VaultError::NotSignedIn));
    assert!(tab.browser.cookies().into_keys().eq(["__Host-Http-symbolon-vault"]), "which opens nothing");
    assert_eq!(tab.browser.start_vault().await.restore(None).await, Ok(None));
}

#[tokio::test]
async fn sign_out_without_a_network_still_wipes_the_token() {
    let tab = signed_in().await;
    tab.browser.set_offline(true);
    assert_eq!(tab.vault.sign_out(false).await, Err(VaultError::Offline));
    tab.browser.set_offline(false);
    assert_eq!(tab.me().await, Err(VaultError::NotSignedIn));
}

/// Covers: S-22
#[tokio::test]
async fn a_second_sign_out_does_not_assume_that_the_first_reached_the_server() {
    let tab = signed_in().await;
    tab.browser.set_offline(true);
    assert_eq!(
        tokio::join!(tab.vault.sign_out(false), tab.vault.sign_out(false)),
        (Err(VaultError::Offline), Err(VaultError::Offline))
    );
    tab.browser.set_offline(false);
    assert_eq!(tab.me().await, Err(VaultError::NotSignedIn), "the vault is over all the same");
    assert_eq!(tab.vault.check().await, Err(VaultError::NotSignedIn));
    tab.vault.wake();
    assert_eq!(tab.vault.sign_out(false).await, Ok(()));
    assert_eq!(tab.browser.start_vault().await.restore(None).await, Ok(None), "the server was told");
}

#[tokio::test]
async fn a_network_failure_is_not_a_sign_out() {
    let tab = signed_in().await;
    tab.pass(LIFETIME);
    tab.browser.set_offline(true);
    assert_eq!(tab.me().await, Err(VaultError::Offline));
    tab.browser.set_offline(false);
    tab.vault.wake();
    assert_eq!(tab.me().await, Ok((200, "ann".into())));
}

#[tokio::test]
async fn the_vault_forgets_a_session_that_the_server_ended() {
    let tab = signed_in().await;
    let session = tab.host.symbolon.clone();
    let id = session_id(&tab);
    session.revoke(&id).await.unwrap();
    assert_eq!(tab.me().await, Err(VaultError::SessionExpired(Some(Ended::Revoked))));
    assert_eq!(tab.me().await, Err(VaultError::NotSignedIn));
}

#[tokio::test]
async fn a_vault_enrols_only_once() {
    let tab = signed_in().await;
    assert_eq!(tab.vault.sign_in(&credentials(PASSWORD)).await, Err(VaultError::Spent));
    tab.vault.sign_out(false).await.unwrap();
    assert_eq!(tab.vault.sign_in(&credentials(PASSWORD)).await, Err(VaultError::Spent));
}

#[tokio::test]
async fn an_expired_vault_secret_is_not_sent() {
    let host = Host::start().await;
    let browser = Browser::new(host.router.clone(), &host.origin);
    let vault = browser.start_vault().await;
    browser.pass(600);
    assert_eq!(vault.sign_in(&credentials(PASSWORD)).await, Err(VaultError::Spent));
}

fn session_id(tab: &Tab) -> symbolon_server::shared::id::SessionId {
    let refresh = &tab.browser.cookies()["__Host-Http-symbolon-refresh"];
    symbolon_server::shared::refresh_token::RefreshToken::parse(refresh).unwrap().session()
}

#[tokio::test]
async fn after_sleep_the_vault_takes_the_time_from_the_server() {
    let tab = signed_in().await;
    // First only the server's clock advances, as during sleep; then only the browser's.
    tab.host.pass(LIFETIME + 200);
    assert_eq!(tab.me().await, Ok((200, "ann".into())));
    assert_eq!(tab.refreshes(), 2, "the first said what time it is");
    tab.browser.pass(LIFETIME + 200);
    assert_eq!(tab.me().await, Ok((200, "ann".into())));
    assert_eq!(tab.refreshes(), 4);
    tab.pass(LIFETIME);
    assert!(tab.me().await.is_ok());
    assert_eq!(tab.refreshes(), 5, "and now it knows");
    let alarms = tab.host.events.take();
    assert!(!alarms.iter().any(|event| matches!(event, Event::RefreshUnproven { .. })), "{alarms:?}");
}

/// Covers: S-07, S-08
#[tokio::test]
async fn the_end_of_a_session_carries_its_reason() {
    for (uses, ended) in [(1, Ended::Idle), (3, Ended::Expired)] {
        let minutes = Duration::from_mins;
        let limits = |config: Config| config.idle_timeout(minutes(10)).absolute_timeout(minutes(30));
        let tab = signed_in_on(Host::start_with(limits).await).await;
        for _ in 0..uses {
            assert!(tab.me().await.is_ok());
            tab.pass(9 * 60);
        }
        tab.pass(5 * 60);
        assert_eq!(tab.me().await, Err(VaultError::SessionExpired(Some(ended))));
        let reloaded = tab.browser.start_vault().await;
        assert_eq!(reloaded.restore(None).await, Ok(None), "the answer has cleared the cookies");
    }
}

#[tokio::test]
async fn a_page_of_one_person_never_continues_as_another() {
    let tab = signed_in().await;
    let other = tab.browser.start_vault().await;
    other.sign_in(&credentials_of("ben", PASSWORD)).await.unwrap();
    assert!(matches!(tab.me().await, Err(VaultError::SessionExpired(_))), "the cookie half is another");
    let again = tab.browser.start_vault().await;
    assert_eq!(again.restore(Some("ann")).await, Err(VaultError::AccountChanged));
    assert_eq!(tab.browser.get(&again, "/api/me").await.err(), Some(VaultError::NotSignedIn));
    assert!(tab.browser.start_vault().await.restore(Some("ben")).await.unwrap().is_some(), "the control");
}

#[tokio::test]
async fn the_vault_backs_off_from_a_server_that_does_not_answer() {
    let tab = signed_in().await;
    tab.pass(LIFETIME);
    tab.browser.set_offline(true);
    for _ in 0..10 {
        assert_eq!(tab.me().await, Err(VaultError::Offline));
    }
    assert_eq!(tab.refreshes(), 1);
    tab.browser.pass(2);
    assert_eq!(tab.me().await, Err(VaultError::Offline));
    assert_eq!(tab.refreshes(), 2);
    tab.browser.set_offline(false);
    tab.browser.pass(31);
    assert!(tab.me().await.is_ok(), "nobody is signed out by it");
}

/// Covers: I-18
#[tokio::test]
async fn a_late_401_for_an_old_token_keeps_the_newer_token() {
    let tab = signed_in().await;
    tab.pass(LIFETIME - 12);
    let release = tab.browser.hold_answer("GET /api/me");
    tab.host.pass(20);
    let (late, ()) = tokio::join!(tab.me(), async {
        // The request went out with an old token that the server found expired. Meanwhile the vault got a newer one.
        tab.browser.pass(5);
        assert_eq!(tab.me().await, Ok((200, "ann".into())));
        assert_eq!(tab.refreshes(), 1);
        release.send(()).unwrap();
    });
    assert_eq!(late, Ok((200, "ann".into())));
    assert_eq!(tab.refreshes(), 1, "the late one found a token that is good");
}

/// Covers: I-18
#[tokio::test]
async fn a_body_that_can_be_sent_only_once_is_not_sent_again() {
    let tab = signed_in().await;
    tab.host.pass(LIFETIME + 5);
    let streamed = Request { once: true, ..get("/api/me") };
    let answer = tab.browser.fetch(&tab.vault, &streamed).await.unwrap();
    assert_eq!(answer.0, 401, "the page sees that nothing was done");
    assert_eq!(tab.refreshes(), 0);
    assert!(tab.me().await.is_ok());
}

/// Covers: I-18
#[tokio::test]
async fn a_request_is_sent_at_most_twice() {
    let tab = signed_in().await;
    tab.host.people.set("ann", None);
    tab.host.pass(LIFETIME + 5);
    tab.browser.pass(LIFETIME - 15);
    let before = tab.browser.requests().len();
    assert_eq!(
        tab.me().await,
        Err(VaultError::SessionExpired(Some(Ended::Revoked))),
        "the account is closed"
    );
    assert_eq!(tab.browser.requests()[before..], ["GET /api/me", "POST /auth/refresh"]);
}

/// Covers: S-22
#[tokio::test]
async fn a_pending_refresh_does_not_undo_a_sign_out() {
    let tab = signed_in().await;
    tab.host.symbolon.permissions_changed("ann").await.unwrap();
    let release = tab.browser.hold_answer("POST /auth/refresh");
    let (fetched, signed_out, ()) = tokio::join!(tab.me(), tab.vault.sign_out(false), async {
        release.send(()).unwrap();
    });
    assert_eq!(fetched, Err(VaultError::NotSignedIn));
    assert_eq!(signed_out, Ok(()), "although the token it had was out of date");
    assert_eq!(tab.me().await, Err(VaultError::NotSignedIn));
}

#[tokio::test]
async fn a_check_reports_whether_the_session_is_live() {
    let tab = signed_in().await;
    assert!(tab.vault.check().await.is_ok());
    tab.browser.set_offline(true);
    assert_eq!(tab.vault.check().await, Err(VaultError::Offline), "which is no answer");
    tab.browser.set_offline(false);
    tab.vault.wake();
    assert!(tab.me().await.is_ok());
    tab.host.symbolon.revoke(&session_id(&tab)).await.unwrap();
    assert_eq!(tab.vault.check().await, Err(VaultError::SessionExpired(Some(Ended::Revoked))));
    assert_eq!(tab.vault.check().await, Err(VaultError::Spent));
}

#[tokio::test]
async fn sign_out_everywhere_fails_if_the_own_session_is_over_already() {
    let tab = signed_in().await;
    tab.host.symbolon.revoke(&session_id(&tab)).await.unwrap();
    assert_eq!(tab.vault.sign_out(true).await, Err(VaultError::SessionExpired(Some(Ended::Revoked))));
    assert_eq!(tab.vault.sign_out(true).await, Err(VaultError::NotSignedIn));
}

#[tokio::test]
async fn sign_out_everywhere_ends_the_sessions_of_other_browsers() {
    let tab = signed_in().await;
    let elsewhere = Browser::new(tab.host.router.clone(), &tab.host.origin);
    let vault = elsewhere.start_vault().await;
    vault.sign_in(&credentials(PASSWORD)).await.unwrap();
    tab.vault.sign_out(true).await.unwrap();
    let fetched = elsewhere.get(&vault, "/api/me").await;
    assert_eq!(fetched.err(), Some(VaultError::SessionExpired(Some(Ended::Revoked))));
}

/// Covers: I-03, I-19
#[tokio::test]
async fn the_vault_takes_no_token_in_clear_and_none_that_was_sealed_to_another_proof() {
    let tab = signed_in().await;
    let another = tab.browser.start_vault().await;
    another.restore(None).await.unwrap().expect("the session is there");
    assert!(tab.vault.check().await.is_ok());
    let answers = tab.browser.answers();
    let [.., signed_in, _, restored, checked] = &answers[..] else { panic!("four answers") };
    let clear = br#"{"access_token":"a.b.c","token_type":"Bearer","expires_in":300}"#;
    for wrong in [clear.as_slice(), signed_in, restored, checked, b""] {
        tab.browser.replace_answer("POST /auth/refresh", wrong.to_vec());
        assert_eq!(tab.vault.check().await, Err(VaultError::Protocol), "{}", String::from_utf8_lossy(wrong));
    }
    assert!(tab.vault.check().await.is_ok(), "the control");
    // Every token begins with this text, which is too long to occur in a sealed text by chance.
    let beginning = Base64UrlUnpadded::encode_string(br#"{"alg":"HS256""#);
    let beginning = &beginning[..beginning.len() - 1];
    for answer in tab.browser.answers() {
        let answer = String::from_utf8(answer).unwrap();
        assert!(!answer.contains("access_token") && !answer.contains(beginning), "{answer}");
    }
}
