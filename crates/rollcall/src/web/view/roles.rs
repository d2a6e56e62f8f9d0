//! What is drawn once for all roles is the same for all of them: the cache's names leave the role out.

use super::{Fragment, Theme, sample};
use crate::i18n::Lang;
use crate::tenant::Role;

#[test]
fn only_widgets_that_say_so_are_drawn_differently_for_another_role() {
    const ROLES: [Role; 4] = [Role::Viewer, Role::Manager, Role::Admin, Role::SuperAdmin];
    for lang in Lang::ALL {
        let page = "/admin?policy_trend.days=7".to_owned();
        let drawn = ROLES.map(|role| {
            let viewer = super::Viewer { page: page.clone(), ..sample::chrome(lang, Theme::Light, role).viewer };
            let cards = sample::full().into_iter().chain(sample::empty()).chain(sample::failed());
            cards.map(|card| (card.spec, Fragment::of(&viewer, &card).unwrap())).collect::<Vec<_>>()
        });
        let mut differ = 0;
        for (at, (spec, first)) in drawn[0].iter().enumerate() {
            let same = drawn.iter().all(|others| others[at].1 == *first);
            assert!(same || spec.by_role, "{}: say `by_role: true`", spec.key);
            differ += usize::from(!same);
        }
        assert!(differ > 0, "a retry is offered to those who may");
    }
}
