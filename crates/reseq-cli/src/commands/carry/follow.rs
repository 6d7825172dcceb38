//! `reseq carry --follow`

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reseq::apply::{ApplyOptions, receipt, refuse_standby};
use reseq::carry::follow::{self, Event, Follower, Marked, Status};
use reseq::config::units::Interval;
use reseq::plan::Occasion;
use reseq::report::{text, write_follow_json};
use reseq::session::{Interrupt, Server};

use super::create::Seen;
use super::{Carry, Ends, Format, Shown};
use crate::exit;
use crate::failure::Failure;
use crate::options::Settings;
use crate::ui::{Output, ServiceManager, end_when_begun_on_signals, say, terminal_width};

/// How often a line says how it goes, where nothing changes.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// Going on.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Carrying")]
pub(super) struct FollowOptions {
    /// Go on until stopped: look every INTERVAL, 1s unless said, and keep the target ahead. A lost connection is taken up
    /// again for as long as it takes; SIGTERM and Ctrl-C end it in order, with exit status 0
    #[arg(
        long,
        value_name = "INTERVAL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1s",
        conflicts_with_all = ["check", "dry_run", "last"]
    )]
    follow: Option<Interval>,
}

impl FollowOptions {
    /// How often both ends are looked at, where they are followed.
    pub(super) fn interval(&self) -> Option<Duration> {
        self.follow.map(|interval| interval.0)
    }
}

impl Carry {
    /// Catches the target up and keeps it ahead until a signal ends it; gives the exit status.
    pub(super) fn follow(&self, interval: Duration, settings: &Settings) -> Result<u8, Failure> {
        let (interrupt, begun) = (Interrupt::default(), Arc::new(AtomicBool::new(false)));
        end_when_begun_on_signals(interrupt.clone(), Arc::clone(&begun))?;
        let receipts = receipt::default_folder()?;
        let Ends { mut source, mut target, to } =
            self.ends.open(self.carrying.reverse_ready, settings, &interrupt)?;
        refuse_standby(target.server())?;
        let connection = to.to_repeat(&target.server().database);
        let options = follow::FollowOptions {
            carry: self.carry_options(settings),
            interval,
            margin: self.carrying.margin,
            create: self.creating.create.then(|| receipts.clone()),
        };
        let marked = Marked::begin(&mut source, &mut target, &options.carry)?;
        let first = options.first_look();
        let carrying = self.look(&mut source, &mut target, &first)?;
        if carrying.source_is_empty() {
            say(&following_nothing(&carrying.source.server));
        } else {
            carrying.refuse_nothing()?;
        }
        begun.store(self.creating.create, Ordering::Relaxed);
        let seen = Seen { settings, connection: &connection, options: &first, carrying };
        let Some(carrying) = self.create(&mut source, &mut target, seen, Occasion::Following)? else {
            say("Nothing was changed.");
            return Ok(exit::FINDINGS);
        };
        begun.store(false, Ordering::Relaxed);
        let mut follower = Follower::after(source, target, options, marked, carrying);
        let shown = Shown { carry: self, settings, connection, carrying: follower.seen() };
        // Who replicates rows writes all the time; they are looked at again soon.
        let apply = ApplyOptions { wait: Duration::ZERO, ..shown.apply_options() };
        let plan = shown.carrying.plan(&apply.fix);
        let can_go_on = shown.carrying.obstacles().next().is_none();
        if can_go_on && !shown.agreed(&plan, &shown.question_of_following())? {
            say("Nothing was changed.");
            return Ok(exit::FINDINGS);
        }
        begun.store(true, Ordering::Relaxed);
        follower.catch_up(plan, &apply, &receipts)?;
        let mut teller = Teller::new(self.format, self.output.quiet, interrupt);
        follower.run(&apply.fix, &mut |event| teller.tell(event));
        teller.failed.map_or(Ok(exit::ALL_WELL), Err)
    }
}

