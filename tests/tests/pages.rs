//! Server-rendered pages over HTTP: one cookie carries both halves.

use reqwest::{Method, RequestBuilder};
use symbolon_server::{Event, event::Verdict};
use symbolon_tests::{
    Access, Host, PASSWORD,
    client::{Answer, Client, from_own_page, refused, send},
};

const COOKIE: &str = "__Host-Http-symbolon-rendered";

/// A browser that visits rendered pages and keeps one cookie.
struct Browser {
    client: Client,
    cookie: Option<String>,
}

impl Browser {
    fn new(host: &Host) -> Self {
        Self { client: Client::new(&host.origin), cookie: None }
    }

    async fn signed_in(host: &Host, name: &str) -> Self {
        let mut browser = Self::new(host);
        let answer = browser.sign_in(name, PASSWORD).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["location"]),
            (303, &"/pages/home".parse().unwrap())
        );
        browser
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.plain(method, path).header("sec-fetch-dest", "document");
        match &self.cookie {
            Some(value) => request.header("cookie", format!("theme=dark; {COOKIE}={value}")),
            None => request,
        }
    }

    async fn keep(&mut self, request: RequestBuilder) -> Answer {
        let answer = send(request).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once("; ").unwrap();
            assert!(attributes.starts_with("Path=/; Secure; HttpOnly; SameSite=Strict"), "{attributes}");
            let (name, value) = pair.split_once('=').unwrap();
            if name != COOKIE {
                assert_eq!(value, "", "what a vault would have is taken away, and never given");
                continue;
            }
            self.cookie = (!value.is_empty()).then(|| value.to_owned());
        }
        answer
    }

    async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let form = format!("name={name}&password={}", password.replace(' ', "+"));
        let request = self.request(Method::POST, "/form").body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.keep(from_own_page(request, &self.client.address)).await
    }

    async fn see(&mut self, path: &str) -> Answer {
        self.keep(self.request(Method::GET, path)).await
    }

    async fn post(&mut self, path: &str) -> Answer {
        self.keep(from_own_page(self.request(Method::POST, path), &self.client.address)).await
    }

    fn claims(&self) -> serde_json::Value {
        let token = self.cookie.as_deref().unwrap().split_once('.').unwrap().1;
        let mut client = Client::new(&self.client.address);
        client.token = Some(token.to_owned());
        client.claims()
    }
}

#[tokio::test]
async fn a_person_signs_in_by_a_form_and_sees_rendered_pages_until_sign_out() {
    let host = Host::start().await;
    let mut browser = Browser::new(&host);
    let answer = browser.see("/pages/me").await;
    assert_eq!((answer.status.as_u16(), &answer.headers["location"]), (303, &"/form".parse().unwrap()));
    assert_eq!(browser.sign_in("ann", "wrong").await.verdict(), (401, "bad_credentials".into()));
    let mut browser = Browser::signed_in(&host, "ann").await;
    let answer = browser.see("/pages/me").await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "ann"));
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    let echo = browser.see("/pages/echo").await.body;
    assert!(echo.contains("theme=dark") && !echo.contains(COOKIE), "no page can echo its cookie: {echo}");
    let kept = browser.cookie.clone();
    assert_eq!(browser.post("/pages/sign-out").await.status, 303);
    assert_eq!(browser.cookie, None);
    browser.cookie = kept;
    assert_eq!(browser.see("/pages/me").await.status, 303, "a copy of it is worth nothing");
    assert_eq!(browser.post("/pages/me").await.verdict(), refused());
}

