//! Runs the real code through every order in which concurrent store calls can interleave.
//!
//! One store call is one step, because a store's own tests cover what happens within a call. Each call first yields.
//! The explorer then decides which task continues, and visits all choices by depth-first search.

use std::{
    cell::RefCell,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use axum::{Router, body::Body};
use reqwest::RequestBuilder;
use symbolon_server::{
    error::StoreError,
    session::Session,
    shared::{id::SessionId, subject::Subject, time::UnixTime},
    store::{Change, Changes, Memory, Position, Store},
};
use tower::ServiceExt;

use crate::{
    answer::{Answer, proven},
    client::Client,
};

/// A memory store whose every call first yields to the other tasks.
#[derive(Clone, Default)]
pub struct GivesWay(Arc<Memory>, Arc<Mutex<Vec<&'static str>>>);

impl GivesWay {
    /// Takes the log of changes written and read since the last call, in order.
    #[allow(clippy::must_use_candidate)]
    pub fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.log())
    }

    fn log(&self) -> MutexGuard<'_, Vec<&'static str>> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Yields once if the explorer is active.
async fn give_way() {
    let mut gave = false;
    poll_fn(|context| {
        if std::mem::replace(&mut gave, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[async_trait]
impl Store for GivesWay {
    async fn insert(&self, session: &Session, limit: Option<usize>) -> Result<bool, StoreError> {
        give_way().await;
        self.0.insert(session, limit).await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        give_way().await;
        self.0.load(id).await
    }

    async fn sessions_of(&self, subject: &Subject) -> Result<Vec<Session>, StoreError> {
        give_way().await;
        self.0.sessions_of(subject).await
    }

    async fn update(&self, session: &Session) -> Result<bool, StoreError> {
        give_way().await;
        self.0.update(session).await
    }

    async fn touch(&self, seen: &[(SessionId, UnixTime)]) -> Result<(), StoreError> {
        give_way().await;
        self.0.touch(seen).await
    }

    async fn apply(&self, change: &Change, now: UnixTime) -> Result<Position, StoreError> {
        give_way().await;
        self.log().push("apply");
        let position = self.0.apply(change, now).await;
        // Made, and not yet known here: the moment in which a careless server would let somebody in.
        give_way().await;
        position
    }

    async fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        give_way().await;
        self.log().push("changes");
        let changes = self.0.changes(after).await;
        give_way().await;
        changes
    }

    async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError> {
        self.0.sweep(now, changes_before).await
    }
}

/// A task that the explorer advances step by step.
pub type Task<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// The outcome of a request: its status, and a client with the cookies and token of the answer.
pub struct Outcome {
    /// The HTTP status.
    pub status: u16,
    /// A client that holds the cookies and the token of the answer.
    pub client: Client,
}

/// Sends a request straight to the router. Without a socket, only the explorer decides what runs next.
pub async fn deliver(router: Router, request: RequestBuilder, mut client: Client) -> Outcome {
    let request = request.build().expect("it works in memory");
    let proven = proven(&request);
    let request: http::Request<reqwest::Body> = request.try_into().expect("it works in memory");
    let (parts, body) = request.into_parts();
    let body = Body::from(body.as_bytes().unwrap_or_default().to_vec());
    let response =
        router.oneshot(axum::http::Request::from_parts(parts, body)).await.expect("it works in memory");
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("it works in memory").to_vec();
    let answer = Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body).expect("it works in memory"),
        proven,
    };
    client.take(&answer);
    Outcome { status: answer.status.as_u16(), client }
}

/// Runs the tasks in the order of `choices`, then first come, first served. Records how many tasks were ready at each
/// step.
fn run(mut tasks: Vec<Option<Task<'_>>>, choices: &[usize]) -> (Vec<Outcome>, Vec<usize>) {
    let mut outcomes: Vec<Option<Outcome>> = tasks.iter().map(|_| None).collect();
    let mut options = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let waiting: Vec<usize> = (0..tasks.len()).filter(|index| tasks[*index].is_some()).collect();
        if waiting.is_empty() {
            return (outcomes.into_iter().flatten().collect(), options);
        }
        let choice = choices.get(options.len()).copied().unwrap_or(0);
        options.push(waiting.len());
        let index = waiting[choice];
        if let Some(Poll::Ready(outcome)) = tasks[index].as_mut().map(|task| task.as_mut().poll(&mut context))
        {
            outcomes[index] = Some(outcome);
            tasks[index] = None;
        }
    }
}

/// Returns the order that follows `choices`, or `None` after the last one.
fn next(mut choices: Vec<usize>, options: &[usize]) -> Option<Vec<usize>> {
    choices.resize(options.len(), 0);
    while let Some(last) = choices.pop() {
        if last + 1 < options[choices.len()] {
            choices.push(last + 1);
            return Some(choices);
        }
    }
    None
}

/// Tries every order. `scene` makes a new fixture for each order and returns the checks that must hold at its end.
#[allow(clippy::needless_pass_by_value)] // so that a closure can be written in its place
pub fn in_every_order(scene: impl AsyncFn(&dyn Fn(Vec<Task<'_>>) -> Vec<Outcome>)) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it works in memory");
    let mut choices = Some(Vec::new());
    let mut orders = 0;
    while let Some(order) = choices {
        let options = RefCell::new(Vec::new());
        runtime.block_on(scene(&|tasks| {
            let (outcomes, seen) = run(tasks.into_iter().map(Some).collect(), &order);
            options.replace(seen);
            outcomes
        }));
        choices = next(order, &options.into_inner());
        orders += 1;
    }
    assert!(orders > 20, "only {orders} orders: they do not give way");
}
