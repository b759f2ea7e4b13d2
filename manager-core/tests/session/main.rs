//! The session against a manager that is played line by line.

mod end;
mod greeting;
mod input;
mod notification;
mod request;
mod rig;
