//! The real vault against the real server, with neither a browser nor a network between them.

use symbolon_client::error::VaultError;
use symbolon_tests::{
    Host, PASSWORD,
    browser::{Browser, TestVault},
};

const LIFETIME: u32 = 300;

struct Tab {
    host: Host,
    browser: Browser,
    vault: TestVault,
}

fn credentials(password: &str) -> Vec<u8> {
    serde_json::json!({ "name": "ann", "password": password }).to_string().into_bytes()
}

async fn signed_in() -> Tab {
    let host = Host::start().await;
    let browser = Browser::new(host.router.clone(), &host.origin);
    let vault = browser.start_vault().await;
    vault.sign_in(&credentials(PASSWORD)).await.unwrap();
    Tab { host, browser, vault }
}

impl Tab {
    /// Lets time pass for both.
    fn pass(&self, seconds: u32) {
        self.host.pass(seconds);
        self.browser.pass(seconds);
    }

    async fn me(&self) -> Result<(u16, String), VaultError> {
        self.vault.fetch(&self.browser.get("/api/me")).await.map(|response| (response.status, response.rest))
    }

    fn refreshes(&self) -> usize {
        self.browser.requests().iter().filter(|request| *request == "POST /auth/refresh").count()
    }
}

#[tokio::test]
async fn somebody_signs_in_and_uses_the_api() {
    let tab = signed_in().await;
    assert_eq!(tab.me().await, Ok((200, "ann".into())));
    assert_eq!(tab.refreshes(), 0);
}

#[tokio::test]
async fn nobody_is_signed_in_at_first() {
    let host = Host::start().await;
    let browser = Browser::new(host.router.clone(), &host.origin);
    let vault = browser.start_vault().await;
    assert_eq!(vault.restore().await, Ok(None));
    let fetched = vault.fetch(&browser.get("/api/me")).await;
    assert_eq!(fetched.err(), Some(VaultError::NotSignedIn));
    assert_eq!(browser.requests(), ["GET /auth/vault.js"], "without a session nothing is asked");
}

#[tokio::test]
async fn a_wrong_password_can_be_mended() {
    let host = Host::start().await;
    let browser = Browser::new(host.router.clone(), &host.origin);
    let vault = browser.start_vault().await;
    assert_eq!(vault.sign_in(&credentials("wrong")).await, Err(VaultError::BadCredentials));
    assert!(vault.sign_in(&credentials(PASSWORD)).await.is_ok());
}

#[tokio::test]
async fn a_reload_takes_the_session_up_again() {
    let tab = signed_in().await;
    let reloaded = tab.browser.start_vault().await;
    let session = reloaded.restore().await.unwrap().expect("the session is there");
    assert_eq!(session.expires_in, u64::from(LIFETIME));
    let response = reloaded.fetch(&tab.browser.get("/api/me")).await.unwrap();
    assert_eq!((response.status, response.rest), (200, "ann".into()));
}

#[tokio::test]
async fn a_token_is_renewed_when_it_is_needed_and_not_before() {
    let tab = signed_in().await;
    tab.pass(LIFETIME - 11);
    assert!(tab.me().await.is_ok());
    assert_eq!(tab.refreshes(), 0);
    tab.pass(1);
    assert!(tab.me().await.is_ok());
    assert_eq!(tab.refreshes(), 1);
}

#[tokio::test]
async fn a_token_that_only_the_server_finds_expired_is_renewed_and_the_request_sent_once_more() {
    let tab = signed_in().await;
    tab.host.pass(LIFETIME + 5);
    tab.browser.pass(LIFETIME - 15);
    assert_eq!(tab.me().await, Ok((200, "ann".into())));
    assert_eq!(tab.refreshes(), 1);
    assert_eq!(tab.browser.requests().iter().filter(|request| *request == "GET /api/me").count(), 2);
}

#[tokio::test]
async fn many_requests_at_once_make_one_refresh() {
    let tab = signed_in().await;
    tab.pass(LIFETIME);
    let (a, b, c, d) = tokio::join!(tab.me(), tab.me(), tab.me(), tab.me());
    assert!([a, b, c, d].iter().all(|answer| *answer == Ok((200, "ann".into()))));
    assert_eq!(tab.refreshes(), 1);
}

#[tokio::test]
async fn tabs_have_keys_of_their_own_and_refresh_one_session() {
    let tab = signed_in().await;
    let other = tab.browser.start_vault().await;
    other.restore().await.unwrap().expect("the session is there");
    for _ in 0..3 {
        tab.pass(LIFETIME);
        assert!(tab.me().await.is_ok());
        assert!(other.fetch(&tab.browser.get("/api/me")).await.is_ok());
    }
}

#[tokio::test]
async fn sign_out_wipes_the_vault_and_ends_the_session_on_the_server() {
    let tab = signed_in().await;
    tab.me().await.unwrap();
    tab.vault.sign_out().await.unwrap();
    assert_eq!(tab.me().await, Err(VaultError::NotSignedIn));
    assert!(tab.browser.cookies().into_keys().eq(["__Host-Http-symbolon-vault"]), "which opens nothing");
    assert_eq!(tab.browser.start_vault().await.restore().await, Ok(None));
}

#[tokio::test]
async fn sign_out_without_a_network_forgets_the_token_all_the_same() {
    let tab = signed_in().await;
    tab.browser.set_offline(true);
    assert_eq!(tab.vault.sign_out().await, Err(VaultError::Network));
    tab.browser.set_offline(false);
    assert_eq!(tab.me().await, Err(VaultError::NotSignedIn));
}

#[tokio::test]
async fn a_network_failure_is_not_a_sign_out() {
    let tab = signed_in().await;
    tab.pass(LIFETIME);
    tab.browser.set_offline(true);
    assert_eq!(tab.me().await, Err(VaultError::Network));
    tab.browser.set_offline(false);
    assert_eq!(tab.me().await, Ok((200, "ann".into())));
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_forgotten() {
    let tab = signed_in().await;
    let session = tab.host.symbolon.clone();
    let id = session_id(&tab);
    session.revoke(&id).await.unwrap();
    assert_eq!(tab.me().await, Err(VaultError::SessionExpired));
    assert_eq!(tab.me().await, Err(VaultError::NotSignedIn));
}

#[tokio::test]
async fn a_vault_enrols_once() {
    let tab = signed_in().await;
    assert_eq!(tab.vault.sign_in(&credentials(PASSWORD)).await, Err(VaultError::Spent));
    tab.vault.sign_out().await.unwrap();
    assert_eq!(tab.vault.sign_in(&credentials(PASSWORD)).await, Err(VaultError::Spent));
}

#[tokio::test]
async fn a_secret_that_waited_too_long_is_not_even_tried() {
    let host = Host::start().await;
    let browser = Browser::new(host.router.clone(), &host.origin);
    let vault = browser.start_vault().await;
    browser.pass(600);
    assert_eq!(vault.sign_in(&credentials(PASSWORD)).await, Err(VaultError::Spent));
}

fn session_id(tab: &Tab) -> symbolon_server::shared::id::SessionId {
    let refresh = &tab.browser.cookies()["__Host-Http-symbolon-refresh"];
    symbolon_server::shared::refresh::RefreshHandle::parse(refresh).unwrap().session()
}
