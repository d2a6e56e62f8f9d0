//! What a browser says that it is, in words: its family and its system, and no more than those is kept.

/// A browser on a system; either is empty where it is none that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// The browser's family, as `Firefox`.
    pub browser: &'static str,
    /// The system, as `Windows`.
    pub system: &'static str,
}

/// What tells browsers apart, those first that also say to be others.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Agent {
    /// What a `User-Agent` says.
    #[must_use]
    pub fn of(header: &str) -> Self {
        let find = |known: &[(&str, &'static str)]| {
            known.iter().find(|(sign, _)| header.contains(sign)).map_or("", |(_, name)| *name)
        };
        Self { browser: find(&BROWSERS), system: find(&SYSTEMS) }
    }

    /// As it stands in the session.
    #[must_use]
    pub fn to_kept(&self) -> String {
        format!("{}|{}", self.browser, self.system)
    }

    /// From the session.
    #[must_use]
    pub fn kept(text: &str) -> Self {
        let (browser, system) = text.split_once('|').unwrap_or_default();
        let known = |names: &[(&str, &'static str)], name: &str| {
            names.iter().find(|(_, known)| *known == name).map_or("", |(_, known)| *known)
        };
        Self { browser: known(&BROWSERS, browser), system: known(&SYSTEMS, system) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_known_by_what_they_say() {
        for (header, browser, system) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Safari/537.36 Edg/140.0.0.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 \
                 Safari/605.1.15",
                "Safari",
                "macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 CriOS/140.0 Mobile/15E148 Safari/604.1",
                "Chrome",
                "iOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
                "Samsung Internet",
                "Android",
            ),
            ("curl/8.5.0", "", ""),
        ] {
            let agent = Agent::of(header);
            assert_eq!((agent.browser, agent.system), (browser, system), "{header}");
            assert_eq!(Agent::kept(&agent.to_kept()), agent);
        }
        assert_eq!(Agent::kept("<script>|x"), Agent::default());
    }
}
