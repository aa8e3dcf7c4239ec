//! What the vault costs a page, beside the page's own `fetch` with a bearer token: in real browsers, all in one run.
//!
//! No debugger is attached to the browser, because that alone makes large uploads many times slower. So the page itself
//! measures, and sends what it has measured to its server.

mod browser;
mod report;
mod server;

use std::{env, time::Duration};

use tokio::{runtime::Builder, time::timeout};

use crate::{browser::Browser, server::Server};

/// After this, a browser is given up. A token lives longer, so that none is renewed while it measures.
const PATIENCE: Duration = Duration::from_mins(4);

fn main() {
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for browser in [Browser::Chromium, Browser::Firefox] {
        // Where they are is found out by `cargo xtask bench`.
        match env::var_os(browser.variable()) {
            None => println!("\nvault: skipped in {browser:?}, because {} is not set", browser.variable()),
            Some(program) => runtime.block_on(async {
                // A server for each, so that all begin alike.
                let mut server = Server::start().await;
                let running = browser.open(program, &server.origin);
                let too_late = |_| Err(format!("it has not reported within {} s", PATIENCE.as_secs()));
                let report = timeout(PATIENCE, server.report()).await.unwrap_or_else(too_late);
                drop(running);
                match report {
                    Ok(report) => report.print(browser, server.modules_sent()),
                    Err(reason) => panic!("{browser:?} could not measure: {reason}"),
                }
            }),
        }
    }
}
