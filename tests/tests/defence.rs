//! Requests that are refused before authentication, over HTTP.

use std::time::Duration;

use reqwest::{
    Method, RequestBuilder,
    header::{HeaderMap, HeaderName},
};
use serde_json::json;
use symbolon_server::{Event, MAX_HEADERS};
use symbolon_tests::{
    Host, PASSWORD,
    client::{Answer, Client, from_own_page, refused, send},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends these bytes and returns the answer until the server hangs up or `patience` ends.
async fn raw(host: &Host, bytes: &[u8], patience: Duration) -> String {
    let address = host.address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    let exchange = async {
        // The server may answer and hang up before it has read everything.
        let _ = writer.write_all(bytes).await;
        let _ = reader.read_to_end(&mut answer).await;
    };
    let _ = tokio::time::timeout(patience, exchange).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn sign_in(client: &Client, proof: &str, content_type: &str) -> RequestBuilder {
    let credentials = json!({ "name": "ann", "password": PASSWORD }).to_string();
    let request = client.plain(Method::POST, "/auth/sign-in").header("cookie", client.cookies());
    let request =
        if content_type.is_empty() { request } else { request.header("content-type", content_type) };
    from_own_page(request, &client.address).header("symbolon-proof", proof).body(credentials)
}

/// Covers: S-24
#[tokio::test]
async fn a_client_that_fails_too_often_gets_429_for_a_minute_and_no_other_client_does() {
    let host = Host::start_with(|config| config.max_failures(3)).await;
    let mut client = host.signed_in("ann").await;
    let mut guesser = Client::new(&host.origin);
    for _ in 0..3 {
        assert_eq!(guesser.try_sign_in("ann", "wrong").await.verdict(), (401, "bad_credentials".into()));
    }
    host.events.take();
    assert_eq!(guesser.try_sign_in("ann", "wrong").await.verdict(), (401, "bad_credentials".into()));
    let events = host.events.take();
    assert!(
        matches!(
            &events[..],
            [Event::SignInFailed { client_address: Some(one) }, Event::TooManyFailures { client_address: other }] if one == other
        ),
        "{events:?}"
    );
    let proof = client.signature("refresh");
    let answer = client.refresh_with(&proof).await;
    assert_eq!(answer.verdict(), (429, "too_many_requests".into()), "whatever it is");
    assert_eq!(answer.headers["retry-after"], "60");
    assert_eq!(host.events.take(), [], "and is not told of again and again");
    assert_eq!(client.me().await.status, 200, "who has both halves gets in all the same");
    let mut forged = client.another_tab().with_token_of(&client);
    forged.token = forged.token.map(|token| token + "A");
    assert_eq!(forged.me().await.verdict(), (429, "too_many_requests".into()));
    host.pass(60);
    client.pass(60);
    assert_eq!(client.try_refresh().await.status, 200);
}

/// Covers: S-24
#[tokio::test]
async fn failures_of_honest_clients_do_not_count() {
    let host = Host::start_with(|config| config.max_failures(2)).await;
    let mut client = host.signed_in("ann").await;
    for _ in 0..4 {
        assert_eq!(send(client.plain(Method::GET, "/api/me")).await.verdict(), refused(), "not signed in");
        host.symbolon.permissions_changed("ann").await.unwrap();
        assert_eq!(client.me().await.verdict(), (401, "token_stale".into()));
        assert_eq!(client.try_refresh().await.status, 200);
        // A page of any other site can make this browser send these.
        let elsewhere = client.plain(Method::POST, "/auth/refresh").header("cookie", client.cookies());
        let elsewhere =
            elsewhere.header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
        assert_eq!(send(elsewhere).await.verdict(), (403, "cross_origin".into()));
        // A token of a revoked key counts as honest, too.
        let stranger = Host::start().await.signed_in("ann").await;
        let revoked = client.another_tab().with_token_of(&stranger);
        assert_eq!(revoked.me().await.verdict(), refused());
    }
}

/// Covers: X-13, H-010
#[tokio::test]
async fn forwarded_headers_from_an_untrusted_peer_change_nothing() {
    let host = Host::start_with(|config| config.max_failures(2)).await;
    let mut client = host.signed_in("ann").await;
    for attempt in 0..3 {
        let proof = client.enrolment("sign-in").await;
        let spoofed = client.sign_in_request(&proof, &json!({ "name": "ann", "password": "wrong" }));
        let spoofed = spoofed.header("x-forwarded-for", format!("198.51.100.{attempt}"));
        assert_eq!(send(spoofed.header("forwarded", "for=198.51.100.7")).await.status, 401);
    }
    let proof = client.signature("refresh");
    let spoofed = client.refresh_request(&proof).header("x-forwarded-for", "198.51.100.99");
    assert_eq!(
        send(spoofed).await.verdict(),
        (429, "too_many_requests".into()),
        "it is the same client address"
    );
    let me = client.with_both_halves(Method::GET, "/api/me");
    let me = me.header("x-forwarded-host", "evil.example").header("x-forwarded-proto", "ftp");
    assert_eq!(send(me.header("x-original-url", "/api/role")).await.body, "ann");
}

///
#[tokio::test]
async fn a_trusted_proxy_supplies_the_client_address() {
    let host = Host::start_with(|config| config.max_failures(2).trusted_proxy("127.0.0.0/8").unwrap()).await;
    let mut client = host.signed_in("ann").await;
    for _ in 0..3 {
        let proof = client.enrolment("sign-in").await;
        let wrong = client.sign_in_request(&proof, &json!({ "name": "ann", "password": "wrong" }));
        assert_eq!(send(wrong.header("x-forwarded-for", "198.51.100.9")).await.status, 401);
    }
    let from = async |address: &str| {
        let proof = client.signature("refresh");
        send(client.refresh_request(&proof).header("x-forwarded-for", address)).await.status.as_u16()
    };
    assert_eq!(from("198.51.100.9").await, 429);
    assert_eq!(from("192.0.2.1, 198.51.100.9").await, 429, "only the last was written by the proxy");
    assert_eq!(from("192.0.2.1").await, 200);
}

/// Covers: H-010
#[tokio::test]
async fn a_request_for_two_hosts_is_refused() {
    let host = Host::start().await;
    let own = host.address.strip_prefix("http://").unwrap();
    let ask = async |head: &str| {
        let answer = raw(&host, format!("{head}\r\nconnection: close\r\n\r\n").as_bytes(), SECOND * 5).await;
        answer.split(' ').nth(1).map(str::to_owned)
    };
    for (head, status) in [
        (format!("GET /public HTTP/1.1\r\nhost: {own}"), "200"),
        (format!("GET http://{own}/public HTTP/1.1\r\nhost: {own}"), "200"),
        ("GET /public HTTP/1.1\r\nhost: app.example.:443".into(), "200"),
        (format!("GET /public HTTP/1.1\r\nhost: {own}\r\nhost: evil.example"), "400"),
        (format!("GET http://evil.example/public HTTP/1.1\r\nhost: {own}"), "400"),
    ] {
        assert_eq!(ask(&head).await.as_deref(), Some(status), "{head}");
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// Covers: D-001, K-017
#[tokio::test]
async fn oversized_headers_are_refused_and_the_session_survives() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let with = |cookies: usize| {
        let bomb = vec!["b=".to_owned() + &"x".repeat(4000); cookies].join("; ");
        client.with_both_halves(Method::GET, "/api/me").header("cookie", bomb)
    };
    assert_eq!(send(with(4)).await.status, 200, "the control");
    assert_eq!(send(with(MAX_HEADERS / 4000)).await.verdict(), (431, "headers_too_large".into()));
    // A sibling subdomain can plant 60 cookies of 4 KB, which is more than the server reads.
    let head = format!("GET /public HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n", "b=x;".repeat(60_000));
    let answer = raw(&host, head.as_bytes(), SECOND * 5).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer:.60}");
    assert_eq!(client.me().await.status, 200);
}

/// The server closes a connection whose head arrives byte by byte, and serves others meanwhile.
///
/// Covers: D-004
#[tokio::test]
async fn a_slow_head_and_an_endless_body_are_cut_off() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let began = tokio::time::Instant::now();
    let slow = async {
        let give_up = async |bytes: &[u8]| raw(&host, bytes, SECOND * 20).await;
        let (answer, silent, preface) = tokio::join!(
            give_up(b"GET /public HTTP/1.1\r\nhost: x\r\nx-slow: "),
            give_up(b""),
            give_up(b"PRI * HT"),
        );
        assert_eq!((silent, preface), (String::new(), String::new()));
        answer
    };
    let others = async {
        for _ in 0..20 {
            assert_eq!(client.me().await.status, 200);
        }
    };
    let (answer, ()) = tokio::join!(slow, others);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(began.elapsed() < SECOND * 15, "it was given up after {:?}", began.elapsed());

    let mut guesser = Client::new(&host.origin);
    let proof = guesser.enrolment("sign-in").await;
    let huge = sign_in(&guesser, &proof, "application/json").body(vec![b' '; 1024 * 1024]);
    assert_eq!(send(huge).await.status, 413);
}

/// Covers: X-05, H-007
#[tokio::test]
async fn a_sign_in_accepts_json_only_and_no_type_that_a_form_can_send() {
    let host = Host::start().await;
    let mut client = Client::new(&host.origin);
    for other in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json, text/plain",
        "text/plain; application/json",
        "application/jsonp",
    ] {
        let proof = client.enrolment("sign-in").await;
        let answer = send(sign_in(&client, &proof, other)).await;
        assert_eq!(answer.verdict(), (415, "unsupported_media_type".into()), "{other:?}");
    }
    for json in ["application/json", "Application/JSON; charset=utf-8"] {
        let proof = client.enrolment("sign-in").await;
        assert_eq!(send(sign_in(&client, &proof, json)).await.status, 200, "{json}");
    }
}

