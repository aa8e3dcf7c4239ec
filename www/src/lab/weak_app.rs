//! The weak applications: a guest book like the bank's, with the session kept as many applications keep it. Deliberately
//! weak, and for this machine only.

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
    careless,
    jwt::{self, Key},
    purpose::Purpose,
    responses,
    victim_app::VictimApp,
};

/// The person who signs in to every application of the lab.
pub(super) const PERSON: &str = "ann";
/// A name that no other application on localhost has, because cookies are shared between ports.
const COOKIE_NAME: &str = "symbolon-lab-memory-refresh";
/// The most notes in a guest book, so that the page stays readable.
const MAX_NOTES: usize = 20;

/// A weak application, `VictimApp::LocalStorage` or `VictimApp::Memory`. Cheap to clone.
#[derive(Clone)]
pub(super) struct WeakApp(Arc<Inner>);

struct Inner {
    app: VictimApp,
    key: Key,
    /// The value of the refresh cookie, which `VictimApp::Memory` has. Everybody who sends it gets a token.
    refresh: String,
    password: String,
    notes: Mutex<Vec<Note>>,
    issued: AtomicU32,
}

/// A note in the guest book. The page shows `html` as markup: this is the hole that lets a script in.
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

impl WeakApp {
    /// Returns an application with a fresh key and a fresh password.
    pub(super) fn new(app: VictimApp) -> Result<Self> {
        let note = |author: &str, html: &str| Note { author: author.to_owned(), html: html.to_owned() };
        Ok(Self(Arc::new(Inner {
            app,
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

    /// Returns how many tokens were issued.
    pub(super) fn issued(&self) -> u32 {
        self.0.issued.load(Ordering::Relaxed)
    }

    /// Adds a note at the top of the guest book.
    pub(super) fn write(&self, author: &str, html: &str) {
        let mut notes = self.0.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert(0, Note { author: author.to_owned(), html: html.to_owned() });
        notes.truncate(MAX_NOTES);
    }

    /// Deletes every note for which `is_over` is true.
    pub(super) fn delete_notes(&self, is_over: impl Fn(&Note) -> bool) {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner).retain(|note| !is_over(note));
    }

    pub(super) fn notes(&self) -> Vec<Note> {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the routes of the application, without those that the lab adds.
    pub(super) fn routes(&self) -> Router {
        let api = Router::new()
            .route("/me", get(async || Json(serde_json::json!({ "name": PERSON, "role": "admin" }))))
            .route("/notes", get(read_notes).post(write_note))
            .route("/echo", get(careless::echo))
            .route("/redirect", get(careless::redirect).post(careless::redirect))
            .layer(middleware::from_fn_with_state(self.clone(), only_with_token));
        Router::new()
            .route("/", get(page))
            .route("/client.js", get(client))
            .route("/app.js", get(async || responses::script(include_str!("../../web/lab/weak-app/app.js"))))
            .route(
                "/worker.js",
                get(async || responses::script(include_str!("../../web/lab/weak-app/worker.js"))),
            )
            .route("/auth/sign-in", post(sign_in))
            .route("/auth/refresh", post(refresh))
            .nest("/api", api)
            .with_state(self.clone())
            .merge(responses::styles())
    }

    /// Answers with a token, and with the refresh cookie where the application has one.
    fn grant(&self) -> Response {
        let Ok(token) = self.0.key.sign(PERSON) else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        self.0.issued.fetch_add(1, Ordering::Relaxed);
        let body = Json(serde_json::json!({ "access_token": token }));
        if self.0.app == VictimApp::LocalStorage {
            return body.into_response();
        }
        let cookie = format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Strict", self.0.refresh);
        ([(SET_COOKIE, cookie)], body).into_response()
    }
}

async fn page(State(weak_app): State<WeakApp>, Query(purpose): Query<Purpose>) -> Html<String> {
    let page = include_str!("../../web/lab/weak-app/index.html");
    let (name, session) = match weak_app.0.app {
        VictimApp::LocalStorage => ("localStorage", "This application keeps its token in localStorage."),
        _ => (
            "memory",
            "This application keeps its token in a variable, and gets the next one with a refresh cookie.",
        ),
    };
    let page = page.replace("{{name}}", name).replace("{{session}}", session);
    Html(purpose.inject_into(&page.replace("{{password}}", weak_app.password())))
}

async fn client(State(weak_app): State<WeakApp>) -> Response {
    responses::script(match weak_app.0.app {
        VictimApp::LocalStorage => include_str!("../../web/lab/weak-app/local-storage.js"),
        _ => include_str!("../../web/lab/weak-app/memory.js"),
    })
}

async fn sign_in(
    State(weak_app): State<WeakApp>,
    Json(Credentials { name, password }): Json<Credentials>,
) -> Response {
    if name == PERSON && password == weak_app.0.password {
        weak_app.grant()
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

/// Answers `POST /auth/refresh`. Needs only the cookie, so every script in the page can get a token.
async fn refresh(State(weak_app): State<WeakApp>, headers: HeaderMap) -> Response {
    let wanted = format!("{COOKIE_NAME}={}", weak_app.0.refresh);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let has_it = weak_app.0.app == VictimApp::Memory
        && cookies.flat_map(|cookies| cookies.split("; ")).any(|cookie| cookie == wanted);
    if has_it { weak_app.grant() } else { StatusCode::UNAUTHORIZED.into_response() }
}

/// Lets in every request with a genuine token, from any client.
async fn only_with_token(State(weak_app): State<WeakApp>, request: Request, next: Next) -> Response {
    let bearer =
        request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let is_genuine = bearer.is_some_and(|token| weak_app.0.key.verify(token).is_some());
    if is_genuine { next.run(request).await } else { StatusCode::UNAUTHORIZED.into_response() }
}

async fn read_notes(State(weak_app): State<WeakApp>) -> Response {
    ([(CONTENT_TYPE, "application/json")], Json(weak_app.notes())).into_response()
}

async fn write_note(State(weak_app): State<WeakApp>, Json(NewNote { text }): Json<NewNote>) -> StatusCode {
    weak_app.write(PERSON, &text);
    StatusCode::CREATED
}
