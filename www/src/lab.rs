//! The attack lab: the bank and two deliberately weak applications, attacked by the same script, and the attacker's
//! server, which says what it got. Off unless asked for, and for this machine only.

mod attacker;
mod bank;
mod chain;
mod desk;
mod elsewhere;
mod files;
mod jwt;
mod planted;
mod run;
mod victim;
mod weak;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use anyhow::Result;
use axum::Router;
use tokio::{net::TcpListener, sync::watch};

use self::{chain::Chain, run::Run, victim::Victim, weak::Weak};
use crate::database::Database;

/// Everybody in the lab. Cheap to clone.
#[derive(Clone)]
pub struct Lab(Arc<State>);

struct State {
    bank: Door,
    weak: Vec<(Weak, Door)>,
    /// The attacker's server, which is the lab's desk, too. On another site than the victims: 127.0.0.1, not localhost.
    attacker: Door,
    database: OnceLock<Database>,
    run: Mutex<Run>,
    chains: Mutex<[Chain; 4]>,
    changed: watch::Sender<()>,
}

/// Where a server is, and what browsers call it.
#[derive(Clone)]
struct Door {
    address: SocketAddr,
    origin: String,
}

impl Lab {
    /// Opens everything but the bank, which is at `bank`, in plain http, and which browsers call `origin`. The ports after
    /// `port` are taken where they are free, and any others where they are not.
    ///
    /// # Errors
    /// When this machine has no port or no randomness to give.
    pub async fn open(bank: SocketAddr, port: u16, origin: &str) -> Result<Self> {
        let (desk, attacker) = listen(port.saturating_add(1), "127.0.0.1").await?;
        let mut listeners = Vec::new();
        let mut weak = Vec::new();
        for (victim, after) in [Victim::LocalStorage, Victim::Memory].into_iter().zip(2..) {
            let (listener, door) = listen(port.saturating_add(after), "localhost").await?;
            listeners.push(listener);
            weak.push((Weak::new(victim)?, door));
        }
        let lab = Self(Arc::new(State {
            bank: Door { address: bank, origin: origin.to_owned() },
            weak,
            attacker,
            database: OnceLock::new(),
            run: Mutex::default(),
            chains: Mutex::default(),
            changed: watch::Sender::new(()),
        }));
        serve(desk, lab.attacker());
        for ((weak, _), listener) in lab.0.weak.iter().zip(listeners) {
            serve(listener, weak.routes().merge(lab.planted()));
        }
        Ok(lab)
    }

    /// Where the lab is to be looked at.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}/lab", self.0.attacker.origin)
    }

    fn door(&self, victim: Victim) -> &Door {
        match victim {
            Victim::LocalStorage => &self.0.weak[0].1,
            Victim::Memory => &self.0.weak[1].1,
            Victim::Symbolon | Victim::SymbolonWithoutPolicy => &self.0.bank,
        }
    }

    fn weak(&self, victim: Victim) -> Option<&Weak> {
        victim.is_weak().then(|| &self.0.weak[victim.lane()].0)
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.0.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chains(&self) -> MutexGuard<'_, [Chain; 4]> {
        self.0.chains.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits for something to happen.
    fn has_changed(&self) {
        self.0.changed.send_replace(());
    }
}

/// On this port if it is free; browsers are to call it `host`.
async fn listen(port: u16, host: &str) -> Result<(TcpListener, Door)> {
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
    };
    let address = listener.local_addr()?;
    Ok((listener, Door { address, origin: format!("http://{host}:{}", address.port()) }))
}

/// Until the process ends.
fn serve(listener: TcpListener, app: Router) {
    tokio::spawn(symbolon_server::serve(listener, app, std::future::pending()));
}
