//! Work that waits for the browser. The worker's script does the waiting, and comes back with the answer: a module that
//! made promises of its own would weigh 2 KB more.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use js_sys::Promise;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::thrown;
use crate::error::VaultError;

/// What the browser answered, or why not.
pub(super) type Answered = Result<JsValue, JsValue>;

/// What lies between a piece of work and the script, of which only one has its turn.
enum Message {
    Question(Promise),
    Answer(Answered),
}

thread_local! {
    static BETWEEN: Cell<Option<Message>> = const { Cell::new(None) };
}

/// What came of this promise.
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

/// Something that the vault has begun.
#[wasm_bindgen]
pub struct Work(Pin<Box<dyn Future<Output = Result<JsValue, VaultError>>>>);

#[wasm_bindgen]
impl Work {
    /// Goes on with what came of the promise that the last step gave, or begins. Gives the next promise to wait for, or
    /// what has come of the work, which is no promise.
    ///
    /// # Errors
    /// What the vault throws.
    pub fn step(&mut self, answer: JsValue, failed: bool) -> Result<JsValue, JsValue> {
        match step(self.0.as_mut(), if failed { Err(answer) } else { Ok(answer) }) {
            Ok(done) => done.map_err(thrown),
            Err(Some(question)) => Ok(question.into()),
            Err(None) => Err(thrown(VaultError::Protocol)),
        }
    }
}

/// Has work go on with an answer, to its end or to its next question. Without one it would wait for nothing that can come.
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
