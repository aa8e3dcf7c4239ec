//! How a session's token is renewed.

use http::HeaderMap;
use symbolon_shared::{
    fingerprint::Fingerprint, proof::Operation, refresh_token::RefreshToken, time::UnixTime,
};

use super::Symbolon;
use crate::{
    error::{Error, Reason, StepUp, StoreError},
    event::{Event, RefreshContext, Verdict},
    grant::Grant,
    keys::TokenKind,
    seal::Seal,
    session::{RefreshStatus, Session},
    sign_in,
    store::{Change, Scope},
    vault_proof::{self, VerifiedProof},
};

/// How often a refresh is tried again when others change the same session in the same moment.
const MAX_ATTEMPTS: usize = 32;

impl Symbolon {
    /// The next token of the session that the cookies name, for the vault that proves itself.
    pub(crate) async fn refresh(&self, headers: &HeaderMap) -> Result<Grant, Error> {
        let now = self.now();
        let (fingerprint, presented) = self.halves(headers)?;
        let checked = match self.check_proof(headers, Operation::Refresh) {
            Ok(checked) => checked,
            Err(reason) => return Err(self.unproven(&fingerprint, &presented, reason, now).await),
        };
        let known = self.read_feed().await?;
        let session = self.unspent(&fingerprint, &presented, now).await?;
        let recipient = checked.recipient(Operation::Refresh);
        let worker = match checked {
            VerifiedProof::Enrolment(enrolment) => {
                vault_proof::spend_secret(&enrolment, &self.0.replay, now).map(|()| enrolment.key)
            }
            VerifiedProof::Signature(signature) => {
                vault_proof::signer(&signature, Operation::Refresh, &session, &self.0.replay, now)
            }
        };
        let worker = worker.inspect_err(|reason| {
            // A tab that was open when another signed in: its worker belongs to the session that was.
            if *reason != Reason::WorkerUnknown {
                self.emit(&Event::RefreshUnproven { session: session.id });
            }
        })?;
        let seal = Seal::to(&recipient)?;
        self.assess(&session, headers).await?;
        let app = self.claims_of(&session).await?;

        let browser = sign_in::browser_of(headers);
        let note = |session: &mut Session| {
            session.used_by(worker, now);
            session.browser.clone_from(&browser);
        };
        let body = self.token(&session, app.as_deref(), known, now, TokenKind::Vault)?;
        let refresh = self.rotate(session, &presented, now, note).await?;
        self.emit(&Event::Refreshed { session: presented.session() });
        Ok(self.grant(fingerprint, refresh, seal.close(&body)))
    }

    /// Spends the presented handle: compare, and swap, and if another was faster, again.
    async fn rotate(
        &self,
        mut session: Session,
        presented: &RefreshToken,
        now: UnixTime,
        note: impl Fn(&mut Session),
    ) -> Result<RefreshToken, Error> {
        let ring = self.ring();
        for _ in 0..MAX_ATTEMPTS {
            session.check(now)?;
            let next = match session.recognise(presented.hash(), now) {
                RefreshStatus::Current => {
                    let next = ring.keys.signer(now)?.successor(presented);
                    // Now, and not when the request came: the store and the hooks may have taken their time.
                    session.spent_refresh = Some((session.refresh, self.now()));
                    session.refresh = next.hash();
                    Some(next)
                }
                // Whichever key made it: the one handle that is good now. If that key is gone, there is no such
                // answer to give again, and no sign of a theft either.
                RefreshStatus::JustSpent => {
                    let mut successors = ring.keys.verifiers(now).map(|key| key.successor(presented));
                    let next = successors.find(|next| next.hash() == session.refresh);
                    Some(next.ok_or(Reason::KeyUnknown)?)
                }
                RefreshStatus::Reused => None,
            };
            let Some(next) = next else { return Err(self.reused(session).await) };
            note(&mut session);
            if self.0.store.update(&session).await? {
                return Ok(next);
            }
            let newest = self.0.store.load(&session.id).await?.ok_or(Reason::SessionUnknown)?;
            session = self.with_last_seen(newest);
        }
        Err(StoreError::new("a session changes faster than it can be changed").into())
    }

    /// The session that the cookies name, unless its handle was spent long ago: then that is noticed before anything
    /// else is judged, and the session ends.
    async fn unspent(
        &self,
        fingerprint: &Fingerprint,
        presented: &RefreshToken,
        now: UnixTime,
    ) -> Result<Session, Error> {
        let session = self.session_of(fingerprint, presented, now).await?;
        match session.recognise(presented.hash(), now) {
            RefreshStatus::Current | RefreshStatus::JustSpent => Ok(session),
            RefreshStatus::Reused => Err(self.reused(session).await),
        }
    }

    async fn reused(&self, Session { id, subject, .. }: Session) -> Error {
        if let Err(error) = self.change(Change::Ended(Scope::Session(id))).await {
            return error;
        }
        self.emit(&Event::RefreshReused { subject, session: id });
        Reason::RefreshReused.into()
    }

    /// A refresh without a valid proof is refused; if its cookies are genuine, somebody has them who should not.
    async fn unproven(
        &self,
        fingerprint: &Fingerprint,
        presented: &RefreshToken,
        reason: Reason,
        now: UnixTime,
    ) -> Error {
        match self.unspent(fingerprint, presented, now).await {
            // A computer that slept, or whose clock was set, is not a thief.
            Ok(_) if matches!(reason, Reason::ProofStale(_)) => {}
            Ok(session) => self.emit(&Event::RefreshUnproven { session: session.id }),
            Err(error @ (Error::Store(_) | Error::Refused(Reason::RefreshReused))) => return error,
            Err(_) => {}
        }
        reason.into()
    }

    /// Asks the application what a session's next token is to say. A closed account ends the session.
    pub(super) async fn claims_of(&self, session: &Session) -> Result<Option<String>, Error> {
        let answer = (self.0.hooks.claims)(session.subject.clone()).await;
        if let Err(Error::Refused(Reason::AccountClosed)) = answer {
            self.revoke(&session.id).await?;
        }
        answer
    }

    /// Asks the application what it thinks of this refresh.
    pub(super) async fn assess(&self, session: &Session, headers: &HeaderMap) -> Result<(), Error> {
        let context = RefreshContext {
            subject: session.subject.clone(),
            session: session.id,
            browser_then: session.browser.clone(),
            browser_now: sign_in::browser_of(headers),
        };
        if context.browser_now != context.browser_then {
            self.emit(&Event::BrowserChanged { session: session.id });
        }
        match (self.0.hooks.assess)(context).await {
            Verdict::Allow => Ok(()),
            Verdict::StepUp => Err(Error::StepUp(StepUp::default())),
            Verdict::End => {
                self.change(Change::Ended(Scope::Session(session.id))).await?;
                Err(Reason::Risk.into())
            }
        }
    }
}
