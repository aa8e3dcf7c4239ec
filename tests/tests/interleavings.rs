//! Two operations at once, in every order in which their store calls can interleave.

use std::{
    cell::Cell,
    task::{Context, Waker},
    time::Duration,
};

use reqwest::StatusCode;
use serde_json::json;
use symbolon_server::config::WhenFull;
use symbolon_tests::{
    Access, Host, PASSWORD,
    client::{Client, refused},
    explore::{GivesWay, Outcome, Task, deliver, in_every_order},
};

async fn stage() -> (Host, Client) {
    let host = Host::start_on(GivesWay::default()).await;
    let client = host.signed_in("ann").await;
    (host, client)
}

fn refresh<'a>(host: &Host, tab: &Client) -> Task<'a> {
    let request = tab.refresh_request(&tab.signature("refresh"));
    let mut tab = tab.clone();
    tab.token = None;
    Box::pin(deliver(host.router.clone(), request, tab))
}

/// An operation called on the server directly, which must succeed.
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

/// Covers: E-002, I1
#[test]
fn two_refreshes_leave_one_live_branch_and_sign_nobody_out() {
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

/// Covers: E-002, I3
#[test]
fn a_refresh_that_races_a_revocation_yields_no_working_token() {
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

/// Covers: E-002, I3
#[test]
fn a_refresh_that_races_the_end_of_everybodys_sessions_yields_no_working_token() {
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

/// A person signs in with a password that is changed at the same moment.
///
/// Covers: E-002, I3
#[test]
fn no_sign_in_that_began_before_a_revoke_all_survives_it() {
    let [before, after] = [(); 2].map(|()| Cell::new(0));
    in_every_order(async |run| {
        let store = GivesWay::default();
        let host = Host::start_on(store.clone()).await;
        let client = host.signed_in("ann").await;
        let own = host.symbolon.sessions("ann").await.unwrap();
        let mut thief = Client::new(&host.origin);
        let proof = thief.enrolment("sign-in").await;
        let request = thief.sign_in_request(&proof, &json!({ "name": "ann", "password": PASSWORD }));
        let sign_in: Task<'_> = Box::pin(deliver(host.router.clone(), request, thief));
        let who = host.recognise(&client).await;
        store.calls();
        let mut thief = run(vec![sign_in, verb(&client, host.symbolon.revoke_others(&who))]).remove(0).client;

        // A sign-in reads the change feed before the password is checked.
        let calls = store.calls();
        let first = |name| calls.iter().position(|call| *call == name).unwrap();
        let living = host.symbolon.sessions("ann").await.unwrap();
        assert!(living.iter().any(|session| session.id == own[0].id), "the person's own session");
        if first("changes") < first("apply") {
            before.update(|orders| orders + 1);
            assert_eq!(living.len(), 1, "{calls:?}");
            assert!(thief.token.is_none() || thief.try_refresh().await.verdict() == refused(), "{calls:?}");
        } else {
            after.update(|orders| orders + 1);
            assert_eq!(living.len(), 2, "{calls:?}");
        }
    });
    assert!(before.get() > 10 && after.get() > 0, "{before:?} {after:?}");
}

/// Covers: E-002, A-01
#[test]
fn no_token_with_old_permissions_survives_their_change() {
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

/// Covers: E-002
#[test]
fn a_refresh_keeps_a_last_seen_time_written_meanwhile() {
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

/// Covers: E-002, I1
#[test]
fn a_replayed_refresh_token_beside_a_refresh_ends_the_session() {
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

/// Covers: E-002, S-18
#[test]
fn concurrent_sign_ins_keep_the_session_limit_and_one_succeeds() {
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

/// A client that disconnects, or a timeout around the handler, drops the future at any await point.
///
/// Covers: S-032
#[test]
fn a_refresh_dropped_at_any_point_leaves_the_session_usable() {
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
