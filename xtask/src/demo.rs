//! The demo, served.

use std::net::TcpListener;

use anyhow::Result;

use crate::{
    build, setup,
    shell::{cargo, root, run, say},
};

/// The port to serve on, if nobody else does.
const PORT: u16 = 3000;

pub(crate) fn serve() -> Result<()> {
    build(&setup::for_building()?)?;
    say("building the demo server");
    run("the demo server", &mut cargo(&["build", "--quiet", "--package", "symbolon-www"]))?;
    let port = if TcpListener::bind(("127.0.0.1", PORT)).is_ok() { PORT } else { 0 };
    println!("\nSign in as ann or ben with the password \"open sesame\". Stop with Ctrl-C.\n");
    let store = root().join("target/demo.db");
    let mut server = cargo(&["run", "--quiet", "--package", "symbolon-www", "--", "--listen"]);
    run("the demo server", server.arg(format!("127.0.0.1:{port}")).arg("--store").arg(store))
}
