//! A server on hyper and tower, without axum.
//!
//! ```sh
//! cargo run --example without_axum
//! curl -i http://localhost:3000/api/me # 401: there is no token
//! ```
//!
//! `ann` signs in with the password `open sesame`.

use std::{convert::Infallible, env, error::Error as StdError};

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use symbolon_server::{Authenticated, Config, Error, Peer, SigningKeys, Symbolon, store::Memory};
use tokio::net::TcpListener;
use tower::{Layer, ServiceExt, service_fn};

type Answer = Response<Full<Bytes>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let address = env::var("SYMBOLON_ADDR").unwrap_or_else(|_| "127.0.0.1:3000".into());
    let origin = env::var("SYMBOLON_ORIGIN").unwrap_or_else(|_| "http://localhost:3000".into());
    let symbolon = Symbolon::new(Config::new(&origin)?, SigningKeys::generate()?, Memory::default()).await?;

    let listener = TcpListener::bind(address).await?;
    loop {
        // One failed connection must not end the server. `symbolon_server::serve` also limits slow clients.
        let Ok((stream, peer)) = listener.accept().await else { continue };
        let symbolon = symbolon.clone();
        let headers = symbolon.security_headers();
        let app = headers.layer(service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip())); // failed requests are counted per address
            route(symbolon.clone(), request)
        }));
        tokio::spawn(async move {
            let server = Builder::new(TokioExecutor::new());
            let _ = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app)).await;
        });
    }
}

async fn route(symbolon: Symbolon, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let path = request.uri().path();
    if path.starts_with("/auth/") {
        // Limits failures and time, and clears cookies when a session ends.
        let layer = symbolon.auth_layer();
        layer.layer(service_fn(move |request| auth(symbolon.clone(), request))).oneshot(request).await
    } else if path.starts_with("/api/") {
        // Refuses every request without a live session.
        symbolon.gate().layer(service_fn(api)).oneshot(request).await
    } else {
        Ok(status(StatusCode::NOT_FOUND))
    }
}

async fn auth(symbolon: Symbolon, request: Request<Incoming>) -> Result<Answer, Infallible> {
    if request.uri().path() == "/auth/sign-in" {
        return Ok(sign_in(&symbolon, request).await.unwrap_or_else(Into::into));
    }
    Ok(symbolon.answer(request.into_parts().0).await.map(Full::from))
}

#[derive(serde::Deserialize)]
struct SignIn {
    name: String,
    password: String,
}

async fn sign_in(symbolon: &Symbolon, request: Request<Incoming>) -> Result<Answer, Error> {
    let (parts, body) = request.into_parts();
    let vault = symbolon.prove_vault(&parts).await?;
    let body = Limited::new(body, 4096).collect().await.map_err(|_| Error::BadCredentials)?.to_bytes();
    let form: SignIn = serde_json::from_slice(&body).map_err(|_| Error::BadCredentials)?;
    if form.name != "ann" || form.password != "open sesame" {
        return Err(Error::BadCredentials);
    }
    Ok(symbolon.sign_in(form.name, vault).await?.into())
}

async fn api(request: Request<Incoming>) -> Result<Answer, Infallible> {
    let who = request.extensions().get::<Authenticated>(); // the gate has put it there
    let (Some(who), "/api/me") = (who, request.uri().path()) else {
        return Ok(status(StatusCode::NOT_FOUND));
    };
    Ok(Response::new(Full::from(format!("hello, {}", who.subject()))))
}

fn status(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}
