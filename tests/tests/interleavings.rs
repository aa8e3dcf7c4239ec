//! Every order in which the store calls of two verbs can fall between each other, tried one by one on the real code.
//!
//! A store call is one step: within it a store does as its own test says. Between two steps anything else may happen,
//! so each call first gives way, and the test decides who goes on: all the ways, by depth-first search.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, body::Body};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::json;
use symbolon_server::{
    config::WhenFull,
    error::StoreError,
    session::Session,
    shared::{id::SessionId, subject::Subject, time::UnixTime},
    store::{Change, Changes, Memory, Position, Store},
};
use symbolon_tests::{
    Access, Host, PASSWORD,
    client::{Client, refused},
};
use tower::ServiceExt;

#[derive(Clone, Default)]
struct GivesWay(Arc<Memory>);

/// Lets whoever else is there go first, if the test wants that.
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
        let position = self.0.apply(change, now).await;
        // Made, and not yet known here: the moment in which a careless server would let somebody in.
        give_way().await;
        position
    }

    async fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        give_way().await;
        let changes = self.0.changes(after).await;
        give_way().await;
        changes
    }

    async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError> {
        self.0.sweep(now, changes_before).await
    }
}

type Task<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// The status of a request, and the cookies and token it brought.
struct Outcome {
    status: u16,
    client: Client,
}

/// Sends it to the router itself: no socket, so nothing goes on but what the test lets go on.
async fn deliver(router: Router, request: RequestBuilder, mut client: Client) -> Outcome {
    let request: http::Request<reqwest::Body> = request.build().unwrap().try_into().unwrap();
    let (parts, body) = request.into_parts();
    let body = Body::from(body.as_bytes().unwrap_or_default().to_vec());
    let response = router.oneshot(axum::http::Request::from_parts(parts, body)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let answer = symbolon_tests::client::Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body).unwrap(),
    };
    client.take(&answer);
    Outcome { status: answer.status.as_u16(), client }
}

/// Runs the tasks in the order that `choices` says, and then first come, first served; notes how many could have gone
/// on at each step.
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

/// The next order after `choices`, or none.
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

