//! Questions, on the terminal only.

/// Asks for a password, without showing it; `None` where there is no terminal.
pub(crate) fn ask_password(question: &str) -> Option<String> {
    rpassword::prompt_password(question).ok()
}
