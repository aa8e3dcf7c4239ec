//! The tables, and how a file comes to have them.

use rusqlite::{Connection, TransactionBehavior};

/// Each step is made once, in order, and never changed after its release.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// Brings a file up to date. Several processes may try at once: one does it, and the others wait.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Not `pragma user_version`, which belongs to whoever else keeps tables in this file.
    transaction
        .execute_batch("create table if not exists symbolon_migration (step integer primary key) strict")?;
    let done: usize =
        transaction.query_row("select count(*) from symbolon_migration", [], |row| row.get(0))?;
    for (step, migration) in MIGRATIONS.iter().enumerate().skip(done) {
        transaction.execute_batch(migration)?;
        transaction.execute("insert into symbolon_migration (step) values (?)", [step])?;
    }
    transaction.commit()
}
