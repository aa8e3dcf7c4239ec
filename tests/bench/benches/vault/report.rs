//! Prints the page's measurements as tables.

use std::collections::HashMap;

use serde::Deserialize;
use symbolon_bench::measure::{median, percentile, table};

use crate::browser::Browser;

/// Small requests: the name in the page, the name in the table, and the highest accepted ratio to plain `fetch`.
const SMALL: [(&str, &str, f64); 2] =
    [("small", "one at a time", 1.15), ("smallInSix", "six at a time", 1.10)];
/// Large requests, with the lowest accepted ratio of throughput.
const BIG: [(&str, &str); 4] = [
    ("download", "down, arrayBuffer()"),
    ("downloadByReader", "down, by a reader"),
    ("uploadBytes", "up, Uint8Array"),
    ("uploadBlob", "up, Blob"),
];
/// The lowest accepted ratio to the throughput of plain `fetch`.
const BIG_LIMIT: f64 = 0.87;
const MEGABYTES: f64 = 10.0;
/// The highest accepted start time, in milliseconds.
const START_LIMIT: f64 = 60.0;

/// The measurements of a page, in milliseconds.
#[derive(Deserialize)]
pub(crate) struct Report {
    starts: Vec<f64>,
    requests: HashMap<String, Vec<Round>>,
}

/// One round: a block of requests in each way, one right after the other.
#[derive(Deserialize)]
struct Round {
    raw: Block,
    /// Plain `fetch` with `cache: 'no-store'`, which the vault learns to use by itself. Small requests only.
    uncached: Option<Block>,
    /// A bare worker that only forwards requests. Small requests only.
    bare: Option<Block>,
    vault: Block,
}

/// A series of one request.
#[derive(Deserialize)]
struct Block {
    took: f64,
    each: Vec<f64>,
}

type Way = fn(&Round) -> &Block;
const RAW: Way = |round| &round.raw;
const UNCACHED: Way = |round| round.uncached.as_ref().expect("small requests went this way, too");
const BARE: Way = |round| round.bare.as_ref().expect("small requests went this way, too");
const VAULT: Way = |round| &round.vault;

impl Report {
    /// Prints the report; for Chromium, also whether the limits hold.
    pub(crate) fn print(&self, browser: Browser, modules_sent: u32) {
        let judged = |limit: f64, is_within: bool| match browser {
            Browser::Chromium => [limit.to_string(), if is_within { "yes" } else { "no" }.to_owned()],
            Browser::Firefox => ["-", "-"].map(str::to_owned),
        };

        let title = format!("vault, {browser:?}: GETs of 100 bytes, in ms (p10, median, p95) and per second");
        let head = ["", "", "", "ratio", "of medians", "limit", "within"];
        let rows = SMALL.into_iter().flat_map(|(work, name, limit)| {
            let rounds = &self.requests[work];
            [
                ("fetch", RAW),
                ("fetch past the cache", UNCACHED),
                ("a bare worker", BARE),
                ("auth.fetch", VAULT),
            ]
            .map(|(what, way)| {
                let [times, rate] = latency(rounds, way);
                let [ratio, of_medians] = times_slower(rounds, way);
                let [limit, within] = if what == "auth.fetch" {
                    judged(limit, ratio <= limit)
                } else {
                    ["-", "-"].map(str::to_owned)
                };
                let [ratio, of_medians] = [ratio, of_medians].map(|ratio| format!("{ratio:.3}"));
                [format!("{name}, {what}"), times, rate, ratio, of_medians, limit, within]
            })
        });
        print(&title, head, rows);

        let title = format!("vault, {browser:?}: 10 MB, in MB per second");
        let head = ["", "fetch", "auth.fetch", "ratio", "of medians", "limit", "within"];
        let rows = BIG.map(|(work, name)| {
            let rounds = &self.requests[work];
            let [raw, vault] =
                [RAW, VAULT].map(|way| format!("{:.0}", MEGABYTES * 1e3 / median(each(rounds, way))));
            let [ratio, of_medians] = times_slower(rounds, VAULT).map(|slower| 1.0 / slower);
            let [limit, within] = judged(BIG_LIMIT, ratio >= BIG_LIMIT);
            let [ratio, of_medians] = [ratio, of_medians].map(|ratio| format!("{ratio:.3}"));
            [name.to_owned(), raw, vault, ratio, of_medians, limit, within]
        });
        print(&title, head, rows);

        let title = format!("vault, {browser:?}: createAuthClient() to auth.ready, in ms");
        let [low, middle, high] =
            [10, 50, 95].map(|percent| percentile(self.starts.iter().copied(), percent));
        let [limit, within] = judged(START_LIMIT, middle <= START_LIMIT);
        let name = format!("{} pages; the module was sent {modules_sent}x", self.starts.len());
        let [low, middle, high] = [low, middle, high].map(|time| format!("{time:.1}"));
        print(
            &title,
            ["", "p10", "median", "p95", "limit", "within"],
            [[name, low, middle, high, limit, within]],
        );
    }
}

/// Returns how much longer one way takes than plain `fetch`: the ratio that is held to the limits, and the ratio of the
/// medians of all requests.
///
/// The first is the median over rounds of the ratio of block medians. Other load that lasts longer than a round falls on
/// all its blocks, and shorter load drops out.
fn times_slower(rounds: &[Round], way: Way) -> [f64; 2] {
    let ratio = |rounds: &[Round]| median(each(rounds, way)) / median(each(rounds, RAW));
    [median(rounds.chunks(1).map(ratio)), ratio(rounds)]
}

/// Returns percentiles and the rate per second.
fn latency(rounds: &[Round], way: Way) -> [String; 2] {
    let [low, middle, high] = [10, 50, 95].map(|percent| percentile(each(rounds, way), percent));
    let took: f64 = rounds.iter().map(|round| way(round).took).sum();
    let rate = each(rounds, way).map(|_| 1.0).sum::<f64>() * 1e3 / took;
    [format!("{low:.2} {middle:.2} {high:.2}"), format!("{rate:.0}")]
}

/// Returns the duration of each request.
fn each(rounds: &[Round], way: Way) -> impl Iterator<Item = f64> {
    rounds.iter().flat_map(move |round| way(round).each.iter().copied())
}

fn print<const N: usize>(title: &str, head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let head = [head.map(str::to_owned)];
    table(title, &head.into_iter().chain(rows).collect::<Vec<_>>());
}
