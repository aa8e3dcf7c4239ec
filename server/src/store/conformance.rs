//! What every store must do, as a test that any store can run:
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

const LATER: UnixTime = UnixTime(2000);

/// Panics if a store breaks a promise; `fresh` makes an empty one.
#[allow(clippy::missing_panics_doc)]
pub async fn check<S: Store>(fresh: impl AsyncFn() -> S) {
    a_session_comes_back_as_it_was_kept(&fresh().await).await;
    a_record_is_replaced_only_by_one_made_from_it(&fresh().await).await;
    no_update_is_lost(Arc::new(fresh().await)).await;
    what_is_ended_stays_ended(&fresh().await).await;
    a_scope_ends_its_own_and_no_other(&fresh().await).await;
    one_session_can_be_spared(&fresh().await).await;
    use_moves_on_and_never_back(&fresh().await).await;
    a_limit_counts_what_lives(&fresh().await).await;
    a_limit_holds_however_many_begin_at_once(Arc::new(fresh().await)).await;
    the_feed_tells_every_change_in_order(&fresh().await).await;
    a_reader_misses_nothing_while_others_write(Arc::new(fresh().await)).await;
    a_sweep_takes_what_is_over_and_nothing_else(&fresh().await).await;
}

fn ann() -> Subject {
    subject("ann")
}

fn subject(name: &str) -> Subject {
    Subject::new(name).expect("a name is a subject")
}

fn ended(session: &Session) -> Change {
    Change::Ended(Scope::Session(session.id))
}

async fn kept(store: &impl Store, id: u8, subject: &Subject) -> Session {
    let session = Session::example(id, subject);
    assert!(store.insert(&session, None).await.expect("it answers"), "there is no limit");
    session
}

async fn load(store: &impl Store, session: &Session) -> Session {
    store.load(&session.id).await.expect("it answers").expect("it is kept")
}

async fn a_session_comes_back_as_it_was_kept(store: &impl Store) {
    let session = kept(store, 1, &ann()).await;
    assert_eq!(load(store, &session).await, session);
    assert!(store.insert(&session, None).await.is_err(), "an id is taken once");
    assert_eq!(store.load(&SessionId::from_bytes([2; 16])).await.expect("it answers"), None);
}

