//! Text → a keyed tree → [`Change`](tree::Change)s. Never knows where the text came from, or how the
//! outline is shown.
//!
//! The modules stand in the order in which a text passes them; each may name only those before it.

pub mod increment;

pub mod title;

pub mod step;

mod labels;

mod thinking;

mod json_keys;

pub mod json_outline;

pub mod markdown;

pub mod tree;

mod snapshot;

pub(crate) mod export;