/// Covers, H-018
#[tokio::test]
async fn a_rendered_route_accepts_changes_from_the_own_origin_only() {
    let host = Host::start().await;
    let mut browser = Browser::signed_in(&host, "ann").await;
    for (site, origin) in [
        (None, None),
        (Some("cross-site"), Some("https://evil.example")),
        (Some("same-site"), None),
        (None, Some("null")),
        (Some("same-origin"), Some("https://evil.example")),
    ] {
        for path in ["/pages/me", "/form"] {
            let mut request = browser.request(Method::POST, path);
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
    }
    assert_eq!(browser.post("/pages/me").await.body, "ann", "the control");
    // A WebSocket handshake is a GET, and one from a sibling subdomain carries the cookie.
    for (upgrade, origin) in
        [(true, Some("https://evil.example")), (true, None), (false, Some("https://evil.example"))]
    {
        let mut request = browser.request(Method::GET, "/pages/me");
        if upgrade {
            request = request.header("upgrade", "websocket").header("connection", "upgrade");
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        assert_eq!(send(request).await.verdict(), (403, "cross_origin".into()), "{upgrade} {origin:?}");
    }
    for method in [Method::OPTIONS, Method::PUT, Method::DELETE] {
        let request = browser.request(method.clone(), "/pages/me");
        assert_eq!(send(request).await.verdict(), (403, "cross_origin".into()), "{method}");
    }
    for dest in ["iframe", "script", "image", "object"] {
        let embedded = browser.client.plain(Method::GET, "/pages/me").header("sec-fetch-dest", dest);
        let embedded = embedded.header("cookie", format!("{COOKIE}={}", browser.cookie.clone().unwrap()));
        assert_eq!(send(embedded).await.verdict(), (403, "forbidden".into()), "{dest}");
    }
}

/// Covers: S-05, S-06, A-03
#[tokio::test]
async fn the_server_renews_rendered_tokens_within_the_limits_of_the_session() {
    let host = Host::start().await;
    let mut browser = Browser::signed_in(&host, "ann").await;
    let (first, fingerprint) = (browser.claims(), browser.cookie.clone().unwrap()[..43].to_owned());
    host.pass(301);
    let answer = browser.see("/pages/me").await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "ann"));
    assert_ne!(browser.claims()["jti"], first["jti"], "another token");
    assert_eq!(browser.claims()["sid"], first["sid"], "of the same session");
    assert!(browser.cookie.clone().unwrap().starts_with(&fingerprint));
    assert_eq!(browser.see("/pages/me").await.headers.get("set-cookie"), None, "only when it must");

    host.people.set("ann", Some(Access { role: "editor".into() }));
    host.symbolon.permissions_changed("ann").await.unwrap();
    assert_eq!(browser.see("/pages/me").await.status, 200);
    assert_eq!(browser.claims()["app"]["role"], "editor", "at the very next request");

    for _ in 0..17 {
        host.pass(1700);
        assert_eq!(browser.see("/pages/me").await.status.as_u16() == 200, browser_may_go_on(&host, &first));
    }
    assert_eq!(browser.see("/pages/me").await.status, 303, "eight hours are over");
    let mut idle = Browser::signed_in(&host, "ann").await;
    host.pass(1801);
    assert_eq!(idle.see("/pages/me").await.status, 303);
}

/// Returns whether the session is still within its eight hours.
fn browser_may_go_on(host: &Host, first: &serde_json::Value) -> bool {
    use symbolon_server::clock::Clock;
    host.clock.now().0 < first["iat"].as_u64().unwrap() + 8 * 3600
}

/// Covers: T-12, T-18, J-035
#[tokio::test]
async fn neither_token_kind_opens_the_others_routes() {
    let host = Host::start().await;
    let (mut browser, client) = (Browser::signed_in(&host, "ann").await, host.signed_in("ann").await);
    assert_eq!(browser.see("/pages/me").await.status, 200);
    let (half, token) = browser.cookie.as_deref().unwrap().split_once('.').unwrap();
    let api = client.plain(Method::GET, "/api/me").bearer_auth(token);
    let api = api.header("cookie", format!("__Host-Http-symbolon={half}"));
    assert_eq!(send(api).await.verdict(), refused(), "a page's at the API");
    let (half, token) = (client.fingerprint.clone().unwrap(), client.token.clone().unwrap());
    assert_eq!(client.me().await.status, 200);
    let mut vault = Browser::new(&host);
    vault.cookie = Some(format!("{half}.{token}"));
    assert_eq!(vault.see("/pages/me").await.status, 303, "a vault's at a page");
    assert_eq!(vault.post("/pages/me").await.verdict(), refused());
    vault.cookie = Some(format!("{half}.{}", browser.cookie.as_deref().unwrap().split_once('.').unwrap().1));
    assert_eq!(vault.post("/pages/me").await.verdict(), refused(), "and a token with another's half");
}

