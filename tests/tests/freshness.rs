//! Changed permissions count at the next request, on every node, and for open streams.

use std::time::Duration;

use reqwest::Method;
use symbolon_server::Event;
use symbolon_tests::{
    Access, Host,
    client::{Client, refused},
    host::within_a_moment,
};
use tokio::time::timeout;

fn stale() -> (u16, String) {
    (401, "token_stale".into())
}

#[allow(clippy::unnecessary_wraps)] // as the application keeps it
fn access(role: &str) -> Option<Access> {
    Some(Access { role: role.into() })
}

/// Covers, S-017
#[tokio::test]
async fn a_changed_permission_counts_at_the_next_request() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    let ben = host.signed_in("ben").await;
    assert_eq!(client.act(Method::POST, "/api/write").await.verdict(), (403, "forbidden".into()));

    for (role, status) in [("editor", 200), ("reader", 403)] {
        host.people.set("ann", access(role));
        host.symbolon.permissions_changed("ann").await.unwrap();
        assert_eq!(client.act(Method::POST, "/api/write").await.verdict(), stale(), "the old token at once");
        assert_eq!(client.try_refresh().await.status, 200);
        assert_eq!(client.get("/api/role").await.body, role);
        assert_eq!(client.act(Method::POST, "/api/write").await.status, status);
    }
    assert_eq!(ben.me().await.status, 200, "nobody else is bothered");
    assert!(host.events.take().iter().any(|event| matches!(event, Event::PermissionsChanged { .. })));
}

///
#[tokio::test]
async fn claims_come_from_the_server_whatever_the_client_sends() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let request = client.with_both_halves(Method::POST, "/api/write?role=editor").header("x-role", "editor");
    assert_eq!(symbolon_tests::client::send(request).await.verdict(), (403, "forbidden".into()));
}

/// Covers: A-01, S-03
#[tokio::test]
async fn other_nodes_learn_of_a_change_within_a_moment() {
    let host = Host::start().await;
    let node = host.another_node().await;
    let mut client = host.signed_in("ann").await;
    client.address.clone_from(&node.address);
    assert_eq!(client.me().await.status, 200);
    host.symbolon.permissions_changed("ann").await.unwrap();
    within_a_moment(async || client.me().await.verdict() == stale()).await;
    assert_eq!(client.try_refresh().await.status, 200, "a token of a node that knows is good on all");
    assert_eq!(client.me().await.status, 200);
    host.symbolon.revoke_everyone().await.unwrap();
    within_a_moment(async || client.me().await.verdict().0 == 401).await;
    assert_eq!(client.try_refresh().await.verdict(), refused());
}

#[tokio::test]
async fn a_vault_renews_a_stale_token_without_the_page_noticing() {
    use symbolon_tests::browser::Browser;
    let host = Host::start().await;
    let browser = Browser::new(host.router.clone(), &host.origin);
    let vault = browser.start_vault().await;
    let credentials = serde_json::json!({ "name": "ann", "password": symbolon_tests::PASSWORD }).to_string();
    vault.sign_in(&credentials).await.unwrap();
    host.people.set("ann", access("editor"));
    host.symbolon.permissions_changed("ann").await.unwrap();
    let answer = browser.get(&vault, "/api/role").await.unwrap();
    assert_eq!(answer, (200, "editor".into()));
}

/// Reads a stream until the server ends it.
async fn rest_of(mut stream: reqwest::Response) -> String {
    let mut text = String::new();
    while let Some(chunk) = timeout(Duration::from_secs(5), stream.chunk()).await.expect("it ends").unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    text
}

async fn open(client: &Client) -> reqwest::Response {
    let mut stream = client.with_both_halves(Method::GET, "/api/stream").send().await.unwrap();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "open\n");
    stream
}

/// Covers: S-018, X-12
#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let host = Host::start().await;
    let (ann, ben) = (host.signed_in("ann").await, host.signed_in("ben").await);
    let (anns, bens) = (open(&ann).await, open(&ben).await);
    ann.sign_out().await;
    assert_eq!(rest_of(anns).await, "request refused: the session was ended\n");
    host.symbolon.permissions_changed("ben").await.unwrap();
    assert_eq!(rest_of(bens).await, "request refused: the token is out of date\n");
}

/// Covers: S-018
#[tokio::test]
async fn a_stream_ends_when_another_node_ends_the_session() {
    let host = Host::start().await;
    let node = host.another_node().await;
    let mut client = host.signed_in("ann").await;
    client.address.clone_from(&node.address);
    let stream = open(&client).await;
    host.symbolon.revoke_all("ann").await.unwrap();
    assert!(rest_of(stream).await.starts_with("request refused: the "));
}

/// Covers: S-26
#[tokio::test]
async fn a_revocation_survives_a_restart() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    host.symbolon.revoke_all("ann").await.unwrap();
    let restarted = host.another_node().await;
    let mut after = client.another_tab().with_token_of(&client);
    after.address.clone_from(&restarted.address);
    assert_eq!(after.me().await.verdict().0, 401, "its very first request");
}
