//! Every word the widget says, in English. Never the outline's own text.

use crate::core::session::State;

/// The name of the group of buttons.
pub const CONTROLS: &str = "Outline controls";
/// Stops reading.
pub const STOP: &str = "Stop";
/// Reads again.
pub const RETRY: &str = "Try again";
/// What stands where nothing came.
pub const EMPTY: &str = "This stream had no outline in it.";
/// The outline has as many nodes as it may have.
pub const LIMIT_NODES: &str =
    "The outline is too long to be shown whole: only its first 200,000 entries are here.";
/// Some nodes stand higher than they were written.
pub const LIMIT_DEPTH: &str = "Some entries are nested too deeply and are shown 32 levels deep.";

/// The state in the status line.
pub fn state(state: State) -> &'static str {
    match state {
        State::Idle => "Ready",
        State::Connecting => "Connecting",
        State::Streaming => "Writing",
        State::Stalled => "Waiting for more",
        State::Reconnecting => "Reconnecting",
        State::Paused => "Paused",
        State::Stopped => "Stopped",
        State::Ended => "Ended without a closing line",
        State::Incomplete => "Cut off before the end",
        State::Done => "Complete",
        State::Error => "Failed",
    }
}

/// What is said aloud when a state is reached; empty where nothing is.
pub fn announcement(state: State) -> &'static str {
    match state {
        State::Stopped => "Outline stopped",
        State::Ended => "Outline ended without a closing line",
        State::Incomplete => "Outline cut off before the end",
        State::Done => "Outline complete",
        State::Error => "Outline failed",
        _ => "",
    }
}

/// "1 module", "2 modules".
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