/// Covers: X-06, H-09, H-005
#[tokio::test]
async fn each_endpoint_accepts_its_own_method_only() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let session = format!("/auth/sessions/{}", client.claims()["sid"].as_str().unwrap());
    for (path, allowed) in [
        ("/auth/refresh", "POST"),
        ("/auth/sign-out", "POST"),
        ("/auth/sign-out-everywhere", "POST"),
        ("/auth/session", "GET"),
        ("/auth/sessions", "GET"),
        (&session, "DELETE"),
        ("/auth/vault.js", "GET"),
    ] {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ] {
            let is_meant = method == allowed || (allowed == "GET" && method == Method::HEAD);
            if is_meant {
                continue;
            }
            let answer = client.act(method.clone(), path).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.headers["allow"], allowed);
        }
    }
    for method in [Method::TRACE, Method::from_bytes(b"TRACK").unwrap()] {
        assert_eq!(client.act(method, "/public").await.verdict(), (405, "method_not_allowed".into()));
    }
    let overridden = client.act_request(Method::GET, "/auth/sign-out");
    let overridden = overridden.header("x-http-method-override", "POST").header("x-method-override", "POST");
    assert_eq!(send(overridden).await.status, 405);
    assert_eq!(client.me().await.status, 200, "and the session goes on");
}

