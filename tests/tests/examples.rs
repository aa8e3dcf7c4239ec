//! Runs every example of the server crate as a program, and does what its documentation promises.

use std::{
    net::TcpListener,
    process::{Child, Command},
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use symbolon_tests::{
    client::{Answer, Client, as_worker_load, reach, refused, send},
    new_key,
};
use tempfile::TempDir;
use tokio::time::sleep;

const PASSWORD: &str = "open sesame";

/// A running example.
struct Example {
    process: Child,
    origin: String,
    /// The working directory, where `minimal` keeps its file.
    _folder: TempDir,
}

impl Example {
    /// Starts the program on a free port of loopback, and waits until it answers.
    async fn start(program: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (origin, folder) = (format!("http://{address}"), tempfile::tempdir().unwrap());
        let process = Command::new(program)
            .current_dir(folder.path())
            .env("SYMBOLON_ADDR", address.to_string())
            .env("SYMBOLON_ORIGIN", &origin)
            .env("SYMBOLON_KEYS", new_key())
            .spawn()
            .unwrap();
        let mut example = Self { process, origin, _folder: folder };
        let patience = Instant::now() + Duration::from_secs(20);
        while reach(example.stranger().plain(Method::GET, "/")).await.is_none() {
            assert_eq!(example.process.try_wait().unwrap(), None, "{program} has ended");
            assert!(Instant::now() < patience, "{program} does not answer at {address}");
            sleep(Duration::from_millis(20)).await;
        }
        example
    }

    /// A browser that is not signed in.
    fn stranger(&self) -> Client {
        Client::new(&self.origin)
    }

    /// A browser in which somebody has signed in.
    async fn signed_in(&self, name: &str) -> Client {
        let mut client = self.stranger();
        client.sign_in(name, PASSWORD).await;
        client
    }

    /// Tries what every example promises of its vault, its gate and its sign-in.
    async fn keeps_what_all_promise(&self) {
        let worker = send(as_worker_load(self.stranger().plain(Method::GET, "/auth/vault.js"))).await;
        assert_eq!(worker.status, 200);
        assert_eq!(worker.headers["cache-control"], "no-store");
        let script = send(self.stranger().plain(Method::GET, "/auth/vault.js")).await;
        assert_eq!(script.verdict(), (403, "forbidden".into()), "a script load gets no vault");
        assert_eq!(self.stranger().me().await.verdict(), refused());
        let wrong = self.stranger().try_sign_in("ann", "wrong").await;
        assert_eq!(wrong.verdict(), (401, "bad_credentials".into()));

        let ann = self.signed_in("ann").await;
        assert_eq!(ann.get("/auth/session").await.status, 200);
        let without_cookie = self.stranger().with_token_of(&ann);
        assert_eq!(
            without_cookie.me().await.verdict(),
            refused(),
            "a token without its cookie opens nothing"
        );
        assert_eq!(ann.sign_out().await.status, 204);
        assert_eq!(ann.get("/auth/session").await.verdict(), refused(), "the token is dead at once");
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn act_with(client: &Client, method: Method, path: &str, body: &Value) -> Answer {
    let request = client.act_request(method, path).header("content-type", "application/json");
    send(request.body(body.to_string())).await
}

#[tokio::test]
async fn the_minimal_example_greets_whoever_signed_in() {
    let example = Example::start(env!("CARGO_BIN_EXE_example-minimal")).await;
    example.keeps_what_all_promise().await;
    let me = example.signed_in("ann").await.me().await;
    assert_eq!((me.status.as_u16(), &*me.body), (200, "hello, 7"));
}

#[tokio::test]
async fn the_roles_example_requires_a_role_and_changes_it_at_once() {
    let example = Example::start(env!("CARGO_BIN_EXE_example-roles")).await;
    example.keeps_what_all_promise().await;
    let (root, mut ben) = (example.signed_in("root").await, example.signed_in("ben").await);
    let ann = example.signed_in("ann").await;
    assert_eq!(ann.act(Method::POST, "/api/articles").await.body, "published by ann");
    assert_eq!(ben.get("/api/role").await.body, "reader");
    assert_eq!(ben.act(Method::POST, "/api/articles").await.verdict(), (403, "forbidden".into()));
    let path = "/api/users/ben/role";
    let promoted = json!({ "role": "editor" });
    assert_eq!(act_with(&ben, Method::PUT, path, &promoted).await.verdict(), (403, "forbidden".into()));

    assert_eq!(act_with(&root, Method::PUT, path, &promoted).await.status, 200);
    assert_eq!(ben.act(Method::POST, "/api/articles").await.verdict(), (401, "token_stale".into()));
    assert_eq!(ben.try_refresh().await.status, 200);
    assert_eq!(ben.act(Method::POST, "/api/articles").await.body, "published by ben");
    assert_eq!(
        ann.act(Method::POST, "/api/articles").await.status,
        200,
        "another user's token is still good"
    );
}

#[tokio::test]
async fn the_admin_example_lists_and_ends_a_users_sessions() {
    let example = Example::start(env!("CARGO_BIN_EXE_example-sessions-admin")).await;
    example.keeps_what_all_promise().await;
    let root = example.signed_in("root").await;
    let (laptop, phone) = (example.signed_in("ann").await, example.signed_in("ann").await);
    let path = "/api/users/ann/sessions";
    assert_eq!(laptop.get(path).await.verdict(), (403, "forbidden".into()), "a user is no admin");

    let rows = async || serde_json::from_str::<Vec<Value>>(&root.get(path).await.body).unwrap();
    let ids: Vec<_> = rows().await.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2);
    let of_the_phone = phone.claims()["sid"].as_str().unwrap().to_owned();
    assert!(ids.contains(&of_the_phone));

    let one = format!("{path}/{of_the_phone}");
    assert_eq!(
        root.act(Method::DELETE, &format!("/api/users/ben/sessions/{of_the_phone}")).await.status,
        404
    );
    assert_eq!(root.act(Method::DELETE, &one).await.status, 204);
    assert_eq!((phone.me().await.verdict(), laptop.me().await.status.as_u16()), (refused(), 200));
    assert_eq!(rows().await.len(), 1);
    assert_eq!(root.act(Method::DELETE, path).await.status, 204);
    assert_ne!(laptop.me().await.status, 200);
    assert_eq!((rows().await.len(), root.me().await.status.as_u16()), (0, 200));
}

#[tokio::test]
async fn the_example_without_axum_serves_the_same_session() {
    let example = Example::start(env!("CARGO_BIN_EXE_example-without-axum")).await;
    example.keeps_what_all_promise().await;
    let mut ann = example.signed_in("ann").await;
    assert_eq!(ann.me().await.body, "hello, ann");
    assert_eq!(ann.get("/api/absent").await.status, 404);
    assert_eq!(example.stranger().get("/api/absent").await.verdict(), refused());
    assert_eq!(ann.try_refresh().await.status, 200);
    let refresh = send(ann.plain(Method::POST, "/auth/refresh")).await;
    assert_eq!(refresh.verdict(), (403, "cross_origin".into()));
    let policy = ann.me().await.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
}