/// Tries every order. `scene` sets the stage anew for each, and says what must hold afterwards.
#[allow(clippy::needless_pass_by_value)] // so that a closure can be written in its place
fn in_every_order(scene: impl AsyncFn(&dyn Fn(Vec<Task<'_>>) -> Vec<Outcome>)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut choices = Some(Vec::new());
    let mut orders = 0;
    while let Some(order) = choices {
        let options = std::cell::RefCell::new(Vec::new());
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

async fn stage() -> (Host, Client) {
    let host = Host::start_on(GivesWay::default()).await;
    let client = host.signed_in("ann").await;
    (host, client)
}

fn refresh<'a>(host: &Host, tab: &Client) -> Task<'a> {
    let request = tab.refresh_request(&tab.signature("refresh"));
    Box::pin(deliver(host.router.clone(), request, tab.another_tab()))
}

/// A verb of the server's own, which must succeed.
fn verb<'a>(
    client: &Client,
    work: impl Future<Output = Result<(), symbolon_server::Error>> + 'a,
) -> Task<'a> {
    let client = client.another_tab();
    Box::pin(async move {
        work.await.unwrap();
        Outcome { status: 200, client }
    })
}

#[test]
fn e_002_i1_two_refreshes_leave_one_live_branch_and_sign_nobody_out() {
    in_every_order(async |run| {
        let (host, client) = stage().await;
        let outcomes = run(vec![refresh(&host, &client), refresh(&host, &client)]);
        let [one, two] = &outcomes[..] else { panic!("two outcomes") };
        assert_eq!((one.status, two.status), (200, 200));
        assert_eq!(one.client.refresh, two.client.refresh, "the same successor");
        assert_eq!(
            (one.client.me().await.status, two.client.me().await.status),
            (StatusCode::OK, StatusCode::OK)
        );
    });
}

#[test]
fn e_002_i3_after_a_revocation_nothing_that_a_racing_refresh_got_is_worth_anything() {
    in_every_order(async |run| {
        let (host, mut client) = stage().await;
        let id = host.symbolon.sessions("ann").await.unwrap()[0].id;
        let mut outcomes = run(vec![refresh(&host, &client), verb(&client, host.symbolon.revoke(&id))]);
        let refreshed = outcomes.remove(0).client;
        if refreshed.token.is_some() {
            assert_eq!(refreshed.me().await.verdict(), refused());
        }
        assert_eq!(client.me().await.verdict(), refused());
        client.refresh = refreshed.refresh;
        assert_eq!(client.try_refresh().await.verdict(), refused());
    });
}

#[test]
fn e_002_i3_nor_when_everybody_is_signed_out() {
    in_every_order(async |run| {
        let (host, mut client) = stage().await;
        let mut outcomes = run(vec![refresh(&host, &client), verb(&client, host.symbolon.revoke_everyone())]);
        let refreshed = outcomes.remove(0).client;
        if refreshed.token.is_some() {
            assert_eq!(refreshed.me().await.verdict().0, 401);
        }
        client.refresh = refreshed.refresh;
        assert_eq!(client.try_refresh().await.verdict(), refused());
    });
}

#[test]
fn e_002_a_01_no_token_with_the_old_permissions_outlives_the_change() {
    in_every_order(async |run| {
        let (host, client) = stage().await;
        let change = async {
            host.people.set("ann", Some(Access { role: "editor".into() }));
            host.symbolon.permissions_changed("ann").await
        };
        let mut outcomes = run(vec![refresh(&host, &client), verb(&client, change)]);
        let role = outcomes.remove(0).client.get("/api/role").await;
        assert!(role.body == "editor" || role.verdict().1 == "token_stale", "{role:?}");
    });
}

#[test]
fn e_002_a_refresh_loses_no_use_that_is_written_down_meanwhile() {
    in_every_order(async |run| {
        let (host, mut client) = stage().await;
        host.pass(60);
        client.pass(60);
        assert_eq!(client.me().await.status, 200);
        run(vec![refresh(&host, &client), verb(&client, host.symbolon.close())]);
        let session = &host.symbolon.sessions("ann").await.unwrap()[0];
        assert_eq!(session.last_seen_at - session.authenticated_at, Duration::from_mins(1));
    });
}

#[test]
fn e_002_i1_a_replayed_handle_and_a_refresh_end_in_no_session() {
    in_every_order(async |run| {
        let (host, mut client) = stage().await;
        let thief = client.another_tab();
        assert_eq!(client.try_refresh().await.status, 200);
        host.pass(11);
        client.pass(11);
        let mut replay = client.another_tab();
        replay.refresh.clone_from(&thief.refresh);
        let request = replay.refresh_request(&client.signature("refresh"));
        let replay: Task<'_> = Box::pin(deliver(host.router.clone(), request, replay));
        let outcomes = run(vec![refresh(&host, &client), replay]);
        assert_eq!(outcomes[1].status, 401);
        assert_eq!(client.me().await.verdict(), refused());
        client.refresh.clone_from(&outcomes[0].client.refresh);
        assert_eq!(client.try_refresh().await.verdict(), refused());
    });
}

#[test]
fn e_002_s_18_a_limit_holds_and_somebody_gets_in() {
    in_every_order(async |run| {
        let host =
            Host::start_on_with(GivesWay::default(), |config| config.max_sessions(1, WhenFull::EndOldest))
                .await;
        let mut sign_ins = Vec::new();
        for _ in 0..2 {
            let mut client = Client::new(&host.origin);
            let proof = client.enrolment("sign-in").await;
            let request = client.sign_in_request(&proof, &json!({ "name": "ann", "password": PASSWORD }));
            let task: Task<'_> = Box::pin(deliver(host.router.clone(), request, client));
            sign_ins.push(task);
        }
        let outcomes = run(sign_ins);
        assert!(outcomes.iter().all(|outcome| outcome.status == 200));
        assert_eq!(host.symbolon.sessions("ann").await.unwrap().len(), 1);
        let mut alive = 0;
        for outcome in outcomes {
            alive += u32::from(outcome.client.me().await.status == 200);
        }
        assert_eq!(alive, 1);
    });
}

/// A client that goes away, or a timeout around the handler, drops the work at whatever point it has reached.
#[test]
fn s_032_a_refresh_that_is_dropped_at_any_point_does_no_harm() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for steps in 0.. {
        let finished = runtime.block_on(async {
            let (host, mut client) = stage().await;
            let mut task = refresh(&host, &client);
            let mut context = Context::from_waker(Waker::noop());
            let finished = (0..steps).any(|_| task.as_mut().poll(&mut context).is_ready());
            drop(task);
            assert_eq!(client.me().await.status, 200);
            assert_eq!(client.try_refresh().await.status, 200);
            assert_eq!(client.me().await.status, 200);
            finished
        });
        if finished {
            assert!(steps > 3, "it gave way only {steps} times");
            break;
        }
    }
}
