//! The attack lab: the bank and two deliberately weak applications, one attack script against all of them, and the
//! attacker's server, which judges what the script stole. Off unless asked for, and for this machine only.

mod attacker;
mod bank;
mod careless;
mod dashboard;
mod guided_attack;
mod http_client;
mod injected_script;
mod jwt;
mod matrix_run;
mod purpose;
mod responses;
mod victim_app;
mod weak_app;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use anyhow::Result;
use axum::Router;
use tokio::{net::TcpListener, sync::watch};

use self::{guided_attack::Progress, matrix_run::MatrixRun, victim_app::VictimApp, weak_app::WeakApp};
use crate::database::Database;

/// The lab and all its servers. Cheap to clone.
#[derive(Clone)]
pub struct Lab(Arc<State>);

struct State {
    bank: Site,
    weak_apps: Vec<(WeakApp, Site)>,
    /// The attacker's server, which serves the lab's page too. Its site is 127.0.0.1 and not localhost, so that browsers
    /// see it as another site than the applications.
    attacker: Site,
    database: OnceLock<Database>,
    run: Mutex<MatrixRun>,
    guided: Mutex<[Progress; 4]>,
    changed: watch::Sender<()>,
}

/// The address of a server, and the origin that browsers use for it.
#[derive(Clone)]
struct Site {
    address: SocketAddr,
    origin: String,
}

impl Lab {
    /// Starts every server of the lab but the bank, which listens at `bank` in plain HTTP and has this `origin` in
    /// browsers. Uses the three ports after `port`, or any free one in place of a port that is taken.
    ///
    /// # Errors
    /// If the machine has no free port, or no randomness.
    pub async fn open(bank: SocketAddr, port: u16, origin: &str) -> Result<Self> {
        let (listener, attacker) = listen(port.saturating_add(1), "127.0.0.1").await?;
        let mut listeners = Vec::new();
        let mut weak_apps = Vec::new();
        for (app, after) in [VictimApp::LocalStorage, VictimApp::Memory].into_iter().zip(2..) {
            let (listener, site) = listen(port.saturating_add(after), "localhost").await?;
            listeners.push(listener);
            weak_apps.push((WeakApp::new(app)?, site));
        }
        let lab = Self(Arc::new(State {
            bank: Site { address: bank, origin: origin.to_owned() },
            weak_apps,
            attacker,
            database: OnceLock::new(),
            run: Mutex::default(),
            guided: Mutex::default(),
            changed: watch::Sender::new(()),
        }));
        serve(listener, lab.attacker());
        for ((weak_app, _), listener) in lab.0.weak_apps.iter().zip(listeners) {
            serve(listener, weak_app.routes().merge(lab.injected_routes()));
        }
        Ok(lab)
    }

    /// Returns the URL of the lab's page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}/lab", self.0.attacker.origin)
    }

    fn site(&self, app: VictimApp) -> &Site {
        match app {
            VictimApp::LocalStorage => &self.0.weak_apps[0].1,
            VictimApp::Memory => &self.0.weak_apps[1].1,
            VictimApp::Symbolon | VictimApp::SymbolonWithoutPolicy => &self.0.bank,
        }
    }

    fn weak_app(&self, app: VictimApp) -> Option<&WeakApp> {
        app.is_weak().then(|| &self.0.weak_apps[app.lane()].0)
    }

    fn run(&self) -> MutexGuard<'_, MatrixRun> {
        self.0.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn guided(&self) -> MutexGuard<'_, [Progress; 4]> {
        self.0.guided.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes everything that waits for a change of the lab's state.
    fn notify(&self) {
        self.0.changed.send_replace(());
    }
}

/// Listens on this port of the loopback address, or on any free one if it is taken.
async fn listen(port: u16, host: &str) -> Result<(TcpListener, Site)> {
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
    };
    let address = listener.local_addr()?;
    Ok((listener, Site { address, origin: format!("http://{host}:{}", address.port()) }))
}

/// Serves `app` in the background until the process ends.
fn serve(listener: TcpListener, app: Router) {
    tokio::spawn(symbolon_server::serve(listener, app, std::future::pending()));
}
