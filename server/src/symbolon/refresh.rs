//! Refreshes a session: spends its refresh token, and issues the next token.

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
    store::{Change, Scope},
    user_agent,
    vault_proof::{self, VerifiedProof},
};

/// How often a refresh tries again while other requests change the same session: 32 times.
const MAX_ATTEMPTS: usize = 32;

impl Symbolon {
    /// Issues the next token of the session that the cookies name, for the vault that made the proof.
    pub(crate) async fn refresh(&self, headers: &HeaderMap) -> Result<Grant, Error> {
        let now = self.now();
        let (fingerprint, presented) = self.cookies(headers)?;
        let proof = match self.check_proof(headers, Operation::Refresh) {
            Ok(proof) => proof,
            Err(reason) => return Err(self.refuse_unproven(&fingerprint, &presented, reason, now).await),
        };
        let known = self.read_feed().await?;
        let session = self.session_to_refresh(&fingerprint, &presented, now).await?;
        let recipient = proof.recipient(Operation::Refresh);
        let worker = match proof {
            VerifiedProof::Enrolment(enrolment) => {
                vault_proof::spend_secret(&enrolment, &self.0.replay, now).map(|()| enrolment.key)
            }
            VerifiedProof::Signature(signature) => {
                vault_proof::signer(&signature, Operation::Refresh, &session, &self.0.replay, now)
            }
        };
        let worker = worker.inspect_err(|reason| {
            // A tab was open when another signed in: its worker belongs to the session before.
            if *reason != Reason::WorkerUnknown {
                self.emit(&Event::RefreshUnproven { session: session.id });
            }
        })?;
        let seal = Seal::to(&recipient)?;
        self.assess(&session, headers).await?;
        let app = self.claims_of(&session).await?;

        let browser = user_agent::browser_of(headers);
        let note = |session: &mut Session| {
            session.used_by(worker, now);
            session.browser.clone_from(&browser);
        };
        let body = self.issue_token(TokenKind::Vault, &session, app.as_deref(), known, now)?;
        let refresh = self.rotate(session, &presented, now, note).await?;
        self.emit(&Event::Refreshed { session: presented.session() });
        Ok(self.grant(fingerprint, refresh, seal.close(&body)))
    }

    /// Spends the presented refresh token, and returns the next one. Compares and swaps, until no other request is faster.
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
            let next = match session.refresh_status(presented.hash(), now) {
                RefreshStatus::Current => {
                    let next = ring.keys.signer(now)?.successor(presented);
                    // Read anew: the store and the hooks may have taken a while since the request came.
                    session.spent_refresh = Some((session.refresh, self.now()));
                    session.refresh = next.hash();
                    Some(next)
                }
                // The current refresh token was derived from the spent one, by any of the keys. If that key is gone, the
                // answer cannot be given again; that is no sign of a theft.
                RefreshStatus::JustSpent => {
                    let mut successors = ring.keys.verifiers(now).map(|key| key.successor(presented));
                    let next = successors.find(|next| next.hash() == session.refresh);
                    Some(next.ok_or(Reason::KeyUnknown)?)
                }
                RefreshStatus::Reused => None,
            };
            let Some(next) = next else { return Err(self.end_reused(session).await) };
            note(&mut session);
            if self.0.store.update(&session).await? {
                return Ok(next);
            }
            let newest = self.0.store.load(&session.id).await?.ok_or(Reason::SessionUnknown)?;
            session = self.with_last_seen(newest);
        }
        Err(StoreError::new("one session was changed by other requests 32 times during its refresh").into())
    }

    /// Returns the session that the cookies name. If the refresh token is reused, ends the session and refuses, before
    /// anything else is checked.
    async fn session_to_refresh(
        &self,
        fingerprint: &Fingerprint,
        presented: &RefreshToken,
        now: UnixTime,
    ) -> Result<Session, Error> {
        let session = self.session_of(fingerprint, presented, now).await?;
        match session.refresh_status(presented.hash(), now) {
            RefreshStatus::Current | RefreshStatus::JustSpent => Ok(session),
            RefreshStatus::Reused => Err(self.end_reused(session).await),
        }
    }

    /// Ends a session whose refresh token was reused, and returns the error to answer with.
    async fn end_reused(&self, Session { id, subject, .. }: Session) -> Error {
        if let Err(error) = self.change(Change::Ended(Scope::Session(id))).await {
            return error;
        }
        self.emit(&Event::RefreshReused { subject, session: id });
        Reason::RefreshReused.into()
    }

    /// Returns the error for a refresh without a valid proof. If its cookies are genuine, reports that they are in the wrong
    /// hands.
    async fn refuse_unproven(
        &self,
        fingerprint: &Fingerprint,
        presented: &RefreshToken,
        reason: Reason,
        now: UnixTime,
    ) -> Error {
        match self.session_to_refresh(fingerprint, presented, now).await {
            // A computer that slept, or whose clock was set, is no thief.
            Ok(_) if matches!(reason, Reason::ProofStale(_)) => {}
            Ok(session) => self.emit(&Event::RefreshUnproven { session: session.id }),
            Err(error @ (Error::Store(_) | Error::Refused(Reason::RefreshReused))) => return error,
            Err(_) => {}
        }
        reason.into()
    }

    /// Returns the application's claims for a session's next token. Ends the session if the account is closed.
    pub(super) async fn claims_of(&self, session: &Session) -> Result<Option<String>, Error> {
        let answer = (self.0.hooks.claims)(session.subject.clone()).await;
        if let Err(Error::Refused(Reason::AccountClosed)) = answer {
            self.revoke(&session.id).await?;
        }
        answer
    }

    /// Asks the application to judge a refresh, and follows its verdict.
    pub(super) async fn assess(&self, session: &Session, headers: &HeaderMap) -> Result<(), Error> {
        let context = RefreshContext {
            subject: session.subject.clone(),
            session: session.id,
            browser_then: session.browser.clone(),
            browser_now: user_agent::browser_of(headers),
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
