//! The contract of [`Store`] as a test for any store (feature `test-util`).
//!
//! ```
//! # use symbolon_server::store::{Memory, conformance};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! conformance::check(async || Memory::default()).await;
//! # }
//! ```

use std::{sync::Arc, time::Duration};

use symbolon_shared::{id::SessionId, subject::Subject, time::UnixTime};
use tokio::task::JoinSet;

use super::{Change, Position, Scope, Store};
use crate::session::Session;

/// A time after the sign-in of [`Session::example`], and before its end.
const LATER: UnixTime = UnixTime(2000);

/// Runs every check, each on an empty store that `fresh` creates, and panics at the first failure.
///
/// # Panics
/// If the store breaks a promise of [`Store`]; the panic message names the check that failed.
pub async fn check<S: Store>(fresh: impl AsyncFn() -> S) {
    an_inserted_session_is_loaded_unchanged(&fresh().await).await;
    an_update_replaces_only_the_revision_it_was_made_from(&fresh().await).await;
    no_update_is_lost(Arc::new(fresh().await)).await;
    an_ended_session_stays_ended(&fresh().await).await;
    a_scope_ends_its_sessions_and_no_others(&fresh().await).await;
    others_are_ended_except_one_session(&fresh().await).await;
    last_seen_moves_forward_and_never_back(&fresh().await).await;
    a_limit_counts_live_sessions(&fresh().await).await;
    a_limit_holds_for_concurrent_sign_ins(Arc::new(fresh().await)).await;
    the_feed_returns_every_change_in_order(&fresh().await).await;
    a_reader_misses_nothing_during_writes(Arc::new(fresh().await)).await;
    a_sweep_deletes_expired_records_and_nothing_else(&fresh().await).await;
}

fn ann() -> Subject {
    subject("ann")
}

fn subject(name: &str) -> Subject {
    Subject::new(name).expect("the name is a valid subject")
}

fn ended(session: &Session) -> Change {
    Change::Ended(Scope::Session(session.id))
}

/// Inserts and returns an example session.
async fn kept(store: &impl Store, id: u8, subject: &Subject) -> Session {
    let session = Session::example(id, subject);
    assert!(
        store.insert(&session, None).await.expect("the store answers"),
        "without a limit, every session is inserted"
    );
    session
}

/// Loads a session that must exist.
async fn load(store: &impl Store, session: &Session) -> Session {
    store.load(&session.id).await.expect("the store answers").expect("the session was inserted")
}

async fn an_inserted_session_is_loaded_unchanged(store: &impl Store) {
    let session = kept(store, 1, &ann()).await;
    assert_eq!(load(store, &session).await, session);
    assert!(store.insert(&session, None).await.is_err(), "an id is inserted once");
    assert_eq!(store.load(&SessionId::from_bytes([2; 16])).await.expect("the store answers"), None);
}

async fn an_update_replaces_only_the_revision_it_was_made_from(store: &impl Store) {
    let first = kept(store, 1, &ann()).await;
    let changed = Session { browser: "another".into(), expires_at: LATER, ..first.clone() };
    assert!(store.update(&changed).await.expect("the store answers"));
    let newest = load(store, &first).await;
    assert_eq!(newest, Session { revision: newest.revision, ..changed });
    assert_ne!(newest.revision, first.revision);
    assert!(!store.update(&first).await.expect("the store answers"), "this copy is out of date");
    assert_eq!(load(store, &first).await, newest);
    let unknown = Session::example(2, &ann());
    assert!(!store.update(&unknown).await.expect("the store answers"), "an update inserts nothing");
    assert_eq!(store.load(&unknown.id).await.expect("the store answers"), None);
}

async fn no_update_is_lost(store: Arc<impl Store>) {
    const WRITERS: u64 = 8;
    const WRITES: u64 = 5;
    let session = kept(&*store, 1, &ann()).await;
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (store, id) = (Arc::clone(&store), session.id);
        writers.spawn(async move {
            for _ in 0..WRITES {
                loop {
                    let mut newest =
                        store.load(&id).await.expect("the store answers").expect("the session was inserted");
                    newest.idle_timeout += Duration::from_secs(1);
                    if store.update(&newest).await.expect("the store answers") {
                        break;
                    }
                }
            }
        });
    }
    writers.join_all().await;
    let expected = session.idle_timeout + Duration::from_secs(WRITERS * WRITES);
    assert_eq!(load(&*store, &session).await.idle_timeout, expected);
}

