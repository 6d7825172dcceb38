//! What must be known of values that were read on a standby.

use crate::session::Server;

/// In one sentence or two, without a line end; `None` where the server is no standby.
pub(super) fn notice(server: &Server) -> Option<String> {
    let of = server.primary.as_ref().map(|primary| format!(" of {primary}")).unwrap_or_default();
    server.in_recovery.then(|| {
        format!(
            "{} is a standby{of}: its sequences run ahead of the primary's, by up to 32 × increment. One that is behind \
             by less looks right here, one that is nearly used up looks more so.",
            server.database
        )
    })
}
