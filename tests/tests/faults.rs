//! A store that fails at every call and in every way: nobody gets in, nothing is lost, and the server recovers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use symbolon_server::{
    config::{MAX_STALENESS, STORE_DEADLINE},
    error::StoreError,
    session::Session,
    shared::{id::SessionId, subject::Subject, time::UnixTime},
    store::{Change, Changes, Memory, Position, Store},
};
use symbolon_tests::{
    Host, PASSWORD,
    client::{Client, refused},
    host::within_a_moment,
    log::Log,
};

/// The ways in which a store call fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// The call never reached the store.
    Before,
    /// The call took effect and its answer was lost.
    After,
}

/// A store whose calls fail as the test demands.
#[derive(Clone, Default)]
struct Faulty(Arc<State>);

#[derive(Default)]
struct State {
    store: Memory,
    calls: AtomicU64,
    /// The number of calls until the next failure. With `down`, every later call fails as well.
    fails_in: AtomicU64,
    after: AtomicU64,
    down: AtomicU64,
    hangs: AtomicBool,
    restored: AtomicBool,
}

impl Faulty {
    fn fail(&self, call: u64, fault: Fault) {
        self.0.after.store(u64::from(fault == Fault::After), Ordering::SeqCst);
        self.0.calls.store(0, Ordering::SeqCst);
        self.0.fails_in.store(call, Ordering::SeqCst);
    }

    fn set_down(&self, down: bool) {
        self.0.down.store(u64::from(down), Ordering::SeqCst);
    }

    /// Makes every later call wait for ever.
    fn hang(&self) {
        self.0.hangs.store(true, Ordering::SeqCst);
    }

    /// Resets the store to its state before any change, as if an operator had restored an old file.
    fn restore(&self) {
        self.0.restored.store(true, Ordering::SeqCst);
    }

    /// Returns whether the planted fault has occurred.
    fn failed(&self) -> bool {
        let call = self.0.fails_in.swap(0, Ordering::SeqCst);
        call == 0
    }

    async fn call<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        if self.0.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let down = self.0.down.load(Ordering::SeqCst) == 1;
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fails =
            down || self.0.fails_in.compare_exchange(call, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if fails && (down || self.0.after.load(Ordering::SeqCst) == 0) {
            return Err(StoreError::new("out of order"));
        }
        let answer = work.await?;
        if fails { Err(StoreError::new("the answer was lost")) } else { Ok(answer) }
    }
}

#[async_trait]
impl Store for Faulty {
    async fn insert(&self, session: &Session, limit: Option<usize>) -> Result<bool, StoreError> {
        self.call(self.0.store.insert(session, limit)).await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        self.call(self.0.store.load(id)).await
    }

    async fn sessions_of(&self, subject: &Subject) -> Result<Vec<Session>, StoreError> {
        self.call(self.0.store.sessions_of(subject)).await
    }

    async fn update(&self, session: &Session) -> Result<bool, StoreError> {
        self.call(self.0.store.update(session)).await
    }

    async fn touch(&self, seen: &[(SessionId, UnixTime)]) -> Result<(), StoreError> {
        self.0.store.touch(seen).await
    }

    async fn apply(&self, change: &Change, now: UnixTime) -> Result<Position, StoreError> {
        self.call(self.0.store.apply(change, now)).await
    }

    async fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        // The server's own background calls do not count, unless everything is down.
        if self.0.down.load(Ordering::SeqCst) == 1 {
            return Err(StoreError::new("out of order"));
        }
        if self.0.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.0.restored.load(Ordering::SeqCst) {
            return Ok(Changes::default());
        }
        self.0.store.changes(after).await
    }

    async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError> {
        self.0.store.sweep(now, changes_before).await
    }
}

fn unavailable() -> (u16, String) {
    (503, "unavailable".into())
}

/// Each store call of sign-in, refresh and sign-out fails in turn, before and after its effect. The client sees 503, keeps
/// its state, tries again and succeeds. Every acknowledged change holds.
///
/// Covers: E-005, E-006, T-24, S-029
#[tokio::test]
async fn each_store_call_may_fail_before_or_after_its_effect_and_nothing_is_lost() {
    let store = Faulty::default();
    let host = Host::start_on(store.clone()).await;
    for fault in [Fault::Before, Fault::After] {
        for flow in ["sign-in", "refresh", "sign-out"] {
            for call in 1.. {
                let mut client = host.signed_in("ann").await;
                let cookies = client.cookies();
                store.fail(call, fault);
                let answer = match flow {
                    "sign-in" => client.try_sign_in("ann", PASSWORD).await,
                    "refresh" => client.try_refresh().await,
                    _ => client.sign_out().await,
                };
                if !store.failed() {
                    assert!(call > 1, "there was something to fail");
                    assert!(answer.status.is_success(), "{flow} {answer:?}");
                    break;
                }
                let what = format!("{flow}, call {call} {fault:?}");
                assert_eq!(answer.verdict(), unavailable(), "{what}");
                assert!(!answer.headers.contains_key("set-cookie"), "{what}: the cookies are as they were");
                assert_eq!(client.cookies(), cookies, "{what}");
                recovers(client, flow, fault, &what).await;
            }
        }
    }
}

