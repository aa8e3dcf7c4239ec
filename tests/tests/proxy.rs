//! Behind nginx: TLS, HTTP/2, and forwarded client addresses.

use std::net::Ipv4Addr;

use reqwest::{
    Method, StatusCode, Version,
    header::{HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE, STRICT_TRANSPORT_SECURITY},
};
use serde_json::json;
use symbolon_server::Event;
use symbolon_tests::{
    PASSWORD,
    client::{Answer, Client, FINGERPRINT, REFRESH, as_worker_load, send},
    proxy::Site,
    tls::trusting,
};

const ANN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const BEN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// Forwarding headers that an attacker may send: another client address, plain http, another host.
fn lies() -> HeaderMap {
    let lies = [
        ("x-forwarded-for", "127.0.0.3"),
        ("forwarded", "for=127.0.0.3;proto=http;host=evil.example"),
        ("x-real-ip", "127.0.0.3"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "80"),
        ("x-original-url", "/api/role"),
    ];
    lies.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .into_iter()
        .collect()
}

/// Records one whole session without its random values: statuses, cookie names and attributes, and headers.
async fn life(mut client: Client) -> Vec<String> {
    let wrong = client.try_sign_in("ann", "wrong").await;
    let sign_in = client.sign_in("ann", PASSWORD).await;
    let me = client.me().await;
    assert_eq!(me.body, "ann");
    let refresh = client.try_refresh().await;
    let sign_out = client.sign_out().await;
    let dead = client.me().await;
    [wrong, sign_in, me, refresh, sign_out, dead].iter().map(shape).collect()
}

fn shape(answer: &Answer) -> String {
    let headers =
        answer.headers.iter().filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()));
    let mut lines: Vec<_> = headers
        .map(|(name, value)| {
            let value = value.to_str().unwrap();
            match value.split_once('=').filter(|_| name == SET_COOKIE) {
                Some((cookie, rest)) => format!("{name}: {cookie}; {}", rest.split_once(';').unwrap().1),
                None => format!("{name}: {value}"),
            }
        })
        .collect();
    lines.sort();
    format!("{}\n{}", answer.status, lines.join("\n"))
}

/// Covers: X-13, H-010, K-024, H-02
#[tokio::test]
async fn a_session_behind_nginx_is_the_same_whatever_forwarded_headers_claim() {
    let Some(site) = Site::start(|config| config).await else { return };
    let honest = life(site.client(ANN)).await;
    let statuses: Vec<_> = honest.iter().map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["401", "200", "200", "200", "204", "401"]);
    for answer in &honest {
        assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    }
    let attributes = "Path=/; Secure; HttpOnly; SameSite=Strict";
    for answer in [&honest[1], &honest[3]] {
        for cookie in [FINGERPRINT, REFRESH] {
            assert!(answer.contains(&format!("set-cookie: {cookie};  {attributes}\n")), "{answer}");
        }
    }
    assert_eq!(life(site.client_with(ANN, lies())).await, honest);
}

async fn fail_to_sign_in(client: &mut Client) {
    let proof = client.enrolment("sign-in").await;
    let wrong = client.sign_in_request(&proof, &json!({ "name": "ann", "password": "wrong" }));
    assert_eq!(send(wrong).await.verdict(), (401, "bad_credentials".into()));
}

/// Covers: X-13, H-010, K-024
#[tokio::test]
async fn failures_count_for_the_client_address_that_nginx_saw() {
    let Some(site) = Site::start(|config| config.max_failures(2)).await else { return };
    let (mut ann, mut ben) = (site.client(ANN), site.client(BEN));
    ann.sign_in("ann", PASSWORD).await;
    ben.sign_in("ben", PASSWORD).await;
    site.host.events.take();
    let mut guesser = site.client_with(ANN, lies());
    for _ in 0..3 {
        fail_to_sign_in(&mut guesser).await;
    }
    let failed = Event::SignInFailed { client_address: Some(ANN.into()) };
    let too_many = Event::TooManyFailures { client_address: ANN.into() };
    let events = site.host.events.take();
    assert_eq!(events, [failed.clone(), failed.clone(), failed, too_many], "{events:?}");

    let too_many_requests = (429, "too_many_requests".into());
    let proof = ann.signature("refresh");
    assert_eq!(ann.refresh_with(&proof).await.verdict(), too_many_requests);
    for another in ["127.0.0.3", "198.51.100.7", "127.0.0.1"] {
        let request = ann.refresh_request(&proof).header("x-forwarded-for", another);
        assert_eq!(send(request).await.verdict(), too_many_requests, "{another}");
    }
    assert_eq!(ann.me().await.body, "ann", "who has both halves gets in all the same");
    assert_eq!(ben.try_refresh().await.status, 200, "Ben has nothing to do with it");
}

