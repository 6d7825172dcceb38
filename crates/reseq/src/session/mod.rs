//! Connections with time-outs, several at once; what the server is and can.