/// Covers: S-02, S-16
#[tokio::test]
async fn sessions_of_rendered_pages_can_be_listed_replaced_and_revoked() {
    let host = Host::start().await;
    let mut browser = Browser::signed_in(&host, "ann").await;
    let old = browser.cookie.clone();
    host.events.take();
    browser.sign_in("ann", PASSWORD).await;
    assert!(
        matches!(&host.events.take()[..], [Event::Ended(_), Event::SignedIn { .. }]),
        "the old one ended"
    );
    let mut copy = Browser::new(&host);
    copy.cookie = old;
    assert_eq!(copy.see("/pages/me").await.status, 303);
    assert_eq!(host.symbolon.sessions("ann").await.unwrap().len(), 1);
    host.symbolon.revoke_all("ann").await.unwrap();
    assert_eq!(browser.see("/pages/me").await.status, 303);
    host.people.set("ann", None);
    let mut closed = Browser::new(&host);
    assert_eq!(closed.sign_in("ann", PASSWORD).await.verdict(), refused());
}

/// Covers: S-02, S-03
#[tokio::test]
async fn an_expired_rendered_token_can_still_end_its_session() {
    let host = Host::start().await;
    let mut browser = Browser::signed_in(&host, "ann").await;
    let first = browser.cookie.clone();
    host.pass(301);
    browser.sign_in("ann", PASSWORD).await;
    assert_eq!(host.symbolon.sessions("ann").await.unwrap().len(), 1, "signing in again ended the first");
    host.pass(301);
    assert_eq!(browser.post("/pages/sign-out").await.status, 303);
    assert_eq!(browser.cookie, None, "the token was renewed for this request, and is not given out any more");
    assert_eq!(host.symbolon.sessions("ann").await.unwrap(), []);
    browser.cookie = first;
    assert_eq!(browser.see("/pages/me").await.status, 303);
}

/// Covers: S-20, A-08
#[tokio::test]
async fn the_assess_hook_judges_a_copied_rendered_cookie_at_renewal() {
    let host = Host::start_built(
        |config| config,
        |builder| {
            builder.assess(async |context| {
                if context.browser_now == context.browser_then { Verdict::Allow } else { Verdict::End }
            })
        },
    )
    .await;
    let mut browser = Browser::signed_in(&host, "ann").await;
    host.pass(301);
    assert_eq!(browser.see("/pages/me").await.status, 200, "the same browser");
    let mut thief = Browser::new(&host);
    thief.client.user_agent = "Mozilla/5.0 (X11; Linux) Firefox/153.0".into();
    thief.cookie.clone_from(&browser.cookie);
    host.pass(301);
    assert_eq!(thief.see("/pages/me").await.status, 303);
    assert_eq!(browser.see("/pages/me").await.status, 303, "and the session is over");
}

/// Covers: S-24
#[tokio::test]
async fn wrong_passwords_in_a_form_are_rate_limited_too() {
    let host = Host::start_with(|config| config.max_failures(2)).await;
    let mut browser = Browser::signed_in(&host, "ann").await;
    let mut guesser = Browser::new(&host);
    for _ in 0..3 {
        assert_eq!(guesser.sign_in("ann", "wrong").await.verdict(), (401, "bad_credentials".into()));
    }
    assert_eq!(guesser.sign_in("ann", PASSWORD).await.verdict(), (429, "too_many_requests".into()));
    assert_eq!(browser.see("/pages/me").await.status, 200);
}
