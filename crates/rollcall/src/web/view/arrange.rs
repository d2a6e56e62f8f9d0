//! `/admin/arrange`: in which order somebody sees the widgets.

use askama::Template;

use super::card::title;
use super::chrome::Chrome;
use super::words::Words;
use crate::widget::Arrangement;

/// The page.
#[derive(Template)]
#[template(path = "arrange.html")]
pub struct ArrangePage {
    w: Words,
    chrome: Chrome,
    widgets: Vec<Place>,
    is_usual: bool,
}

struct Place {
    key: &'static str,
    title: String,
    shown: bool,
    first: bool,
    last: bool,
    /// The button that was pressed last has the focus again.
    pressed: &'static str,
}

impl ArrangePage {
    /// The arrangement as it is; `pressed` names a widget and what was done with it.
    #[must_use]
    pub fn new(chrome: Chrome, arrangement: &Arrangement, pressed: Option<(&str, &str)>) -> Self {
        let w = chrome.w();
        let count = arrangement.widgets().count();
        let place = |(at, (spec, shown)): (usize, (&'static crate::widget::Spec, bool))| {
            let (first, last) = (at == 0, at + 1 == count);
            let pressed = match pressed.filter(|(key, _)| *key == spec.key).map(|(_, done)| done) {
                Some("up") if first => "down",
                Some("down") if last => "up",
                Some("up") => "up",
                Some("down") => "down",
                Some(_) => "toggle",
                None => "",
            };
            Place { key: spec.key, title: title(w, spec.key), shown, first, last, pressed }
        };
        let widgets = arrangement.widgets().enumerate().map(place).collect();
        Self { w, chrome, widgets, is_usual: arrangement.mark().is_none() }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}
