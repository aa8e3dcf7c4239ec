//! HTTP clients that trust the tests' own certificates.

use std::sync::Arc;

use reqwest::ClientBuilder;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};

/// Builds an HTTP client that trusts only these certificates, speaks HTTP/2 where TLS offers it, and follows no redirect.
/// Build every `reqwest` client here: one made elsewhere has no TLS provider.
pub fn trusting(certificates: impl IntoIterator<Item = CertificateDer<'static>>) -> ClientBuilder {
    let mut roots = RootCertStore::empty();
    certificates.into_iter().for_each(|certificate| roots.add(certificate).expect("it can be read"));
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let tls = tls.with_safe_default_protocol_versions().expect("it knows them");
    let mut tls = tls.with_root_certificates(roots).with_no_client_auth();
    tls.alpn_protocols = ["h2", "http/1.1"].map(Into::into).into();
    reqwest::Client::builder().tls_backend_preconfigured(tls).redirect(reqwest::redirect::Policy::none())
}
