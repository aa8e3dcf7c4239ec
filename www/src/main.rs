//! `symbolon-www [--listen ADDRESS] [--origin ORIGIN] [--store FILE] [--keys FILE] [--idle SECONDS]
//! [--lab] [--https]`

use std::{
    env,
    io::{self, IsTerminal, Write},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use axum::http::Uri;
use lexopt::prelude::*;
use symbolon_server::{Config, SigningKeys, Symbolon};
use symbolon_www::{Lab, tls};
use tokio::{net::TcpListener, signal};
use tracing_subscriber::EnvFilter;

const USAGE: &str = "\
symbolon-www: the Symbolon demo, a small bank behind a sign-in

  --listen ADDRESS   address to listen on (default 127.0.0.1:3000; port 0 takes any free port)
  --origin ORIGIN    origin that browsers use, such as https://bank.example (default http://localhost:<port>)
  --store FILE       SQLite file for the sessions and the bank (default symbolon-demo.db)
  --keys FILE        signing keys, one a line, as symbolon-keygen prints them; SIGHUP reads the file again
  --idle SECONDS     idle timeout of a session (default 600)
  --lab              also serve the attack lab: weak applications and an attacker's server, for this machine only
  --https            serve over TLS with a self-signed certificate; browsers warn of it
  -h, --help         print this text

Sign in as ann (an admin), ben or cleo (customers). The password of each is: open sesame

Without --keys, the keys come from the environment variable SYMBOLON_KEYS, separated by commas. If that is not set
either, a new key is made, which is lost when the process ends.

Prints the address of the bank, and with --lab a second line with the address of the lab.";

/// The command line.
struct Options {
    listen: SocketAddr,
    origin: Option<String>,
    store: PathBuf,
    keys: Option<PathBuf>,
    idle: Duration,
    lab: bool,
    https: bool,
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

    let listener = TcpListener::bind(options.listen).await.with_context(|| {
        format!("cannot listen on {}: choose another address with --listen", options.listen)
    })?;
    let bound = listener.local_addr()?;
    let scheme = if options.https { "https" } else { "http" };
    let local = format!("{scheme}://localhost:{}", bound.port());
    let (origin, address) = match options.origin {
        Some(origin) => (origin, format!("{scheme}://{bound}")),
        None => (local.clone(), local),
    };
    let listener = if options.https {
        let inner = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        tls::serve(listener, inner.local_addr()?)?;
        inner
    } else {
        listener
    };
    let keys = match &options.keys {
        Some(file) => SigningKeys::from_file(file)?,
        None if env::var_os("SYMBOLON_KEYS").is_some() => SigningKeys::from_env("SYMBOLON_KEYS")?,
        None => {
            tracing::info!(
                "no signing keys given: using a new key that is lost when this process ends (see --keys)"
            );
            SigningKeys::generate()?
        }
    };
    let config = Config::new(&origin)?.idle_timeout(options.idle);
    let lab = if options.lab {
        Some(Lab::open(listener.local_addr()?, bound.port(), &origin).await?)
    } else {
        None
    };
    let (app, symbolon) = symbolon_www::app(config, keys, &options.store, lab.as_ref()).await?;
    let app = if options.https { tls::without_hsts(app) } else { app };
    #[cfg(unix)]
    if let Some(file) = options.keys {
        tokio::spawn(reload_keys(symbolon.clone(), file));
    }

    writeln!(io::stdout().lock(), "{address}")?;
    if let Some(lab) = lab {
        writeln!(io::stdout().lock(), "{}", lab.address())?;
    }
    symbolon_server::serve(listener, app, async { signal::ctrl_c().await.unwrap_or_default() }).await?;
    Ok(symbolon.close().await?)
}

/// Reads the key file again at every SIGHUP. Keeps the old keys if the new ones are refused.
#[cfg(unix)]
async fn reload_keys(symbolon: Symbolon, file: PathBuf) -> io::Result<()> {
    let mut hangup = signal::unix::signal(signal::unix::SignalKind::hangup())?;
    while hangup.recv().await.is_some() {
        match SigningKeys::from_file(&file).and_then(|keys| symbolon.replace_keys(keys)) {
            Ok(()) => tracing::info!(file = %file.display(), "signing keys reloaded"),
            Err(error) => {
                tracing::error!(%error, file = %file.display(), "signing keys not reloaded: the old keys stay in use");
            }
        }
    }
    Ok(())
}

/// Parses the command line. `None` if it asks for help.
fn options() -> Result<Option<Options>> {
    let mut options = Options {
        listen: ([127, 0, 0, 1], 3000).into(),
        origin: None,
        store: "symbolon-demo.db".into(),
        keys: None,
        idle: Duration::from_mins(10),
        lab: false,
        https: false,
    };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("listen") => options.listen = arguments.value()?.parse()?,
            Long("origin") => options.origin = Some(arguments.value()?.string()?),
            Long("store") => options.store = arguments.value()?.into(),
            Long("keys") => options.keys = Some(arguments.value()?.into()),
            Long("idle") => options.idle = Duration::from_secs(arguments.value()?.parse()?),
            Long("https") => options.https = true,
            Long("lab") => options.lab = true,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected().into()),
        }
    }
    // The lab is weak on purpose, so nobody else may reach it.
    if options.lab {
        let origin: Option<Uri> = options.origin.as_ref().map(|origin| origin.parse()).transpose()?;
        let host = origin.as_ref().map_or(Some("localhost"), Uri::host);
        let is_here = host.is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host));
        if !is_here || !options.listen.ip().is_loopback() {
            bail!(
                "--lab is for this machine only, because its applications are weak on purpose: \
                 give --listen a loopback address and --origin the host localhost, or leave --lab out"
            );
        }
    }
    Ok(Some(options))
}
