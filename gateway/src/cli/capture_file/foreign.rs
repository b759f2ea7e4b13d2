//! Files that people take for a recording of a line, and that hold none that can be read.

/// How they begin, and what they are.
const FOREIGN: [(&[u8], &str); 9] = [
    (b"\x1f\x8b", "compressed by gzip; unpack it first (gunzip)"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd; unpack it first (unzstd)"),
    (b"\xfd7zXZ\0", "compressed by xz; unpack it first (unxz)"),
    (b"BZh", "compressed by bzip2; unpack it first (bunzip2)"),
    (b"PK\x03\x04", "a zip archive; unpack it first (unzip)"),
    // In either byte order, with times in microseconds or nanoseconds.
    (b"\xd4\xc3\xb2\xa1", CLASSIC_PCAP),
    (b"\xa1\xb2\xc3\xd4", CLASSIC_PCAP),
    (b"\x4d\x3c\xb2\xa1", CLASSIC_PCAP),
    (b"\xa1\xb2\x3c\x4d", CLASSIC_PCAP),
];

const CLASSIC_PCAP: &str = "a classic pcap file, which cannot say which way octets went; record \
                            the line as pcapng, with `clouddata-gateway capture`";

/// What it is, if it is one of those.
pub(crate) fn foreign(content: &[u8]) -> Option<&'static str> {
    FOREIGN.iter().find(|(begin, _)| content.starts_with(begin)).map(|&(_, what)| what)
}
