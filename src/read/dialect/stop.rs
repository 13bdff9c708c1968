//! Why a model stopped, in the words of all providers together. Never takes a word it does not know
//! for a good end.

/// What a reason to stop means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It has said all.
    Complete,
    /// It waits for a tool or a person: its text may go on in another message of this stream.
    Waits,
    /// It has reached a limit of its output.
    Limit,
    /// A filter has stopped it, or it has refused.
    Filter,
    /// It, or its provider, failed.
    Failure,
    /// A reason not known here: nobody can say that nothing is missing.
    Unknown,
}

impl Stop {
    /// The reason a provider names, in any case, with any of `-`, `_` and blanks between its words.
    pub fn named(reason: &str) -> Stop {
        let reason = reason.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        let named = |(stop, names): &(Stop, &[&str])| names.contains(&&*reason).then_some(*stop);
        STOPS.iter().find_map(named).unwrap_or(Stop::Unknown)
    }
}

/// The providers' reasons, in lower case.
const STOPS: [(Stop, &[&str]); 5] = [
    (
        Stop::Complete,
        &[
            "stop",
            "stopped",
            "end_turn",
            "stop_sequence",
            "stop_sequence_reached",
            "stop_token",
            "complete",
            "completed",
            "eos",
            "eos_token",
            "eos_token_found",
            "eos_found",
            "end_of_sequence",
            "end_of_text",
            "end",
            "finish",
            "finished",
            "done",
            "success",
            "natural",
        ],
    ),
    (
        Stop::Waits,
        &[
            "tool_calls",
            "tool_call",
            "tool_use",
            "function_call",
            "function_calls",
            "pause_turn",
            "interrupt",
            "requires_action",
        ],
    ),
    (
        Stop::Limit,
        &[
            "length",
            "max_length",
            "max_tokens",
            "max_new_tokens",
            "max_output_tokens",
            "max_completion_tokens",
            "max_tokens_reached",
            "model_length",
            "token_limit",
            "output_limit",
            "limit",
            "context_length",
            "context_length_exceeded",
            "context_window_exceeded",
            "model_context_window_exceeded",
            "error_limit",
        ],
    ),
    (
        Stop::Filter,
        &[
            "content_filter",
            "content_filtered",
            "content_policy",
            "filtered",
            "sensitive",
            "moderation",
            "refusal",
            "refused",
            "safety",
            "recitation",
            "blocklist",
            "blocked",
            "prohibited_content",
            "spii",
            "image_safety",
            "guardrail",
            "guardrails",
            "guardrail_intervened",
            "error_toxic",
        ],
    ),
    (
        Stop::Failure,
        &[
            "error",
            "error_finish",
            "abort",
            "aborted",
            "cancel",
            "canceled",
            "cancelled",
            "user_cancel",
            "failed",
            "failure",
            "interrupted",
            "timeout",
            "time_limit",
            "network_error",
            "server_error",
            "internal_error",
            "model_error",
            "overloaded",
            "insufficient_system_resource",
            "malformed_function_call",
            "malformed_model_output",
            "malformed_tool_use",
            "malformed_response",
            "unexpected_tool_call",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_to_stop_in_any_spelling() {
        for (reason, stop) in [
            ("STOP", Stop::Complete),
            ("stop-sequence", Stop::Complete),
            ("eos", Stop::Complete),
            ("tool-calls", Stop::Waits),
            ("MAX_TOKENS", Stop::Limit),
            ("content-filter", Stop::Filter),
            ("sensitive", Stop::Filter),
            ("ERROR", Stop::Failure),
            ("abort", Stop::Failure),
            ("network_error", Stop::Failure),
            ("", Stop::Unknown),
            ("a new word", Stop::Unknown),
        ] {
            assert_eq!(Stop::named(reason), stop, "{reason}");
        }
    }
}
