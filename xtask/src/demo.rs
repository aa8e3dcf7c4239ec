//! The demo, served, with the attack lab.

use std::{
    env,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::Stdio,
};

use anyhow::{Context, Result, bail};

use crate::{
    build, setup,
    shell::{cargo, root, run, say},
};

/// The port to serve on, if nobody else does; the lab takes those after it.
const PORT: u16 = 3000;

pub(crate) fn serve() -> Result<()> {
    let is_https = env::args().any(|argument| argument == "--https");
    build(&setup::for_building()?)?;
    say("building the demo server");
    run("the demo server", &mut cargo(&["build", "--quiet", "--package", "symbolon-www"]))?;
    let port = if TcpListener::bind(("127.0.0.1", PORT)).is_ok() { PORT } else { 0 };
    let store = root().join("target/demo.db");
    let mut server = cargo(&["run", "--quiet", "--package", "symbolon-www", "--", "--lab", "--listen"]);
    server.arg(format!("127.0.0.1:{port}")).arg("--store").arg(store);
    if is_https {
        server.arg("--https");
    }
    if env::var_os("RUST_LOG").is_none() {
        // The lab provokes hundreds of refusals.
        server.env("RUST_LOG", "error");
    }
    let mut server = server.stdout(Stdio::piped()).spawn().context("the demo server cannot be started")?;
    let mut lines = BufReader::new(server.stdout.take().context("it has an output")?).lines();
    if let (Some(Ok(bank)), Some(Ok(lab))) = (lines.next(), lines.next()) {
        explain(&bank, &lab, is_https);
    }
    let status = server.wait()?;
    if status.success() { Ok(()) } else { bail!("the demo server failed ({status})") }
}

fn explain(bank: &str, lab: &str, is_https: bool) {
    println!(
        "\nThree things to try:
  1. {bank}: sign in as ann with the password \"open sesame\", and see where each half is.
  2. {lab}: rob the application with its token in localStorage, step by step; then try Symbolon.
  3. There, press \"Run all attacks\". Red is a token that let the attacker in; amber is what needs none, and is not stopped.\n"
    );
    if is_https {
        println!(
            "The certificate was made for this run, and nobody vouches for it: your browser will warn of it at the bank. Open the
bank first and go on in spite of that, or the lab's windows will stop at the warning.\n"
        );
    }
    println!("Everything is for this machine only. Stop with Ctrl-C.\n");
}
