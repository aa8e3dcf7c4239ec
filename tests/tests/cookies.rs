//! Cookies over HTTP: how they are set, read and cleared.

use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue, SET_COOKIE},
};
use symbolon_tests::{
    Host, PASSWORD,
    client::{Answer, Client, FINGERPRINT, REFRESH, send},
};

const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// Collects every `Set-Cookie` of a session: a failed sign-in, a sign-in, a refresh, a sign-out.
async fn a_whole_life(host: &Host) -> Vec<Answer> {
    let mut client = Client::new(&host.origin);
    let wrong = client.try_sign_in("ann", "wrong").await;
    let sign_in = client.sign_in("ann", PASSWORD).await;
    let refresh = client.try_refresh().await;
    let me = client.me().await;
    let sign_out = client.sign_out().await;
    let dead = client.try_refresh().await;
    vec![wrong, sign_in, refresh, me, sign_out, dead]
}

fn set_cookies(headers: &HeaderMap) -> Vec<(String, String, String)> {
    let parse = |value: &HeaderValue| {
        let (pair, attributes) = value.to_str().unwrap().split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned(), attributes.to_owned())
    };
    headers.get_all(SET_COOKIE).iter().map(parse).collect()
}

/// Covers: C-01, C-02, C-03, C-05, C-11, K-013, K-026
#[tokio::test]
async fn every_cookie_is_hardened_and_cleared_as_it_was_set() {
    let host = Host::start().await;
    let life = a_whole_life(&host).await;
    let counts: Vec<_> = life.iter().map(|answer| set_cookies(&answer.headers).len()).collect();
    assert_eq!(counts, [0, 2, 2, 0, 2, 2], "sign-in, refresh, sign-out and the refusal of a dead session");
    for (name, value, attributes) in life.iter().flat_map(|answer| set_cookies(&answer.headers)) {
        assert!([FINGERPRINT, REFRESH].contains(&name.as_str()), "{name}");
        assert!(name.starts_with("__Host-Http-"));
        let expected =
            if value.is_empty() { format!("{ATTRIBUTES}; Max-Age=0") } else { ATTRIBUTES.to_owned() };
        assert_eq!(
            attributes, expected,
            "Secure, HttpOnly, for this host only, and Path=/, as __Host- demands"
        );
    }
}

/// Covers: C-04, S-13
#[tokio::test]
async fn the_cookies_leave_in_set_cookie_only() {
    let host = Host::start().await;
    for mut answer in a_whole_life(&host).await {
        let secrets: Vec<_> = set_cookies(&answer.headers).into_iter().map(|(_, value, _)| value).collect();
        answer.headers.remove(SET_COOKIE);
        let rest = format!("{:?} {}", answer.headers, answer.body);
        assert!(secrets.iter().filter(|secret| !secret.is_empty()).all(|secret| !rest.contains(secret)));
    }
}

/// Covers: C-04, H-019
#[tokio::test]
async fn a_handler_that_echoes_headers_echoes_neither_half() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    let request = client.with_both_halves(Method::GET, "/api/echo");
    let echo = send(request.header("cookie", "theme=dark").header("x-request-id", "seven")).await;
    assert!(echo.body.contains("seven") && echo.body.contains("theme=dark"), "the control: {}", echo.body);
    for secret in [client.token, client.fingerprint, client.refresh].into_iter().flatten() {
        assert!(!echo.body.contains(&secret));
    }
    assert!(!echo.body.contains("authorization"));
}

/// Covers: C-04
#[tokio::test]
async fn trace_requests_are_refused() {
    let host = Host::start().await;
    let client = host.signed_in("ann").await;
    for path in ["/auth/refresh", "/api/me", "/public"] {
        let answer = send(client.with_both_halves(Method::TRACE, path)).await;
        assert_eq!(answer.status, 405, "{path}");
        assert!(!answer.body.contains(&client.fingerprint.clone().unwrap()));
    }
}

