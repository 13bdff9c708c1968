//! How an outline is shown. Never how it is read: see [`StreamOptions`](crate::StreamOptions).

use crate::view::words::Words;

/// How an outline is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewOptions {
    /// The level of the course title; modules stand one below. The first view's counts.
    pub heading_level: HeadingLevel,
    /// The accessible name while the stream has no title.
    pub label: String,
    /// Which modules are open when they come.
    pub expanded: Expanded,
    /// What there is besides the outline.
    pub controls: Controls,
    /// Whether the newest stays in sight while the reader is there.
    pub follow: Follow,
    /// What screen readers are told.
    pub announce: Announce,
    /// The language of the outline, if it is another one than the page's.
    pub content_lang: Option<String>,
    /// The view's own words.
    pub words: Words,
}

/// A heading level of HTML, 1 to 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadingLevel(u8);

impl HeadingLevel {
    /// The level, or the nearest there is.
    pub fn new(level: u8) -> HeadingLevel {
        HeadingLevel(level.clamp(1, 6))
    }

    /// 1 to 6.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl Default for HeadingLevel {
    fn default() -> Self {
        HeadingLevel(2)
    }
}

/// Which modules are open when they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expanded {
    /// All.
    #[default]
    All,
    /// The newest only.
    Latest,
    /// None.
    None,
}

/// Whether the newest stays in sight while the reader is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// Yes, where the outline scrolls in itself.
    #[default]
    Auto,
    /// No.
    Off,
}

/// What screen readers are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Announce {
    /// Each new module (at most one sentence in 5 s), and how it ends.
    #[default]
    Modules,
    /// How it ends.
    Milestones,
    /// Nothing.
    Off,
}

/// Something there is besides the outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The status line.
    Status,
    /// The button that stops.
    Stop,
    /// The button that pauses and resumes.
    Pause,
    /// The button that tries again.
    Retry,
    /// The button that copies the outline.
    Copy,
    /// The button that hands out a file.
    Download,
    /// The button that opens or closes all modules.
    Expand,
}

impl Control {
    /// All of them, with the names that an attribute has for them.
    pub const ALL: [(&'static str, Control); 7] = [
        ("status", Control::Status),
        ("stop", Control::Stop),
        ("pause", Control::Pause),
        ("retry", Control::Retry),
        ("copy", Control::Copy),
        ("download", Control::Download),
        ("expand", Control::Expand),
    ];
}

/// A set of [`Control`]s; all of them by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Controls(u8);

impl Controls {
    /// All.
    pub const ALL: Controls = Controls(u8::MAX);
    /// None.
    pub const NONE: Controls = Controls(0);

    /// These.
    pub fn of(controls: impl IntoIterator<Item = Control>) -> Controls {
        let bits = controls.into_iter().map(|control| 1 << control as u8);
        Controls(bits.fold(0, |all, bit: u8| all | bit))
    }

    /// Returns true if the control is one of them.
    pub fn has(self, control: Control) -> bool {
        self.0 & (1 << control as u8) != 0
    }
}

impl Default for Controls {
    fn default() -> Self {
        Controls::ALL
    }
}