async fn an_ended_session_stays_ended(store: &impl Store) {
    let before = kept(store, 1, &ann()).await;
    store.apply(&ended(&before), UnixTime(1500)).await.expect("the store answers");
    assert_eq!(load(store, &before).await.revoked_at, Some(UnixTime(1500)));
    assert!(
        !store.update(&before).await.expect("the store answers"),
        "a copy from before the end is out of date"
    );
    store.apply(&ended(&before), LATER).await.expect("ending a session twice is no error");
    assert_eq!(load(store, &before).await.revoked_at, Some(UnixTime(1500)), "the first end counts");
}

async fn a_scope_ends_its_sessions_and_no_others(store: &impl Store) {
    let (first, second) = (kept(store, 1, &ann()).await, kept(store, 2, &ann()).await);
    let other = kept(store, 3, &subject("ben")).await;
    store.apply(&Change::Permissions(ann()), LATER).await.expect("the store answers");
    assert_eq!(load(store, &first).await, first, "changed permissions change no session");
    store.apply(&ended(&first), LATER).await.expect("the store answers");
    assert_eq!(store.sessions_of(&ann()).await.expect("the store answers"), std::slice::from_ref(&second));
    store.apply(&Change::Ended(Scope::Subject(ann())), LATER).await.expect("the store answers");
    assert_eq!(store.sessions_of(&ann()).await.expect("the store answers"), []);
    assert_eq!(load(store, &second).await.revoked_at, Some(LATER));
    assert_eq!(load(store, &other).await, other);
    store.apply(&Change::Ended(Scope::Everyone), LATER).await.expect("the store answers");
    assert_eq!(load(store, &other).await.revoked_at, Some(LATER));
}

async fn others_are_ended_except_one_session(store: &impl Store) {
    let (first, second) = (kept(store, 1, &ann()).await, kept(store, 2, &ann()).await);
    let other = kept(store, 3, &subject("ben")).await;
    store.apply(&Change::Ended(Scope::Others(ann(), first.id)), LATER).await.expect("the store answers");
    assert_eq!(load(store, &first).await, first);
    assert_eq!(load(store, &second).await.revoked_at, Some(LATER));
    assert_eq!(load(store, &other).await, other);
}

async fn last_seen_moves_forward_and_never_back(store: &impl Store) {
    let session = kept(store, 1, &ann()).await;
    let unknown = SessionId::from_bytes([9; 16]);
    store.touch(&[(session.id, UnixTime(1050)), (unknown, LATER)]).await.expect("the store answers");
    store.touch(&[(session.id, UnixTime(1020))]).await.expect("the store answers");
    let touched = load(store, &session).await;
    assert_eq!(
        touched,
        Session { last_seen_at: UnixTime(1050), ..session.clone() },
        "the revision does not change"
    );
    assert!(store.update(&session).await.expect("the store answers"), "an update still succeeds");
    assert_eq!(
        load(store, &session).await.last_seen_at,
        UnixTime(1050),
        "an update does not move the time back"
    );
}

async fn a_limit_counts_live_sessions(store: &impl Store) {
    let insert = async |id, subject: &Subject| {
        store.insert(&Session::example(id, subject), Some(2)).await.expect("the store answers")
    };
    let first = kept(store, 1, &ann()).await;
    let over = Session { expires_at: UnixTime(1000), ..Session::example(2, &ann()) };
    assert!(store.insert(&over, Some(2)).await.expect("the store answers"));
    assert!(insert(3, &ann()).await, "one of the two has expired");
    assert!(!insert(4, &ann()).await, "two are live");
    assert_eq!(store.load(&SessionId::from_bytes([4; 16])).await.expect("the store answers"), None);
    assert!(insert(5, &subject("ben")).await, "another subject's sessions do not count");
    store.apply(&ended(&first), LATER).await.expect("the store answers");
    assert!(insert(4, &ann()).await, "one was ended");
}

