//! Nothing but benches; they are a package of their own so that tests do not wait for what only benches need.
