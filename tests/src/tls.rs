//! What clients trust.

use std::sync::Arc;

use reqwest::ClientBuilder;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};

/// What sends requests: it trusts these certificates and no other, speaks HTTP/2 where TLS offers it, and follows no
/// redirect. A client of `reqwest` that is made in another way has no cryptography here.
pub fn trusting(certificates: impl IntoIterator<Item = CertificateDer<'static>>) -> ClientBuilder {
    let mut roots = RootCertStore::empty();
    certificates.into_iter().for_each(|certificate| roots.add(certificate).expect("it can be read"));
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let tls = tls.with_safe_default_protocol_versions().expect("it knows them");
    let mut tls = tls.with_root_certificates(roots).with_no_client_auth();
    tls.alpn_protocols = ["h2", "http/1.1"].map(Into::into).into();
    reqwest::Client::builder().tls_backend_preconfigured(tls).redirect(reqwest::redirect::Policy::none())
}
