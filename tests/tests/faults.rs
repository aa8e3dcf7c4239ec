//! A store that fails, at every call and in every way: nobody gets in, nothing is lost, and it mends itself.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use symbolon_server::{
    error::StoreError,
    session::Session,
    shared::{id::SessionId, subject::Subject, time::UnixTime},
    store::{Change, Changes, Memory, Position, Store},
};
use symbolon_tests::{
    Host, PASSWORD,
    client::{Client, refused},
};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// It never reached the store.
    Before,
    /// It did its work, and the answer was lost.
    After,
}

/// A store whose calls fail as the test says.
#[derive(Clone, Default)]
struct Faulty(Arc<State>);

#[derive(Default)]
struct State {
    store: Memory,
    calls: AtomicU64,
    /// Which call fails, counted from now; and all after it, if `down`.
    fails_in: AtomicU64,
    after: AtomicU64,
    down: AtomicU64,
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

    /// Whether the fault has been met.
    fn failed(&self) -> bool {
        let call = self.0.fails_in.swap(0, Ordering::SeqCst);
        call == 0
    }

    async fn call<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
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
        // What the server asks for by itself is not a call of a request, unless everything is down.
        if self.0.down.load(Ordering::SeqCst) == 1 {
            return Err(StoreError::new("out of order"));
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

/// Every call of sign-in, refresh and sign-out fails in turn, before and after its effect. The client sees 503, keeps
/// what it has, tries again, and gets through; and what was answered with success is so.
#[tokio::test]
async fn e_005_e_006_t_24_s_029_every_call_fails_in_turn() {
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
        // Whether it ended cannot be said; but trying again says.
        _ => {
            let again = client.sign_out().await;
            assert!(again.status == 204 || (fault == Fault::After && again.verdict() == refused()), "{what}");
            assert_eq!(client.try_refresh().await.verdict(), refused(), "{what}");
            return;
        }
    }
    assert_eq!(client.me().await.status, 200, "{what}");
}

/// A short silence is bridged by the view that the node has; a longer one ends in 503, never in a yes.
#[tokio::test]
async fn t_24_s_029_i5_a_store_that_is_down_lets_nobody_in_for_long_and_nobody_is_signed_out() {
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
    tokio::time::sleep(symbolon_server::config::MAX_STALENESS + std::time::Duration::from_millis(300)).await;
    assert_eq!(client.me().await.verdict(), unavailable(), "nobody knows what was revoked since");
    let mut forged = client.another_tab().with_token_of(&client);
    forged.token = forged.token.map(|token| token + "A");
    assert_eq!(forged.me().await.verdict(), refused(), "and a forged token does not even ask");
    store.set_down(false);
    assert_eq!(client.me().await.status, 200, "it mends itself");
    assert_eq!(client.try_refresh().await.status, 200);
}
