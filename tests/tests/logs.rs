//! Searches the logs of every crate at trace level for secrets.

use reqwest::Method;
use symbolon_tests::{
    Host, PASSWORD,
    client::{Client, send},
    log::Log,
};

/// Covers: L-03, H-11
#[tokio::test]
async fn no_secret_is_logged_at_trace_level() {
    let log = Log::of_this_process("trace");
    let host = Host::start().await;
    let mut secrets = vec![PASSWORD.to_owned(), "wrong-password".to_owned()];
    let mut client = Client::new(&host.origin);
    let boot = client.bootstrap().await;
    secrets.push(boot["secret"].as_str().unwrap().to_owned());
    client.try_sign_in("ann", "wrong-password").await;
    client.sign_in("ann", PASSWORD).await;
    keep(&mut secrets, &client);
    client.me().await;
    let mut thief = client.another_tab();
    client.try_refresh().await;
    keep(&mut secrets, &client);
    send(client.with_both_halves(Method::GET, "/api/echo")).await;
    send(client.plain(Method::GET, "/api/me").bearer_auth(client.token.clone().unwrap())).await;
    host.pass(300);
    client.me().await;
    thief.try_refresh().await;
    client.sign_out().await;
    client.try_refresh().await;

    let log = log.text();
    for control in ["TRACE", "a spent refresh token was reused", "Sensitive", "sec-fetch-site"] {
        assert!(log.contains(control), "the control: requests are logged with their headers");
    }
    for secret in secrets {
        // A part of a secret counts as a secret.
        let part = &secret[secret.len().saturating_sub(20)..];
        assert!(!log.contains(part), "a secret of {} characters is in the log", secret.len());
    }
}

fn keep(secrets: &mut Vec<String>, client: &Client) {
    let secret = [&client.token, &client.fingerprint, &client.refresh, &client.vault];
    secrets.extend(secret.into_iter().flatten().cloned());
    secrets.push(client.claims()["sid"].as_str().unwrap().to_owned());
}
