//! What drawings are called in the cache: all that they depend on besides their version.

use std::fmt::Write;
use std::time::Duration;

use tiercache::seeded;

use super::{BADGE_TOPICS, DASHBOARD_TTL, Drawing};
use crate::cache::{Kind, Name};
use crate::i18n::Hours;
use crate::web::chosen::Chosen;
use crate::widget::{Choices, Spec};

impl Drawing {
    /// The version of what a widget shows.
    pub(in crate::web) fn version(&self, spec: &Spec) -> u64 {
        self.versions().of(spec.topics)
    }

    pub(in crate::web) fn widget_name(&self, chosen: &Chosen) -> Name {
        let (spec, choices) = chosen;
        let mut variant = self.variant(spec, choices);
        if spec.by_role && !seeded::on("role-left-out") {
            variant.push('.');
            variant.push_str(self.viewer.role.as_str());
        }
        self.add_hours(&mut variant);
        self.add_mark(&mut variant);
        Name::new(self.subject.scope.company_id(), Kind::Widget, spec.key, variant, ttl(spec))
    }

    pub(in crate::web) fn figures_name(&self, (spec, choices): &Chosen) -> Name {
        Name::new(self.subject.scope.company_id(), Kind::Json, spec.key, self.variant(spec, choices), ttl(spec))
    }

    pub(in crate::web) fn badges_version(&self) -> u64 {
        self.versions().of(&BADGE_TOPICS)
    }

    pub(in crate::web) fn badges_name(&self) -> Name {
        Name::new(self.subject.scope.company_id(), Kind::Badges, "badges", "all", DASHBOARD_TTL)
    }

    /// The page is a part of it: it says whose customers were read.
    pub(in crate::web) fn advice_name(&self) -> Name {
        let day = self.present().today.format("%Y%m%d");
        let mut variant = format!("{}.{day}.{}", self.viewer.lang, self.viewer.role);
        self.add_hours(&mut variant);
        self.add_mark(&mut variant);
        Name::new(self.subject.scope.company_id(), Kind::Dashboard, "advice", variant, DASHBOARD_TTL)
    }

    pub(in crate::web) fn branches_name(&self) -> Name {
        Name::new(self.subject.scope.company_id(), Kind::Badges, "branches", "all", DASHBOARD_TTL)
    }

    pub(in crate::web) fn dashboard_name(&self) -> Name {
        let day = self.present().today.format("%Y%m%d");
        let mut variant = format!("{}.{day}.{}", self.viewer.lang, self.viewer.role);
        if let Some(arranged) = &self.arranged {
            variant.push('.');
            variant.push_str(arranged);
        }
        self.add_hours(&mut variant);
        self.add_mark(&mut variant);
        Name::new(self.subject.scope.company_id(), Kind::Dashboard, "dashboard", variant, DASHBOARD_TTL)
    }

    /// What a widget's figures depend on besides their version: its choices, the language, and the day where it counts.
    fn variant(&self, spec: &Spec, choices: &Choices) -> String {
        let mut variant = String::with_capacity(32);
        let page = choices.page();
        for filter in spec.filters {
            // Where nobody chose the days of this widget, they are those of the page.
            let chosen = page.period.is_none() || filter.name != "days" || choices.chosen(filter).is_some();
            variant.push_str(if chosen { choices.get(filter) } else { "page" });
            variant.push_str(if filter.name == "days" { "d." } else { "." });
        }
        if let Some(period) = page.period {
            let _ = write!(variant, "p-{}.", period.name());
        }
        if let Some(branch) = page.branch {
            let _ = write!(variant, "b-{branch}.");
        }
        if !seeded::on("language-left-out") {
            variant.push_str(self.viewer.lang.as_str());
        }
        if (spec.needs)(choices).days > 0 && !seeded::on("day-left-out") {
            let _ = write!(variant, ".{}", self.present().today.format("%Y%m%d"));
        }
        variant
    }

    /// How times of day are told, where that is not the usual way.
    fn add_hours(&self, variant: &mut String) {
        if self.viewer.hours != Hours::default() {
            let _ = write!(variant, ".h{}", self.viewer.hours.as_str());
        }
    }

    pub(in crate::web) fn add_mark(&self, variant: &mut String) {
        if let Some(mark) = &self.mark {
            variant.push('.');
            variant.push_str(mark);
        }
    }
}

fn ttl(spec: &Spec) -> Duration {
    Duration::from_secs(spec.ttl.into())
}
