//! OpenAI's chat completions, and what many gateways make of them. Never reads more than the first
//! choice: others are other answers to the same request, not parts of this one.
//!
//! Source: OpenAI API reference, "The chat completion chunk object". An error inside a chunk is
//! OpenRouter's way; lists of content parts are Mistral's.

use super::said::{Channel, Said, Source};
use super::stop::Stop;
use super::{Dialect, Record, has_some, index, present, say_content, text_at};
use crate::read::event::Reason;
use crate::read::json::Json;

pub(super) const DIALECT: Dialect = Dialect {
    name: "openai-chat",
    is,
    read,
};

fn is(record: &Record<'_>) -> bool {
    let has_choices = record
        .get("choices")
        .is_some_and(|choices| choices.raw().starts_with('['));
    has_choices
        || (record.get("type").is_none() && record.get("error").is_some_and(Json::is_object))
}

pub(super) fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    if record.is_sentinel() {
        said.done();
        return Ok(());
    }
    let json = record.object()?;
    let choices = json.get("choices");
    let choice = choices.and_then(|all| all.items().find(|choice| index(*choice, "index") == 0));
    if let Some(choice) = choice {
        read_choice(choice, said);
    }
    if let Some(error) = present(json, "error") {
        said.failed(error);
    } else if choices.is_none() && json.get("usage").is_none() {
        said.unknown();
    }
    Ok(())
}

fn read_choice(choice: Json<'_>, said: &mut Said<'_>) {
    let reason = choice.get("finish_reason").and_then(Json::str);
    let reason = reason.filter(|reason| !reason.is_empty());
    let delta = choice.get("delta");
    if said.has_stopped() && delta.is_some_and(|delta| present(delta, "role").is_some()) {
        said.divide();
    }
    // The older completions have their text beside the reason.
    let content = choice.at(&["delta", "content"]).or(choice.get("text"));
    let channel = Channel::default();
    let mut has_text =
        content.is_some_and(|content| say_content(Source::Delta, channel, content, said));
    // Some have a message instead of a delta, and some repeat it all when they end.
    let message = present(choice, "message").filter(|_| delta.is_none() || reason.is_some());
    if let Some(content) = message.and_then(|message| message.get("content")) {
        has_text |= delta.is_none() && reason.is_none();
        say_content(Source::Message, channel, content, said);
    }
    for said_by in delta.iter().chain(&message) {
        let some = |key| has_some(said_by.get(key));
        if some("reasoning") || some("reasoning_content") {
            said.thought();
        }
        // Some gateways end a message that calls a tool with `stop`.
        if some("tool_calls") || some("function_call") {
            said.called();
            said.waits();
        }
        // A refusal comes in pieces like an answer, and the first one already says what it is.
        if text_at(*said_by, &["refusal"]).is_some_and(|refusal| !refusal.is_empty()) {
            said.refused("");
        }
    }
    if let Some(error) = present(choice, "error") {
        said.failed(error);
    } else if let Some(reason) = reason {
        match Stop::named(&reason) {
            // Some gateways send it with every piece: there, only `[DONE]` is an end.
            Stop::Complete if has_text => {}
            _ => said.stopped(&reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{REFUSED, TOO_LONG, assert_said, told};

    const A: &str =
        r###"{"choices":[{"index":0,"delta":{"role":"assistant","content":"## A"}}]}"###;
    const B: &str = r#"{"choices":[{"index":0,"delta":{"content":"b\n"},"finish_reason":null}]}"#;
    const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    const USAGE: &str = r#"{"choices":[],"usage":{"total_tokens":9}}"#;

    #[test]
    fn text_and_ends() {
        let length = r#"{"choices":[{"delta":{"content":"c"},"finish_reason":"length"}]}"#;
        let filter = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
        let tool = r#"{"choices":[{"delta":{"tool_calls":[{"index":0}]},"finish_reason":null}]}"#;
        let tools = r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#;
        assert_said(
            "openai-chat",
            &[
                (&[A, B, STOP, USAGE, "[DONE]"], "## Ab\n[done]"),
                (&[A, B, STOP, USAGE], "## Ab\n[done]"),
                (&[A, B, "[DONE]"], "## Ab\n[done]"),
                (&[A, B], "## Ab\n"),
                (&[A, length, USAGE, "[DONE]"], &["## Ac", TOO_LONG].concat()),
                (&[A, filter, "[DONE]"], &["## A", REFUSED].concat()),
                (&[A, tool, tools, "[DONE]"], "## A"),
                (
                    &[A, tool, STOP, "[DONE]", B, STOP, "[DONE]"],
                    "## A\nb\n[done]",
                ),
                (&[tools, "[DONE]", A, STOP], "## A[done]"),
            ],
        );
    }

    #[test]
    fn errors_and_refusals() {
        let chunk =
            r#"{"error":{"code":400,"message":"No."},"choices":[{"delta":{"content":""}}]}"#;
        let inner = r#"{"choices":[{"delta":{},"error":{"code":502,"message":"Down."},"finish_reason":"error"}]}"#;
        let reason = r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#;
        let bare = r#"{"error":{"message":"Slow.","type":"rate_limit_error","code":null}}"#;
        let refusal = r#"{"choices":[{"delta":{"content":null,"refusal":"I"}}]}"#;
        assert_said(
            "openai-chat",
            &[
                (&[A, chunk, "[DONE]"], "## A[error, final: No.]"),
                (&[A, inner, "[DONE]"], "## A[error, again: Down.]"),
                (&[bare], "[error, again: Slow.]"),
                (&[refusal, STOP, "[DONE]"], REFUSED),
            ],
        );
        assert!(
            told(&[A, reason, "[DONE]"])
                .1
                .starts_with("## A[error, again: The provider")
        );
    }

    #[test]
    fn only_the_first_choice_is_the_answer() {
        let other = r###"{"choices":[{"index":1,"delta":{"content":"## X"}}]}"###;
        let other_stop = r#"{"choices":[{"index":1,"delta":{},"finish_reason":"length"}]}"#;
        let both = r#"{"choices":[{"index":1,"delta":{"content":"y"}},{"index":0,"delta":{"content":"b"}}]}"#;
        assert_said(
            "openai-chat",
            &[(&[A, other, both, other_stop, STOP, "[DONE]"], "## Ab[done]")],
        );
    }

    #[test]
    fn what_gateways_make_of_it() {
        let filter = r#"{"choices":[],"id":"","prompt_filter_results":[]}"#;
        let parts = r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[]},{"type":"text","text":"p"}]}}]}"#;
        let null =
            r#"{"choices":[{"delta":{"content":null,"reasoning":"hm"},"finish_reason":""}]}"#;
        let every = r#"{"choices":[{"delta":{"content":"e"},"finish_reason":"stop"}]}"#;
        let older = r#"{"choices":[{"text":"o","finish_reason":null}]}"#;
        assert_said(
            "openai-chat",
            &[
                (&[filter, A, STOP], "## A[done]"),
                (&[parts, null, STOP], "p[done]"),
                (&[every, every, "[DONE]"], "ee[done]"),
                (&[every], "e"),
                (&[every, STOP], "e[done]"),
                (&[older, "[DONE]"], "o[done]"),
                (
                    &[A, r#"{"object":"x"}"#, "{oops", B],
                    "## A[unknown][skipped]b\n",
                ),
            ],
        );
    }
}
