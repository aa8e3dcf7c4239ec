//! Accounts, what happened on them, and transfers.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use symbolon_server::Authenticated;

use crate::{database::Database, failure::Failure};

/// Above this many cents, the person must have said their password a moment ago.
const LARGE: i64 = 50_000;
const A_MOMENT: Duration = Duration::from_secs(30);
/// The longest text of a transfer, in characters.
const MAX_TEXT: usize = 80;

/// What a person sees of their money.
#[derive(Serialize)]
pub(crate) struct Money {
    accounts: Vec<Account>,
    /// The newest first, and not too many.
    movements: Vec<Movement>,
    /// To whom money can be sent.
    payees: Vec<Payee>,
}

#[derive(Serialize)]
struct Account {
    id: i64,
    name: String,
    cents: i64,
}

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

pub(crate) async fn money(
    State(database): State<Database>,
    who: Authenticated,
) -> Result<Json<Money>, Failure> {
    Ok(Json(database.money_of(who.subject()).await?))
}

#[derive(Deserialize)]
pub(crate) struct Transfer {
    from: i64,
    to: i64,
    cents: i64,
    text: String,
}

pub(crate) async fn transfer(
    State(database): State<Database>,
    who: Authenticated,
    Json(transfer): Json<Transfer>,
) -> Result<StatusCode, Failure> {
    if transfer.cents > LARGE {
        who.require_recent(A_MOMENT)?;
    }
    database.transfer(who.subject(), transfer).await?;
    Ok(StatusCode::CREATED)
}

impl Database {
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

    /// Moves money from an account of this person's to any other.
    async fn transfer(&self, person: &str, transfer: Transfer) -> Result<(), Failure> {
        let Transfer { from, to, cents, text } = transfer;
        let text = text.trim().to_owned();
        if cents <= 0 {
            return Err(Failure::Refused("An amount is more than nothing."));
        }
        if from == to {
            return Err(Failure::Refused("That is the same account."));
        }
        if text.chars().count() > MAX_TEXT {
            return Err(Failure::Refused("A text has 80 characters at the most."));
        }
        let person = person.to_owned();
        let moved = self.change(move |connection| {
            let sender = holder(connection, from)?.filter(|sender| sender.owner == person);
            let (Some(sender), Some(receiver)) = (sender, holder(connection, to)?) else {
                return Err(Failure::NotFound);
            };
            // One statement looks and takes, so that no two transfers spend the same money.
            let taken = connection.execute(
                "update demo_account set cents = cents - ?1 where id = ?2 and cents >= ?1",
                [cents, from],
            )?;
            if taken == 0 {
                return Err(Failure::Refused("There is not enough money on that account."));
            }
            connection.execute("update demo_account set cents = cents + ? where id = ?", [cents, to])?;
            let movement = "insert into demo_movement (account, at, other, text, cents)
                            values (?, unixepoch(), ?, ?, ?)";
            connection.execute(movement, params![from, receiver.name_to(&sender), text, -cents])?;
            connection.execute(movement, params![to, sender.name_to(&receiver), text, cents])?;
            Ok(())
        });
        moved.await
    }
}

/// Whose an account is.
struct Holder {
    owner: String,
    person: String,
    account: String,
}

impl Holder {
    /// As the other side of a movement is called: one's own account by its name, anybody else's by theirs.
    fn name_to(&self, other: &Self) -> &str {
        if self.owner == other.owner { &self.account } else { &self.person }
    }
}

fn holder(connection: &Connection, account: i64) -> rusqlite::Result<Option<Holder>> {
    connection
        .prepare_cached(
            "select cast(owner as text), person.name, account.name
             from demo_account account join demo_person person on person.id = owner where account.id = ?",
        )?
        .query_row([account], |row| {
            Ok(Holder { owner: row.get(0)?, person: row.get(1)?, account: row.get(2)? })
        })
        .optional()
}

fn accounts(connection: &Connection, person: &str) -> rusqlite::Result<Vec<Account>> {
    connection
        .prepare_cached("select id, name, cents from demo_account where owner = ? order by id")?
        .query_map([person], |row| Ok(Account { id: row.get(0)?, name: row.get(1)?, cents: row.get(2)? }))?
        .collect()
}

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

/// The first account of everybody else.
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn bank() -> (Database, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Database::open(&folder.path().join("bank.db")).await.unwrap(), folder)
    }

    fn transfer(from: i64, to: i64, cents: i64) -> Transfer {
        Transfer { from, to, cents, text: String::new() }
    }

    async fn cents(database: &Database, person: &str) -> Vec<i64> {
        database.money_of(person).await.unwrap().accounts.iter().map(|account| account.cents).collect()
    }

    #[tokio::test]
    async fn however_many_transfers_begin_at_once_no_money_is_spent_twice() {
        let (database, _folder) = bank().await;
        let (hers, his) = (cents(&database, "1").await, cents(&database, "2").await);
        let at_once: Vec<_> = (0..20)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move { database.transfer("1", transfer(1, 3, 100_000)).await.is_ok() })
            })
            .collect();
        let mut done = 0;
        for transfer in at_once {
            done += i64::from(transfer.await.unwrap());
        }
        assert_eq!(done, hers[0] / 100_000);
        assert_eq!(cents(&database, "1").await, [hers[0] - done * 100_000, hers[1]]);
        assert_eq!(cents(&database, "2").await, [his[0] + done * 100_000, his[1]]);
    }

    #[tokio::test]
    async fn what_is_no_transfer_moves_nothing() {
        let (database, _folder) = bank().await;
        let before = (cents(&database, "1").await, cents(&database, "2").await);
        for (from, to, sum) in
            [(1, 3, 0), (1, 3, -1), (1, 3, i64::MIN), (1, 3, i64::MAX), (1, 1, 1), (3, 1, 1), (1, 99, 1)]
        {
            let failed = database.transfer("1", transfer(from, to, sum)).await;
            assert!(matches!(failed, Err(Failure::Refused(_) | Failure::NotFound)), "{from} {to} {sum}");
        }
        assert_eq!((cents(&database, "1").await, cents(&database, "2").await), before);
    }
}
