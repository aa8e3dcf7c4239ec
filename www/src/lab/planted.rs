//! The attacker's script, as it gets into a victim's page, and what it is told.

use axum::{
    Router,
    extract::{Query, State},
    response::Response,
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Lab, elsewhere, files,
    run::{Attack, NOTE},
    victim::Victim,
    weak::PERSON,
};
use crate::database::DEMO_PASSWORD;

/// What the script is loaded for: an attempt of the matrix, or a step of the chain.
#[derive(Deserialize)]
pub(super) struct For {
    cell: Option<String>,
    chain: Option<String>,
}

impl For {
    /// Run and number of an attempt.
    pub(super) fn cell(&self) -> Option<(&str, usize)> {
        let (run, number) = self.cell.as_ref()?.rsplit_once('.')?;
        Some((run, number.parse().ok()?))
    }

    /// Step and victim of a chain.
    pub(super) fn chain(&self) -> Option<(u8, Victim)> {
        let (step, victim) = self.chain.as_ref()?.split_once('.')?;
        Some((step.parse().ok()?, serde_json::from_value(json!(victim)).ok()?))
    }
}

impl Lab {
    /// What every victim serves beside its own.
    pub(super) fn planted<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let own = Router::new()
            .route("/lab/planted.js", get(script))
            .route("/lab/seen.svg", get(seen))
            .with_state(self.clone());
        Router::new().merge(own).merge(files::upload())
    }

    async fn target(&self, purpose: &For) -> Option<Value> {
        if let Some((step, victim)) = purpose.chain() {
            let mut target = self.known_of(victim);
            let chain = purpose.chain.as_deref().unwrap_or_default();
            target["mode"] = json!(if step == 2 { "sign-in" } else { "chain" });
            target["note"] = json!(format!("{NOTE} this is how it makes the page send something"));
            target["seen"] = json!(format!("/lab/seen.svg?chain={chain}"));
            target["home"] = json!(format!("{}/loot?chain={chain}", self.0.attacker.origin));
            return Some(target);
        }
        let (run, number) = purpose.cell()?;
        let (victim, attack, note) = {
            let current = self.run();
            let attempt = current.attempt(number).filter(|_| current.id == run)?;
            (attempt.victim, attempt.attack.clone(), attempt.note.clone())
        };
        let mut target = self.known_of(victim);
        target["note"] = json!(note);
        target["home"] = json!(format!("{}/loot?cell={run}.{number}", self.0.attacker.origin));
        let Some(Attack { id, brings_boot, .. }) = attack else {
            target["mode"] = json!("sign-in");
            return Some(target);
        };
        target["mode"] = json!("attack");
        target["attack"] = json!(id);
        if brings_boot {
            target["boot"] = self.boot(victim).await;
        }
        Some(target)
    }

    /// What an attacker knows who has looked at the application before.
    fn known_of(&self, victim: Victim) -> Value {
        let (script, api, password) = match self.weak(victim) {
            Some(weak) => ("/worker.js", "/api", weak.password()),
            None => ("/auth/vault.js", "/lab/api", DEMO_PASSWORD),
        };
        json!({
            "victim": victim,
            "script": script,
            "echo": format!("{api}/echo"),
            "redirect": format!("{api}/redirect"),
            "upload": "/upload.js",
            "evil": self.0.attacker.origin,
            "credentials": { "name": PERSON, "password": password },
        })
    }

    /// A vault's secret, as a program gets it that says what a worker's load would; made up where there is no vault.
    async fn boot(&self, victim: Victim) -> Value {
        let made_up = json!({ "secretId": "AAAA", "secret": "AAAA", "now": 0 });
        if victim.is_weak() {
            return made_up;
        }
        let site = [
            ("sec-fetch-dest", "worker"),
            ("sec-fetch-mode", "same-origin"),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = elsewhere::get(self.0.bank.address, "/auth/vault.js", &site).await;
        let text = answer.map(|(_, text)| text).unwrap_or_default();
        let boot = text.split_once("const boot=").and_then(|(_, rest)| rest.split_once(";\n"));
        boot.and_then(|(boot, _)| serde_json::from_str(boot).ok()).unwrap_or(made_up)
    }
}

async fn script(State(lab): State<Lab>, Query(purpose): Query<For>) -> Response {
    let target = lab.target(&purpose).await;
    let target = target.map_or_else(String::new, |target| format!("self.planted = {target};\n"));
    files::script(target + files::LAB_JS)
}

/// A page may load images of its own server under any policy, so this is how the lab learns how far a chain is.
async fn seen(State(lab): State<Lab>, Query(purpose): Query<For>) -> Response {
    if let Some((step, victim)) = purpose.chain() {
        lab.saw(victim, step);
    }
    files::text("image/svg+xml", r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"#)
}
