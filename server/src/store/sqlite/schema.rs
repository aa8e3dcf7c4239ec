//! The tables of the SQLite store, and their migrations.

use rusqlite::{Connection, TransactionBehavior};

/// The migrations, in order. Each runs once per file and never changes after its release.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// Runs the migrations that the file still lacks. If several processes start at once, one migrates and the others wait.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // `pragma user_version` would be simpler, but an application with tables in the same file may use it.
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
