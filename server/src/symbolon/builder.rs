//! Builds a server: settings, keys, store, and the application's hooks.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

use arc_swap::ArcSwap;
use serde::Serialize;
use symbolon_shared::subject::Subject;

use super::{Inner, Symbolon};
use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    error::Error,
    event::{Event, RefreshContext, Verdict},
    keys::SigningKeys,
    last_seen::LastSeen,
    live::LiveView,
    rate_limit::RateLimit,
    replay::ReplayWindow,
    store::{Deadline, Store},
    verify::Ring,
};

/// An asynchronous function of the application's.
type Hook<Question, Answer> =
    Box<dyn Fn(Question) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// The application's hooks.
pub(super) struct Hooks {
    pub(super) claims: Hook<Subject, Result<Option<String>, Error>>,
    pub(super) assess: Hook<RefreshContext, Verdict>,
    pub(super) event: Box<dyn Fn(&Event) + Send + Sync>,
}

/// A server before its start. Made by [`Symbolon::builder`].
///
/// ```
/// # use symbolon_server::{Config, Error, SigningKeys, Symbolon, store::Memory};
/// # async fn start(config: Config, keys: SigningKeys) -> Result<(), Error> {
/// let symbolon = Symbolon::builder(config, keys, Memory::default())
///     .on_event(|event| println!("{}", event.name()))
///     .start()
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "a builder does nothing until `start` is called"]
pub struct Builder {
    config: Config,
    keys: SigningKeys,
    store: Box<dyn Store>,
    clock: Box<dyn Clock>,
    hooks: Hooks,
}

impl Builder {
    /// Returns a builder without hooks, with the machine's clock.
    pub(super) fn new(config: Config, keys: SigningKeys, store: impl Store) -> Self {
        let hooks = Hooks {
            claims: Box::new(|_| Box::pin(async { Ok(None) })),
            assess: Box::new(|_| Box::pin(async { Verdict::Allow })),
            event: Box::new(|_| ()),
        };
        Self { config, keys, store: Box::new(store), clock: Box::new(SystemClock), hooks }
    }

    /// Sets the hook that returns the application's claims, such as a role. They become the claim `app` of every token.
    /// Default: no such claim.
    ///
    /// The hook runs at every sign-in and refresh, so a changed permission needs no other code path. If it returns
    /// [`Reason::AccountClosed`](crate::error::Reason::AccountClosed), the session ends. Any other error becomes the
    /// response, and the session stays as it is.
    ///
    /// ```
    /// # use symbolon_server::{*, error::Reason, store::Memory};
    /// # async fn role_of(subject: Subject) -> Option<String> { None }
    /// #[derive(serde::Serialize)]
    /// struct Access { role: String }
    ///
    /// # async fn start(config: Config, keys: SigningKeys) -> Result<(), Error> {
    /// let symbolon = Symbolon::builder(config, keys, Memory::default())
    ///     .claims(async |person| match role_of(person).await {
    ///         Some(role) => Ok(Access { role }),
    ///         None => Err(Reason::AccountClosed.into()),
    ///     })
    ///     .start()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn claims<F, A, C>(mut self, hook: F) -> Self
    where
        F: Fn(Subject) -> A + Send + Sync + 'static,
        A: Future<Output = Result<C, Error>> + Send + 'static,
        C: Serialize,
    {
        self.hooks.claims = Box::new(move |subject| {
            let answer = hook(subject);
            Box::pin(async move {
                let claims = answer.await?;
                serde_json::to_string(&claims).map(Some).map_err(|_| Error::Claims)
            })
        });
        self
    }

    /// Sets the hook that decides whether a refresh renews the token, demands a new authentication, or ends the
    /// session. Default: every refresh is allowed.
    ///
    /// Use it to notice a session that moves to another browser or system. By default only the event
    /// [`BrowserChanged`](Event::BrowserChanged) reports that.
    ///
    /// ```
    /// # use symbolon_server::{*, event::Verdict, store::Memory};
    /// # async fn start(config: Config, keys: SigningKeys) -> Result<(), Error> {
    /// let symbolon = Symbolon::builder(config, keys, Memory::default())
    ///     .assess(async |refresh| {
    ///         if refresh.browser_now == refresh.browser_then { Verdict::Allow } else { Verdict::StepUp }
    ///     })
    ///     .start()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn assess<F, A>(mut self, hook: F) -> Self
    where
        F: Fn(RefreshContext) -> A + Send + Sync + 'static,
        A: Future<Output = Verdict> + Send + 'static,
    {
        self.hooks.assess = Box::new(move |context| Box::pin(hook(context)));
        self
    }

    /// Sets the hook that is called with every [`Event`]. Default: events go to the log and the metrics only.
    ///
    /// The hook runs on the thread of the request, which waits for it. Pass slow work on to a task.
    ///
    /// ```
    /// # use symbolon_server::{*, event::Severity, store::Memory};
    /// # fn page_on_call(text: &str) {}
    /// # async fn start(config: Config, keys: SigningKeys) -> Result<(), Error> {
    /// let symbolon = Symbolon::builder(config, keys, Memory::default())
    ///     .on_event(|event| if event.severity() == Severity::High { page_on_call(event.name()) })
    ///     .start()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn on_event(mut self, hook: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.hooks.event = Box::new(hook);
        self
    }

    /// Sets the clock that decides what has expired. Default: the machine's. Use it in tests that let time pass.
    ///
    /// ```
    /// # use symbolon_server::{*, clock::Clock, store::Memory};
    /// struct Noon;
    ///
    /// impl Clock for Noon {
    ///     fn now(&self) -> UnixTime { UnixTime(1_700_000_000) }
    /// }
    /// # async fn start(config: Config, keys: SigningKeys) -> Result<(), Error> {
    /// let symbolon = Symbolon::builder(config, keys, Memory::default()).clock(Noon).start().await?;
    /// # Ok(()) }
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Checks the settings, reads the store for the first time, and starts the background tasks. They run until the last
    /// clone of the server is dropped. Call it within a tokio runtime.
    ///
    /// ```
    /// # use symbolon_server::{Config, Error, SigningKeys, Symbolon, store::Memory};
    /// # async fn start(keys: SigningKeys) -> Result<(), Error> {
    /// let config = Config::new("https://app.example")?;
    /// let symbolon = Symbolon::builder(config, keys, Memory::default()).start().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] if settings or keys cannot work; [`Error::Store`] if the store cannot be read.
    pub async fn start(self) -> Result<Symbolon, Error> {
        let Self { config, keys, store, clock, hooks } = self;
        config.check()?;
        keys.signer(clock.now())?;
        let symbolon = Symbolon(Arc::new(Inner {
            config,
            ring: ArcSwap::from_pointee(Ring::new(keys)),
            key_change: Mutex::default(),
            store: Box::new(Deadline(store)),
            clock,
            hooks,
            live: LiveView::new(),
            last_seen: LastSeen::new(),
            replay: ReplayWindow::default(),
            rate_limit: RateLimit::default(),
        }));
        symbolon.read_feed().await?;
        symbolon.spawn_feed_reader();
        symbolon.spawn_upkeep();
        Ok(symbolon)
    }
}