async fn a_limit_holds_for_concurrent_sign_ins(store: Arc<impl Store>) {
    let mut sign_ins = JoinSet::new();
    for id in 0..20 {
        let store = Arc::clone(&store);
        sign_ins.spawn(async move {
            store.insert(&Session::example(id, &ann()), Some(3)).await.expect("the store answers")
        });
    }
    let began = sign_ins.join_all().await.into_iter().filter(|began| *began).count();
    assert_eq!((began, store.sessions_of(&ann()).await.expect("the store answers").len()), (3, 3));
}

async fn the_feed_returns_every_change_in_order(store: &impl Store) {
    assert_eq!(store.changes(Position(0)).await.expect("the store answers"), super::Changes::default());
    let changes = [
        Change::Permissions(ann()),
        Change::Ended(Scope::Session(SessionId::from_bytes([7; 16]))),
        Change::Ended(Scope::Subject(ann())),
        Change::Ended(Scope::Others(ann(), SessionId::from_bytes([7; 16]))),
        Change::Ended(Scope::Everyone),
    ];
    let mut positions = Vec::new();
    for change in &changes {
        positions.push(store.apply(change, LATER).await.expect("the store answers"));
    }
    assert!(positions.is_sorted_by(|a, b| a < b) && positions[0] > Position(0));
    for start in 0..changes.len() {
        let after = if start == 0 { Position(0) } else { positions[start - 1] };
        let read = store.changes(after).await.expect("the store answers");
        let expected: Vec<_> = positions.iter().copied().zip(changes.clone()).skip(start).collect();
        assert_eq!((read.changes, read.head), (expected, positions[4]));
    }
    let read = store.changes(positions[4]).await.expect("the store answers");
    assert_eq!((read.changes, read.head), (vec![], positions[4]));
}

async fn a_reader_misses_nothing_during_writes(store: Arc<impl Store>) {
    const WRITERS: usize = 4;
    const WRITES: usize = 10;
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for _ in 0..WRITES {
                store.apply(&Change::Permissions(ann()), LATER).await.expect("the store answers");
            }
        });
    }
    let (mut head, mut seen) = (Position(0), Vec::new());
    loop {
        let done = writers.is_empty();
        let read = store.changes(head).await.expect("the store answers");
        seen.extend(read.changes.into_iter().map(|(position, _)| position));
        head = read.head;
        if done {
            break;
        }
        while writers.try_join_next().is_some() {}
        tokio::task::yield_now().await;
    }
    assert_eq!(seen.len(), WRITERS * WRITES);
    assert!(seen.is_sorted_by(|a, b| a < b));
}

async fn a_sweep_deletes_expired_records_and_nothing_else(store: &impl Store) {
    let over = Session { expires_at: LATER, ..Session::example(1, &ann()) };
    store.insert(&over, None).await.expect("the store answers");
    let alive = kept(store, 2, &ann()).await;
    store.apply(&Change::Permissions(ann()), UnixTime(1000)).await.expect("the store answers");
    let last = store.apply(&Change::Permissions(subject("ben")), LATER).await.expect("the store answers");

    assert_eq!(store.sweep(LATER, UnixTime(1500)).await.expect("the store answers"), 1);
    assert_eq!(store.load(&over.id).await.expect("the store answers"), None);
    assert_eq!(load(store, &alive).await, alive);
    let read = store.changes(Position(0)).await.expect("the store answers");
    assert_eq!((read.changes, read.head), (vec![(last, Change::Permissions(subject("ben")))], last));

    assert_eq!(store.sweep(LATER, UnixTime(9999)).await.expect("the store answers"), 0);
    assert_eq!(
        store.changes(Position(0)).await.expect("the store answers").head,
        last,
        "a position is never reused"
    );
    assert!(store.apply(&Change::Ended(Scope::Everyone), LATER).await.expect("the store answers") > last);
}
