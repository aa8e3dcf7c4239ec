//! The lab's page, and what it orders.

use std::time::Duration;

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, State},
    http::{
        HeaderName, StatusCode,
        header::{CONTENT_TYPE, REFERRER_POLICY},
    },
    middleware::map_response,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    time::timeout,
};
use tokio_util::io::ReaderStream;

use super::{
    Lab, files,
    run::{Order, Run},
    victim::Victim,
};
use crate::pages::LAB_DESK_JS;

/// The desk's page needs nothing but its own files.
const POLICY: (HeaderName, &str) = (
    HeaderName::from_static("content-security-policy"),
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);
/// How long a window waits for a run to begin.
const PATIENCE: Duration = Duration::from_secs(10);
const BUFFER: usize = 16 * 1024;

#[derive(Deserialize)]
struct Which {
    run: String,
    lane: Option<usize>,
}

impl Lab {
    pub(super) fn desk() -> Router<Self> {
        let pages = Router::new()
            .route("/lab", get(async || Html(include_str!("../../web/lab/index.html"))))
            .route("/lab/done", get(async || Html(include_str!("../../web/lab/done.html"))))
            .layer(map_response(async |page: Response| ([POLICY, (REFERRER_POLICY, "no-referrer")], page)));
        Router::new()
            .merge(pages)
            .merge(files::looks())
            .route("/lab/desk.js", get(async || files::script(LAB_DESK_JS)))
            .route("/lab/setup", get(setup))
            .route("/lab/run", post(begin))
            .route("/lab/next", get(next))
            .route("/lab/matrix", get(matrix))
            .route("/lab/chain/{victim}/{step}", post(chain))
    }

    /// Ends an attempt, and says what came of it; the lane that it was in.
    pub(super) async fn end(&self, number: usize, is_finished: bool, said: String) -> Option<usize> {
        let (victim, note, rides) = {
            let run = self.run();
            let attempt = run.attempt(number)?;
            let rides = attempt.attack.as_ref().is_some_and(|attack| attack.rides);
            (attempt.victim, attempt.note.clone(), rides)
        };
        let has_done_it = rides && self.has_written(victim, &note).await;
        self.tidy(victim, if rides { &note } else { "" }).await;
        let mut run = self.run();
        let lane = run.end(number)?;
        run.record(number, has_done_it, is_finished, said);
        Some(lane)
    }

    /// Waits until there is such a run.
    async fn has_begun(&self, id: &str) -> bool {
        let mut changes = self.0.changed.subscribe();
        let begun = async {
            while self.run().id != id {
                if changes.changed().await.is_err() {
                    break;
                }
            }
        };
        timeout(PATIENCE, begun).await.is_ok()
    }
}

async fn setup(State(lab): State<Lab>) -> Json<Value> {
    let victims = Victim::ALL.map(|victim| {
        let page = |step: u8| lab.page(victim, &format!("chain={step}.{}", name(victim)));
        json!({ "id": victim, "origin": lab.door(victim).origin, "signIn": page(2), "open": page(4) })
    });
    Json(json!({ "attacker": lab.0.attacker.origin, "victims": victims }))
}

pub(super) fn name(victim: Victim) -> String {
    json!(victim).as_str().unwrap_or_default().to_owned()
}

impl Lab {
    /// A victim's page, with the script that `query` asks for.
    fn page(&self, victim: Victim, query: &str) -> String {
        let origin = &self.door(victim).origin;
        match victim {
            // The comment in the guest book brings the script there.
            Victim::LocalStorage | Victim::Memory if query.starts_with("chain=4") => {
                format!("{origin}/#/book")
            }
            Victim::LocalStorage | Victim::Memory if query.starts_with("cell") => {
                format!("{origin}/?{query}#/book")
            }
            Victim::LocalStorage | Victim::Memory => format!("{origin}/?{query}"),
            Victim::Symbolon => format!("{origin}/lab/bank?{query}"),
            Victim::SymbolonWithoutPolicy => format!("{origin}/lab/bank-without-policy?{query}"),
        }
    }
}

async fn begin(State(lab): State<Lab>, Json(order): Json<Order>) -> StatusCode {
    let Some(run) = Run::of(order) else { return StatusCode::UNPROCESSABLE_ENTITY };
    // A comment that was planted before would take the windows elsewhere.
    lab.clear_chains();
    *lab.run() = run;
    lab.has_changed();
    StatusCode::CREATED
}

/// Sends a window to its next attempt, and to another lane when its own is at an end.
async fn next(State(lab): State<Lab>, Query(Which { run: id, lane }): Query<Which>) -> Redirect {
    if !lab.has_begun(&id).await {
        return Redirect::to("/lab/done");
    }
    let mut run = lab.run();
    let own = lane.and_then(|lane| run.next(lane));
    let found = own.or_else(|| {
        let free = run.claim()?;
        run.next(free)
    });
    drop(run);
    match found {
        Some((number, victim)) => Redirect::to(&lab.page(victim, &format!("cell={id}.{number}"))),
        None => Redirect::to("/lab/done"),
    }
}

/// Every cell as a line of JSON, as it comes.
async fn matrix(State(lab): State<Lab>, Query(Which { run, .. }): Query<Which>) -> Response {
    if !lab.has_begun(&run).await {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (writer, reader) = duplex(BUFFER);
    tokio::spawn(async move {
        if let Err(error) = tell(&lab, &run, writer).await {
            tracing::debug!(%error, "nobody reads the matrix any more");
        }
    });
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(ReaderStream::new(reader))).into_response()
}

async fn tell(lab: &Lab, id: &str, mut page: DuplexStream) -> anyhow::Result<()> {
    let mut changes = lab.0.changed.subscribe();
    let mut told = 0;
    loop {
        let (fresh, is_over) = {
            let run = lab.run();
            if run.id != id {
                return Ok(());
            }
            (run.cells[told..].to_vec(), run.is_over())
        };
        for cell in &fresh {
            let mut line = serde_json::to_vec(cell)?;
            line.push(b'\n');
            page.write_all(&line).await?;
        }
        told += fresh.len();
        if is_over {
            return Ok(());
        }
        changes.changed().await?;
    }
}

async fn chain(State(lab): State<Lab>, Path((victim, step)): Path<(Victim, u8)>) -> Response {
    match lab.step(victim, step).await {
        Some(told) => Json(told).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
