//! `symbolon-www [--listen ADDRESS] [--origin ORIGIN] [--store FILE]`

use std::{
    env,
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    path::PathBuf,
};

use anyhow::{Context, Result};
use lexopt::prelude::*;
use symbolon_server::{Config, SigningKeys};
use tokio::{net::TcpListener, signal};
use tracing_subscriber::EnvFilter;

const USAGE: &str = "\
symbolon-www: the Symbolon demo

  --listen ADDRESS   where to listen, 127.0.0.1:3000 if not said; port 0 takes any free port
  --origin ORIGIN    what browsers call it, http://localhost:<port> if not said
  --store FILE       sessions, users and notes, symbolon-demo.db if not said

The environment variable SYMBOLON_KEYS holds the signing keys, in base64url and separated by commas; without it a key
is made that dies with the process. The first line printed is the address.";

/// What to serve, and where.
struct Options {
    listen: SocketAddr,
    origin: Option<String>,
    store: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Some(options) = options()? else {
        println!("{USAGE}");
        return Ok(());
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();

    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("listening on {}", options.listen))?;
    let bound = listener.local_addr()?;
    let local = format!("http://localhost:{}", bound.port());
    let (origin, address) = match options.origin {
        Some(origin) => (origin, format!("http://{bound}")),
        None => (local.clone(), local),
    };
    let keys = if env::var_os("SYMBOLON_KEYS").is_some() {
        SigningKeys::from_env("SYMBOLON_KEYS")?
    } else {
        tracing::info!("SYMBOLON_KEYS is not set: using a key that dies with this process");
        SigningKeys::generate()?
    };
    let app = symbolon_www::app(Config::new(&origin)?, keys, &options.store).await?;

    writeln!(io::stdout().lock(), "{address}")?;
    axum::serve(listener, app)
        .with_graceful_shutdown(async { signal::ctrl_c().await.unwrap_or_default() })
        .await?;
    Ok(())
}

fn options() -> Result<Option<Options>> {
    let mut options =
        Options { listen: ([127, 0, 0, 1], 3000).into(), origin: None, store: "symbolon-demo.db".into() };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("listen") => options.listen = arguments.value()?.parse()?,
            Long("origin") => options.origin = Some(arguments.value()?.string()?),
            Long("store") => options.store = arguments.value()?.into(),
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(Some(options))
}
