//! A title in a `view!`: one text node that grows in place. Never an element, never markup.

use leptos::tachys::view::IntoRender;

use crate::live::store::Title;
use crate::view::bind::{LiveText, text};

impl IntoRender for Title {
    type Output = LiveTitle;

    fn into_render(self) -> LiveTitle {
        text(move || self.get())
    }
}

/// What a [`Title`] is on the page.
pub type LiveTitle = LiveText;
