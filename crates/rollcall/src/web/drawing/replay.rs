//! All widgets of a company as they are shown, for whoever compares them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tiercache::Load;

use super::{Drawing, Found, Subject, unpacked};
use crate::app::App;
use crate::web::chosen::{Chosen, chosen_page};
use crate::web::warming::{audiences, options};
use crate::widget::{self, Choices};

/// Every choice of every widget.
fn all() -> impl Iterator<Item = Chosen> {
    widget::ALL.iter().flat_map(|spec| std::iter::once((*spec, Choices::default())).chain(options(spec)))
}

/// Each widget with each of its choices, in both languages and for each who sees something different, under the name by which it is
/// kept: from `app`'s cache, or drawn.
pub(crate) async fn drawn(app: &App, company: &Found) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for chosen in all() {
        let page = chosen_page(None, std::slice::from_ref(&chosen));
        let subject = Subject::new(app, company.clone(), std::slice::from_ref(&chosen));
        for (lang, role) in audiences() {
            let drawing = Drawing::ahead(Arc::clone(&subject), lang, role, &page);
            let figures = drawing.figures(&chosen).await;
            let figures = figures.map_or_else(|error| error.to_string(), |figures| figures.to_string());
            texts.insert(drawing.figures_name(&chosen).text().to_owned(), figures);
            let card = drawing.fragment(&chosen).await.html.clone();
            texts.insert(drawing.widget_name(&chosen).text().to_owned(), card);
        }
    }
    texts
}

/// The figures that lie in Redis, under the same names. Nothing is made, and nothing kept: cards say how long ago something
/// was, and so are other ones by now.
pub(crate) async fn kept(app: &App, company: &Found) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for chosen in all() {
        let page = chosen_page(None, std::slice::from_ref(&chosen));
        let subject = Subject::new(app, company.clone(), std::slice::from_ref(&chosen));
        for (lang, role) in audiences() {
            let drawing = Drawing::ahead(Arc::clone(&subject), lang, role, &page);
            let (name, version) = (drawing.figures_name(&chosen), drawing.version(chosen.0));
            if app.cache.kept(&name, version).await.redis != Some(true) {
                continue;
            }
            let nothing = || async { Err::<Load, _>(std::io::Error::from(std::io::ErrorKind::NotFound)) };
            let found = app.cache.prepare(&drawing.patience, &name, version, nothing).await;
            if let Ok(figures) = found.and_then(|entry| unpacked::<Json>(&entry.bytes)) {
                texts.insert(name.text().to_owned(), figures.to_string());
            }
        }
    }
    texts
}
