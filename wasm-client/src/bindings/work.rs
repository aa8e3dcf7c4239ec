//! Work that waits for the browser. The worker's script waits, and comes back with the answer: a module that made its
//! own promises would be 2 KB larger.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use js_sys::Promise;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::to_js_error;
use crate::error::VaultError;

/// The outcome of a promise: the value, or the reason of the rejection.
pub(super) type Answered = Result<JsValue, JsValue>;

/// A message between a piece of work and the script. Only one piece of work runs at a time.
enum Message {
    Question(Promise),
    Answer(Answered),
}

thread_local! {
    static BETWEEN: Cell<Option<Message>> = const { Cell::new(None) };
}

/// Waits for the outcome of a promise.
pub(super) async fn answer_to(question: Promise) -> Answered {
    let mut question = Some(question);
    poll_fn(|_| {
        let there = match question.take() {
            Some(question) => Some(Message::Question(question)),
            None => BETWEEN.take(),
        };
        match there {
            Some(Message::Answer(answer)) => Poll::Ready(answer),
            other => {
                BETWEEN.set(other);
                Poll::Pending
            }
        }
    })
    .await
}

/// A piece of work that the vault has begun.
#[wasm_bindgen]
pub struct Work(Pin<Box<dyn Future<Output = Result<JsValue, VaultError>>>>);

#[wasm_bindgen]
impl Work {
    /// Begins the work, or goes on with the outcome of the promise that the last step returned. Returns the next
    /// promise to wait for, or the result of the work, which is no promise.
    ///
    /// # Errors
    /// The code of the vault's error.
    pub fn step(&mut self, answer: JsValue, failed: bool) -> Result<JsValue, JsValue> {
        match step(self.0.as_mut(), if failed { Err(answer) } else { Ok(answer) }) {
            Ok(done) => done.map_err(to_js_error),
            Err(Some(question)) => Ok(question.into()),
            Err(None) => Err(to_js_error(VaultError::Protocol)),
        }
    }
}

/// Runs work with an answer, to its end or to its next question.
///
/// Fails with the promise that the work waits for; with `None` if it waits for nothing, which would never end.
pub(super) fn step<F: Future + ?Sized>(
    work: Pin<&mut F>,
    answer: Answered,
) -> Result<F::Output, Option<Promise>> {
    BETWEEN.set(Some(Message::Answer(answer)));
    match work.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => Err(match BETWEEN.take() {
            Some(Message::Question(question)) => Some(question),
            _ => None,
        }),
    }
}

impl Work {
    #[inline(never)]
    pub(super) fn new(work: Pin<Box<dyn Future<Output = Result<JsValue, VaultError>>>>) -> Self {
        Self(work)
    }
}
