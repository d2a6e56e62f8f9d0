//! Every template, rendered with sample data, in both languages. `ROLLCALL_PREVIEW_DIR` keeps the pages to look at.

use chrono::TimeDelta;

use super::sample::{self, HOSTILE};
use super::{Content, DashboardPage, ErrorPage, Fragment, LoginPage, LoginProblem, Notice, Theme, panel_json};
use crate::i18n::{Lang, try_t};
use crate::tenant::Role;

fn dashboard(lang: Lang, theme: Theme, role: Role, cards: &[super::Card]) -> String {
    page(sample::chrome(lang, theme, role), cards)
}

/// The page as a person gets it, from its parts.
fn page(chrome: super::Chrome, cards: &[super::Card]) -> String {
    let fragments: Vec<_> = cards.iter().map(|card| Fragment::of(&chrome.viewer, card).unwrap()).collect();
    let slug = chrome.company.as_ref().unwrap().slug.clone();
    let content = Content::of(&chrome.viewer, &slug, Some(chrome.badges), "7.20261122", &[], &fragments).unwrap();
    DashboardPage::around(chrome, sample::present(), content.html).html().unwrap()
}

fn keep(name: &str, html: &str) {
    if let Some(dir) = std::env::var_os("ROLLCALL_PREVIEW_DIR") {
        let dir = std::path::PathBuf::from(dir);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join(format!("{name}.html")), html).unwrap();
    }
}

