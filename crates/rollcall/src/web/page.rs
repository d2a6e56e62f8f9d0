//! A person's own page: the shell around what is the same for all, put together and compressed once, and kept until either
//! changes.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::Response;
use tiercache::{Bytes, Load, Patience, seeded};

use super::answer::{self, Body, Media};
use super::chosen::Chosen;
use super::drawing::Drawing;
use super::error::Failure;
use super::presence::Visit;
use super::view::{Chrome, DashboardPage, Notice, Present, Theme};
use super::visitor::InCompany;
use super::warming::Screen;
use crate::app::App;
use crate::cache::{Encoding, Kind, Name};
use crate::i18n::{Hours, Lang};
use crate::tenant::Role;
use crate::versions::Topic;

/// How long a whole page counts as fresh.
const PAGE_TTL: Duration = Duration::from_secs(300);
/// How long header, navigation and footer do: they change with people, figures and days, which are part of their names.
const SHELL_TTL: Duration = Duration::from_secs(3600);
/// Where the middle goes.
const MIDDLE: &str = "\u{1}middle\u{1}";

/// The dashboard as whoever asks gets it.
///
/// # Errors
/// Where a template cannot be written.
pub(super) async fn dashboard(
    app: &App,
    at: InCompany,
    drawing: Arc<Drawing>,
    chosen: Vec<Chosen>,
    notice: Option<Notice>,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let context = &at.visitor.context;
    let look = Look { lang: context.lang, hours: context.hours, theme: context.theme };
    let version = drawing.versions().company();
    // Said once, or true for a moment: not for keeping.
    let passing = notice.is_some() || at.stale_since.is_some();
    let mut variant = look.variant(at.visitor.visit(), drawing.present());
    drawing.add_mark(&mut variant);
    // An operator's own row has no version: their pages are put together each time.
    let kept = !passing && at.scope.role() != Role::SuperAdmin;
    let name = page_name(at.company.id, &variant, Encoding::accepted(headers));
    let screen = Screen {
        lang: context.lang,
        hours: context.hours,
        role: at.scope.role(),
        page: drawing.page().clone(),
        arranged: drawing.arranged.clone(),
        chosen: chosen.clone(),
    };
    let app_of_page = app.clone();
    let make = move || async move {
        app_of_page.screens.note(at.company.id, screen);
        let content = drawing.dashboard(chosen).await?;
        let mut chrome = at.chrome(content.badges);
        (chrome.notice, chrome.viewer.page) = (notice, drawing.viewer.page.clone());
        chrome.branches.clone_from(&content.branches);
        // On a wall, where nobody chose: dark.
        if drawing.page().get("wall").is_some() && chrome.theme == Theme::System {
            chrome.theme = Theme::Dark;
        }
        let keep = content.whole && !passing;
        let text = match kept {
            true => shell(&app_of_page, chrome, &drawing, &variant, &at).await?.around(&content.html),
            false => DashboardPage::around(chrome, drawing.present(), content.html).html()?,
        };
        Ok(Body { text, keep })
    };
    match kept {
        true => answer::kept_as(app, &name, version, Media::Html, headers, make).await,
        false => answer::passing(make().await?, Media::Html, headers),
    }
}

/// What a page looks like, besides what it says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) lang: Lang,
    pub(super) hours: Hours,
    pub(super) theme: Theme,
}

impl Look {
    /// What makes the page one person's own.
    pub(super) fn variant(self, visit: &Visit, present: Present) -> String {
        let user = &visit.user;
        let (lang, theme, day) = (self.lang, self.theme.name(), present.today.format("%Y%m%d"));
        let id = if seeded::on("person-left-out") { 0 } else { user.id };
        let mut variant = format!("u{id}.{}.{lang}.{theme}.{day}", user.role);
        if self.hours != Hours::default() {
            variant.push_str(".h");
            variant.push_str(self.hours.as_str());
        }
        if let Some((_, mark)) = &visit.arranged {
            variant.push('.');
            variant.push_str(mark);
        }
        variant
    }
}

/// The name of a whole page.
pub(super) fn page_name(company: i64, variant: &str, encoding: Encoding) -> Name {
    Name::new(company, Kind::Answer, "page", format_args!("{variant}.{}", encoding.as_str()), PAGE_TTL)
}

/// Header and navigation, and footer: what stands around the middle.
struct Shell {
    both: Bytes,
    middle: usize,
}

impl Shell {
    fn around(&self, middle: &str) -> String {
        let (before, after) = self.both[4..].split_at(self.middle);
        let parts = [before, middle.as_bytes(), after].concat();
        String::from_utf8_lossy(&parts).into_owned()
    }
}

async fn shell(
    app: &App,
    chrome: Chrome,
    drawing: &Arc<Drawing>,
    variant: &str,
    at: &InCompany,
) -> Result<Shell, Failure> {
    let badges = chrome.badges;
    let variant = format!("{variant}.{}.{}", badges.policies, badges.failed_notifications);
    let name = Name::new(at.company.id, Kind::Shell, "shell", variant, SHELL_TTL);
    let (version, present) = (at.versions.of(&[Topic::Users, Topic::Settings]), drawing.present());
    // It stays in memory: there is nobody to be patient with.
    let patience = Patience::new(Duration::ZERO);
    let entry = app.cache.get_or_load(&patience, &name, version, move || async move {
        let page = DashboardPage::around(chrome, present, MIDDLE.to_owned()).html().map_err(std::io::Error::other)?;
        let (before, after) =
            page.split_once(MIDDLE).ok_or_else(|| std::io::Error::other("a page without a middle"))?;
        let length = u32::try_from(before.len()).map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>(Load::Keep(
            [&length.to_le_bytes(), before.as_bytes(), after.as_bytes()].concat().into(),
        ))
    });
    let both = entry.await?.bytes;
    let middle = both.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
    Ok(Shell { both, middle: usize::try_from(middle).unwrap_or_default() })
}
