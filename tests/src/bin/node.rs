//! `node FILE`: a server to be killed, or to be looked at. Sessions are in the file, keys in `SYMBOLON_KEYS`; it prints its
//! address. Browsers call it what `SEEN` says, and its tokens and idle sessions live for as many seconds as
//! `TOKEN_SECONDS` and `IDLE_SECONDS`, where these are set; where `READABLE` is, vaults may run within reach of page script.
//! `API` is another origin to which vaults may send tokens, and `CALLER` one whose pages may call. `PAGES` is a folder of
//! pages to serve, and `ALLOWED` what their policy allows besides.

use std::{env, error::Error, time::Duration};

use symbolon_server::{Config, SigningKeys, Symbolon, serve, store::Sqlite};
use symbolon_tests::{NODE_ORIGIN, host};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("which file?")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = env::var("SEEN").unwrap_or_else(|_| NODE_ORIGIN.to_owned());
    let keys = SigningKeys::from_env("SYMBOLON_KEYS")?;
    let mut config = Config::new(&origin)?;
    if let Ok(seconds) = env::var("TOKEN_SECONDS") {
        config = config.token_lifetime(Duration::from_secs(seconds.parse()?));
    }
    if let Ok(seconds) = env::var("IDLE_SECONDS") {
        config = config.idle_timeout(Duration::from_secs(seconds.parse()?));
    }
    if env::var_os("READABLE").is_some() {
        config = config.let_page_script_read_tokens();
    }
    if let Ok(origin) = env::var("API") {
        config = config.allow_api_origin(&origin)?;
    }
    if let Ok(origin) = env::var("CALLER") {
        config = config.allow_origin(&origin)?;
    }
    let symbolon = Symbolon::new(config, keys, Sqlite::open(file).await?).await?;
    let app = match env::var_os("PAGES") {
        Some(folder) => {
            host::with_pages(&symbolon, folder.as_ref(), &env::var("ALLOWED").unwrap_or_default())?
        }
        None => host::router(&symbolon),
    };
    println!("http://{}", listener.local_addr()?);
    Ok(serve(listener, app, std::future::pending()).await?)
}
