//! The gate and the endpoints under hyper alone, without axum.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use serde_json::Value;
use symbolon_server::{Authenticated, Config, Error, Peer, SigningKeys, Symbolon, store::Memory};
use symbolon_tests::{
    PASSWORD,
    client::{Client, refused, send},
    new_key,
};
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceExt, service_fn};

type Answer = Response<Full<Bytes>>;

/// The application: a sign-in, and a route that names its caller.
async fn answer(symbolon: Symbolon, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let answered = match request.uri().path() {
        "/auth/sign-in" => sign_in(&symbolon, request).await,
        path if path.starts_with("/auth/") => {
            Ok(symbolon.answer(request.into_parts().0).await.map(Full::from))
        }
        _ => Ok(Response::default()),
    };
    Ok(answered.unwrap_or_else(Into::into))
}

async fn sign_in(symbolon: &Symbolon, request: Request<Incoming>) -> Result<Answer, Error> {
    let (parts, body) = request.into_parts();
    let vault = symbolon.prove_vault(&parts).await?;
    let body = Limited::new(body, 4096).collect().await.map_err(|_| Error::BadCredentials)?;
    let form: Value = serde_json::from_slice(&body.to_bytes()).map_err(|_| Error::BadCredentials)?;
    match (form["name"].as_str(), form["password"].as_str()) {
        (Some(name), Some(PASSWORD)) => Ok(symbolon.sign_in(name, vault).await?.into()),
        _ => Err(Error::BadCredentials),
    }
}

async fn api(request: Request<Incoming>) -> Result<Answer, Infallible> {
    let who = request.extensions().get::<Authenticated>().map(|who| who.subject().to_owned());
    let halves = ["authorization", "cookie"].map(|name| request.headers().contains_key(name));
    Ok(Response::new(Full::from(format!("{who:?} {halves:?}"))))
}

/// Serves the application and returns its address.
async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let config = Config::new(&origin).unwrap().max_failures(3);
    let keys = SigningKeys::parse(&new_key()).unwrap();
    let symbolon = Symbolon::new(config, keys, Memory::default()).await.unwrap();
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let (own, gated) = (symbolon.clone(), symbolon.gate().layer(service_fn(api)));
            let auth = symbolon.auth_layer().layer(service_fn(move |request| answer(own.clone(), request)));
            let routed = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(Peer(peer.ip()));
                let (mut auth, gated) = (auth.clone(), gated.clone());
                async move {
                    if request.uri().path().starts_with("/api/") {
                        gated.oneshot(request).await
                    } else {
                        auth.call(request).await
                    }
                }
            });
            let service = TowerToHyperService::new(symbolon.security_headers().layer(routed));
            let server = Builder::new(TokioExecutor::new());
            tokio::spawn(async move {
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    origin
}

#[tokio::test]
async fn a_person_signs_in_uses_the_api_refreshes_and_signs_out() {
    let mut client = Client::new(&start().await);
    assert_eq!(client.try_sign_in("ann", "wrong").await.verdict(), (401, "bad_credentials".into()));
    client.sign_in("ann", PASSWORD).await;
    let me = client.me().await;
    assert_eq!(me.body, r#"Some("ann") [false, false]"#, "who it is, and neither half");
    assert_eq!(me.headers["cache-control"], "no-store");
    assert!(me.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; "));
    assert_eq!(client.try_refresh().await.status, 200);
    assert_eq!(client.me().await.status, StatusCode::OK);
    let sign_out = client.sign_out().await;
    assert_eq!(
        (sign_out.status, sign_out.headers.get_all("set-cookie").iter().count()),
        (StatusCode::NO_CONTENT, 2)
    );
    assert_eq!(client.me().await.verdict(), refused());
}

#[tokio::test]
async fn the_gate_and_the_endpoints_refuse_as_they_do_under_axum() {
    let mut client = Client::new(&start().await);
    client.sign_in("ann", PASSWORD).await;
    assert_eq!(send(client.plain(Method::GET, "/api/me")).await.verdict(), refused());
    assert_eq!(
        send(client.plain(Method::POST, "/auth/refresh")).await.verdict(),
        (403, "cross_origin".into())
    );
    assert_eq!(client.get("/auth/refresh").await.status, 405);
    assert_eq!(client.get("/auth/absent").await.status, 404);
    let worker = client.plain(Method::GET, "/public").header("service-worker", "script");
    assert_eq!(send(worker).await.verdict(), (403, "forbidden".into()));
    for _ in 0..4 {
        client.refresh_with("nonsense").await;
    }
    assert_eq!(client.refresh_with("nonsense").await.verdict(), (429, "too_many_requests".into()));
}
