//! Transfers: moves money from an account of the person to any other account.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use symbolon_server::Authenticated;

use crate::{database::Database, error::AppError};

/// Above this many cents, the bank wants a recent sign-in (step-up authentication).
const LARGE: i64 = 50_000;
/// How recent the sign-in must be. Short, so that the demo shows the question soon.
const RECENT: Duration = Duration::from_secs(30);
/// The longest text of a transfer, in characters.
const MAX_TEXT: usize = 80;

#[derive(Deserialize)]
pub(crate) struct Transfer {
    from: i64,
    to: i64,
    cents: i64,
    text: String,
}

/// Answers `POST /api/transfers`.
pub(crate) async fn transfer(
    State(database): State<Database>,
    who: Authenticated,
    Json(transfer): Json<Transfer>,
) -> Result<StatusCode, AppError> {
    if transfer.cents > LARGE {
        who.require_recent(RECENT)?;
    }
    database.transfer(who.subject(), transfer).await?;
    Ok(StatusCode::CREATED)
}

impl Database {
    /// Moves money from an account of `person` to any other, in one transaction.
    async fn transfer(&self, person: &str, transfer: Transfer) -> Result<(), AppError> {
        let Transfer { from, to, cents, text } = transfer;
        let text = text.trim().to_owned();
        if cents <= 0 {
            return Err(AppError::Rejected("Nothing was sent: the amount must be more than €0."));
        }
        if from == to {
            return Err(AppError::Rejected(
                "Nothing was sent: both accounts are the same. Choose another one.",
            ));
        }
        if text.chars().count() > MAX_TEXT {
            return Err(AppError::Rejected(
                "Nothing was sent: the text is longer than 80 characters. Shorten it.",
            ));
        }
        let person = person.to_owned();
        let moved = self.change(move |connection| {
            let sender = holder(connection, from)?.filter(|sender| sender.owner == person);
            let (Some(sender), Some(receiver)) = (sender, holder(connection, to)?) else {
                return Err(AppError::NotFound);
            };
            // One statement checks and takes, so no two transfers spend the same money.
            let taken = connection.execute(
                "update demo_account set cents = cents - ?1 where id = ?2 and cents >= ?1",
                [cents, from],
            )?;
            if taken == 0 {
                return Err(AppError::Rejected("There is not enough money on that account."));
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

/// The owner of an account, with the names that movements show.
struct Holder {
    owner: String,
    person: String,
    account: String,
}

impl Holder {
    /// Returns what a movement on `other` calls this account: its name if one person owns both, else the owner's name.
    fn name_to(&self, other: &Self) -> &str {
        if self.owner == other.owner { &self.account } else { &self.person }
    }
}

/// Returns the owner of an account, or `None` if there is no such account.
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
    async fn an_invalid_transfer_moves_nothing() {
        let (database, _folder) = bank().await;
        let before = (cents(&database, "1").await, cents(&database, "2").await);
        for (from, to, sum) in
            [(1, 3, 0), (1, 3, -1), (1, 3, i64::MIN), (1, 3, i64::MAX), (1, 1, 1), (3, 1, 1), (1, 99, 1)]
        {
            let failed = database.transfer("1", transfer(from, to, sum)).await;
            assert!(matches!(failed, Err(AppError::Rejected(_) | AppError::NotFound)), "{from} {to} {sum}");
        }
        assert_eq!((cents(&database, "1").await, cents(&database, "2").await), before);
    }
}
