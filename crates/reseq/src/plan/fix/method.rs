//! How a sequence gets there: the gentlest way that the role's privileges allow.

use std::borrow::Cow;

use super::Repair;
use crate::diagnose::Code;
use crate::model::QuotedName;
use crate::plan::{Method, Remaining};

/// Up to so many calls are drawn where nothing else is permitted: half a minute at most.
const MOST_CALLS_DRAWN: u64 = 50_000_000;

impl Repair<'_> {
    /// How to go forward by so many calls, and why so.
    pub(super) fn method(&self, calls: u64) -> Result<(Method, Cow<'static, str>), Remaining> {
        let may = self.sequence.privileges;
        let cached = self.sequence.definition.cache > 1;
        let few = calls <= self.options.draw_limit;
        // setval() finishes what ALTER SEQUENCE locks, and the owner may have revoked it from himself.
        let may_alter = may.alter && may.update;
        let better_altered = cached || calls > self.options.draw_limit_of_owner;
        if few && may.draw && !(better_altered && may_alter) {
            let reason = if cached {
                "not the owner: only what sessions will take from now on can be moved"
            } else {
                "few values to draw, and drawing blocks nobody"
            };
            return Ok((Method::Draw, reason.into()));
        }
        if may_alter {
            let reason = if cached {
                "only ALTER SEQUENCE takes from other sessions the values that they hold in advance (CACHE)"
            } else if few && !may.draw {
                "the role owns the sequence but may not draw from it"
            } else {
                "too many values to draw, and the role owns the sequence"
            };
            return Ok((Method::Alter, reason.into()));
        }
        if may.update {
            let reason = "too many values to draw, and not the owner: a setval() that looks where the sequence \
                          stands just before it";
            return Ok((Method::Setval, reason.into()));
        }
        if may.draw && calls <= MOST_CALLS_DRAWN {
            let seconds = (calls / 2_000_000).max(1);
            let reason = format!("drawing is all that the role may do: some {seconds} s for {calls} values");
            return Ok((Method::Draw, reason.into()));
        }
        Err(if may.draw {
            let reason = format!("{calls} values are too many to draw, and the role may do nothing else");
            self.missing(Code::Behind, reason, "UPDATE")
        } else {
            let privilege = if few { "USAGE" } else { "UPDATE" };
            self.missing(Code::Behind, "the role may not move the sequence", privilege)
        })
    }

    /// `next` is the next value in the end, where one is left.
    pub(super) fn caches_of_others(&self, next: Option<i64>) -> Remaining {
        let (cache, name) = (self.sequence.definition.cache, &self.sequence.name);
        let hint = match next.filter(|_| self.options.ends_held) {
            // Only that leaves behind that they have ended.
            Some(next) => {
                format!("carry as the owner; or, as the owner: ALTER SEQUENCE {name} RESTART {next}")
            }
            None => {
                format!("as the owner: ALTER SEQUENCE {name} CACHE {cache}; or let the sessions reconnect")
            }
        };
        Remaining {
            incomplete: true,
            ..self.remaining(
                Code::Cached,
                format!(
                    "sessions that have drawn before may each hand out up to {} old values that they hold in \
                     advance (CACHE {cache}); only the owner of the sequence can take those away",
                    cache - 1
                ),
                hint,
            )
        }
    }

    /// What remains for want of a privilege on the sequence.
    pub(super) fn missing(&self, code: Code, reason: impl Into<String>, privilege: &str) -> Remaining {
        let role = self.options.role.as_ref().map_or("the role of this run", QuotedName::as_str);
        let grant = format!("GRANT {privilege} ON SEQUENCE {} TO {role}", self.sequence.name);
        Remaining { incomplete: true, ..self.remaining(code, reason, grant) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::FixOptions;
    use super::super::tests::{behind_by, only_remaining, only_step, plan, plan_with};
    use super::*;
    use crate::catalog::Privileges;

    const READS: Privileges = Privileges { select: true, draw: false, update: false, alter: false };
    const DRAWS: Privileges = Privileges { draw: true, ..READS };
    const UPDATES: Privileges = Privileges { update: true, ..DRAWS };

    #[test]
    fn a_small_gap_is_drawn() {
        let step = only_step(behind_by(20));
        assert_eq!((step.method, step.target, step.calls), (Method::Draw, 121, 20));
    }

    #[test]
    fn an_owner_may_be_told_to_draw_less() {
        let options = FixOptions { draw_limit_of_owner: 19, ..FixOptions::default() };
        let method = |behind| plan_with(&options, [behind]).steps[0].method;
        assert_eq!(method(behind_by(19)), Method::Draw);
        assert_eq!(method(behind_by(20)), Method::Alter);
        assert_eq!(method(behind_by(20).privileges(UPDATES)), Method::Draw);
    }

    #[test]
    fn the_owner_ends_the_caches_of_others() {
        assert_eq!(only_step(behind_by(20).cache(10)).method, Method::Alter);
    }

    #[test]
    fn without_ownership_the_caches_of_others_remain() {
        let plan = plan(behind_by(20).cache(10).privileges(DRAWS));
        assert_eq!(plan.steps[0].method, Method::Draw);
        assert!(plan.remaining[0].incomplete);
        assert_eq!(plan.remaining[0].code, Code::Cached);
    }

    #[test]
    fn without_ownership_a_large_gap_is_set_on_condition() {
        let step = only_step(behind_by(5_000_000).privileges(UPDATES));
        assert_eq!((step.method, step.calls), (Method::Setval, 5_000_000));
    }

    #[test]
    fn with_usage_alone_even_a_large_gap_is_drawn_up_to_a_bound() {
        let step = only_step(behind_by(5_000_000).privileges(DRAWS));
        assert_eq!(step.method, Method::Draw);
        assert!(step.reason.contains("some 2 s for 5000000 values"), "{}", step.reason);
        let remaining = only_remaining(behind_by(5_000_000_000).privileges(DRAWS));
        assert_eq!(remaining.code, Code::Behind);
        assert_eq!(remaining.hint, "GRANT UPDATE ON SEQUENCE public.t_id_seq TO the role of this run");
    }

    #[test]
    fn without_privilege_the_grant_that_helps_is_named() {
        let options = FixOptions { role: Some(QuotedName::from_server("\"Ann\"")), ..FixOptions::default() };
        let plan = plan_with(&options, [behind_by(20).privileges(READS)]);
        assert_eq!(plan.remaining[0].hint, "GRANT USAGE ON SEQUENCE public.t_id_seq TO \"Ann\"");
        assert!(plan.remaining[0].incomplete);
    }
}