///
#[tokio::test]
async fn the_gate_refuses_loads_as_script_image_or_frame() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let ask =
        |dest: &str| send(client.with_both_halves(Method::GET, "/api/me").header("sec-fetch-dest", dest));
    for dest in
        ["script", "style", "image", "object", "embed", "iframe", "frame", "document", "worker", "track"]
    {
        assert_eq!(ask(dest).await.verdict(), (403, "forbidden".into()), "{dest}");
    }
    let answer = ask("empty").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["cross-origin-resource-policy"], "same-origin");
}

fn cors(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(HeaderName::as_str).filter(|name| name.starts_with("access-control-")).collect()
}

/// Covers: X-04, H-008, H-12
#[tokio::test]
async fn only_allowed_origins_may_read_answers() {
    let page = "http://localhost:5173";
    let ask = async |host: &Host, path: &str, origin: &str, preflight: bool| -> Answer {
        let client = host.signed_in("ann").await;
        let method = if preflight { Method::OPTIONS } else { Method::GET };
        let request = client.with_both_halves(method, path).header("origin", origin);
        let (name, value) = if preflight {
            ("access-control-request-method", "GET")
        } else {
            ("sec-fetch-site", "same-site")
        };
        send(request.header(name, value)).await
    };
    let closed = Host::start().await;
    let open = Host::start_with(|config| config.allow_origin(page).unwrap()).await;
    for preflight in [false, true] {
        assert_eq!(cors(&ask(&closed, "/api/me", page, preflight).await.headers), [""; 0]);
        for other in ["https://evil.example", "null", "http://localhost:5174", "https://localhost:5173"] {
            let answer = ask(&open, "/api/me", other, preflight).await;
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{other}");
        }
        for path in ["/auth/session", "/auth/refresh", "/auth/vault.js"] {
            assert_eq!(cors(&ask(&open, path, page, preflight).await.headers), [""; 0], "{path}");
        }
        let answer = ask(&open, "/api/me", page, preflight).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["access-control-allow-origin"], page);
        assert_eq!(answer.headers["access-control-allow-credentials"], "true");
        assert!(answer.headers["vary"].to_str().unwrap().to_lowercase().contains("origin"));
        if !preflight {
            assert_eq!(answer.headers["access-control-expose-headers"], "www-authenticate,retry-after");
        }
    }
}

///
#[tokio::test]
async fn session_endpoints_send_vary_for_origin_and_fetch_site() {
    let host = Host::start().await;
    let mut client = Client::new(&host.origin);
    let sign_in = client.sign_in("ann", PASSWORD).await;
    let refused = client.refresh_with("nonsense").await;
    for answer in [sign_in, refused, client.get("/auth/session").await] {
        assert_eq!(answer.headers["vary"], "Origin, Sec-Fetch-Site");
    }
}