/// Every tag that opens closes, in order, and nothing hostile came through.
fn assert_sound(html: &str) {
    const VOID: &[&str] = &["meta", "link", "input", "br", "img", "hr"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = tag_end(rest);
        let tag = &rest[..end];
        rest = &rest[end..];
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap_or_default();
        if tag.starts_with('!') || tag.ends_with('/') || VOID.contains(&name) {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "closes what is open, before: {}", &rest[..rest.len().min(200)]);
        } else {
            let names: String = tag.split(['"', '\'']).step_by(2).collect();
            assert!(!names.contains(" style=") && !names.contains(" on"), "the policy forbids it: {tag}");
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    assert!(!html.contains("<img") && !html.contains(HOSTILE), "a name broke out");
}

fn tag_end(rest: &str) -> usize {
    let mut quote = None;
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn the_dashboard_is_sound_for_everyone_in_every_state() {
    for lang in Lang::ALL {
        for (state, cards) in [("full", sample::full()), ("empty", sample::empty()), ("failed", sample::failed())] {
            let html = dashboard(lang, Theme::System, Role::Admin, &cards);
            keep(&format!("{state}.{lang}"), &html);
            assert_sound(&html);
            keep(&format!("{state}.{lang}.dark"), &dashboard(lang, Theme::Dark, Role::SuperAdmin, &cards));
            assert_sound(&dashboard(lang, Theme::Dark, Role::SuperAdmin, &cards));
        }
    }
}

#[test]
fn only_who_may_write_sees_the_retry() {
    let page = |role| dashboard(Lang::En, Theme::Light, role, &sample::full());
    assert!(page(Role::Manager).contains(r#"action="/admin/notifications/100/retry""#));
    assert!(page(Role::SuperAdmin).contains(r#"action="/admin/notifications/100/retry?company=1""#));
    assert!(!page(Role::Viewer).contains("/retry"));
}

#[test]
fn filters_keep_what_the_other_widgets_chose() {
    let mut chrome = sample::chrome(Lang::En, Theme::Light, Role::SuperAdmin);
    chrome.viewer.page = "/admin?company=1&customer_compliance.journey=vip&policy_trend.days=90".into();
    let html = page(chrome, &chosen(sample::full()));
    let form = html.split(r#"data-widget="policy_trend""#).nth(1).unwrap().split("</form>").next().unwrap();
    assert!(form.contains(r#"name="customer_compliance.journey" value="vip""#), "{form}");
    assert!(form.contains(r#"name="company" value="1""#));
    assert!(!form.contains(r#"type="hidden" name="policy_trend.days""#), "its own choice is replaced: {form}");
    let switcher = html.split(r#"class="switcher""#).nth(1).unwrap().split("</form>").next().unwrap();
    assert!(
        switcher.contains(r#"name="policy_trend.days" value="90""#) && switcher.matches("\"company\"").count() == 3
    );
    let sorted = "/admin?company=1&amp;policy_trend.days=90&amp;customer_compliance.journey=vip\
                  &amp;customer_compliance.sort=email&amp;customer_compliance.dir=asc#customer_compliance";
    assert!(html.replace("&#38;", "&amp;").contains(sorted), "a heading sorts and keeps the rest");
}

/// The cards with what the page's query of the test chooses.
fn chosen(mut cards: Vec<super::Card>) -> Vec<super::Card> {
    for card in &mut cards {
        let value = |name: &str| match (card.spec.key, name) {
            ("customer_compliance", "journey") => Some("vip"),
            ("policy_trend", "days") => Some("90"),
            _ => None,
        };
        card.choices = crate::widget::Choices::of(card.spec, value).unwrap();
    }
    cards
}

#[test]
fn a_fragment_knows_its_own_choices_better_than_the_page_it_came_from() {
    let mut viewer = sample::chrome(Lang::En, Theme::Light, Role::Viewer).viewer;
    viewer.page = "/admin?customer_compliance.journey=lead&time_analytics.by=hour&notice=retried".into();
    let cards = chosen(sample::full());
    let card = cards.iter().find(|card| card.spec.key == "customer_compliance").unwrap();
    let html = Fragment::of(&viewer, card).unwrap().html;
    assert!(html.contains("customer_compliance.journey=vip") && !html.contains("journey=lead"), "{html}");
    assert!(html.contains("time_analytics.by=hour") && !html.contains("notice="), "a notice is said once");
}

#[test]
fn a_fragment_is_the_card_of_the_page() {
    let chrome = sample::chrome(Lang::De, Theme::Light, Role::Admin);
    let page = page(chrome.clone(), &sample::full());
    for card in sample::full() {
        let fragment = Fragment::of(&chrome.viewer, &card).unwrap().html;
        assert!(page.contains(&fragment), "{}", card.spec.key);
        assert!(fragment.starts_with(&format!(r#"<section class="card {}" id="{}""#, width(&card), card.spec.key)));
    }
}

fn width(card: &super::Card) -> &'static str {
    if card.spec.width == crate::widget::Width::Half { "half" } else { "full" }
}

#[test]
fn what_needs_attention_comes_first_and_a_calm_day_says_so() {
    let html = dashboard(Lang::En, Theme::Light, Role::Viewer, &sample::full());
    let above = html.split(r#"<div class="grid">"#).next().unwrap();
    let place = |words: &str| above.find(words).unwrap_or_else(|| panic!("{words} stands above the cards"));
    assert!(place("<span>Utilisation</span>") < place("<span>Delivery rate</span>"), "the worst first");
    assert!(place("1,312 failed notifications") > 0, "what can be sent again");
    let calm: Vec<_> = sample::full().into_iter().filter(|card| card.spec.key == "latest_violations").collect();
    let mut chrome = sample::chrome(Lang::En, Theme::Light, Role::Viewer);
    chrome.badges = super::Badges::default();
    assert!(page(chrome, &calm).contains("Nothing needs doing."));
    let failed = dashboard(Lang::De, Theme::Light, Role::Viewer, &sample::failed());
    assert!(failed.contains("2 Kacheln konnten nicht geladen werden."));
}

#[test]
fn a_failed_widget_names_its_request_and_offers_another_try() {
    let html = dashboard(Lang::En, Theme::Light, Role::Viewer, &sample::failed());
    let card = html.split(r#"id="policy_trend""#).nth(1).unwrap().split("</section>").next().unwrap();
    assert!(card.contains("7f3c9a1e-0b2d") && card.contains(r#"hx-get="/admin/widgets/policy_trend""#), "{card}");
    assert!(!card.contains("<canvas"), "nothing to draw");
    assert!(html.contains("<canvas"), "the rest is there");
}

#[test]
fn an_empty_company_is_told_what_to_do() {
    let html = dashboard(Lang::De, Theme::Light, Role::Admin, &sample::empty());
    assert!(html.contains("rollcall import appointments FILE --company praxis-1"), "{html}");
    assert!(!html.contains("<canvas"), "neither zeros nor a rate over nothing are a chart");
    assert!(!dashboard(Lang::De, Theme::Light, Role::Admin, &sample::full()).contains("rollcall import"));
}

#[test]
fn a_chart_and_its_table_are_one() {
    let html = dashboard(Lang::De, Theme::Light, Role::Admin, &sample::full());
    let table = html.split(r#"data-figures-of="policy_trend""#).nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(table.matches("<tr").count(), 31, "a heading and thirty days");
    assert_eq!(table.matches("data-today>").count(), 1, "today is marked");
    assert!(table.contains(r#"class="number s-violations" data-unit="count""#), "{table}");
    let money = html.split(r#"data-figures-of="policy_compliance_rate""#).nth(1).unwrap();
    assert!(
        money.contains(r#"data-unit="money" data-currency="EUR" data-second-axis"#),
        "another unit has an axis of its own"
    );
}

#[test]
fn badges_are_a_figure_or_nothing() {
    let mut chrome = sample::chrome(Lang::En, Theme::Light, Role::Admin);
    let html = page(chrome.clone(), &sample::full());
    assert!(html.contains("1,312 failed") && html.contains("14 policies"));
    chrome.badges = super::Badges::default();
    assert!(!page(chrome, &sample::full()).contains(r#"class="badge"#));
}

#[test]
fn old_figures_say_their_age_and_an_action_what_it_did() {
    let mut chrome = sample::chrome(Lang::De, Theme::Light, Role::Admin);
    chrome.stale_since = Some(sample::now() - TimeDelta::minutes(5));
    chrome.notice = Some(Notice::Retried);
    let html = page(chrome, &sample::full());
    assert!(html.contains("vor 5 Minuten") && html.contains("wird erneut gesendet"));
}

#[test]
fn signing_in_says_what_is_wrong_but_not_which() {
    for lang in Lang::ALL {
        for problem in [None, Some(LoginProblem::Wrong), Some(LoginProblem::Ended), Some(LoginProblem::Incomplete)] {
            let html =
                LoginPage::new(lang, Theme::System, "ada@example.test\"><img>", problem, "/admin").html().unwrap();
            assert_sound(&html);
            assert!(html.contains(r#"name="email""#) && html.contains(r#"name="password""#));
            assert_eq!(html.contains(r#"role="alert""#), problem.is_some());
            assert!(html.contains(r#"value="/login?return_to=%2Fadmin""#), "the theme's form comes back: {html}");
            keep(&format!("login.{lang}"), &html);
        }
    }
    let wait = |seconds| {
        let problem = Some(LoginProblem::TooMany { seconds });
        LoginPage::new(Lang::En, Theme::Dark, "", problem, "").html().unwrap()
    };
    assert!(wait(59).contains("in a minute") && wait(61).contains("in 2 minutes"));
}

#[test]
fn errors_say_what_to_do_and_carry_the_request() {
    for lang in Lang::ALL {
        for status in [400, 403, 404, 418, 429, 500, 503] {
            let detail = (status == 400).then(|| HOSTILE.to_owned());
            let html = ErrorPage::new(lang, Theme::System, status, detail, "7f3c").html().unwrap();
            assert_sound(&html);
            assert!(html.contains("<code>7f3c</code>") && !html.contains("ui.error"), "{html}");
            keep(&format!("error-{status}.{lang}"), &html);
        }
    }
}

#[test]
fn operators_switch_by_a_menu_while_it_is_short() {
    let mut chrome = sample::chrome(Lang::En, Theme::Light, Role::SuperAdmin);
    let html = page(chrome.clone(), &sample::full());
    assert_eq!(html.matches("<option value=\"1").count(), 4, "companies 1, 10, 11 and 12");
    chrome.companies = chrome.companies.iter().cycle().take(61).cloned().collect();
    let html = page(chrome, &sample::full());
    assert!(!html.contains("id=\"company\"") && html.contains("href=\"/admin/companies\">Switch</a>"));
    assert!(!dashboard(Lang::En, Theme::Light, Role::Admin, &sample::full()).contains("/admin/companies"));
}

#[test]
fn json_is_the_panel_with_labels() {
    for card in sample::full() {
        let panel = card.outcome.unwrap();
        let mut json = panel_json(&panel, card.spec, Lang::De);
        let mut labels = 0;
        for part in ["stats", "datasets", "columns"] {
            for item in json.get_mut(part).and_then(|part| part.as_array_mut()).into_iter().flatten() {
                assert!(item.as_object_mut().unwrap().remove("label").unwrap().is_string());
                labels += 1;
            }
        }
        assert!(labels > 0, "{}", card.spec.key);
        assert_eq!(json, serde_json::to_value(&panel).unwrap(), "nothing else is different");
    }
}

#[test]
fn every_word_of_the_templates_is_there_in_both_languages() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for key in text.split('"').filter(|part| part.starts_with("ui.")) {
            seen += 1;
            for lang in Lang::ALL {
                let there = try_t(lang, key).or_else(|| try_t(lang, &format!("{key}.other")));
                assert!(there.is_some_and(|word| !word.is_empty()), "{key} in {lang}");
            }
        }
    }
    assert!(seen > 50, "the templates were read");
}
