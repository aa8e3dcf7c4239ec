//! The common parts of this crate's tower middleware: a layer, the service that it makes, and the service's future.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, Response};
use pin_project_lite::pin_project;

/// A future on the heap.
type Boxed<R, E> = Pin<Box<dyn Future<Output = Result<Response<R>, E>> + Send>>;

/// Headers that a middleware adds to every response.
pub(super) trait AddHeaders {
    fn add_to(&self, headers: &mut HeaderMap);
}

/// No headers.
pub(super) struct NoHeaders;

impl AddHeaders for NoHeaders {
    fn add_to(&self, _: &mut HeaderMap) {}
}

pin_project! {
    /// The future of a middleware: waits for a response, and adds headers to it.
    pub(super) struct ResponseFuture<F, R, E, H> {
        #[pin]
        source: Source<F, R, E>,
        headers: H,
    }
}

pin_project! {
    /// The origin of a response: the inner service, or this layer.
    #[project = SourceProjection]
    enum Source<F, R, E> {
        Inner { #[pin] future: F },
        Boxed { future: Boxed<R, E> },
        Ready { response: Option<Response<R>> },
    }
}

impl<F, R, E, H> ResponseFuture<F, R, E, H> {
    /// Returns the future of the inner service's response, without boxing it.
    pub(super) fn inner(future: F, headers: H) -> Self {
        Self { source: Source::Inner { future }, headers }
    }

    /// Returns the future of a response that the middleware has to wait for.
    pub(super) fn boxed(
        future: impl Future<Output = Result<Response<R>, E>> + Send + 'static,
        headers: H,
    ) -> Self {
        Self { source: Source::Boxed { future: Box::pin(future) }, headers }
    }

    /// Returns the future of a response that is the middleware's own.
    pub(super) fn ready(response: Response<R>, headers: H) -> Self {
        Self { source: Source::Ready { response: Some(response) }, headers }
    }
}

impl<F, R, E, H> Future for ResponseFuture<F, R, E, H>
where
    F: Future<Output = Result<Response<R>, E>>,
    H: AddHeaders,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.source.project() {
            SourceProjection::Inner { future } => ready!(future.poll(context))?,
            SourceProjection::Boxed { future } => ready!(future.as_mut().poll(context))?,
            SourceProjection::Ready { response } => response.take().expect("a future is not polled again"),
        };
        this.headers.add_to(response.headers_mut());
        Poll::Ready(Ok(response))
    }
}

/// Declares the service and the future of a layer, in the manner of tower-http: `service!(Layer, Service, Future, Headers)`.
///
/// The service keeps a clone of its layer. Its `call` stands in the file of the layer.
macro_rules! service {
    ($layer:ident, $service:ident, $future:ident, $headers:ty) => {
        impl<S> tower::Layer<S> for $layer {
            type Service = $service<S>;

            fn layer(&self, inner: S) -> Self::Service {
                $service { inner, layer: self.clone() }
            }
        }

        #[doc = concat!("The service that [`", stringify!($layer), "`] makes of an inner service.")]
        #[derive(Clone)]
        pub struct $service<S> {
            inner: S,
            layer: $layer,
        }

        impl<S: std::fmt::Debug> std::fmt::Debug for $service<S> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($service)).field("inner", &self.inner).finish_non_exhaustive()
            }
        }

        pin_project_lite::pin_project! {
            #[doc = concat!("The future of [`", stringify!($service), "`]'s response.")]
            pub struct $future<F, R, E> {
                #[pin]
                response: crate::web::layer::ResponseFuture<F, R, E, $headers>,
            }
        }

        impl<F, R, E> Future for $future<F, R, E>
        where
            F: Future<Output = Result<http::Response<R>, E>>,
        {
            type Output = F::Output;

            fn poll(
                self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Self::Output> {
                self.project().response.poll(context)
            }
        }
    };
}

pub(super) use service;