async fn a_record_is_replaced_only_by_one_made_from_it(store: &impl Store) {
    let first = kept(store, 1, &ann()).await;
    let changed = Session { browser: "another".into(), expires_at: LATER, ..first.clone() };
    assert!(store.update(&changed).await.expect("it answers"));
    let newest = load(store, &first).await;
    assert_eq!(newest, Session { revision: newest.revision, ..changed });
    assert_ne!(newest.revision, first.revision);
    assert!(!store.update(&first).await.expect("it answers"), "made from an older one");
    assert_eq!(load(store, &first).await, newest);
    let unknown = Session::example(2, &ann());
    assert!(!store.update(&unknown).await.expect("it answers"), "an update keeps nothing new");
    assert_eq!(store.load(&unknown.id).await.expect("it answers"), None);
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
                    let mut newest = store.load(&id).await.expect("it answers").expect("it is kept");
                    newest.idle_timeout += Duration::from_secs(1);
                    if store.update(&newest).await.expect("it answers") {
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

async fn what_is_ended_stays_ended(store: &impl Store) {
    let before = kept(store, 1, &ann()).await;
    store.apply(&ended(&before), UnixTime(1500)).await.expect("it answers");
    assert_eq!(load(store, &before).await.revoked_at, Some(UnixTime(1500)));
    assert!(
        !store.update(&before).await.expect("it answers"),
        "whoever has read it before must read it again"
    );
    store.apply(&ended(&before), LATER).await.expect("twice is once");
    assert_eq!(load(store, &before).await.revoked_at, Some(UnixTime(1500)), "the first time counts");
}

async fn a_scope_ends_its_own_and_no_other(store: &impl Store) {
    let (first, second) = (kept(store, 1, &ann()).await, kept(store, 2, &ann()).await);
    let other = kept(store, 3, &subject("ben")).await;
    store.apply(&Change::Permissions(ann()), LATER).await.expect("it answers");
    assert_eq!(load(store, &first).await, first, "a permission is no session");
    store.apply(&ended(&first), LATER).await.expect("it answers");
    assert_eq!(store.sessions_of(&ann()).await.expect("it answers"), std::slice::from_ref(&second));
    store.apply(&Change::Ended(Scope::Subject(ann())), LATER).await.expect("it answers");
    assert_eq!(store.sessions_of(&ann()).await.expect("it answers"), []);
    assert_eq!(load(store, &second).await.revoked_at, Some(LATER));
    assert_eq!(load(store, &other).await, other);
    store.apply(&Change::Ended(Scope::Everyone), LATER).await.expect("it answers");
    assert_eq!(load(store, &other).await.revoked_at, Some(LATER));
}

async fn one_session_can_be_spared(store: &impl Store) {
    let (first, second) = (kept(store, 1, &ann()).await, kept(store, 2, &ann()).await);
    let other = kept(store, 3, &subject("ben")).await;
    store.apply(&Change::Ended(Scope::Others(ann(), first.id)), LATER).await.expect("it answers");
    assert_eq!(load(store, &first).await, first);
    assert_eq!(load(store, &second).await.revoked_at, Some(LATER));
    assert_eq!(load(store, &other).await, other);
}

async fn use_moves_on_and_never_back(store: &impl Store) {
    let session = kept(store, 1, &ann()).await;
    let unknown = SessionId::from_bytes([9; 16]);
    store.touch(&[(session.id, UnixTime(1050)), (unknown, LATER)]).await.expect("it answers");
    store.touch(&[(session.id, UnixTime(1020))]).await.expect("it answers");
    let touched = load(store, &session).await;
    assert_eq!(
        touched,
        Session { last_seen_at: UnixTime(1050), ..session.clone() },
        "and the revision is as it was"
    );
    assert!(store.update(&session).await.expect("it answers"), "so an update does not fail for it");
    assert_eq!(load(store, &session).await.last_seen_at, UnixTime(1050), "nor undo it");
}

async fn a_limit_counts_what_lives(store: &impl Store) {
    let insert = async |id, subject: &Subject| {
        store.insert(&Session::example(id, subject), Some(2)).await.expect("it answers")
    };
    let first = kept(store, 1, &ann()).await;
    let over = Session { expires_at: UnixTime(1000), ..Session::example(2, &ann()) };
    assert!(store.insert(&over, Some(2)).await.expect("it answers"));
    assert!(insert(3, &ann()).await, "one of the two is over");
    assert!(!insert(4, &ann()).await, "two live");
    assert_eq!(store.load(&SessionId::from_bytes([4; 16])).await.expect("it answers"), None);
    assert!(insert(5, &subject("ben")).await, "another's do not count");
    store.apply(&ended(&first), LATER).await.expect("it answers");
    assert!(insert(4, &ann()).await, "one was ended");
}

async fn a_limit_holds_however_many_begin_at_once(store: Arc<impl Store>) {
    let mut sign_ins = JoinSet::new();
    for id in 0..20 {
        let store = Arc::clone(&store);
        sign_ins.spawn(async move {
            store.insert(&Session::example(id, &ann()), Some(3)).await.expect("it answers")
        });
    }
    let began = sign_ins.join_all().await.into_iter().filter(|began| *began).count();
    assert_eq!((began, store.sessions_of(&ann()).await.expect("it answers").len()), (3, 3));
}

async fn the_feed_tells_every_change_in_order(store: &impl Store) {
    assert_eq!(store.changes(Position(0)).await.expect("it answers"), super::Changes::default());
    let changes = [
        Change::Permissions(ann()),
        Change::Ended(Scope::Session(SessionId::from_bytes([7; 16]))),
        Change::Ended(Scope::Subject(ann())),
        Change::Ended(Scope::Others(ann(), SessionId::from_bytes([7; 16]))),
        Change::Ended(Scope::Everyone),
    ];
    let mut positions = Vec::new();
    for change in &changes {
        positions.push(store.apply(change, LATER).await.expect("it answers"));
    }
    assert!(positions.is_sorted_by(|a, b| a < b) && positions[0] > Position(0));
    for start in 0..changes.len() {
        let after = if start == 0 { Position(0) } else { positions[start - 1] };
        let news = store.changes(after).await.expect("it answers");
        let expected: Vec<_> = positions.iter().copied().zip(changes.clone()).skip(start).collect();
        assert_eq!((news.changes, news.head), (expected, positions[4]));
    }
    let news = store.changes(positions[4]).await.expect("it answers");
    assert_eq!((news.changes, news.head), (vec![], positions[4]));
}

async fn a_reader_misses_nothing_while_others_write(store: Arc<impl Store>) {
    const WRITERS: usize = 4;
    const WRITES: usize = 10;
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for _ in 0..WRITES {
                store.apply(&Change::Permissions(ann()), LATER).await.expect("it answers");
            }
        });
    }
    let (mut head, mut seen) = (Position(0), Vec::new());
    loop {
        let done = writers.is_empty();
        let news = store.changes(head).await.expect("it answers");
        seen.extend(news.changes.into_iter().map(|(position, _)| position));
        head = news.head;
        if done {
            break;
        }
        while writers.try_join_next().is_some() {}
        tokio::task::yield_now().await;
    }
    assert_eq!(seen.len(), WRITERS * WRITES);
    assert!(seen.is_sorted_by(|a, b| a < b));
}

async fn a_sweep_takes_what_is_over_and_nothing_else(store: &impl Store) {
    let over = Session { expires_at: LATER, ..Session::example(1, &ann()) };
    store.insert(&over, None).await.expect("it answers");
    let alive = kept(store, 2, &ann()).await;
    store.apply(&Change::Permissions(ann()), UnixTime(1000)).await.expect("it answers");
    let last = store.apply(&Change::Permissions(subject("ben")), LATER).await.expect("it answers");

    assert_eq!(store.sweep(LATER, UnixTime(1500)).await.expect("it answers"), 1);
    assert_eq!(store.load(&over.id).await.expect("it answers"), None);
    assert_eq!(load(store, &alive).await, alive);
    let news = store.changes(Position(0)).await.expect("it answers");
    assert_eq!((news.changes, news.head), (vec![(last, Change::Permissions(subject("ben")))], last));

    assert_eq!(store.sweep(LATER, UnixTime(9999)).await.expect("it answers"), 0);
    assert_eq!(
        store.changes(Position(0)).await.expect("it answers").head,
        last,
        "a position is never used twice"
    );
    assert!(store.apply(&Change::Ended(Scope::Everyone), LATER).await.expect("it answers") > last);
}
