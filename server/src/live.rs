//! The live view: which tokens have become worthless before their time.
//!
//! It holds what changed during the last token lifetime, and nothing older, for no token from before is still alive.
//! So it stays small however many sessions there are, and a request is judged without asking the store.

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

/// For how long a change is remembered: as long as a token from before it can live, and some difference of clocks.
pub(crate) const MEMORY: Duration =
    Duration::from_secs(MAX_TOKEN_LIFETIME.as_secs() + PROOF_WINDOW.as_secs());

pub(crate) struct LiveView {
    state: RwLock<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// Up to where the feed was read.
    position: Position,
    heard_at: Instant,
    sessions: HashMap<SessionId, (Position, UnixTime)>,
    subjects: HashMap<Subject, (Position, UnixTime)>,
    /// Older tokens are out of date, whosever they are: everybody's sessions ended here, or what came before was
    /// forgotten. A token from before what was forgotten has expired, if all clocks are right; this does not trust them.
    floor: Position,
}

impl LiveView {
    pub(crate) fn new() -> Self {
        let state = State {
            position: Position::default(),
            heard_at: Instant::now(),
            sessions: HashMap::new(),
            subjects: HashMap::new(),
            floor: Position::default(),
        };
        Self { state: RwLock::new(state), changed: watch::Sender::new(()) }
    }

    /// Whether a token of this session, issued at `version`, is still worth what it says; and how long ago the feed was
    /// last read to its end, which is how old this knowledge is. There is none of a token whose issuer knew of a change
    /// that this view does not.
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
            Ok(Some(state.heard_at.elapsed()))
        }
    }

    /// Whether this session was ended lately.
    pub(crate) fn has_ended(&self, session: &SessionId) -> bool {
        self.read().sessions.contains_key(session)
    }

    /// Up to where the feed was read.
    pub(crate) fn position(&self) -> Position {
        self.read().position
    }

    /// Takes a piece of the feed in, which was asked for at `asked_at`.
    pub(crate) fn take(&self, news: Changes, asked_at: Instant, now: UnixTime) {
        let mut state = self.write();
        if state.position == Position::default() {
            // The start: what the feed does not tell any more was forgotten.
            let first =
                news.changes.first().map_or(news.head, |(first, _)| Position(first.0.saturating_sub(1)));
            state.floor = state.floor.max(first);
        }
        let any = !news.changes.is_empty();
        for (position, change) in news.changes {
            state.note(change, position, now);
        }
        state.position = state.position.max(news.head);
        state.heard_at = state.heard_at.max(asked_at);
        drop(state);
        if any {
            self.changed.send_replace(());
        }
    }

    /// Takes in a change that this node has just made, before the feed brings it.
    pub(crate) fn note(&self, change: Change, position: Position, now: UnixTime) {
        self.write().note(change, position, now);
        self.changed.send_replace(());
    }

    /// Forgets what no living token can meet.
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

    /// Tells of every change from now on.
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
    fn each_change_meets_those_it_concerns_and_nobody_else() {
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
    fn news_move_the_position_on_and_wake_whoever_watches() {
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

    /// Nobody knows how long a token from before lives by a clock that was moved: so it counts as out of date.
    ///
    /// Covers: S-27, S-010
    #[test]
    fn what_a_moved_clock_makes_this_forget_is_not_forgiven() {
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
    fn a_view_that_begins_trusts_no_token_from_before_what_the_feed_tells() {
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
    fn a_token_that_knows_more_than_the_view_must_be_asked_about() {
        let view = LiveView::new();
        view.take(Changes { changes: vec![], head: Position(8) }, Instant::now(), NOW);
        assert!(view.check(&id(1), "ann", 8).is_ok_and(|age| age.is_some()));
        assert_eq!(view.check(&id(1), "ann", 9), Ok(None));
    }

    /// Covers: S-04
    #[test]
    fn what_no_living_token_can_meet_is_forgotten() {
        let view = LiveView::new();
        view.note(ended(Scope::Session(id(1))), Position(1), NOW);
        view.note(Change::Permissions(Subject::new("ben").unwrap()), Position(2), NOW);
        // 15 minutes that a token may live, and one that clocks may differ.
        view.prune(UnixTime(NOW.0 + 959));
        assert_eq!(view.check(&id(1), "ann", 9), Err(Reason::SessionRevoked));
        assert_eq!(view.check(&id(2), "ben", 1), Err(Reason::TokenStale));
        view.prune(UnixTime(NOW.0 + 960));
        assert_eq!((view.read().sessions.len(), view.read().subjects.len()), (0, 0));
    }
}
