//! What a reader takes away: the outline on the clipboard, or as a file. Never sends it anywhere.

use std::time::Duration;

use js_sys::{Array, JSON, Promise};
use leptos::leptos_dom::helpers::set_timeout;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::view::context::Frame;
use crate::view::words::Word;

/// How long "Copied" stands on the button.
const COPIED: Duration = Duration::from_secs(2);
/// How long a browser has to take a file.
const FILE: Duration = Duration::from_secs(1);

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Markdown, which reads back as the same outline.
    Markdown,
    /// The tree as JSON.
    #[cfg_attr(not(feature = "element"), allow(dead_code))]
    Json,
}

/// Puts the outline on the clipboard, and says so.
pub(crate) async fn copy(frame: Frame) -> Result<JsValue, JsValue> {
    write_to_clipboard(&frame.live.to_markdown()).await?;
    frame.copied.set(true);
    frame.say(Word::Copied);
    set_timeout(move || frame.copied.set(false), COPIED);
    Ok(JsValue::UNDEFINED)
}

/// The same for the button: a page that may not write to the clipboard leaves it as it is.
pub(crate) fn copy_by_button(frame: &Frame) {
    let frame = frame.clone();
    spawn_local(async move {
        let _ = copy(frame).await;
    });
}

/// A page without a secure origin has no clipboard at all, whatever its type says.
async fn write_to_clipboard(text: &str) -> Result<JsValue, JsValue> {
    let navigator: JsValue = window().navigator().into();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into())?;
    let write = js_sys::Reflect::get(&clipboard, &"writeText".into())?;
    let write: js_sys::Function = write.dyn_into()?;
    let written: Promise = write.call1(&clipboard, &text.into())?.dyn_into()?;
    JsFuture::from(written).await
}

/// Hands out a file.
pub(crate) fn save(frame: &Frame, format: FileFormat) {
    let _ = try_save(frame, format);
}

fn try_save(frame: &Frame, format: FileFormat) -> Result<(), JsValue> {
    let (text, mime, ending) = match format {
        FileFormat::Markdown => (frame.live.to_markdown(), "text/markdown", "md"),
        FileFormat::Json => {
            let outline = crate::view::plain::outline_of(&frame.live);
            let json =
                JSON::stringify_with_replacer_and_space(&outline, &JsValue::NULL, &2.into())?;
            (String::from(json), "application/json", "json")
        }
    };
    let kind = BlobPropertyBag::new();
    kind.set_type(mime);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &kind)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    let title = frame.live.title.get_untracked();
    let name = if title.is_empty() { "outline" } else { &title };
    link.set_href(&address);
    link.set_download(&[name, ".", ending].concat());
    link.click();
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&address);
        },
        FILE,
    );
    Ok(())
}