/// Returns the verdict on a request with these `Cookie` fields. `{N}` stands for our cookie's name, `{G}` for the genuine
/// value, `{E}` for another person's.
async fn verdict(client: &Client, evil: &str, fields: &[&str]) -> (u16, String) {
    let good = client.fingerprint.clone().unwrap();
    let mut request = client.plain(Method::GET, "/api/me").bearer_auth(client.token.clone().unwrap());
    for field in fields {
        let field = field.replace("{N}", FINGERPRINT).replace("{G}", &good).replace("{E}", evil);
        request = request.header("cookie", HeaderValue::from_bytes(field.as_bytes()).unwrap());
    }
    let answer = send(request).await;
    if answer.status == 200 { (200, answer.body) } else { answer.verdict() }
}

/// Covers: C-08, K-007
#[tokio::test]
async fn a_duplicate_cookie_is_refused_and_a_split_cookie_header_is_accepted() {
    let host = Host::start().await;
    let (ann, ben) = (host.signed_in("ann").await, host.signed_in("ben").await);
    let evil = ben.fingerprint.clone().unwrap();
    for fields in [
        &["{N}={G}; {N}={E}"][..],
        &["{N}={E}; {N}={G}"],
        &["{N}={G}; {N}={G}"],
        &["{N}={G}", "{N}={E}"],
        &["$Version=1; {N}={E}; $Path=/; {N}={G}"],
        &["x=\"; {N}={E}; y=\"; {N}={G}"],
    ] {
        assert_eq!(verdict(&ann, &evil, fields).await, (401, "sign_in_required".into()), "{fields:?}");
    }
    for fields in
        [&["{N}={G}", "a=1"][..], &["a=1", "b=2; {N}={G}"], &["a=1; {N}={G}; b=2"], &["a=1;{N}={G};b=2"]]
    {
        assert_eq!(verdict(&ann, &evil, fields).await, (200, "ann".into()), "{fields:?}");
    }
}

/// Covers: C-09, K-001, K-003, K-005, K-006, K-011, K-012
#[tokio::test]
async fn a_cookie_name_that_is_nearly_ours_is_ignored() {
    let host = Host::start().await;
    let (ann, ben) = (host.signed_in("ann").await, host.signed_in("ben").await);
    let evil = ben.fingerprint.clone().unwrap();
    let near = [
        "__Host%2dHttp%2dsymbolon={E}",
        "\u{2000}{N}={E}",
        "\u{a0}{N}={E}",
        "\u{85}{N}={E}",
        "__host-http-symbolon={E}",
        "={N}={E}",
        "{N}",
        "{N}[]={E}",
        "$Version=1",
        "x=caf\u{e9}",
    ];
    for near in near {
        assert_eq!(
            verdict(&ann, &evil, &[&format!("{near}; {{N}}={{G}}")]).await,
            (200, "ann".into()),
            "{near}"
        );
        assert_eq!(verdict(&ann, &evil, &[near]).await, (401, "sign_in_required".into()), "{near}");
    }
    for wrong in ["{N}=\"{G}\"", "{N}=", "{N}={G}0", "{N}=%41{G}"] {
        assert_eq!(verdict(&ann, &evil, &[wrong]).await, (401, "sign_in_required".into()), "{wrong}");
    }
}

/// The server never relies on how long a browser keeps a cookie.
///
/// Covers: C-06
#[tokio::test]
async fn no_cookie_has_a_lifetime_attribute_and_the_server_judges_the_age() {
    let host = Host::start().await;
    let mut client = Client::new(&host.origin);
    let sign_in = client.sign_in("ann", symbolon_tests::PASSWORD).await;
    for cookie in sign_in.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap().to_lowercase();
        assert!(!cookie.contains("max-age") && !cookie.contains("expires"), "{cookie}");
    }
    host.pass(1801);
    client.pass(1801);
    assert_eq!(client.me().await.verdict(), (401, "token_expired".into()));
    assert_eq!(client.try_refresh().await.verdict(), (401, "sign_in_required".into()), "kept too long");
}
