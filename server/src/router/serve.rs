//! A server with limits, for those who have none in front.

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

use crate::web::{Peer, admission::MAX_HEADERS};

/// How long the head of a request may take to arrive.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// How long requests under way may go on after the server was told to stop.
pub const GRACE: Duration = Duration::from_secs(10);
/// The most header fields that a request may have: more than any browser sends.
const MAX_HEADER_FIELDS: usize = 100;

/// Serves `app` until `shutdown`, as `axum::serve` does, and in bounded time and memory: a request's head must come
/// within [`HEAD_DEADLINE`] and weigh no more than twice [`MAX_HEADERS`]. Handlers and layers learn where a request
/// comes from, by a [`Peer`] in its extensions. HTTP/1.1, and HTTP/2 by prior knowledge, as a proxy speaks it.
///
/// # Errors
/// When the listener does not work any more.
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
                // Out of file descriptors, most likely. Whoever is being served will give some back.
                tracing::error!(%error, "no connection can be accepted");
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
                tracing::debug!(%error, "a connection ended before its time");
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

/// Waits until it can be told which protocol a connection speaks: hyper's own limits begin only then.
async fn has_begun(stream: &TcpStream) -> bool {
    /// RFC 9113 section 3.4.
    const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut first = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut first).await {
            Ok(0) | Err(_) => return false,
            Ok(length) if length == PREFACE.len() || !PREFACE.starts_with(&first[..length]) => return true,
            // What is there stays readable, so waiting for more is waiting for time.
            Ok(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

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

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
