//! A live preview of a course outline while a language model writes it.

pub mod core;

#[cfg(feature = "widget")]
pub mod widget;
