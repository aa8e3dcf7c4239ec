//! TLS for the demo, with a self-signed certificate that is made at the start. Browsers warn of it.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Result;
use axum::{
    Router,
    http::{HeaderValue, header::STRICT_TRANSPORT_SECURITY},
    middleware::map_response,
    response::Response,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// Terminates TLS at `public`, and forwards the connections to `inner` in plain text.
///
/// # Errors
/// If no certificate can be made.
pub fn serve(public: TcpListener, inner: SocketAddr) -> Result<()> {
    let identity = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![identity.cert.der().clone()], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        loop {
            match public.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(forward(acceptor.clone(), stream, inner))),
                Err(error) => tracing::warn!(%error, "a TLS connection could not be accepted"),
            }
        }
    });
    Ok(())
}

/// Forwards one connection, both ways, until either side closes it.
async fn forward(acceptor: TlsAcceptor, stream: TcpStream, inner: SocketAddr) {
    let forwarding = async {
        let mut outside = acceptor.accept(stream).await?;
        let mut inside = TcpStream::connect(inner).await?;
        copy_bidirectional(&mut outside, &mut inside).await
    };
    if let Err(error) = forwarding.await {
        tracing::debug!(%error, "a TLS connection broke off");
    }
}

/// Has every answer clear `Strict-Transport-Security`, or the browser would demand TLS of everything on localhost.
pub fn without_hsts(app: Router) -> Router {
    app.layer(map_response(async |mut response: Response| {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=0"));
        response
    }))
}
