//! The SQLite file of the bank: how it is opened, read and changed.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use rusqlite::Connection;
use tokio::{sync::watch, task::spawn_blocking};

use crate::demo_data;

const SCHEMA: &str = "
    create table if not exists demo_person (
        id integer primary key, name text not null unique, password_hash text not null,
        role text not null check (role in ('customer', 'admin'))
    ) strict;
    create table if not exists demo_account (
        id integer primary key, owner integer not null references demo_person (id), name text not null,
        cents integer not null check (cents >= 0)
    ) strict;
    create table if not exists demo_movement (
        id integer primary key, account integer not null references demo_account (id), at integer not null,
        other text not null, text text not null, cents integer not null
    ) strict;
    create index if not exists demo_movement_of on demo_movement (account);
    create table if not exists demo_comment (
        id integer primary key, author integer not null references demo_person (id), at integer not null,
        text text not null
    ) strict;";

/// A connection to the bank's file. Cheap to clone; all clones share one connection.
#[derive(Clone)]
pub(crate) struct Database {
    connection: Arc<Mutex<Connection>>,
    changes: watch::Sender<()>,
}

impl Database {
    /// Opens the file, and creates the tables and the demo people that are missing in it.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        spawn_blocking(move || {
            let mut connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch(SCHEMA)?;
            demo_data::insert(&mut connection)?;
            Ok(Self { connection: Arc::new(Mutex::new(connection)), changes: watch::Sender::new(()) })
        })
        .await?
    }

    /// Runs a query on a thread that may block, so that the threads that serve requests do not wait.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.connection);
        let done = spawn_blocking(move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(done.await??)
    }

    /// Runs `work` in one transaction, which is rolled back if `work` fails. Wakes the receivers of `changes` after it.
    pub(crate) async fn change<T: Send + 'static, E: From<anyhow::Error> + Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let connection = Arc::clone(&self.connection);
        let done = spawn_blocking(move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction().map_err(anyhow::Error::from)?;
            let done = work(&transaction)?;
            transaction.commit().map_err(anyhow::Error::from)?;
            Ok::<T, E>(done)
        });
        let done = done.await.map_err(anyhow::Error::from)??;
        self.changes.send_replace(());
        Ok(done)
    }

    /// Returns a receiver that wakes at every later change of the database.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}
