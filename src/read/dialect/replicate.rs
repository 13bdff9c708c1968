//! Replicate's prediction stream: the data of an `output` event is the text itself. Never reads it
//! as JSON.
//!
//! Source: Replicate documentation, "Streaming output".

use super::said::{Channel, Said};
use super::{Dialect, Record};
use crate::read::event::Reason;

pub(super) const DIALECT: Dialect = Dialect {
    name: "replicate",
    is: |record| record.event == "output",
    read,
};

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    match record.event {
        "output" => said.delta(Channel::default(), record.data.into()),
        "done" => {
            said.stopped(&record.str("reason"));
            said.done();
        }
        "error" => match record.json {
            Ok(json) if json.is_object() || json.str().is_some() => said.failed(json),
            _ => said.error(record.data, true),
        },
        "logs" => {}
        _ => said.unknown(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_said, told};

    #[test]
    fn text_and_ends() {
        assert_said(
            "replicate",
            &[
                (
                    &["output|", "output|## A", "output| {\n", "done|{}"],
                    "## A {\n[done]",
                ),
                (&["output|a", "logs|x", "news|x"], "a[unknown]"),
                (
                    &["output|a", "error|Broken.", "done|{}"],
                    "a[error, again: Broken.]",
                ),
                (
                    &["output|a", "error|{\"detail\":\"Broken.\"}"],
                    "a[error, again: Broken.]",
                ),
            ],
        );
        for reason in ["error", "canceled"] {
            let done = format!("done|{{\"reason\":\"{reason}\"}}");
            assert!(
                told(&["output|a", &done]).1.starts_with("a[error, again: "),
                "{reason}"
            );
        }
    }
}
