//! Converts between table rows and the types of the crate.

use rusqlite::Row;
use symbolon_shared::{id::SessionId, subject::Subject, time::UnixTime};

use crate::{
    error::StoreError,
    session::Session,
    store::{Change, Position, Scope},
};

/// A row of `symbolon_session`: the record as JSON, and the columns that override its fields.
pub(super) struct Stored {
    revision: u64,
    last_seen_at: UnixTime,
    revoked_at: Option<UnixTime>,
    record: String,
}

impl Stored {
    /// Reads the columns `revision, last_seen_at, revoked_at, record`, in this order.
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            revision: row.get(0)?,
            last_seen_at: UnixTime(row.get(1)?),
            revoked_at: row.get::<_, Option<u64>>(2)?.map(UnixTime),
            record: row.get(3)?,
        })
    }

    /// Decodes the session. An undecodable record is logged and counts as no session (fail closed).
    pub(super) fn decode(self) -> Option<Session> {
        let Self { revision, last_seen_at, revoked_at, record } = self;
        match serde_json::from_str(&record) {
            Ok(session) => Some(Session { revision, last_seen_at, revoked_at, ..session }),
            Err(error) => {
                tracing::error!(
                    kind = ?error.classify(),
                    "a session record in the store cannot be decoded; the session is refused, and its user must sign in again"
                );
                None
            }
        }
    }
}

/// Encodes the record as JSON.
pub(super) fn encode(session: &Session) -> Result<String, StoreError> {
    serde_json::to_string(session).map_err(StoreError::new)
}

/// Returns the columns `kind`, `session` and `subject` of a change.
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

/// Reads a change. An unknown kind, written by a newer version, counts as the end of all sessions: too many users sign
/// in again rather than too few (fail closed).
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

/// Converts a row id into a position.
pub(super) fn position(row: i64) -> rusqlite::Result<Position> {
    u64::try_from(row).map(Position).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, row))
}
