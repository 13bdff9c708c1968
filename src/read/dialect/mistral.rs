//! Mistral's chat stream, which is OpenAI's with lists of content parts. Never told from it by its
//! first bytes: the name is for hosts that know whom they talk to.

use super::{Dialect, openai_chat};

pub(super) const DIALECT: Dialect = Dialect {
    name: "mistral",
    is: |_| false,
    read: openai_chat::read,
};
