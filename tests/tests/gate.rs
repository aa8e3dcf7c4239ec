//! The gate and the vault's endpoints over HTTP: which requests are answered at all.

use reqwest::Method;
use symbolon_server::Config;
use symbolon_tests::{
    Host, PASSWORD,
    client::{Client, as_worker_load, send},
};

/// Covers: H-04, H-011, H-013
#[tokio::test]
async fn no_answer_that_depends_on_a_session_may_be_cached() {
    let host = Host::start().await;
    let mut client = Client::new(&host.origin);
    let wrong = client.try_sign_in("ann", "wrong").await;
    let sign_in = client.sign_in("ann", PASSWORD).await;
    let refresh = client.try_refresh().await;
    let me = client.me().await;
    let absent = send(client.with_both_halves(Method::GET, "/api/absent")).await;
    let stranger = send(client.plain(Method::GET, "/api/me")).await;
    let forbidden = send(client.plain(Method::POST, "/auth/refresh")).await;
    let unknown = send(client.plain(Method::GET, "/auth/absent")).await;
    let bootstrap = send(as_worker_load(client.plain(Method::GET, "/auth/vault.js"))).await;
    let sign_out = client.sign_out().await;
    for (answer, status) in [
        (wrong, 401),
        (sign_in, 200),
        (refresh, 200),
        (me, 200),
        (absent, 404),
        (stranger, 401),
        (forbidden, 403),
        (unknown, 404),
        (bootstrap, 200),
        (sign_out, 204),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store", "{status}");
        assert!(!answer.headers.contains_key("etag"));
    }
}

/// Covers: H-021
#[tokio::test]
async fn the_bootstrap_goes_to_a_worker_load_and_to_nothing_else() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let ask = |headers: Vec<(&'static str, &'static str)>| {
        let request = client.plain(Method::GET, "/auth/vault.js").header("cookie", client.cookies());
        send(headers.into_iter().fold(request, |request, (name, value)| request.header(name, value)))
    };
    let (dest, mode, site) = ("sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site");
    let genuine = vec![(dest, "worker"), (mode, "same-origin"), (site, "same-origin")];
    let answer = ask(genuine.clone()).await;
    assert_eq!(answer.status, 200, "the control");
    assert!(answer.body.contains(r#""secret""#));
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src 'self';"),
        "{policy}"
    );
    assert_eq!(answer.headers["cross-origin-resource-policy"], "same-origin");
    assert_eq!(answer.headers["content-type"], "text/javascript; charset=utf-8");

    let mut others = vec![vec![]];
    for wrong in [
        "empty",
        "script",
        "sharedworker",
        "serviceworker",
        "document",
        "iframe",
        "audioworklet",
        "json",
        "Worker",
        "worker, worker",
    ] {
        others.push(vec![(dest, wrong), genuine[1], genuine[2]]);
    }
    for wrong in ["cors", "no-cors", "navigate"] {
        others.push(vec![genuine[0], (mode, wrong), genuine[2]]);
    }
    for wrong in ["same-site", "cross-site", "none"] {
        others.push(vec![genuine[0], genuine[1], (site, wrong)]);
    }
    for missing in 0..3 {
        others.push(
            genuine
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != missing)
                .map(|(_, header)| *header)
                .collect(),
        );
        others.push(genuine.iter().copied().chain([genuine[missing]]).collect());
    }
    for headers in others {
        let answer = ask(headers.clone()).await;
        assert_eq!(answer.verdict(), (403, "forbidden".into()), "{headers:?}");
        assert!(!answer.body.contains("secret"));
    }
}