/// Covers: X-13, H-010, K-024
#[tokio::test]
async fn forwarded_headers_of_a_client_that_bypasses_nginx_are_ignored() {
    let Some(site) = Site::start(|config| config.max_failures(2)).await else { return };
    let mut ben = site.client(BEN);
    ben.sign_in("ben", PASSWORD).await;
    site.host.events.take();
    let mut guesser = site.client_with(ANN, lies());
    guesser.address.clone_from(&site.host.address);
    for _ in 0..3 {
        fail_to_sign_in(&mut guesser).await;
    }
    assert!(site.host.events.take().contains(&Event::TooManyFailures { client_address: ANN.into() }));
    let proof = guesser.signature("refresh");
    assert_eq!(guesser.refresh_with(&proof).await.status, 429);
    assert_eq!(ben.try_refresh().await.status, 200, "Ben has nothing to do with it");
}

/// Browsers send each cookie in a field of its own over HTTP/2 (RFC 9113 section 8.2.3).
///
/// Covers: K-010
#[tokio::test]
async fn http_2_cookies_in_several_fields_count_as_one_header() {
    let Some(site) = Site::start(|config| config).await else { return };
    let mut ann = site.client(ANN);
    ann.sign_in("ann", PASSWORD).await;
    let mut ben = site.client(BEN);
    ben.sign_in("ben", PASSWORD).await;
    let (ours, others) = (ann.fingerprint.clone().unwrap(), ben.fingerprint.clone().unwrap());
    let (ours, others) = (format!("{FINGERPRINT}={ours}"), format!("{FINGERPRINT}={others}"));
    let refresh = format!("{REFRESH}={}", ann.refresh.clone().unwrap());

    let mut direct = Client::over(trusting([]).http2_prior_knowledge(), &site.origin);
    direct.address.clone_from(&site.host.address);
    let direct = direct.with_token_of(&ann);
    for (way, client) in [("nginx", &ann), ("by prior knowledge", &direct)] {
        for (fields, status) in [
            (&["theme=dark", &ours, &refresh, "a=1"][..], 200),
            (&[&ours, "a=1; b=2"], 200),
            (&["theme=dark", &others, &refresh], 401),
            (&[&ours, &others], 401),
            (&[&ours, "a=1", &ours], 401),
            (&["theme=dark", &refresh], 401),
        ] {
            let request = client.plain(Method::GET, "/api/me").bearer_auth(client.token.as_ref().unwrap());
            let request = fields.iter().fold(request, |request, field| request.header("cookie", *field));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.version(), Version::HTTP_2, "{way}");
            assert_eq!(answer.status(), status, "{way} {fields:?}");
        }
    }
}

/// A redirect from plain http would come too late: the request has been sent in clear by then.
///
/// Covers: H-03
#[tokio::test]
async fn plain_http_gets_no_redirect_and_no_secret() {
    let Some(site) = Site::start(|config| config).await else { return };
    let mut ann = site.client(ANN);
    ann.sign_in("ann", PASSWORD).await;
    let control = send(as_worker_load(ann.plain(Method::GET, "/auth/vault.js"))).await;
    assert_eq!(control.status, 200, "the control");
    assert!(
        control.headers.contains_key(SET_COOKIE) && control.headers.contains_key(STRICT_TRANSPORT_SECURITY)
    );

    let at_the_tls_port = site.origin.replace("https:", "http:");
    for address in [&site.refusal, &at_the_tls_port, &site.mistake] {
        // On plain http a browser sends no Fetch Metadata and no Secure cookies.
        let mut page = site.client(ANN);
        page.address.clone_from(address);
        for (method, path) in [
            (Method::GET, "/"),
            (Method::GET, "/public"),
            (Method::GET, "/api/me"),
            (Method::GET, "/auth/vault.js"),
            (Method::GET, "/auth/session"),
            (Method::POST, "/auth/sign-in"),
            (Method::POST, "/auth/refresh"),
            (Method::POST, "/auth/sign-out"),
        ] {
            let request = page.plain(method, path).header("origin", address.as_str());
            let answer = send(request.header("upgrade-insecure-requests", "1")).await;
            assert!(!answer.status.is_redirection(), "{address}{path}: {}", answer.status);
            assert!(!answer.headers.contains_key(LOCATION), "{address}{path}");
            assert!(!answer.headers.contains_key(SET_COOKIE), "{address}{path}");
            assert!(
                answer.status.is_client_error() || path == "/public",
                "{address}{path}: {}",
                answer.status
            );
        }
        // A sign-in that is valid except for plain http is refused, too.
        let proof = ann.enrolment("sign-in").await;
        let credentials = json!({ "name": "ann", "password": PASSWORD }).to_string();
        let request = page.plain(Method::POST, "/auth/sign-in").header("cookie", ann.cookies());
        let request = request.header("content-type", "application/json").body(credentials);
        let answer = send(request.header("origin", address.as_str()).header("symbolon-proof", proof)).await;
        let expected =
            if *address == at_the_tls_port { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, expected, "{address}");
        assert!(!answer.headers.contains_key(SET_COOKIE), "{address}");
    }
    assert_eq!(ann.me().await.status, 200, "the session is none the worse");
}
