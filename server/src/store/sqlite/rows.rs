//! What stands in the rows.

use rusqlite::Row;
use symbolon_shared::{id::SessionId, subject::Subject, time::UnixTime};

use crate::{
    error::StoreError,
    session::Session,
    store::{Change, Position, Scope},
};

/// A session's row: its record, and the columns that have the last word over it.
pub(super) struct Stored {
    revision: u64,
    last_seen_at: UnixTime,
    revoked_at: Option<UnixTime>,
    record: String,
}

impl Stored {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            revision: row.get(0)?,
            last_seen_at: UnixTime(row.get(1)?),
            revoked_at: row.get::<_, Option<u64>>(2)?.map(UnixTime),
            record: row.get(3)?,
        })
    }

    /// A record that cannot be read is no session: fail closed, and say so.
    pub(super) fn decode(self) -> Option<Session> {
        let Self { revision, last_seen_at, revoked_at, record } = self;
        match serde_json::from_str(&record) {
            Ok(session) => Some(Session { revision, last_seen_at, revoked_at, ..session }),
            Err(error) => {
                tracing::error!(kind = ?error.classify(), "a session record cannot be read");
                None
            }
        }
    }
}

pub(super) fn encode(session: &Session) -> Result<String, StoreError> {
    serde_json::to_string(session).map_err(StoreError::new)
}

pub(super) fn row_of(change: &Change) -> (&'static str, Option<&[u8]>, Option<&str>) {
    match change {
        Change::Ended(Scope::Session(id)) => ("session ended", Some(id.as_bytes()), None),
        Change::Ended(Scope::Subject(subject)) => ("subject ended", None, Some(subject.as_str())),
        Change::Ended(Scope::Others(subject, kept)) => {
            ("others ended", Some(kept.as_bytes()), Some(subject.as_str()))
        }
        Change::Ended(Scope::Everyone) => ("everyone ended", None, None),
        Change::Permissions(subject) => ("permissions", None, Some(subject.as_str())),
    }
}

/// A change that this version cannot read is read as the greatest there is: too many sign in again, and none too few.
pub(super) fn change_of(row: &Row<'_>) -> rusqlite::Result<Change> {
    let kind: String = row.get(1)?;
    let session: Option<[u8; 16]> = row.get(2)?;
    let subject: Option<String> = row.get(3)?;
    let subject = subject.and_then(|text| Subject::from_text(&text).ok());
    Ok(match (kind.as_str(), session, subject) {
        ("session ended", Some(id), _) => Change::Ended(Scope::Session(SessionId::from_bytes(id))),
        ("subject ended", _, Some(subject)) => Change::Ended(Scope::Subject(subject)),
        ("others ended", Some(kept), Some(subject)) => {
            Change::Ended(Scope::Others(subject, SessionId::from_bytes(kept)))
        }
        ("permissions", _, Some(subject)) => Change::Permissions(subject),
        _ => Change::Ended(Scope::Everyone),
    })
}

pub(super) fn position(row: i64) -> rusqlite::Result<Position> {
    u64::try_from(row).map(Position).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, row))
}
