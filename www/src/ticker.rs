//! The ticker: a stream of JSON lines that tells a page what is new, until the session ends.

use std::{
    pin::pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use axum::{
    body::Body,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use symbolon_server::{Authenticated, Symbolon, shared::time::UnixTime};
use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    select,
    time::interval,
};
use tokio_util::io::ReaderStream;

use crate::{
    accounts::Money,
    database::Database,
    guest_book::Comment,
    session_limits::{SessionLimits, session_limits},
};

/// How often the page gets new rates and session limits.
const PERIOD: Duration = Duration::from_secs(2);
/// How many bytes may wait for a page that does not read.
const BUFFER: usize = 16 * 1024;

/// One line of the stream.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum News {
    Comments(Vec<Comment>),
    Money(Money),
    Rates([Rate; 4]),
    Session(SessionLimits),
}

/// The price of one euro.
#[derive(Serialize)]
struct Rate {
    currency: &'static str,
    rate: f64,
}

/// Answers `GET /api/ticker`.
pub(crate) async fn ticker(
    State(symbolon): State<Symbolon>,
    State(database): State<Database>,
    who: Authenticated,
) -> Response {
    let (writer, reader) = duplex(BUFFER);
    tokio::spawn(async move {
        if let Err(error) = write_news(&symbolon, &database, &who, writer).await {
            tracing::debug!(%error, "a ticker stopped: its page was closed, or the database failed");
        }
    });
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(ReaderStream::new(reader))).into_response()
}

/// Writes news until the session ends or the person's permissions change; the page then asks which of the two happened.
/// An open ticker does not count as use, so a session can go idle while one runs.
async fn write_news(
    symbolon: &Symbolon,
    database: &Database,
    who: &Authenticated,
    mut page: DuplexStream,
) -> Result<()> {
    let mut ended = pin!(symbolon.session_ended(who));
    let mut period = interval(PERIOD);
    let mut changes = database.changes();
    changes.mark_changed();
    loop {
        select! {
            _ = &mut ended => return Ok(()),
            _ = period.tick() => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
                let Some(limits) = session_limits(symbolon, who, UnixTime(now.as_secs())).await? else { return Ok(()) };
                write(&mut page, &News::Session(limits)).await?;
                write(&mut page, &News::Rates(rates(now))).await?;
            }
            more = changes.changed() => {
                more?;
                write(&mut page, &News::Money(database.money_of(who.subject()).await?)).await?;
                write(&mut page, &News::Comments(database.comments().await?)).await?;
            }
        }
    }
}

/// Writes one line.
async fn write(page: &mut DuplexStream, news: &News) -> Result<()> {
    let mut line = serde_json::to_vec(news)?;
    line.push(b'\n');
    Ok(page.write_all(&line).await?)
}

/// Returns invented rates, equal for everybody.
fn rates(now: Duration) -> [Rate; 4] {
    let seconds = now.as_secs_f64();
    [("USD", 1.0842, 71.0), ("GBP", 0.8461, 53.0), ("CHF", 0.9387, 89.0), ("JPY", 164.25, 37.0)].map(
        |(currency, middle, pace)| {
            let swing = (seconds / pace).sin() * 0.004 + (seconds / 11.0 + pace).sin() * 0.0008;
            Rate { currency, rate: middle * (1.0 + swing) }
        },
    )
}
