//! What must be known of values that were read on a standby.

use crate::session::Server;

/// In one sentence or two, without a line end; `None` where the server is no standby.
pub(super) fn notice(server: &Server) -> Option<String> {
    let ahead = runs_ahead(server)?;
    Some(format!(
        "{ahead}. One that is behind by less looks right here, one that is nearly used up looks more so."
    ))
}

/// The same of a standby that values are carried from.
pub(super) fn source_notice(server: &Server) -> Option<String> {
    let ahead = runs_ahead(server)?;
    Some(format!(
        "{ahead}. What is carried from here is ahead by as much; of what the primary hands out it knows only as far as it \
         has followed it."
    ))
}

fn runs_ahead(server: &Server) -> Option<String> {
    let of = server.primary.as_ref().map(|primary| format!(" of {primary}")).unwrap_or_default();
    let database = &server.database;
    server.in_recovery.then(|| {
        format!(
            "{database} is a standby{of}: its sequences run ahead of the primary's, by up to 32 × increment"
        )
    })
}