async fn recovers(mut client: Client, flow: &str, fault: Fault, what: &str) {
    match flow {
        "sign-in" => {
            client.sign_in("ann", PASSWORD).await;
        }
        "refresh" => assert_eq!(client.try_refresh().await.status, 200, "{what}"),
        // The outcome is unknown until the client tries again.
        _ => {
            let again = client.sign_out().await;
            assert!(again.status == 204 || (fault == Fault::After && again.verdict() == refused()), "{what}");
            assert_eq!(client.try_refresh().await.verdict(), refused(), "{what}");
            return;
        }
    }
    assert_eq!(client.me().await.status, 200, "{what}");
}

/// The node's live view bridges a short outage. A longer one ends in 503, never in an acceptance.
///
/// Covers: T-24, S-029, D-002, I5
#[tokio::test]
async fn a_store_outage_ends_in_503_and_signs_nobody_out() {
    let store = Faulty::default();
    let host = Host::start_on(store.clone()).await;
    let mut client = host.signed_in("ann").await;
    store.set_down(true);
    assert_eq!(client.me().await.status, 200, "the view is fresh");
    assert_eq!(client.try_refresh().await.verdict(), unavailable());
    assert_eq!(
        client.sign_out().await.verdict(),
        unavailable(),
        "a sign-out that did not happen is not said to have"
    );
    tokio::time::sleep(MAX_STALENESS + Duration::from_millis(300)).await;
    assert_eq!(client.me().await.verdict(), unavailable(), "nobody knows what was revoked since");
    let mut forged = client.another_tab().with_token_of(&client);
    forged.token = forged.token.map(|token| token + "A");
    assert_eq!(forged.me().await.verdict(), refused(), "and a forged token does not even ask");
    store.set_down(false);
    assert_eq!(client.me().await.status, 200, "it mends itself");
    assert_eq!(client.try_refresh().await.status, 200);
}

/// Covers: T-24, D-004
#[tokio::test]
async fn a_store_that_never_answers_causes_503_within_the_deadline() {
    let store = Faulty::default();
    let host = Host::start_on(store.clone()).await;
    let (mut client, waits) = (host.signed_in("ann").await, host.signed_in("ann").await);
    store.hang();
    let patience = STORE_DEADLINE + MAX_STALENESS + Duration::from_secs(2);
    let waiting = tokio::time::timeout(patience, async {
        assert_eq!(client.try_refresh().await.verdict(), unavailable());
        tokio::time::sleep(MAX_STALENESS.saturating_sub(STORE_DEADLINE) + Duration::from_millis(300)).await;
        assert_eq!(waits.me().await.verdict(), unavailable(), "nobody knows what was revoked since");
    });
    waiting.await.expect("it was answered in time");
}

/// Covers: L-08
#[tokio::test]
async fn a_store_outage_is_logged_once_at_its_start_and_once_at_its_end() {
    let (log, _guard) = Log::of_this_thread("symbolon_server=info");
    let store = Faulty::default();
    let _host = Host::start_on(store.clone()).await;
    store.set_down(true);
    tokio::time::sleep(Duration::from_millis(600)).await;
    store.set_down(false);
    within_a_moment(async || log.text().contains("the change feed can be read again")).await;
    assert_eq!(log.text().matches("the change feed cannot be read").count(), 1, "{}", log.text());
}

/// A restored store assigns old feed positions to new changes. A node that trusted the positions would miss those changes.
///
/// Covers: S-26, T-24
#[tokio::test]
async fn a_change_feed_that_goes_back_is_treated_as_an_outage() {
    let store = Faulty::default();
    let host = Host::start_on(store.clone()).await;
    let mut client = host.signed_in("ann").await;
    host.symbolon.permissions_changed("ben").await.expect("it is kept");
    assert_eq!(client.try_refresh().await.status, 200);
    store.restore();
    assert_eq!(client.try_refresh().await.verdict(), unavailable());
    tokio::time::sleep(MAX_STALENESS + Duration::from_millis(300)).await;
    assert_eq!(client.me().await.verdict(), unavailable());

    // After a restart the node reads the old position, so tokens with a later one count as stale.
    let restarted = host.restart_on(store).await;
    client.address.clone_from(&restarted.address);
    assert_eq!(client.me().await.verdict(), (401, "token_stale".into()));
}

/// A panic ends its own request and nothing else.
///
/// Covers: D-007
#[tokio::test]
async fn a_panic_affects_only_its_own_request() {
    let host = Host::start_built(
        |config| config,
        |builder| {
            builder.on_event(|event| {
                assert!(event.subject().is_none_or(|subject| subject.as_str() != "ben"), "a careless hook");
            })
        },
    )
    .await;
    let mut ann = host.signed_in("ann").await;
    let mut ben = Client::new(&host.origin);
    let proof = ben.enrolment("sign-in").await;
    let request = ben.sign_in_request(&proof, &serde_json::json!({ "name": "ben", "password": PASSWORD }));
    assert!(symbolon_tests::client::reach(request).await.is_none(), "the control: there is no answer");
    assert_eq!(ann.me().await.status, 200);
    assert_eq!(ann.try_refresh().await.status, 200);
    assert_eq!(host.signed_in("eve").await.me().await.status, 200);
}
