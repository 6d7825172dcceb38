//! Turns results into text. Pure: prints nothing.
