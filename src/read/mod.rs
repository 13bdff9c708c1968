//! Bytes in any cut → records → events. Never knows the outline, a browser, a clock or a network.
//!
//! The modules stand in the order in which a byte passes them; each may name only those before it.

pub mod lines;

pub mod json;

pub mod frame;

pub mod event;

pub mod dialect;

pub mod replay;
