//! A live preview of a course outline while a language model writes it.
//!
//! A backend sends the outline as NDJSON, only what is new in each line; this crate reads that
//! stream in the browser and applies each delta to a keyed outline, so that what is already shown
//! is never rendered again. It is a custom element (`<live-outline>`, see `www/embed.js`), a Leptos
//! component ([`LiveOutline`]) and a library whose [`core`] runs anywhere.
//!
//! # The path of a byte
//!
//! ```text
//! widget::transport ── bytes ──▶ core::session ── Change ──▶ widget::rows ──▶ the page
//!      fetch                         │                         one row, built once
//!                                    │ core::reader
//!   frame ─▶ replay ─▶ dialect ─▶ event ─▶ increment ─▶ grammar ─▶ outline
//!   lines,   read      whose      what it   what of it   what it     the keyed
//!   events   before?   words      says      is new       means       tree
//! ```
//!
//! It comes in at the network and goes out at the page, through rooms in a row; no room calls back
//! to one before it. One loop carries it, within a frame's budget (`widget/feed.rs`).
//! [`core::session`] decides what is asked for and when, over as many requests as it takes, and what
//! a body repeats is dropped; [`widget`] only does what it says.
//! The other direction, for backends in Rust, is [`core::writer`].
//!
//! # What is promised
//!
//! * Any split of the same bytes gives the same outline, the same keys and the same elements.
//! * A row is built once for its key. Nothing shown is removed, made again or taken back while
//!   nodes are only added; the open title grows in its own text node.
//! * What one delta costs does not depend on how large the outline is.
//! * No bytes cause a panic, a hang or unbounded memory. The limits are
//!   [`LINE_BYTES_MAX`](core::lines::LINE_BYTES_MAX),
//!   [`TITLE_BYTES_MAX`](core::inline::TITLE_BYTES_MAX),
//!   [`NODES_MAX`](core::outline::NODES_MAX), [`DEPTH_MAX`](core::outline::DEPTH_MAX) and
//!   [`REPEAT_BYTES_MAX`](core::reader::REPEAT_BYTES_MAX).
//! * A cut at any byte, any number of times, gives the same outline or an honest `incomplete`, never
//!   a wrong `done`; and what cannot be replayed is never requested twice by itself.
//! * Nothing from the stream becomes markup, code, a link or a request.
//!
//! # Features
//!
//! `widget` (on by default) is everything that needs a browser. A backend takes the crate with
//! `default-features = false` and gets [`core`] alone, with one small dependency. `small` is for the
//! release of the custom element: it sets the allocator.

pub mod core;

#[cfg(feature = "widget")]
pub mod widget;

#[cfg(feature = "widget")]
pub use widget::component::LiveOutline;

#[cfg(all(feature = "small", target_arch = "wasm32"))]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
