//! The weak victims: the same guest book, with a session as many applications have it. Deliberately weak, and for this
//! machine only.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use anyhow::Result;
use axum::{
    Json, Router,
    extract::{Query, Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE},
    },
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::{
    files::{self, Script},
    jwt::{self, Key},
    victim::Victim,
};

/// The person whom the lab robs.
pub(super) const PERSON: &str = "ann";
/// A name that no other application on this host uses: cookies know no ports.
const COOKIE_NAME: &str = "symbolon-lab-memory-refresh";
/// So that the page stays readable.
const MAX_NOTES: usize = 20;

#[derive(Clone)]
pub(super) struct Weak(Arc<Inner>);

struct Inner {
    victim: Victim,
    key: Key,
    /// In the cookie of the one that has a cookie. Whoever has it is the person.
    refresh: String,
    password: String,
    notes: Mutex<Vec<Note>>,
    issued: AtomicU32,
}

/// `html` is markup, and is shown as that: this is where an attacker gets in.
#[derive(Clone, Serialize)]
pub(super) struct Note {
    pub(super) author: String,
    pub(super) html: String,
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

impl Weak {
    pub(super) fn new(victim: Victim) -> Result<Self> {
        let note = |author: &str, html: &str| Note { author: author.to_owned(), html: html.to_owned() };
        Ok(Self(Arc::new(Inner {
            victim,
            key: Key::generate()?,
            refresh: jwt::random()?,
            password: jwt::random()?,
            notes: Mutex::new(vec![note("ben", "The other half is at the harbour.")]),
            issued: AtomicU32::new(0),
        })))
    }

    pub(super) fn password(&self) -> &str {
        &self.0.password
    }

    pub(super) fn issued(&self) -> u32 {
        self.0.issued.load(Ordering::Relaxed)
    }

    pub(super) fn write(&self, author: &str, html: &str) {
        let mut notes = self.0.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert(0, Note { author: author.to_owned(), html: html.to_owned() });
        notes.truncate(MAX_NOTES);
    }

    /// Takes out every note of which this is so.
    pub(super) fn forget(&self, is_over: impl Fn(&Note) -> bool) {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner).retain(|note| !is_over(note));
    }

    pub(super) fn notes(&self) -> Vec<Note> {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn routes(&self) -> Router {
        let api = Router::new()
            .route("/me", get(async || Json(serde_json::json!({ "name": PERSON, "role": "admin" }))))
            .route("/notes", get(read_notes).post(write_note))
            .route("/echo", get(files::echo))
            .route("/redirect", get(files::redirect).post(files::redirect))
            .layer(middleware::from_fn_with_state(self.clone(), only_with_token));
        Router::new()
            .route("/", get(page))
            .route("/client.js", get(client))
            .route("/app.js", get(async || files::script(include_str!("../../web/lab/weak/app.js"))))
            .route("/worker.js", get(async || files::script(include_str!("../../web/lab/weak/worker.js"))))
            .route("/auth/sign-in", post(sign_in))
            .route("/auth/refresh", post(refresh))
            .nest("/api", api)
            .with_state(self.clone())
            .merge(files::looks())
    }

    fn grant(&self) -> Response {
        let Ok(token) = self.0.key.sign(PERSON) else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        self.0.issued.fetch_add(1, Ordering::Relaxed);
        let body = Json(serde_json::json!({ "access_token": token }));
        if self.0.victim == Victim::LocalStorage {
            return body.into_response();
        }
        let cookie = format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Strict", self.0.refresh);
        ([(SET_COOKIE, cookie)], body).into_response()
    }
}

async fn page(State(weak): State<Weak>, Query(script): Query<Script>) -> Html<String> {
    let page = include_str!("../../web/lab/weak/index.html");
    let (name, where_it_is) = match weak.0.victim {
        Victim::LocalStorage => ("localStorage", "This one keeps its token in localStorage."),
        _ => ("memory", "This one keeps its token in a variable, and gets the next one for a cookie."),
    };
    let page = page.replace("{{victim}}", name).replace("{{where}}", where_it_is);
    Html(script.put_into(&page.replace("{{password}}", weak.password())))
}

async fn client(State(weak): State<Weak>) -> Response {
    files::script(match weak.0.victim {
        Victim::LocalStorage => include_str!("../../web/lab/weak/local-storage.js"),
        _ => include_str!("../../web/lab/weak/memory.js"),
    })
}

async fn sign_in(
    State(weak): State<Weak>,
    Json(Credentials { name, password }): Json<Credentials>,
) -> Response {
    if name == PERSON && password == weak.0.password {
        weak.grant()
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

/// Asks for nothing but the cookie: so any script of the page gets what the page gets.
async fn refresh(State(weak): State<Weak>, headers: HeaderMap) -> Response {
    let wanted = format!("{COOKIE_NAME}={}", weak.0.refresh);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let has_it = weak.0.victim == Victim::Memory
        && cookies.flat_map(|cookies| cookies.split("; ")).any(|cookie| cookie == wanted);
    if has_it { weak.grant() } else { StatusCode::UNAUTHORIZED.into_response() }
}

/// Whoever has the token is let in, from wherever.
async fn only_with_token(State(weak): State<Weak>, request: Request, next: Next) -> Response {
    let bearer =
        request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let is_genuine = bearer.is_some_and(|token| weak.0.key.verify(token).is_some());
    if is_genuine { next.run(request).await } else { StatusCode::UNAUTHORIZED.into_response() }
}

async fn read_notes(State(weak): State<Weak>) -> Response {
    ([(CONTENT_TYPE, "application/json")], Json(weak.notes())).into_response()
}

async fn write_note(State(weak): State<Weak>, Json(NewNote { text }): Json<NewNote>) -> StatusCode {
    weak.write(PERSON, &text);
    StatusCode::CREATED
}
