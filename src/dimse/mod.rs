
pub mod command;
pub mod decode;
pub mod describe;
pub mod element;
pub mod encode;
pub mod messages;
pub mod service;
pub mod status;
