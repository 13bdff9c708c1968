//! Every word the view says, in English, and what is put together from them. Other languages are tables with the
//! same names (`www/locales.js`). Never the outline's own text.

use js_sys::{Array, Intl, Number, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::outline::tree::Counts;
use crate::state::{Failure, State};

macro_rules! words {
    ($($word:ident $name:literal => $english:literal,)*) => {
        /// One word or sentence of the view.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Word {
            $(#[doc = $english] $word,)*
        }

        impl Word {
            /// All of them, with their names in tables of other languages and what they are in English.
            pub const ALL: &[(Word, &'static str, &'static str)] =
                &[$((Word::$word, $name, $english),)*];
        }
    };
}

words! {
    Outline "outline" => "Outline",
    Controls "controls" => "Outline controls",
    Stop "stop" => "Stop",
    Pause "pause" => "Pause",
    Resume "resume" => "Resume",
    Retry "retry" => "Try again",
    Copy "copy" => "Copy",
    Copied "copied" => "Copied",
    Download "download" => "Download",
    Expand "expand" => "Expand all",
    Collapse "collapse" => "Collapse all",
    Latest "latest" => "Latest",
    Empty "empty" => "This stream had no outline in it.",
    ModuleOne "module-one" => "{n} module",
    ModuleOther "module-other" => "{n} modules",
    LessonOne "lesson-one" => "{n} lesson",
    LessonOther "lesson-other" => "{n} lessons",
    Of "of" => "{n} of {all}",
    Idle "idle" => "Ready",
    Connecting "connecting" => "Connecting",
    Streaming "streaming" => "Writing",
    Stalled "stalled" => "Waiting for more",
    Reconnecting "reconnecting" => "Reconnecting",
    Paused "paused" => "Paused",
    Stopped "stopped" => "Stopped",
    Ended "ended" => "Ended without a closing line",
    Incomplete "incomplete" => "Cut off before the end",
    Done "done" => "Complete",
    Error "error" => "Failed",
    SaidModule "said-module" => "New module: {detail}",
    SaidStopped "said-stopped" => "Outline stopped",
    SaidEnded "said-ended" => "Outline ended without a closing line",
    SaidIncomplete "said-incomplete" => "Outline cut off before the end",
    SaidDone "said-done" => "Outline complete",
    SaidError "said-error" => "Outline failed",
    LimitNodes "limit-nodes" => "The outline is too long: only its first 200,000 entries are shown.",
    LimitDepth "limit-depth" => "Some entries are nested too deeply; they are shown 32 levels deep.",
    NoAnswer "no-answer" => "No answer came. There is no connection, or the server does not let this page read it (CORS); check both, then try again.",
    HttpDenied "http-denied" => "The server does not let this page read the outline; sign in, then try again (HTTP {detail}).",
    HttpMissing "http-missing" => "There is no outline at this address; check the address (HTTP {detail}).",
    HttpBusy "http-busy" => "The server could not send the outline; try again in a moment (HTTP {detail}).",
    HttpRefused "http-refused" => "The server refused to send the outline; check the request (HTTP {detail}).",
    Cut "cut" => "The connection was cut before the outline was complete; what came is kept. Try again.",
    Silent "silent" => "Nothing came for a long time; what came is kept. Try again.",
    Page "page" => "A web page came instead of an outline stream; check the address and whether you are signed in.",
    Producer "producer" => "The producer of the outline failed: {detail}.",
    ProducerRetry "producer-retry" => "The producer of the outline failed: {detail}. Try again in a moment.",
    ProducerSilent "producer-silent" => "it did not say why",
    Request "request" => "The address or the request cannot be used: {detail}",
    Locked "locked" => "Something else already reads the stream; give the element one of its own.",
    Bytes "bytes" => "The stream must give bytes (Uint8Array); encode its text first.",
    Browser "browser" => "This browser cannot stream; use a newer one.",
}

impl Word {
    /// The word of this name in tables.
    pub fn named(name: &str) -> Option<Word> {
        let found = Word::ALL.iter().find(|(_, own, _)| *own == name);
        found.map(|(word, _, _)| *word)
    }

    /// What a state is called.
    pub fn of(state: State) -> Word {
        match state {
            State::Idle => Word::Idle,
            State::Connecting => Word::Connecting,
            State::Streaming => Word::Streaming,
            State::Stalled => Word::Stalled,
            State::Reconnecting => Word::Reconnecting,
            State::Paused => Word::Paused,
            State::Stopped => Word::Stopped,
            State::Ended => Word::Ended,
            State::Incomplete => Word::Incomplete,
            State::Done => Word::Done,
            State::Error => Word::Error,
        }
    }

    /// The sentence that announces an end; none for a state that is not one.
    pub fn announcing(state: State) -> Option<Word> {
        match state {
            State::Stopped => Some(Word::SaidStopped),
            State::Ended => Some(Word::SaidEnded),
            State::Incomplete => Some(Word::SaidIncomplete),
            State::Done => Some(Word::SaidDone),
            State::Error => Some(Word::SaidError),
            State::Idle
            | State::Connecting
            | State::Streaming
            | State::Stalled
            | State::Reconnecting
            | State::Paused => None,
        }
    }
}

/// The words in one language. What a table lacks is said in English.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    lang: String,
    /// Those that are not the English ones.
    own: Vec<(String, String)>,
}