/// Sequences may come later; or it is another database than was meant.
fn following_nothing(Server { database, host, port, .. }: &Server) -> String {
    format!(
        "reseq: {database} on {host}:{port} has no sequences yet: following it, for those that are created later"
    )
}

impl Shown<'_> {
    fn question_of_following(&self) -> String {
        let (source, target) = (&self.carrying.source.server, &self.carrying.target.server);
        format!("Keep sequences of {} ahead of those of {} until stopped?", target.database, source.database)
    }
}

/// Tells what happens, as lines of text or JSON.
struct Teller {
    format: Format,
    interrupt: Interrupt,
    manager: ServiceManager,
    /// Standard output is a terminal, where one line changes all the time.
    terminal: bool,
    /// Nothing is said where all is well.
    quiet: bool,
    /// The last line that says how it goes; `None` where something else was said since.
    said: Option<Said>,
    /// What kept from writing.
    failed: Option<Failure>,
}

impl Teller {
    fn new(format: Format, quiet: bool, interrupt: Interrupt) -> Self {
        let (manager, terminal) = (ServiceManager::of_environment(), std::io::stdout().is_terminal());
        manager.ready();
        Self { format, interrupt, manager, terminal, quiet, said: None, failed: None }
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::Ended { .. } => self.manager.stopping(),
            _ => self.manager.alive(&text::follow_event(event)),
        }
        let written = match self.format {
            Format::Json => write_follow_json(Output, event).map_err(Failure::writing("results")),
            _ => self.tell_in_words(event),
        };
        if let Err(failure) = written {
            self.failed = Some(failure);
        }
        if self.failed.is_some() || Output.reader_gone() {
            self.interrupt.trigger();
        }
    }

    fn tell_in_words(&mut self, event: &Event) -> Result<(), Failure> {
        let line = text::follow_line(event);
        let Event::Tick(status) = event else {
            let of_course = matches!(event, Event::Began(_) | Event::Ended { .. });
            if self.quiet && of_course {
                return Ok(());
            }
            self.said = None;
            let clear = if self.terminal { "\r\x1b[K" } else { "" };
            return Output.text(&format!("{clear}{line}\n"));
        };
        if self.terminal && !self.quiet {
            let line: String = line.chars().take(terminal_width().saturating_sub(1)).collect();
            return Output.text(&format!("\r{line}\x1b[K"));
        }
        if !self.is_to_be_said(status) {
            return Ok(());
        }
        self.said = Some(Said::of(status));
        Output.text(&format!("{line}\n"))
    }

    /// Whether nothing was said for long, or what is wrong is not what it was. What stands is said once a minute.
    fn is_to_be_said(&self, status: &Status) -> bool {
        let is_worth_it = !self.quiet || status.lag > 0 || status.problems > 0 || status.other_way.is_some();
        match &self.said {
            Some(said) => !said.is_still(status) || is_worth_it && said.when.elapsed() >= SAY_EVERY,
            None => is_worth_it,
        }
    }
}

/// What a line has said that tells how it goes.
struct Said {
    when: Instant,
    behind: bool,
    other_way: bool,
    /// One a problem that was told.
    problems: Vec<String>,
}

impl Said {
    fn of(status: &Status) -> Self {
        let (behind, other_way) = (status.lag > 0, status.other_way.is_some());
        Self { when: Instant::now(), behind, other_way, problems: problems(status) }
    }

    /// Whether the same is wrong.
    fn is_still(&self, status: &Status) -> bool {
        self.behind == (status.lag > 0)
            && self.other_way == status.other_way.is_some()
            && self.problems == problems(status)
    }
}

/// The problems in words without their numbers, which change while the source draws.
fn problems(status: &Status) -> Vec<String> {
    let words = status.first_problems.iter().map(|problem| {
        let reason = problem.reason.chars().filter(|character| !character.is_ascii_digit());
        format!("{} {}", problem.sequence, reason.collect::<String>())
    });
    words.collect()
}
