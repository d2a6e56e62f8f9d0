//! Lines of the audit log, in words.

use super::words::Words;

/// What was done, in words: `appointment.cancelled` is about an appointment, which is said beside it.
pub(super) fn action_word(w: Words, action: &str) -> String {
    let Some((thing, verb)) = action.split_once('.') else { return action.to_owned() };
    if thing == "security" {
        return security_word(w, verb);
    }
    w.maybe(&format!("term.verb.{verb}")).unwrap_or_else(|| action.to_owned())
}

/// What was tried, in words.
pub(super) fn security_word(w: Words, kind: &str) -> String {
    w.maybe(&format!("term.security.{kind}")).unwrap_or_else(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::ActorKind;
    use crate::events::{Thing, Verb};
    use crate::i18n::Lang;

    #[test]
    fn every_thing_verb_and_actor_has_its_word_in_both_languages() {
        for w in Lang::ALL.map(Words::of) {
            for thing in Thing::ALL {
                assert!(w.maybe(&format!("term.thing.{}", thing.as_str())).is_some(), "{thing:?}");
            }
            for verb in Verb::ALL {
                assert!(w.maybe(&format!("term.verb.{}", verb.as_str())).is_some(), "{verb:?}");
            }
            for kind in ActorKind::ALL {
                assert!(w.maybe(&format!("term.actor.{}", kind.as_str())).is_some(), "{kind:?}");
            }
        }
    }
}
