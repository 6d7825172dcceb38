//! What `fix --format json` says of one database. The schema is `schema/fix.schema.json`; fields are added over time,
//! never renamed.

use serde::Serialize;

use super::json::{ServerObject, VERSION};
use crate::apply::Outcome;
use crate::session::Server;

/// What became of a plan.
#[derive(Serialize)]
pub(super) struct FixObject<'a> {
    reseq: &'static str,
    server: ServerObject<'a>,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

impl<'a> FixObject<'a> {
    pub(super) fn of(server: &'a Server, outcome: &'a Outcome) -> Self {
        Self { reseq: VERSION, server: ServerObject::of(server), outcome }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::{Holder, Remains, Status};
    use crate::catalog::Catalog;
    use crate::diagnose::Code;
    use crate::fixture::server;
    use crate::model::{QuotedName, State};
    use crate::plan::testing::step;
    use crate::plan::{Method, Plan};

    /// An outcome with a sequence of every status.
    fn outcome() -> Outcome {
        let statuses = [
            Status::Planned,
            Status::Repaired,
            Status::Already,
            Status::Gone,
            Status::NotWaited { transactions: [Holder::Pid(4711), Holder::Prepared("x".to_owned())].into() },
            Status::Failed { error: "no".to_owned(), hint: Some("try again".to_owned()) },
            Status::NotBegun,
            Status::Unknown { error: "interrupted".to_owned() },
        ];
        let fresh = State { last_value: 1, is_called: false };
        let steps = statuses.iter().map(|_| step("public.s", Method::Draw, 1, fresh, 10, 9)).collect();
        let mut outcome = Outcome::planned(&Catalog::default(), Plan { steps, ..Plan::default() });
        for (end, status) in outcome.sequences.ends.iter_mut().zip(statuses) {
            end.status = status;
        }
        outcome.remaining.push(Remains {
            sequence: QuotedName::from_server("public.t"),
            code: Code::Outlier,
            reason: "far".to_owned(),
            hint: String::new(),
            incomplete: false,
        });
        outcome
    }

    fn document() -> serde_json::Value {
        serde_json::to_value(FixObject::of(&server(), &outcome())).unwrap()
    }

    #[test]
    fn every_status_is_in_the_schema() {
        let schema = serde_json::from_str(include_str!("../../../../schema/fix.schema.json")).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let document = document();
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());

        for pointer in ["/complete", "/sequences/0/status", "/sequences/4/transactions", "/remaining/0/code"]
        {
            let mut bad = document.clone();
            *bad.pointer_mut(pointer).unwrap() = "something else".into();
            assert!(!validator.is_valid(&bad), "{pointer}");
        }
    }

    #[test]
    fn a_sequence_says_what_became_of_it() {
        let expected = serde_json::json!({
            "sequence": "public.s", "method": "draw", "reason": "because",
            "before": {"last_value": 1, "is_called": false}, "after": null, "target": 10, "calls": 9,
            "status": "not-waited", "transactions": [{"pid": 4711}, {"prepared": "x"}],
        });
        assert_eq!(document()["sequences"][4], expected);
    }
}
