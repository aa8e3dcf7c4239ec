//! An HTTP server with limits, for applications without a proxy in front.

use std::{io, pin::pin, time::Duration};

use axum::{Router, body::Body};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    time::{sleep, timeout},
};
use tower::{ServiceExt, service_fn};

use crate::web::{admission::MAX_HEADERS, client_address::Peer};

/// How long the head of a request may take to arrive: 10 seconds.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// How long requests under way may continue after the shutdown began: 10 seconds.
pub const GRACE: Duration = Duration::from_secs(10);
/// The greatest number of header fields in a request: more than any browser sends.
const MAX_HEADER_FIELDS: usize = 100;

/// Serves `app` until `shutdown` completes, like `axum::serve`, with limits on time and memory.
///
/// A request's head must arrive within [`HEAD_DEADLINE`], and must not be larger than twice [`MAX_HEADERS`]. Each request has
/// its [`Peer`] in its extensions, which the rate limit needs. The server speaks HTTP/1.1, and HTTP/2 with prior knowledge as
/// proxies do.
///
/// ```no_run
/// # async fn run(app: axum::Router) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// symbolon_server::serve(listener, app, std::future::pending()).await
/// # }
/// ```
///
/// # Errors
/// The listener's error, if it stops working.
pub async fn serve(listener: TcpListener, app: Router, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let server = builder();
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                // Probably out of file descriptors. Requests under way will give some back.
                tracing::error!(%error, "cannot accept connections; trying again in a second");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let app = app.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer.ip()));
            app.clone().oneshot(request)
        });
        let (server, watcher) = (server.clone(), graceful.watcher());
        tokio::spawn(async move {
            if !timeout(HEAD_DEADLINE, has_begun(&stream)).await.unwrap_or(false) {
                return;
            }
            let _ = stream.set_nodelay(true);
            let (io, service) = (TokioIo::new(stream), TowerToHyperService::new(service));
            let connection = server.serve_connection_with_upgrades(io, service).into_owned();
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    select! {
        () = graceful.shutdown() => {}
        () = sleep(GRACE) => {}
    }
    Ok(())
}

/// Waits until the first bytes show which protocol the client speaks: hyper's own limits begin only then. Returns false if
/// the connection was closed.
async fn has_begun(stream: &TcpStream) -> bool {
    /// The connection preface of HTTP/2 (RFC 9113 section 3.4).
    const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut first = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut first).await {
            Ok(0) | Err(_) => return false,
            Ok(length) if length == PREFACE.len() || !PREFACE.starts_with(&first[..length]) => return true,
            // The bytes stay readable, so no event tells of the next ones: wait a moment.
            Ok(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Returns hyper's server with this crate's limits.
fn builder() -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_buf_size(2 * MAX_HEADERS)
        .max_headers(MAX_HEADER_FIELDS);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_DEADLINE)
        .max_header_list_size(u32::try_from(2 * MAX_HEADERS).unwrap_or(u32::MAX))
        .max_concurrent_streams(100);
    server
}

/// Whether an error concerns only the connection that was to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
