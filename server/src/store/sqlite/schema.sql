-- A field that is queried or updated alone has a column. The other fields are in the record, as JSON.
create table symbolon_session (
    id blob primary key,
    subject text not null,
    revision integer not null,
    last_seen_at integer not null,
    expires_at integer not null,
    revoked_at integer,
    record text not null
) strict, without rowid;
create index symbolon_session_subject on symbolon_session (subject);
create index symbolon_session_expires_at on symbolon_session (expires_at);

-- `autoincrement` never reuses a position, even after the newest rows were deleted.
create table symbolon_change (
    position integer primary key autoincrement,
    at integer not null,
    kind text not null,
    session blob,
    subject text
) strict;
