//! The metrics that the library records.

use std::collections::BTreeSet;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use symbolon_tests::Host;

/// Covers: L-02, L-08
#[tokio::test]
async fn refusals_events_and_store_calls_are_measured() {
    let recorder = DebuggingRecorder::new();
    let snapshots = recorder.snapshotter();
    recorder.install().unwrap();
    let host = Host::start().await;
    let mut client = host.signed_in("ann").await;
    client.try_refresh().await;
    client.refresh_with("nonsense").await;

    let (mut names, mut refused, mut renewed) = (BTreeSet::new(), 0, 0);
    for (key, _, _, value) in snapshots.snapshot().into_vec() {
        let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
        match (key.key().name(), &labels[..], value) {
            ("symbolon_refused_total", [cause], DebugValue::Counter(count)) if cause == "proof_invalid" => {
                refused = count;
            }
            ("symbolon_events_total", [event], DebugValue::Counter(count)) if event == "session_renewed" => {
                renewed = count;
            }
            _ => {}
        }
        assert!(labels.len() <= 1 && labels.iter().all(|label| label.len() < 40), "few values: {labels:?}");
        names.insert(key.key().name().to_owned());
    }
    assert_eq!((refused, renewed), (1, 1));
    let expected = ["symbolon_events_total", "symbolon_refused_total", "symbolon_store_seconds"];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}
