//! Which database is spoken of.

use super::layout::{Paint, Style, visible, wrap};
use crate::session::Server;

/// `shop on db.example.com:5432, PostgreSQL 18.4`, as a heading.
pub(super) fn title(server: &Server, style: &Style) -> String {
    heading(&with_version(server), style)
}

/// A line that stands above what follows, in as many as it needs.
pub(super) fn heading(title: &str, style: &Style) -> String {
    wrap(title, style.width).iter().map(|line| format!("{}\n", style.paint(Paint::Heading, line))).collect()
}

/// `shop on db.example.com:5432, PostgreSQL 18.4`.
pub(super) fn with_version(server: &Server) -> String {
    let number = server.version.split(' ').next().unwrap_or(&server.version);
    format!("{}, PostgreSQL {number}", place(server))
}

/// `shop on db.example.com:5432`.
pub(super) fn place(server: &Server) -> String {
    let Server { database, host, port, .. } = server;
    let host =
        if host.starts_with('/') { format!("port {port} in {host}") } else { format!("{host}:{port}") };
    visible(&format!("{database} on {host}")).into_owned()
}
