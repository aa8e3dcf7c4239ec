//! A server that is killed in the middle of its work, many times, and restarted on the same file.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::json;
use symbolon_tests::{
    NODE_ORIGIN, PASSWORD,
    client::{Answer, Client, reach, refused},
    new_key,
};
use tokio::{sync::watch, task::JoinSet, time::sleep};

/// The duration of the test in seconds, unless `SYMBOLON_KILL_SECONDS` sets another.
const SECONDS: u64 = 8;
const PEOPLE: usize = 6;

struct Node {
    process: Child,
    address: String,
}

impl Node {
    fn start(file: &Path, keys: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_node"))
            .arg(file)
            .env("SYMBOLON_KEYS", keys)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { process, address: address.trim().to_owned() }
    }

    /// Sends `SIGKILL`: the process flushes and closes nothing.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

/// One person's browser, with the present address of the server.
struct Person {
    name: String,
    client: Client,
    address: watch::Receiver<String>,
}

impl Person {
    async fn try_sign_in(&mut self) -> Option<Answer> {
        let boot = self.client.try_bootstrap().await?;
        let proof = self.client.enrolment_by(&boot, "sign-in");
        reach(self.client.sign_in_request(&proof, &json!({ "name": self.name, "password": PASSWORD }))).await
    }

    async fn try_refresh(&mut self) -> Option<Answer> {
        reach(self.client.refresh_request(&self.client.signature("refresh"))).await
    }

    async fn try_sign_out(&mut self) -> Option<Answer> {
        reach(self.client.act_request(Method::POST, "/auth/sign-out")).await
    }

    /// Repeats a request until some process answers, as a vault would.
    async fn ask(&mut self, ask: impl AsyncFn(&mut Self) -> Option<Answer>) -> u16 {
        loop {
            self.client.address.clone_from(&self.address.borrow_and_update());
            if let Some(answer) = ask(self).await {
                self.client.take(&answer);
                return answer.status.as_u16();
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Signs in, refreshes and signs out in a loop. Returns every session whose sign-out was acknowledged.
    async fn live_until(mut self, end: Instant) -> Vec<Client> {
        let mut signed_out = Vec::new();
        while Instant::now() < end {
            self.client = Client::new(NODE_ORIGIN);
            assert_eq!(self.ask(Self::try_sign_in).await, 200);
            for _ in 0..4 {
                // A lost answer is requested again with the spent refresh token: within the grace it gets the same successor.
                assert_eq!(
                    self.ask(Self::try_refresh).await,
                    200,
                    "no death of the server signs anybody out"
                );
            }
            let copy = self.client.another_tab().with_token_of(&self.client);
            let status = self.ask(Self::try_sign_out).await;
            // 401: the sign-out took effect and its answer was lost.
            assert!(status == 204 || status == 401, "{status}");
            signed_out.push(copy);
        }
        signed_out
    }
}

/// Covers: E-007, S-031, I1, I3
#[test]
fn no_acknowledged_revocation_is_lost_and_nobody_is_signed_out() {
    let seconds = env::var("SYMBOLON_KILL_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (folder.path().join("sessions.db"), new_key());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut node = Node::start(&file, &keys);
        let (sender, address) = watch::channel(node.address.clone());
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut people = JoinSet::new();
        for number in 0..PEOPLE {
            let person = Person {
                name: format!("person-{number}"),
                client: Client::new(NODE_ORIGIN),
                address: address.clone(),
            };
            people.spawn(person.live_until(end));
        }
        let mut deaths = 0;
        while Instant::now() < end {
            sleep(Duration::from_millis(37 + (deaths * 61) % 260)).await;
            node.kill();
            deaths += 1;
            node = Node::start(&file, &keys);
            sender.send_replace(node.address.clone());
        }
        let signed_out: Vec<_> = people.join_all().await.into_iter().flatten().collect();
        assert!(
            deaths >= seconds && signed_out.len() as u64 >= seconds,
            "{deaths} deaths, {} ends",
            signed_out.len()
        );
        for mut client in signed_out {
            client.address.clone_from(&node.address);
            assert_eq!(client.me().await.verdict(), refused(), "what was signed out stays so");
            assert_eq!(client.try_refresh().await.verdict(), refused());
        }
    });
}
