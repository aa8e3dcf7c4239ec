//! The live view: which unexpired tokens must be refused, kept in memory so that a request needs no store query.
//!
//! Every revocation and every permission change invalidates tokens. The view remembers these changes for one
//! [token lifetime](MAX_TOKEN_LIFETIME) (15 minutes) plus the clock tolerance (1 minute). Older changes concern only
//! tokens that have expired. The size of the view therefore depends on the number of recent changes, not of sessions.
//!
//! A token's claim `version` is the position of the change feed at its issue. A change with a greater position happened
//! after the token was issued.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use symbolon_shared::{id::SessionId, subject::Subject, time::UnixTime};
use tokio::{sync::watch, time::Instant};

use crate::{
    config::{MAX_TOKEN_LIFETIME, PROOF_WINDOW},
    error::Reason,
    store::{Change, Changes, Position, Scope},
};

/// The time for which the view remembers a change: 16 minutes, which are the longest token lifetime and the clock tolerance.
pub(crate) const MEMORY: Duration =
    Duration::from_secs(MAX_TOKEN_LIFETIME.as_secs() + PROOF_WINDOW.as_secs());

/// The changes of the last [`MEMORY`], and how far the change feed was read.
pub(crate) struct LiveView {
    state: RwLock<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// The position up to which the change feed was read.
    position: Position,
    /// The start of the last successful read of the feed.
    read_at: Instant,
    /// Ended sessions: the position of the change, and the time at which it may be forgotten.
    sessions: HashMap<SessionId, (Position, UnixTime)>,
    /// Subjects with a change: its position, and the time at which it may be forgotten.
    subjects: HashMap<Subject, (Position, UnixTime)>,
    /// Tokens with a smaller version are out of date, for every subject. Ending everyone's sessions raises the
    /// floor, and so does forgetting a change. With correct clocks, a token older than a forgotten change has expired.
    /// The floor also refuses it if a clock was wrong.
    floor: Position,
}

impl LiveView {
    /// Creates an empty view that has not read the feed yet.
    pub(crate) fn new() -> Self {
        let state = State {
            position: Position::default(),
            read_at: Instant::now(),
            sessions: HashMap::new(),
            subjects: HashMap::new(),
            floor: Position::default(),
        };
        Self { state: RwLock::new(state), changed: watch::Sender::new(()) }
    }

    /// Checks that a token of this session and subject, issued at `version`, is still valid.
    ///
    /// Returns the age of this answer: the time since the feed was last read to its end. Returns `None` if the token was
    /// issued after a change that this node has not read yet.
    ///
    /// # Errors
    /// [`Reason::SessionRevoked`] if the session was ended, [`Reason::TokenStale`] if something changed after the token
    /// was issued.
    pub(crate) fn check(
        &self,
        session: &SessionId,
        subject: &str,
        version: u64,
    ) -> Result<Option<Duration>, Reason> {
        let state = self.read();
        if state.sessions.contains_key(session) {
            return Err(Reason::SessionRevoked);
        }
        let moved =
            state.subjects.get(subject).map_or(state.floor, |(position, _)| state.floor.max(*position));
        if moved.0 > version {
            Err(Reason::TokenStale)
        } else if version > state.position.0 {
            Ok(None)
        } else {
            Ok(Some(state.read_at.elapsed()))
        }
    }

    /// Returns whether this session was ended within the last [`MEMORY`].
    pub(crate) fn has_ended(&self, session: &SessionId) -> bool {
        self.read().sessions.contains_key(session)
    }

    /// Returns the position up to which the change feed was read.
    pub(crate) fn position(&self) -> Position {
        self.read().position
    }

    /// Adds the changes that a read of the feed returned; the read was started at `asked_at`.
    pub(crate) fn take(&self, read: Changes, asked_at: Instant, now: UnixTime) {
        let mut state = self.write();
        if state.position == Position::default() {
            // This is the first read. The feed may have been swept, so anything before its first change is unknown.
            let first =
                read.changes.first().map_or(read.head, |(first, _)| Position(first.0.saturating_sub(1)));
            state.floor = state.floor.max(first);
        }
        let any = !read.changes.is_empty();
        for (position, change) in read.changes {
            state.note(change, position, now);
        }
        state.position = state.position.max(read.head);
        state.read_at = state.read_at.max(asked_at);
        drop(state);
        if any {
            self.changed.send_replace(());
        }
    }

    /// Adds a change that this node has just made, before the feed returns it.
    pub(crate) fn note(&self, change: Change, position: Position, now: UnixTime) {
        self.write().note(change, position, now);
        self.changed.send_replace(());
    }

    /// Forgets the changes that no unexpired token can be older than.
    pub(crate) fn prune(&self, now: UnixTime) {
        let State { sessions, subjects, floor, .. } = &mut *self.write();
        let mut keep = |(position, until): &(Position, UnixTime)| {
            let kept = *until > now;
            if !kept {
                *floor = (*floor).max(*position);
            }
            kept
        };
        sessions.retain(|_, entry| keep(entry));
        subjects.retain(|_, entry| keep(entry));
    }

