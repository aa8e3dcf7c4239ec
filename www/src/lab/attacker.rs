//! The attacker's server. It looks for tokens in whatever it is sent, and tries each one at the victims: what they answer
//! is the verdict.

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

use super::{Lab, elsewhere, files, jwt, planted::For, victim::Victim};

/// The most that is read of one request.
const MAX_LOOT: usize = 32 << 20;
/// The most tokens that are tried out of one text: who sends more wants to keep the attacker busy.
const MAX_TRIES: usize = 20;

/// What a page of a victim says when it ends an attempt by going to the attacker's server: no policy can forbid that.
#[derive(Deserialize)]
struct Carried {
    #[serde(flatten)]
    purpose: For,
    #[serde(default)]
    said: String,
    /// Whether the attack came to its end.
    #[serde(default)]
    finished: bool,
    /// JSON: by place, what looked like a token there.
    #[serde(default)]
    loot: String,
}

impl Lab {
    pub(super) fn attacker(&self) -> Router {
        Router::new()
            .route("/loot", get(carried).fallback(heard))
            .merge(Self::desk())
            .fallback(heard)
            .layer(middleware::from_fn_with_state(self.clone(), only_here))
            .with_state(self.clone())
    }

    /// Tries every token in `text`, and writes down where it was seen, if its victim is under attack now.
    async fn try_tokens(&self, place: &str, text: &str, from: Option<Victim>) {
        for token in jwt::in_text(text).into_iter().take(MAX_TRIES) {
            let owner = self.opened_by(token).await;
            let Some(victim) = owner.or(from) else { continue };
            let mut run = self.run();
            let Some(attempt) = run.current(victim) else { continue };
            if attempt.places.len() < MAX_TRIES {
                attempt.places.insert(place.chars().take(60).collect());
            }
            attempt.is_taken |= owner.is_some();
        }
    }

    /// Which victim lets in whoever has this token and nothing else.
    async fn opened_by(&self, token: &str) -> Option<Victim> {
        if let Some(known) = self.run().known.get(token) {
            return *known;
        }
        let mut opened = None;
        for victim in [Victim::LocalStorage, Victim::Memory, Victim::Symbolon] {
            if self.uses(victim, token).await.is_some_and(|(status, _)| status == 200) {
                opened = Some(victim);
                break;
            }
        }
        self.run().known.insert(token.to_owned(), opened);
        opened
    }

    /// Asks a victim who one is, with a token, from another client.
    pub(super) async fn uses(&self, victim: Victim, token: &str) -> Option<(u16, String)> {
        let bearer = format!("Bearer {token}");
        elsewhere::get(self.door(victim).address, "/api/me", &[("authorization", &bearer)]).await.ok()
    }

    /// Whose page it was, as far as the browser says.
    fn sender(&self, headers: &HeaderMap) -> Option<Victim> {
        let origin = headers.get(ORIGIN)?;
        Victim::ALL.into_iter().find(|victim| self.door(*victim).origin.as_bytes() == origin.as_bytes())
    }
}

/// Whatever it is, it is welcome, from wherever.
async fn heard(State(lab): State<Lab>, request: Request) -> Response {
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
    inviting(&head.headers, answer(&head.method, &head.uri.to_string()))
}

fn answer(method: &Method, url: &str) -> Response {
    let query = Query::<BTreeMap<String, String>>::try_from_uri(&url.parse().unwrap_or_default());
    let back = query.ok().and_then(|Query(mut query)| query.remove("back"));
    match (back, url) {
        (Some(back), _) if method != Method::OPTIONS => {
            (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, back)]).into_response()
        }
        (_, "/ran.js") => files::script("self.ran = 1"),
        (_, "/pixel.svg") => {
            files::text("image/svg+xml", r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"#)
        }
        _ => files::text("application/json", "{}"),
    }
}

/// Lets every page send everything, and read the answer.
fn inviting(asked: &HeaderMap, mut answer: Response) -> Response {
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

/// A victim's page has come here by itself: its attempt is over.
async fn carried(State(lab): State<Lab>, Query(carried): Query<Carried>) -> Response {
    let loot: BTreeMap<String, Vec<String>> = serde_json::from_str(&carried.loot).unwrap_or_default();
    if let Some((_, victim)) = carried.purpose.chain() {
        let tokens = loot.values().flatten().flat_map(|text| jwt::in_text(text)).map(str::to_owned).collect();
        lab.tidy(victim, "").await;
        return Html(lab.arrived(victim, tokens)).into_response();
    }
    let Some((id, number)) = carried.purpose.cell() else { return StatusCode::NOT_FOUND.into_response() };
    let victim = {
        let run = lab.run();
        run.attempt(number).filter(|_| run.id == id).map(|attempt| attempt.victim)
    };
    let Some(victim) = victim else { return StatusCode::NOT_FOUND.into_response() };
    for (place, texts) in &loot {
        lab.try_tokens(place, &texts.join("\n"), Some(victim)).await;
    }
    let said = carried.said.chars().take(200).collect();
    let lane = lab.end(number, carried.finished, said).await;
    lab.has_changed();
    match lane {
        Some(lane) => Redirect::to(&format!("/lab/next?run={id}&lane={lane}")).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A page elsewhere that has our address behind a name of its own is not let in, and no other page gives orders.
async fn only_here(State(lab): State<Lab>, request: Request, next: Next) -> Response {
    let (headers, own) = (request.headers(), &lab.0.attacker);
    let is_for_us =
        headers.get(HOST).is_some_and(|host| host.as_bytes() == own.address.to_string().as_bytes());
    let is_order = request.uri().path().starts_with("/lab") && request.method() != Method::GET;
    let is_ours = headers.get(ORIGIN).is_none_or(|origin| origin.as_bytes() == own.origin.as_bytes());
    if !is_for_us || (is_order && !is_ours) {
        return (StatusCode::FORBIDDEN, [(CONTENT_TYPE, "text/plain")], "not from there").into_response();
    }
    next.run(request).await
}
