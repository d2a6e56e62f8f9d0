//! In which order somebody sees the widgets, and which of them not at all.

use sha2::{Digest, Sha256};

use super::{ALL, Spec};

/// An arrangement: every widget, in its order, with whether it is shown. What it does not name comes last, and is shown: a
/// widget that is new is seen by everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrangement(Vec<(&'static Spec, bool)>);

/// What can be done with a widget of an arrangement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// One place up.
    Up,
    /// One place down.
    Down,
    /// No longer shown.
    Hide,
    /// Shown again.
    Show,
}

impl Move {
    /// The move of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "up" => Self::Up,
            "down" => Self::Down,
            "hide" => Self::Hide,
            "show" => Self::Show,
            _ => return None,
        })
    }
}

impl PartialEq for Spec {
    /// A widget is its key.
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Spec {}

impl Default for Arrangement {
    /// All of them, in the order of the dashboard.
    fn default() -> Self {
        Self(ALL.iter().map(|spec| (*spec, true)).collect())
    }
}

impl Arrangement {
    /// What [`written`](Self::written) wrote. What is no widget, and one that stands twice, is passed over.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut widgets: Vec<(&'static Spec, bool)> = Vec::with_capacity(ALL.len());
        for word in text.split(',') {
            let (key, shown) = word.strip_prefix('-').map_or((word, true), |key| (key, false));
            if let Some(spec) = ALL.iter().copied().find(|spec| spec.key == key)
                && !widgets.iter().any(|(known, _)| known.key == key)
            {
                widgets.push((spec, shown));
            }
        }
        let missing = ALL.iter().filter(|spec| !widgets.iter().any(|(known, _)| known.key == spec.key));
        let missing: Vec<_> = missing.map(|spec| (*spec, true)).collect();
        widgets.extend(missing);
        Self(widgets)
    }

    /// The form in which it is stored.
    #[must_use]
    pub fn written(&self) -> String {
        let word = |(spec, shown): &(&Spec, bool)| format!("{}{}", if *shown { "" } else { "-" }, spec.key);
        self.0.iter().map(word).collect::<Vec<_>>().join(",")
    }

    /// Every widget in its order, with whether it is shown.
    pub fn widgets(&self) -> impl Iterator<Item = (&'static Spec, bool)> {
        self.0.iter().copied()
    }

    /// A short name for it; none for the usual one.
    #[must_use]
    pub fn mark(&self) -> Option<String> {
        (*self != Self::default()).then(|| {
            let hash = Sha256::digest(self.written().as_bytes());
            let mut mark = "a".to_owned();
            mark.extend(hash.iter().take(8).map(|byte| format!("{byte:02x}")));
            mark
        })
    }

    /// The same after a move; one that leads nowhere changes nothing.
    #[must_use]
    pub fn moved(mut self, key: &str, to: Move) -> Self {
        let Some(at) = self.0.iter().position(|(spec, _)| spec.key == key) else { return self };
        match to {
            Move::Up if at > 0 => self.0.swap(at, at - 1),
            Move::Down if at + 1 < self.0.len() => self.0.swap(at, at + 1),
            Move::Up | Move::Down => {}
            Move::Hide => self.0[at].1 = false,
            Move::Show => self.0[at].1 = true,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(arrangement: &Arrangement) -> Vec<&'static str> {
        arrangement.widgets().map(|(spec, _)| spec.key).collect()
    }

    #[test]
    fn what_is_written_comes_back_and_the_usual_one_has_no_mark() {
        let usual = Arrangement::default();
        assert_eq!((Arrangement::parse(&usual.written()), usual.mark()), (usual.clone(), None));
        let own = usual.clone().moved("policy_trend", Move::Up).moved("customer_journey", Move::Hide);
        assert_eq!(Arrangement::parse(&own.written()), own);
        assert!(own.mark().is_some() && own.written().len() < 1000);
        let back = own.moved("policy_trend", Move::Down).moved("customer_journey", Move::Show);
        assert_eq!(back.mark(), None);
    }

    #[test]
    fn a_move_that_leads_nowhere_changes_nothing() {
        let usual = Arrangement::default();
        let (first, last) = (keys(&usual)[0], *keys(&usual).last().unwrap());
        assert_eq!(usual.clone().moved(first, Move::Up), usual);
        assert_eq!(usual.clone().moved(last, Move::Down), usual);
        assert_eq!(usual.clone().moved("nothing", Move::Hide), usual);
        assert_eq!(keys(&usual.clone().moved(last, Move::Up))[ALL.len() - 2], last);
    }

    #[test]
    fn what_nobody_arranged_comes_last_and_is_shown() {
        let some = Arrangement::parse("policy_trend,-no_such,-policy_overview,policy_trend");
        assert_eq!(keys(&some)[..2], ["policy_trend", "policy_overview"]);
        assert_eq!(some.widgets().count(), ALL.len());
        assert_eq!(some.widgets().filter(|(_, shown)| !shown).count(), 1);
    }
}
