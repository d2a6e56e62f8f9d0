//! What an answer says, read by its marks: fast, and without knowing how it is laid out.

use serde_json::Value;

/// The mark that every company's names carry: `canary3x` is one of company 3.
const CANARY: &str = "canary";
/// What the address of a failed notification's recipient ends in: `canary3x.1017@r.test` is notification 1017.
const RECIPIENT: &str = "@r.test";

/// What an answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Failed notifications, as the navigation counts them.
    pub(crate) badge: Option<u64>,
    /// Failed notifications, as `notification_overview` counts them.
    pub(crate) failed: Option<u64>,
    /// Failed notifications, as the bars of `notification_errors` count them.
    pub(crate) bars: Option<u64>,
    /// The failed notifications that are listed.
    pub(crate) listed: Vec<u64>,
    /// How many of them offer to be sent again.
    pub(crate) offers: usize,
    /// The companies whose marks it carries.
    pub(crate) companies: Vec<i64>,
    /// The last day of `policy_trend`.
    pub(crate) today: Option<String>,
    /// The widgets' titles, as they stand there; none in JSON.
    pub(crate) titles: Vec<String>,
    /// Who is signed in, where it is a whole page.
    pub(crate) person: Option<String>,
}

impl Facts {
    /// Reads a page, or a part of one.
    pub(crate) fn of_html(body: &str) -> Self {
        let mut facts = Self::of_any(body);
        facts.badge = number_after(body, "data-badge=\"notifications\" data-count=\"");
        facts.failed = after(body, "id=\"notification_overview\"")
            .and_then(|card| number_after(after(card, "data-stat=\"failed\"")?, "<data value=\""));
        facts.bars = between(body, "data-figures-of=\"notification_errors\"", "</tbody>")
            .map(|bars| all_after(bars, "<td class=\"number\" data-value=\"").filter_map(number).sum());
        facts.offers = all_after(body, "action=\"/admin/notifications/").count();
        facts.today = between(body, "data-figures-of=\"policy_trend\"", "</tbody>").and_then(|days| {
            let today = after(days, "<tr data-today>")?;
            between(today, "data-value=\"", "\"").map(str::to_owned)
        });
        let titles = all_after(body, "-title\" tabindex=\"-1\">").filter_map(|rest| rest.split('<').next());
        facts.titles = titles.map(str::to_owned).collect();
        facts.person = between(body, "menu-who\"><strong>", "</p>")
            .and_then(|who| between(who, "<span>", "</span>"))
            .map(str::to_owned);
        facts
    }

    /// Reads the JSON of the widget `key`; `None` where it is none.
    pub(crate) fn of_json(body: &str, key: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(body).ok()?;
        let mut facts = Self::of_any(body);
        match key {
            "notification_overview" => {
                let stats = json["stats"].as_array()?;
                let failed = stats.iter().find(|stat| stat["key"] == "failed")?;
                facts.failed = failed["value"].as_u64();
            }
            "notification_errors" => {
                let bars = json["datasets"][0]["data"].as_array()?;
                facts.bars = Some(bars.iter().filter_map(Value::as_u64).sum());
            }
            "policy_trend" => facts.today = json["labels"].as_array()?.last()?.as_str().map(str::to_owned),
            _ => {}
        }
        Some(facts)
    }

    fn of_any(body: &str) -> Self {
        let mut facts = Self::default();
        for rest in all_after(body, CANARY) {
            let Some((company, rest)) = rest.split_once('x') else { continue };
            let Ok(company) = company.parse() else { continue };
            if !facts.companies.contains(&company) {
                facts.companies.push(company);
            }
            let Some(rest) = rest.strip_prefix('.') else { continue };
            let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            if let (Ok(id), true) = (rest[..digits].parse(), rest[digits..].starts_with(RECIPIENT))
                && !facts.listed.contains(&id)
            {
                facts.listed.push(id);
            }
        }
        facts
    }
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark).map(|(_, rest)| rest)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    after(text, from)?.split_once(to).map(|(part, _)| part)
}

fn all_after<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(mark).map(move |(at, _)| &text[at + mark.len()..])
}

fn number(text: &str) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text[..digits].parse().ok()
}

fn number_after(text: &str, mark: &str) -> Option<u64> {
    number(after(text, mark)?)
}
