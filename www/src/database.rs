//! The file in which everything is, and what is in it at the start.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::{sync::watch, task::spawn_blocking};

use crate::people;

/// Everybody says the same.
pub const DEMO_PASSWORD: &str = "open sesame";

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

/// Name, role, and the cents on both accounts.
const PEOPLE: [(&str, &str, [i64; 2]); 3] = [
    ("ann", "admin", [248_015, 1_200_000]),
    ("ben", "customer", [131_240, 350_000]),
    ("cleo", "customer", [86_475, 725_000]),
];

/// What has happened on everybody's everyday account: how many hours ago, with whom, for what, how many cents.
const MOVEMENTS: [(i64, &str, &str, i64); 5] = [
    (170, "Piraeus Shipping", "Wages", 195_000),
    (122, "Agora Housing", "Rent", -72_000),
    (75, "Dodona Power", "Electricity", -4_830),
    (51, "Stoa Books", "Three halves of a story", -2_350),
    (26, "Harbour Bakery", "Bread and figs", -640),
];

#[derive(Clone)]
pub(crate) struct Database {
    connection: Arc<Mutex<Connection>>,
    changes: watch::Sender<()>,
}

impl Database {
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        spawn_blocking(move || {
            let mut connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch(SCHEMA)?;
            seed(&mut connection)?;
            Ok(Self { connection: Arc::new(Mutex::new(connection)), changes: watch::Sender::new(()) })
        })
        .await?
    }

    /// Reads, off the threads that serve.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.connection);
        let done = spawn_blocking(move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(done.await??)
    }

    /// Changes all of it or nothing, and tells those who follow.
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

    /// Hears of every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

/// Puts in who is not there yet.
fn seed(connection: &mut Connection) -> Result<()> {
    for (name, role, [everyday, savings]) in PEOPLE {
        let transaction = connection.transaction()?;
        let known: Option<i64> = transaction
            .query_row("select id from demo_person where name = ?", [name], |row| row.get(0))
            .optional()?;
        if known.is_some() {
            continue;
        }
        transaction.execute(
            "insert into demo_person (name, password_hash, role) values (?, ?, ?)",
            params![name, people::hash(DEMO_PASSWORD)?, role],
        )?;
        let person = transaction.last_insert_rowid();
        let account = "insert into demo_account (owner, name, cents) values (?, ?, ?)";
        transaction.execute(account, params![person, "Everyday", everyday])?;
        let first = transaction.last_insert_rowid();
        transaction.execute(account, params![person, "Savings", savings])?;
        for (hours, other, text, cents) in MOVEMENTS {
            transaction.execute(
                "insert into demo_movement (account, at, other, text, cents)
                 values (?, unixepoch() - ? * 3600, ?, ?, ?)",
                params![first, hours, other, text, cents],
            )?;
        }
        transaction.commit()?;
    }
    Ok(())
}
