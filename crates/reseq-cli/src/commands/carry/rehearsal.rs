//! `reseq carry --final --dry-run`: what the switch would do and fail at.

use reseq::apply::{Outcome, receipt, refuse_standby};
use reseq::carry::{Rehearsal, rehearse};
use reseq::report::{text, write_rehearsal_json};
use reseq::session::Sessions;

use super::{Format, Shown};
use crate::exit;
use crate::failure::Failure;
use crate::ui::{Output, Progress};

impl Shown<'_> {
    /// Shows the plan and the rest of the switch, and changes nothing; gives the exit status.
    pub(super) fn rehearse(&self, source: &mut Sessions, target: &mut Sessions) -> Result<u8, Failure> {
        refuse_standby(target.server())?;
        let receipts = receipt::default_folder()?;
        let rehearsal = {
            let _progress = Progress::new(self.carry.output.quiet, "looking at what the switch would do");
            rehearse(source, target, self.carrying, self.carry.last.fence, &receipts)?
        };
        let plan = self.carrying.plan(&self.fix_options());
        let in_words = (self.carry.format == Format::Table).then(|| self.in_words(&plan));
        let planned = Outcome::planned(&self.carrying.target.catalog, plan);
        let status = self.status_of_switch(&rehearsal, &planned);
        let Some(mut words) = in_words else {
            write_rehearsal_json(Output, self.carrying, &rehearsal, &planned)
                .map_err(Failure::writing("results"))?;
            return Ok(status);
        };
        if !self.carry.output.quiet || status != exit::ALL_WELL {
            let is_ready = status == exit::ALL_WELL;
            words += &text::carry_rehearsal(self.carrying, &rehearsal, is_ready, &self.style());
            Output.text(&words)?;
        }
        Ok(status)
    }

    /// As the run would end, by what is known now.
    fn status_of_switch(&self, rehearsal: &Rehearsal, planned: &Outcome) -> u8 {
        match rehearsal.hindrances.first() {
            Some(hindrance) if hindrance.incomplete => exit::INCOMPLETE,
            Some(_) => exit::FINDINGS,
            None => self.status(planned),
        }
    }
}
