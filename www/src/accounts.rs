//! A person's accounts, what happened on them, and to whom the person can send money.

use axum::{Json, extract::State};
use rusqlite::Connection;
use serde::Serialize;
use symbolon_server::Authenticated;

use crate::{database::Database, error::AppError};

/// What a person sees of their money.
#[derive(Serialize)]
pub(crate) struct Money {
    pub(crate) accounts: Vec<Account>,
    /// The newest eight, newest first.
    movements: Vec<Movement>,
    /// The people to whom money can be sent.
    payees: Vec<Payee>,
}

#[derive(Serialize)]
pub(crate) struct Account {
    id: i64,
    name: String,
    pub(crate) cents: i64,
}

/// Money that came into an account, or left it.
#[derive(Serialize)]
struct Movement {
    /// Seconds since 1970.
    at: i64,
    account: String,
    other: String,
    text: String,
    cents: i64,
}

#[derive(Serialize)]
struct Payee {
    account: i64,
    name: String,
}

/// Answers `GET /api/money`.
pub(crate) async fn money(
    State(database): State<Database>,
    who: Authenticated,
) -> Result<Json<Money>, AppError> {
    Ok(Json(database.money_of(who.subject()).await?))
}

impl Database {
    /// Returns what the person with this id sees of their money.
    pub(crate) async fn money_of(&self, person: &str) -> anyhow::Result<Money> {
        let person = person.to_owned();
        self.read(move |connection| {
            Ok(Money {
                accounts: accounts(connection, &person)?,
                movements: movements(connection, &person)?,
                payees: payees(connection, &person)?,
            })
        })
        .await
    }
}

/// Returns the accounts of `person`.
fn accounts(connection: &Connection, person: &str) -> rusqlite::Result<Vec<Account>> {
    connection
        .prepare_cached("select id, name, cents from demo_account where owner = ? order by id")?
        .query_map([person], |row| Ok(Account { id: row.get(0)?, name: row.get(1)?, cents: row.get(2)? }))?
        .collect()
}

/// Returns the newest movements on the accounts of `person`.
fn movements(connection: &Connection, person: &str) -> rusqlite::Result<Vec<Movement>> {
    connection
        .prepare_cached(
            "select at, account.name, other, text, movement.cents
             from demo_movement movement join demo_account account on account.id = account
             where owner = ? order by at desc, movement.id desc limit 8",
        )?
        .query_map([person], |row| {
            Ok(Movement {
                at: row.get(0)?,
                account: row.get(1)?,
                other: row.get(2)?,
                text: row.get(3)?,
                cents: row.get(4)?,
            })
        })?
        .collect()
}

/// Returns the first account of everybody but `person`.
fn payees(connection: &Connection, person: &str) -> rusqlite::Result<Vec<Payee>> {
    connection
        .prepare_cached(
            "select min(account.id), person.name
             from demo_account account join demo_person person on person.id = owner
             where owner <> ? group by owner order by person.name",
        )?
        .query_map([person], |row| Ok(Payee { account: row.get(0)?, name: row.get(1)? }))?
        .collect()
}
