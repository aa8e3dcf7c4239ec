//! An HTTP client outside the browser: it has no cookies, and can send any header.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes to read. The longest answer here, the vault's script, has less.
const MAX_ANSWER: u64 = 1 << 20;

/// Sends a GET request. Returns the status and the body.
pub(super) async fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<(u16, String)> {
    let mut head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(head.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = timeout(TIMEOUT, exchange).await??;
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("the answer has no status")?;
    let (_, body) = answer.split_once("\r\n\r\n").context("the answer has no end of its headers")?;
    Ok((status, body.to_owned()))
}