impl Default for Words {
    fn default() -> Self {
        Words {
            lang: "en".to_owned(),
            own: Vec::new(),
        }
    }
}

impl Words {
    /// Words of your own, by the names in [`Word::ALL`], in the language `lang` (which says how numbers are written).
    /// Plural forms are `module-one`, `module-few` … by the names of `Intl.PluralRules`.
    pub fn new(lang: impl Into<String>, own: impl IntoIterator<Item = (String, String)>) -> Words {
        Words {
            lang: lang.into(),
            own: own.into_iter().collect(),
        }
    }

    /// The words of a page's table, `{name: word, lang}`. What is no text in it is left out.
    pub fn from_table(table: &JsValue) -> Words {
        let mut words = Words::default();
        let Some(table) = table.dyn_ref::<Object>() else {
            return words;
        };
        for name in Object::keys(table).iter() {
            let value = Reflect::get(table, &name)
                .ok()
                .and_then(|value| value.as_string());
            match (name.as_string(), value) {
                (Some(name), Some(value)) if name == "lang" => words.lang = value,
                (Some(name), Some(value)) => words.own.push((name, value)),
                _ => {}
            }
        }
        words
    }

    /// The language.
    pub fn lang(&self) -> &str {
        &self.lang
    }

    /// One word.
    pub fn get(&self, word: Word) -> &str {
        let (_, name, english) = Word::ALL[word as usize];
        self.own(name).unwrap_or(english)
    }

    /// A sentence that names something.
    pub fn say(&self, word: Word, detail: &str) -> String {
        self.get(word).replace("{detail}", detail)
    }

    /// What went wrong and what to do.
    pub fn failure(&self, failure: &Failure) -> String {
        let Failure {
            reason,
            detail,
            retryable,
            ..
        } = failure;
        if *reason == "host" && !detail.is_empty() {
            return detail.clone();
        }
        let word = match *reason {
            "producer" if *retryable => Some(Word::ProducerRetry),
            reason => Word::named(reason),
        };
        let detail = detail.strip_suffix('.').unwrap_or(detail);
        let detail = if detail.is_empty() {
            self.get(Word::ProducerSilent)
        } else {
            detail
        };
        word.map_or_else(String::new, |word| self.say(word, detail))
    }

    /// "3 of 8 modules · 17 lessons · 0:42".
    pub fn progress(&self, counts: Counts, planned: Option<u64>, seconds: u32) -> String {
        let mut parts = Vec::new();
        let modules = counts.modules as u64;
        match planned.filter(|planned| *planned >= modules.max(1)) {
            Some(planned) => {
                let of = self.get(Word::Of);
                let of = of
                    .replace("{n}", &self.number(modules))
                    .replace("{all}", &self.number(planned));
                parts.push(self.count("module", planned, &of));
            }
            None if modules > 0 => parts.push(self.count("module", modules, &self.number(modules))),
            None => {}
        }
        if counts.lessons > 0 {
            let lessons = counts.lessons as u64;
            parts.push(self.count("lesson", lessons, &self.number(lessons)));
        }
        if seconds > 0 {
            parts.push(format!("{}:{:02}", seconds / 60, seconds % 60));
        }
        parts.join(" · ")
    }

    fn own(&self, name: &str) -> Option<&str> {
        let found = self.own.iter().find(|(own, _)| own == name);
        found.map(|(_, word)| &**word)
    }

    /// The browser's first number in any language takes it 20 to 40 ms: small ones in English do without.
    fn number(&self, n: u64) -> String {
        match n {
            0..1000 if self.lang == "en" => n.to_string(),
            n => Number::from(n as f64).to_locale_string(&self.lang).into(),
        }
    }

    fn count(&self, noun: &str, n: u64, shown: &str) -> String {
        let form = match n {
            1 if self.lang == "en" => "one".to_owned(),
            _ if self.lang == "en" => "other".to_owned(),
            n => {
                let rules =
                    Intl::PluralRules::new(&Array::of1(&(&*self.lang).into()), &Object::new());
                rules.select(n as f64).into()
            }
        };
        let named = |form: &str| {
            let name = [noun, "-", form].concat();
            let english = || Word::named(&name).map(|word| self.get(word));
            self.own(&name).or_else(english).map(str::to_owned)
        };
        named(&form)
            .or_else(|| named("other"))
            .unwrap_or_default()
            .replace("{n}", shown)
    }
}
