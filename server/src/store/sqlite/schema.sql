-- What is asked for or changed by itself has a column; the rest of a session is its record.
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

-- `autoincrement`, so that no position is ever used twice, also after the last rows were swept away.
create table symbolon_change (
    position integer primary key autoincrement,
    at integer not null,
    kind text not null,
    session blob,
    subject text
) strict;