/// Covers: I-04
#[tokio::test]
async fn page_script_gets_the_bootstrap_data_only_if_the_setting_says_so() {
    let site = "sec-fetch-site";
    let ask = async |host: &Host, sites: &[&str]| {
        let client = host.signed_in("ann").await;
        let request = client.plain(Method::GET, "/auth/vault.json").header("cookie", client.cookies());
        send(sites.iter().fold(request, |request, value| request.header(site, *value))).await
    };
    let (strict, told) = (Host::start().await, Host::start_with(Config::let_page_script_read_tokens).await);
    let answer = ask(&told, &["same-origin"]).await;
    assert_eq!(answer.status, 200, "the control");
    assert!(answer.body.contains(r#""secret""#));
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    for (host, sites) in [
        (&strict, ["same-origin"].as_slice()),
        (&told, &["cross-site"]),
        (&told, &["same-site"]),
        (&told, &["none"]),
        (&told, &["same-origin", "same-origin"]),
        (&told, &[]),
    ] {
        let answer = ask(host, sites).await;
        assert_eq!(answer.verdict(), (403, "forbidden".into()), "{sites:?}");
        assert!(!answer.body.contains("secret"));
    }
}

/// Covers: S-21, X-02, X-03, X-07, S-027, S-028
#[tokio::test]
async fn endpoints_that_use_a_cookie_answer_pages_of_the_own_origin_only() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    for (path, proof) in
        [("/auth/refresh", "refresh"), ("/auth/sign-in", "sign-in"), ("/auth/sign-out", "refresh")]
    {
        for (site, origin) in [
            (Some("cross-site"), None),
            (Some("same-site"), Some(host.origin.as_str())),
            (Some("same-origin"), Some("https://evil.example")),
            (None, Some("null")),
            (None, None),
        ] {
            let proof = client.enrolment(proof).await;
            let mut request = client.with_both_halves(Method::POST, path).header("symbolon-proof", proof);
            request = request.header("content-type", "application/json").body(r#"{"name":"ann"}"#);
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            assert_eq!(
                send(request).await.verdict(),
                (403, "cross_origin".into()),
                "{path} {site:?} {origin:?}"
            );
        }
        let get = send(client.with_both_halves(Method::GET, path)).await;
        assert_eq!(get.status, 405, "a GET changes nothing: {path}");
    }
    assert_eq!(client.me().await.body, "ann", "the session is none the worse");
}

/// Covers: I-12, H-020
#[tokio::test]
async fn service_worker_scripts_are_refused_everywhere() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    for path in ["/public", "/api/me", "/auth/vault.js", "/absent"] {
        for (name, value) in [("service-worker", "script"), ("sec-fetch-dest", "serviceworker")] {
            let request = client.with_both_halves(Method::GET, path).header(name, value);
            assert_eq!(send(request).await.verdict(), (403, "forbidden".into()), "{path}");
        }
    }
    assert_eq!(send(client.plain(Method::GET, "/public")).await.body, "anybody", "the control");
}

/// Covers: H-05, H-06, H-07, H-025, X-14
#[tokio::test]
async fn every_answer_carries_the_content_security_policy() {
    let host = Host::start().await;
    let client = Client::new(&host.origin);
    let vault = format!("worker-src {}/auth/vault.js;", host.origin);
    for path in ["/public", "/absent", "/api/absent", "/api/me", "/auth/refresh"] {
        let answer = send(client.plain(Method::GET, path)).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        for directive in [
            "default-src 'none';",
            "connect-src 'none';",
            &vault,
            "frame-ancestors 'none';",
            "require-trusted-types-for 'script';",
        ] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["referrer-policy"], "same-origin", "nothing to others");
        assert_eq!(answer.headers["cross-origin-opener-policy"], "same-origin");
        assert_eq!(answer.headers["cross-origin-resource-policy"], "same-origin");
        assert!(answer.headers.contains_key("permissions-policy"));
        assert!(!answer.headers.contains_key("strict-transport-security"), "this one is on plain http");
    }
}

/// Covers: S-01, H-016
#[tokio::test]
async fn the_gate_refuses_unknown_paths_too() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    assert_eq!(send(client.plain(Method::GET, "/api/absent")).await.status, 401);
    assert_eq!(send(client.with_both_halves(Method::GET, "/api/absent")).await.status, 404);
    assert_eq!(send(client.plain(Method::DELETE, "/api/me")).await.status, 401);
    assert_eq!(send(client.with_both_halves(Method::DELETE, "/api/me")).await.status, 405);
}

/// Tries every combination of `Origin` and `Sec-Fetch-Site`. Only those of pages of the own origin pass.
///
/// Covers: H-001, H-002, H-003, H-004
#[tokio::test]
async fn only_same_origin_values_of_origin_and_fetch_site_are_accepted() {
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    let own = host.origin.clone();
    let sibling = own.replace("127.0.0.1", "127.0.0.2");
    let sites =
        [None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none"), Some("nonsense")];
    let origins = [None, Some(&*own), Some(&*sibling), Some("https://evil.example"), Some("null"), Some("")];
    for site in sites {
        for origin in origins {
            let request = client.plain(Method::POST, "/auth/refresh").header("cookie", client.cookies());
            let mut request = request.header("symbolon-proof", client.signature("refresh"));
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            let answer = send(request).await;
            let is_ours =
                matches!((site, origin), (Some("same-origin"), None) | (None | Some("same-origin"), Some(_)))
                    && origin.is_none_or(|origin| origin == own);
            if is_ours {
                assert_eq!(answer.status, 200, "{site:?} {origin:?}");
                client.take(&answer);
            } else {
                assert_eq!(answer.verdict(), (403, "cross_origin".into()), "{site:?} {origin:?}");
            }
        }
    }
}

/// A page of another origin can open a WebSocket with the cookies, but cannot add a header.
///
/// Covers: H-018
#[tokio::test]
async fn a_cookie_alone_opens_no_websocket() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let upgrade = client.plain(Method::GET, "/api/stream").header("cookie", client.cookies());
    let upgrade = upgrade.header("origin", "https://evil.example").header("sec-fetch-dest", "websocket");
    let upgrade = upgrade.header("connection", "upgrade").header("upgrade", "websocket");
    let upgrade = upgrade.header("sec-websocket-protocol", client.token.clone().unwrap());
    assert_eq!(send(upgrade).await.verdict(), (401, "sign_in_required".into()));
}

/// Covers: H-02
#[tokio::test]
async fn https_answers_carry_strict_transport_security() {
    use tower::ServiceExt;
    let config = symbolon_server::Config::new("https://app.example").unwrap();
    let keys = symbolon_server::SigningKeys::generate().unwrap();
    let store = symbolon_server::store::Memory::default();
    let symbolon = symbolon_server::Symbolon::new(config, keys, store).await.unwrap();
    let router = symbolon_tests::host::router(&symbolon);
    for path in ["/public", "/absent", "/api/me"] {
        let request = http::Request::builder().uri(path).body(axum::body::Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000; includeSubDomains");
        assert!(!answer.status().is_redirection(), "and nothing redirects");
    }
}
