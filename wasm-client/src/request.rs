//! A request of the page.

pub use crate::allow_list::Target;
use crate::{allow_list, boot::Boot, error::VaultError};

/// A request of the page that is to carry the token.
#[derive(Clone, Debug)]
pub struct Request<T> {
    /// Whether the body can be sent only once, so that the request cannot be sent again.
    pub once: bool,
    /// Whether the page accepts a redirect as the answer. A redirect is never followed.
    pub shows_redirects: bool,
    /// Everything else, known to the platform only: URL, method, headers, body, and how to send them.
    pub rest: T,
}

/// A request that may carry the token, because the allow-list permits its target.
#[derive(Debug)]
pub struct AllowedRequest<T>(pub(crate) Request<T>);

impl<T> AllowedRequest<T> {
    pub(crate) fn new(target: Target<'_>, request: Request<T>, boot: &Boot) -> Result<Self, VaultError> {
        allow_list::check(target, boot).map(|()| Self(request))
    }
}
