//! `node FILE`: a server to be killed. Sessions are in the file, keys in `SYMBOLON_KEYS`; it prints its address.

use std::{env, error::Error};

use symbolon_server::{Config, SigningKeys, Symbolon, store::Sqlite};
use symbolon_tests::{NODE_ORIGIN, host};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("which file?")?;
    let keys = SigningKeys::from_env("SYMBOLON_KEYS")?;
    let symbolon = Symbolon::new(Config::new(NODE_ORIGIN)?, keys, Sqlite::open(file).await?).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, host::router(&symbolon)).await?;
    Ok(())
}
