//! The cost of the vault for a page, beside the page's own `fetch` with a bearer token: in real browsers, in one run.
//!
//! An attached debugger would make large uploads many times slower. So the page measures by itself, and sends its figures
//! to the server.

mod browser;
mod report;
mod server;

use std::{env, time::Duration};

use tokio::{runtime::Builder, time::timeout};

use crate::{browser::Browser, server::Server};

/// The deadline for a browser. Tokens live longer, so no renewal falls into a measurement.
const PATIENCE: Duration = Duration::from_mins(4);

fn main() {
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for browser in [Browser::Chromium, Browser::Firefox] {
        // `cargo xtask bench` finds the browsers.
        match env::var_os(browser.variable()) {
            None => println!("\nvault: skipped in {browser:?}, because {} is not set", browser.variable()),
            Some(program) => runtime.block_on(async {
                // Each browser gets a fresh server, so that all start alike.
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
