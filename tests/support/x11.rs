//! As much of the X protocol as it takes to press the close button of a window's frame: without a
//! window manager there is no frame, and not every xdotool can do it.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// Requests by number.
const INTERN_ATOM: u8 = 16;
const SEND_EVENT: u8 = 25;
const GET_INPUT_FOCUS: u8 = 43;
/// An event that a program sends.
const CLIENT_MESSAGE: u8 = 33;

/// Asks a window to close, as window managers do.
///
/// # Errors
/// The X server cannot be talked to.
pub fn ask_to_close(display: &str, window: u32) -> io::Result<()> {
    let mut server = Server::connect(display)?;
    let protocols = server.atom("WM_PROTOCOLS")?;
    let delete = server.atom("WM_DELETE_WINDOW")?;
    let mut event = vec![CLIENT_MESSAGE, 32, 0, 0];
    // The window, the type of the message, its five words: what is asked for, when, and nothing.
    for word in [window, protocols, delete, 0, 0, 0, 0] {
        event.extend(word.to_le_bytes());
    }
    let mut body = window.to_le_bytes().to_vec();
    // For whoever owns the window, whatever events it wants.
    body.extend(0_u32.to_le_bytes());
    body.extend(event);
    server.request(SEND_EVENT, &body)?;
    // An answer to anything later says that this has arrived.
    server.request(GET_INPUT_FOCUS, &[])?;
    server.reply().map(|_| ())
}

struct Server(UnixStream);

impl Server {
    fn connect(display: &str) -> io::Result<Server> {
        let number = display.trim_start_matches(':');
        let path = PathBuf::from(format!("/tmp/.X11-unix/X{number}"));
        let mut server = Server(UnixStream::connect(path)?);
        // Little-endian, protocol 11.0, no authorisation.
        server
            .0
            .write_all(&[b'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
        let mut head = [0; 8];
        server.0.read_exact(&mut head)?;
        let words = u16::from_le_bytes([head[6], head[7]]);
        server.0.read_exact(&mut vec![0; 4 * usize::from(words)])?;
        match head[0] {
            1 => Ok(server),
            _ => Err(io::Error::other("the X server wants authorisation")),
        }
    }

    fn request(&mut self, number: u8, body: &[u8]) -> io::Result<()> {
        let words = u16::try_from(1 + body.len() / 4).map_err(io::Error::other)?;
        let mut request = vec![number, 0];
        request.extend(words.to_le_bytes());
        request.extend(body);
        self.0.write_all(&request)
    }

    fn reply(&mut self) -> io::Result<[u8; 32]> {
        let mut reply = [0; 32];
        self.0.read_exact(&mut reply)?;
        match reply[0] {
            1 => Ok(reply),
            _ => Err(io::Error::other(format!("the X server says {reply:?}"))),
        }
    }

    fn atom(&mut self, name: &str) -> io::Result<u32> {
        let length = u16::try_from(name.len()).map_err(io::Error::other)?;
        let mut body = length.to_le_bytes().to_vec();
        body.extend([0, 0]);
        body.extend(name.bytes());
        body.resize(body.len().next_multiple_of(4), 0);
        self.request(INTERN_ATOM, &body)?;
        let reply = self.reply()?;
        Ok(u32::from_le_bytes([
            reply[8], reply[9], reply[10], reply[11],
        ]))
    }
}
