//! The lab's page, and the requests that it sends: set-up, runs of the matrix, and steps of the guided attack.

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
    Lab,
    matrix_run::{MatrixRun, RunRequest},
    responses,
    victim_app::VictimApp,
};
use crate::static_files::LAB_DASHBOARD_JS;

/// The lab's page needs nothing but its own files.
const POLICY: (HeaderName, &str) = (
    HeaderName::from_static("content-security-policy"),
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);
/// How long a window waits for a run to begin.
const RUN_TIMEOUT: Duration = Duration::from_secs(10);
/// How many bytes of cells may wait for a page that does not read.
const BUFFER: usize = 16 * 1024;

#[derive(Deserialize)]
struct RunQuery {
    run: String,
    lane: Option<usize>,
}

impl Lab {
    /// Returns the routes of the lab's page.
    pub(super) fn dashboard() -> Router<Self> {
        let pages = Router::new()
            .route("/lab", get(async || Html(include_str!("../../web/lab/index.html"))))
            .route("/lab/done", get(async || Html(include_str!("../../web/lab/done.html"))))
            .layer(map_response(async |page: Response| ([POLICY, (REFERRER_POLICY, "no-referrer")], page)));
        Router::new()
            .merge(pages)
            .merge(responses::styles())
            .route("/lab/dashboard.js", get(async || responses::script(LAB_DASHBOARD_JS)))
            .route("/lab/setup", get(setup))
            .route("/lab/run", post(begin_run))
            .route("/lab/next", get(next_attempt))
            .route("/lab/matrix", get(matrix))
            .route("/lab/steps/{victim}/{step}", post(step))
    }

    /// Ends an attempt, and adds its cell. Returns its lane.
    pub(super) async fn end_attempt(&self, number: usize, is_finished: bool, said: String) -> Option<usize> {
        let (app, note, uses_session) = {
            let run = self.run();
            let attempt = run.attempt(number)?;
            let uses_session = attempt.attack.as_ref().is_some_and(|attack| attack.uses_session);
            (attempt.app, attempt.note.clone(), uses_session)
        };
        let was_obeyed = uses_session && self.has_note(app, &note).await;
        self.delete_notes(app, if uses_session { &note } else { "" }).await;
        let mut run = self.run();
        let lane = run.end(number)?;
        run.record(number, was_obeyed, is_finished, said);
        Some(lane)
    }

    /// Waits until the run with this id has begun. Returns whether it has.
    async fn has_begun(&self, id: &str) -> bool {
        let mut changes = self.0.changed.subscribe();
        let begun = async {
            while self.run().id != id {
                if changes.changed().await.is_err() {
                    break;
                }
            }
        };
        timeout(RUN_TIMEOUT, begun).await.is_ok()
    }

    /// Returns the URL of an application's page, with the injected script that `query` asks for.
    fn page(&self, app: VictimApp, query: &str) -> String {
        let origin = &self.site(app).origin;
        match app {
            // A comment in the guest book loads the script.
            VictimApp::LocalStorage | VictimApp::Memory if query.starts_with("step=4") => {
                format!("{origin}/#/book")
            }
            VictimApp::LocalStorage | VictimApp::Memory if query.starts_with("attempt") => {
                format!("{origin}/?{query}#/book")
            }
            VictimApp::LocalStorage | VictimApp::Memory => format!("{origin}/?{query}"),
            VictimApp::Symbolon => format!("{origin}/lab/bank?{query}"),
            VictimApp::SymbolonWithoutPolicy => format!("{origin}/lab/bank-without-policy?{query}"),
        }
    }
}

/// Answers `GET /lab/setup` with the origins of all servers, and the pages of the guided attack.
async fn setup(State(lab): State<Lab>) -> Json<Value> {
    let victims = VictimApp::ALL.map(|app| {
        let page = |step: u8| lab.page(app, &format!("step={step}.{}", app.name()));
        json!({ "id": app, "origin": lab.site(app).origin, "signIn": page(2), "open": page(4) })
    });
    Json(json!({ "attacker": lab.0.attacker.origin, "victims": victims }))
}

/// Answers `POST /lab/run`.
async fn begin_run(State(lab): State<Lab>, Json(request): Json<RunRequest>) -> StatusCode {
    let Some(run) = MatrixRun::of(request) else { return StatusCode::UNPROCESSABLE_ENTITY };
    // A comment of the guided attack would navigate the windows of the run away.
    lab.reset_guided_attack();
    *lab.run() = run;
    lab.notify();
    StatusCode::CREATED
}

/// Answers `GET /lab/next`: sends a window to the next attempt of its lane, or of a free lane if its own is at its end.
async fn next_attempt(
    State(lab): State<Lab>,
    Query(RunQuery { run: id, lane }): Query<RunQuery>,
) -> Redirect {
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
        Some((number, app)) => Redirect::to(&lab.page(app, &format!("attempt={id}.{number}"))),
        None => Redirect::to("/lab/done"),
    }
}

/// Answers `GET /lab/matrix` with every cell of a run as a line of JSON, as soon as it is finished.
async fn matrix(State(lab): State<Lab>, Query(RunQuery { run, .. }): Query<RunQuery>) -> Response {
    if !lab.has_begun(&run).await {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (writer, reader) = duplex(BUFFER);
    tokio::spawn(async move {
        if let Err(error) = write_cells(&lab, &run, writer).await {
            tracing::debug!(%error, "the page of the lab stopped reading the matrix");
        }
    });
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(ReaderStream::new(reader))).into_response()
}

/// Writes the cells of a run until it is over, or another run begins.
async fn write_cells(lab: &Lab, id: &str, mut page: DuplexStream) -> anyhow::Result<()> {
    let mut changes = lab.0.changed.subscribe();
    let mut written = 0;
    loop {
        let (fresh, is_over) = {
            let run = lab.run();
            if run.id != id {
                return Ok(());
            }
            (run.cells[written..].to_vec(), run.is_over())
        };
        for cell in &fresh {
            let mut line = serde_json::to_vec(cell)?;
            line.push(b'\n');
            page.write_all(&line).await?;
        }
        written += fresh.len();
        if is_over {
            return Ok(());
        }
        changes.changed().await?;
    }
}

/// Answers `POST /lab/steps/{victim}/{step}`.
async fn step(State(lab): State<Lab>, Path((app, step)): Path<(VictimApp, u8)>) -> Response {
    match lab.step(app, step).await {
        Some(report) => Json(report).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