    /// Returns a receiver that is notified of every change from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds one change. Adding a change twice, or out of order, has no further effect.
    fn note(&mut self, change: Change, position: Position, now: UnixTime) {
        let until = now.plus(MEMORY);
        match change {
            Change::Ended(Scope::Session(id)) => {
                self.sessions.entry(id).or_insert((position, until)).1 = until;
            }
            Change::Ended(Scope::Subject(subject) | Scope::Others(subject, _))
            | Change::Permissions(subject) => {
                let entry = self.subjects.entry(subject).or_insert((position, until));
                *entry = (entry.0.max(position), until);
            }
            Change::Ended(Scope::Everyone) => self.floor = self.floor.max(position),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1000);

    fn id(n: u8) -> SessionId {
        SessionId::from_bytes([n; 16])
    }

    fn ended(scope: Scope) -> Change {
        Change::Ended(scope)
    }

    ///
    #[test]
    fn each_change_refuses_the_tokens_it_concerns_and_no_others() {
        let view = LiveView::new();
        view.note(ended(Scope::Session(id(1))), Position(5), NOW);
        assert_eq!(view.check(&id(1), "ann", 9), Err(Reason::SessionRevoked), "whatever its version");
        assert!(view.check(&id(2), "ann", 0).is_ok());

        view.note(Change::Permissions(Subject::new("ann").unwrap()), Position(6), NOW);
        assert_eq!(view.check(&id(2), "ann", 5), Err(Reason::TokenStale));
        assert!(view.check(&id(2), "ann", 6).is_ok(), "issued after it");
        assert!(view.check(&id(3), "ben", 5).is_ok());

        view.note(ended(Scope::Everyone), Position(7), NOW);
        assert_eq!(view.check(&id(3), "ben", 6), Err(Reason::TokenStale));
        assert!(view.check(&id(3), "ben", 7).is_ok());
    }

    #[test]
    fn changes_that_come_twice_or_out_of_order_do_no_harm() {
        let view = LiveView::new();
        let ann = Subject::new("ann").unwrap();
        for position in [9, 4, 9] {
            view.note(Change::Permissions(ann.clone()), Position(position), NOW);
        }
        assert_eq!(view.check(&id(1), "ann", 8), Err(Reason::TokenStale));
        assert!(view.check(&id(1), "ann", 9).is_ok());
    }

    #[test]
    fn changes_move_the_position_on_and_wake_every_watcher() {
        let view = LiveView::new();
        let mut watcher = view.watch();
        view.take(Changes { changes: vec![], head: Position(3) }, Instant::now(), NOW);
        assert_eq!((view.position(), watcher.has_changed().unwrap()), (Position(3), false));
        let change = (Position(4), ended(Scope::Everyone));
        view.take(Changes { changes: vec![change], head: Position(4) }, Instant::now(), NOW);
        assert_eq!((view.position(), watcher.has_changed().unwrap()), (Position(4), true));
        watcher.mark_unchanged();
        view.take(Changes { changes: vec![], head: Position(2) }, Instant::now(), NOW);
        assert_eq!(view.position(), Position(4), "an answer that comes late takes nothing back");
        view.note(ended(Scope::Everyone), Position(5), NOW);
        assert!(watcher.has_changed().unwrap());
    }

    /// A clock that was moved says nothing about how long older tokens live, so they count as out of date.
    ///
    /// Covers: S-27, S-010
    #[test]
    fn tokens_older_than_a_forgotten_change_are_refused_after_the_clock_was_moved() {
        let view = LiveView::new();
        view.take(Changes { changes: vec![], head: Position(8) }, Instant::now(), NOW);
        view.note(ended(Scope::Session(id(1))), Position(9), NOW);
        assert!(view.check(&id(2), "ann", 8).is_ok(), "the control");
        view.prune(UnixTime(NOW.0 + 100_000));
        assert_eq!(view.check(&id(1), "ann", 8), Err(Reason::TokenStale));
        assert_eq!(view.check(&id(2), "ann", 8), Err(Reason::TokenStale), "and is asked to refresh");
        assert!(view.check(&id(2), "ann", 9).is_ok());
    }

    /// Covers: S-26
    #[test]
    fn a_new_view_trusts_no_token_older_than_the_feed() {
        let begun = |changes: Vec<(Position, Change)>, head| {
            let view = LiveView::new();
            view.take(Changes { changes, head: Position(head) }, Instant::now(), NOW);
            view
        };
        let emptied = begun(vec![], 8);
        assert_eq!(emptied.check(&id(1), "ann", 7), Err(Reason::TokenStale));
        assert!(emptied.check(&id(1), "ann", 8).is_ok());
        let swept = begun(vec![(Position(6), Change::Permissions(Subject::new("ben").unwrap()))], 6);
        assert_eq!(swept.check(&id(1), "ann", 4), Err(Reason::TokenStale));
        assert!(swept.check(&id(1), "ann", 5).is_ok());
    }

    #[test]
    fn a_token_issued_after_an_unread_change_needs_the_store() {
        let view = LiveView::new();
        view.take(Changes { changes: vec![], head: Position(8) }, Instant::now(), NOW);
        assert!(view.check(&id(1), "ann", 8).is_ok_and(|age| age.is_some()));
        assert_eq!(view.check(&id(1), "ann", 9), Ok(None));
    }

    /// Covers: S-04
    #[test]
    fn a_change_older_than_every_unexpired_token_is_forgotten() {
        let view = LiveView::new();
        view.note(ended(Scope::Session(id(1))), Position(1), NOW);
        view.note(Change::Permissions(Subject::new("ben").unwrap()), Position(2), NOW);
        // 15 minutes of token lifetime and 1 minute of clock tolerance.
        view.prune(UnixTime(NOW.0 + 959));
        assert_eq!(view.check(&id(1), "ann", 9), Err(Reason::SessionRevoked));
        assert_eq!(view.check(&id(2), "ben", 1), Err(Reason::TokenStale));
        view.prune(UnixTime(NOW.0 + 960));
        assert_eq!((view.read().sessions.len(), view.read().subjects.len()), (0, 0));
    }
}
