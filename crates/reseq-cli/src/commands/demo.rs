//! `reseq demo`

mod shop;
mod writers;

use std::io::{self, IsTerminal as _};
use std::thread;
use std::time::{Duration, Instant};

use reseq::session::Interrupt;
use reseq_scratch::newest_installation;

use crate::exit;
use crate::failure::Failure;
use crate::ui::{Output, interrupt_on_signals, terminal_width};
use shop::Shop;
use writers::{Writers, row};

/// How long the applications are watched, before and after.
const WATCHED: Duration = Duration::from_secs(3);
/// How often their counters are shown meanwhile, on a terminal.
const REDRAWN: Duration = Duration::from_millis(100);
/// Beyond this number lies the test row of the coupons, and nothing else.
const LAST_COUPON: &str = "1000000";

/// A broken shop on a throw-away PostgreSQL, checked and repaired before your eyes
///
/// Takes less than a minute, touches no other server, and leaves nothing behind. It needs the programs of a
/// PostgreSQL server on this machine.
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Leave the server running, for playing
    #[arg(long)]
    keep: bool,
}

impl Demo {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let interrupt = Interrupt::default();
        interrupt_on_signals(interrupt.clone())?;
        let mut story = Story { interrupt };
        let installation = newest_installation()?;
        story
            .tell(&format!("Starting PostgreSQL {}, to be thrown away afterwards.", installation.version))?;
        let shop = Shop::open(&installation)?;
        let well = story.of(&shop)?;
        if self.keep {
            story.tell(&shop.keep())?;
        } else {
            drop(shop);
            story.tell("The server is gone, with everything it wrote.")?;
        }
        Ok(if well { exit::ALL_WELL } else { exit::INCOMPLETE })
    }
}

struct Story {
    interrupt: Interrupt,
}

impl Story {
    /// From the first failed insert to the last finding explained; whether the repair did what it should.
    fn of(&mut self, shop: &Shop) -> Result<bool, Failure> {
        self.tell(
            "A shop has moved in from another system, with fourteen tables. The rows came with\n\
             their ids, and nobody told the sequences.\n",
        )?;
        self.heading("The shop opens. Ten applications insert, one a table:")?;
        let writers = Writers::start(&shop.conninfo())?;
        self.watch(&writers)?;

        self.heading("What is wrong?")?;
        self.reseq(shop, &["check"])?;

        self.heading("Put it right, while the applications go on:")?;
        self.reseq(shop, &["fix", "--yes"])?;

        self.heading("The same applications, the next three seconds:")?;
        writers.count_again();
        self.watch(&writers)?;
        let (inserted, failed) = writers.totals();
        drop(writers);

        self.heading("A test row sits at the very end of the coupons' ids. Leave it out:")?;
        self.reseq(shop, &["fix", "--table", "public.coupons", "--ignore-above", LAST_COUPON, "--yes"])?;

        self.heading("What remains takes a decision of yours:")?;
        self.reseq(shop, &["check"])?;
        Ok(inserted > 0 && failed == 0)
    }

    /// Shows the writers' counters for a while: on a terminal as they grow, else once at the end.
    fn watch(&mut self, writers: &Writers) -> Result<(), Failure> {
        let width = terminal_width();
        self.tell(&row("table", &"inserted", &"failed", "last error", width))?;
        let live = io::stdout().is_terminal();
        let end = Instant::now() + WATCHED;
        while Instant::now() < end {
            thread::sleep(REDRAWN);
            self.interrupt.check()?;
            if live {
                let lines = writers.lines(width);
                let back = format!("\x1b[{}A", lines.len());
                let redrawn: String = lines.iter().map(|line| format!("\x1b[2K{line}\n")).collect();
                Output.text(&format!("{redrawn}{back}"))?;
            }
        }
        for line in writers.lines(width) {
            Output.text(if live { "\x1b[2K" } else { "" })?;
            self.tell(&line)?;
        }
        let (inserted, failed) = writers.totals();
        self.tell(&format!("{}\n", row("together", &inserted, &failed, "", width)))
    }

    /// Runs a command of this very program on the shop.
    fn reseq(&mut self, shop: &Shop, arguments: &[&str]) -> Result<(), Failure> {
        self.tell(&format!("$ reseq {}", arguments.join(" ")))?;
        shop.reseq(arguments)?;
        self.interrupt.check()?;
        self.tell("")
    }

    fn heading(&mut self, heading: &str) -> Result<(), Failure> {
        self.tell(&format!("── {heading}\n"))
    }

    fn tell(&mut self, line: &str) -> Result<(), Failure> {
        Output.text(&format!("{line}\n"))
    }
}
