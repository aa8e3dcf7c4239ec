//! What is in the bank at its first start: three people, their accounts, and what happened on them.

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension, params};

use crate::password;

/// The password of every person in the demo. Not a secret: the sign-in page shows it.
pub const DEMO_PASSWORD: &str = "open sesame";

/// Each person's name, role, and cents on the two accounts "Everyday" and "Savings".
const PEOPLE: [(&str, &str, [i64; 2]); 3] = [
    ("ann", "admin", [248_015, 1_200_000]),
    ("ben", "customer", [131_240, 350_000]),
    ("cleo", "customer", [86_475, 725_000]),
];

/// The movements on every "Everyday" account: hours ago, other side, text, cents.
const MOVEMENTS: [(i64, &str, &str, i64); 5] = [
    (170, "Piraeus Shipping", "Wages", 195_000),
    (122, "Agora Housing", "Rent", -72_000),
    (75, "Dodona Power", "Electricity", -4_830),
    (51, "Stoa Books", "Three halves of a story", -2_350),
    (26, "Harbour Bakery", "Bread and figs", -640),
];

/// Inserts the people who are not in the database yet, with their accounts and movements.
pub(crate) fn insert(connection: &mut Connection) -> Result<()> {
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
            params![name, password::hash(DEMO_PASSWORD)?, role],
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
