"""Reads frames of the manager's serial API and prints every number in them.

In: a frame a line, as clouddata-simulator's example `record` writes them: microseconds, `>` from the
client or `<` from the manager, hexadecimal digits. Out: a JSON object for each. It knows nothing of
clouddata's own code and needs nothing but the interpreter, so that where both say the same, both have
read the vendor's tables in the same way.
"""

import sys

# Name and type of each field. A type is `u` or `i` with a number of bits, `mac`, `x` with a number of
# octets, or `rest`.

UTC = "utcSecs:u64 utcUsecs:u32"
TIME = "uptime:u32 " + UTC + " asn:x5 asnOffset:u16"
MOTE = "macAddress:mac moteId:u16 isAP:u8 state:u8 reserved:u8 isRouting:u8"
PATH = "source:mac dest:mac direction:u8 numLinks:u8 quality:u8 rssiSrcDest:i8 rssiDestSrc:i8"
CALLBACK = "callbackId:u32"
SYSTEM = "macAddress:mac hwModel:u8 hwRev:u8 swMajor:u8 swMinor:u8 swPatch:u8 swBuild:u16"
CONFIG = (
    "networkId:u16 apTxPower:i8 frameProfile:u8 maxMotes:u16 baseBandwidth:u16 downFrameMultVal:u8"
    " numParents:u8 ccaMode:u8 channelList:u16 autoStartNetwork:u8 locMode:u8 bbMode:u8 bbSize:u8"
    " isRadioTest:u8 bwMult:u16 oneChannel:u8"
)

# Type: request, response behind RC. Fields behind a bar are not there from older managers.
COMMANDS = {
    0x16: ("filter:u32 unackFilter:u32", ""),
    0x17: ("", TIME),
    0x28: ("macAddress:mac", "macAddress:mac joinKey:x16"),
    0x2A: ("macAddress:mac", CALLBACK),
    0x2B: ("macAddress:mac", ""),
    0x2C: ("macAddress:mac priority:u8 srcPort:u16 dstPort:u16 options:u8 data:rest", CALLBACK),
    0x2E: ("", SYSTEM),
    0x2F: ("macAddress:mac next:u8", MOTE),
    0x30: ("source:mac dest:mac", PATH),
    0x31: ("macAddress:mac filter:u8 pathId:u16", "pathId:u16 " + PATH),
    0x35: (
        "",
        "serTxCnt:u16 serRxCnt:u16 serRxCRCErr:u16 serRxOverruns:u16 apiEstabConn:u16"
        " apiDroppedConn:u16 apiTxOk:u16 apiTxErr:u16 apiTxFail:u16 apiRxOk:u16 apiRxProtErr:u16",
    ),
    0x37: ("", "license:x13"),
    0x3E: (
        "macAddress:mac",
        "macAddress:mac state:u8 numNbrs:u8 numGoodNbrs:u8 requestedBw:u32 totalNeededBw:u32"
        " assignedBw:u32 packetsReceived:u32 packetsLost:u32 avgLatency:u32"
        " | stateTime:u32 numJoins:u8 hopDepth:u8",
    ),
    0x3F: ("", CONFIG),
    0x40: (
        "",
        "numMotes:u16 asnSize:u16 advertisementState:u8 downFrameState:u8 netReliability:u8"
        " netPathStability:u8 netLatency:u32 netState:u8 ipv6Address:x16"
        " | numLostPackets:u32 numArrivedPackets:u64 maxNumbHops:u8",
    ),
    0x41: ("moteId:u16", MOTE),
    0x43: ("", "ipv6Address:x16 mask:x16"),
    0x46: ("macAddress:mac idx:u16", "idx:u16 utilization:u8 numLinks:u8"),
}

LINK = "frameId:u8 slot:u32 channelOffset:u8 moteId:u16 flags:u8"

SESSION = {
    0x01: "version:u8 cliSeqNo:u8 mode:u8",
    0x02: "successCode:u8 version:u8 mgrSeqNo:u8 cliSeqNo:u8 mode:u8",
    0x03: "version:u8 mode:u8",
}

NOTIFICATIONS = {
    1: "eventId:u32 eventType:u8",
    2: "macAddress:mac logMsg:rest",
    4: UTC + " macAddress:mac srcPort:u16 dstPort:u16 data:rest",
    5: UTC + " macAddress:mac packet:rest",
    6: "macAddress:mac",
    7: "numRxOK:u16 numRxErr:u16 numRxInv:u16 numRxMiss:u16 perInt:u16 perFrac:u16",
}

EVENTS = {
    **dict.fromkeys((0, 3, 4, 5, 16), "macAddress:mac"),
    1: "",
    **dict.fromkeys((2, 12), "callbackId:u32 rc:u8"),
    6: TIME,
    7: "callbackId:u32 macAddress:mac delay:u32 voltage:u16 temperature:i8",
    **dict.fromkeys((10, 11), "source:mac dest:mac direction:u8"),
    **dict.fromkeys((13, 14), "macAddress:mac moteId:u16"),
    15: "macAddress:mac reason:u8",
}

DEVICE = (
    "charge:u32 queueOcc:u8 temperature:i8 batteryVoltage:u16 numTxOk:u16 numTxFail:u16 numRxOk:u16"
    " numRxLost:u16 numMacDropped:u8 numTxBad:u8 badLinkFrameId:u8 badLinkSlot:u32 badLinkOffset:u8"
    " | numNetMicErr:u8 numMacMicErr:u8 numMacCrcErr:u8"
)
NEIGHBOR = (
    "neighborId:u16 neighborFlag:u8 rssi:i8 numTxPackets:u16 numTxFailures:u16 numRxPackets:u16"
)
DISCOVERED = "neighborId:u16 rssi:i8 numRx:u8"
CHANNEL = "idleRssi:i8 txUnicastAttempts:u16 txUnicastFailures:u16"

OAP_PORT = 0xF0B9


class Octets:
    """Octets that are read from the front."""

    def __init__(self, octets):
        self.octets = octets

    def take(self, count):
        if count > len(self.octets):
            raise ValueError(f"{count} octets wanted, {len(self.octets)} left")
        taken, self.octets = self.octets[:count], self.octets[count:]
        return taken

    def field(self, kind):
        if kind == "mac":
            return "-".join(f"{octet:02x}" for octet in self.take(8))
        if kind == "rest":
            return self.take(len(self.octets)).hex()
        if kind[0] == "x":
            return self.take(int(kind[1:])).hex()
        return int.from_bytes(self.take(int(kind[1:]) // 8), "big", signed=kind[0] == "i")

    def fields(self, layout):
        found = {}
        for field in layout.split():
            if field == "|":
                if not self.octets:
                    break
                continue
            name, kind = field.split(":")
            found[name] = self.field(kind)
        return found

    def items(self, count, layout):
        return [self.fields(layout) for _ in range(count)]


def unstuffed(frame):
    """What a frame holds, without flags, escapes and FCS."""
    if frame[0] != 0x7E or frame[-1] != 0x7E:
        raise ValueError("no flags")
    octets, escaped = bytearray(), False
    for octet in frame[1:-1]:
        if octet == 0x7D:
            escaped = True
            continue
        octets.append(octet ^ 0x20 if escaped else octet)
        escaped = False
    register = 0xFFFF
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ 0x8408 if register & 1 else register >> 1
    if register != 0xF0B8:
        raise ValueError("wrong FCS")
    return bytes(octets[:-2])


def block(number, octets):
    """A part of a health report."""
    if number == 0x80:
        return octets.fields(DEVICE)
    if number == 0x81:
        return {"neighbors": octets.items(octets.field("u8"), NEIGHBOR)}
    if number == 0x82:
        parents, count = octets.field("u8"), octets.field("u8")
        return {"numJoinParents": parents, "discovered": octets.items(count, DISCOVERED)}
    if number == 0x91:
        kind, length = octets.field("u8"), octets.field("u8")
        return {"extType": kind, "channels": octets.items(length // 5, CHANNEL)}
    return octets.fields("unknown:rest")


def blocks(octets):
    found = []
    while octets.octets:
        number, length = octets.field("u8"), octets.field("u8")
        found.append({"id": number, **block(number, Octets(octets.take(length)))})
    return found


def oap(octets):
    """An OAP message of a mote."""
    found = octets.fields("control:u8 id:u8 command:u8")
    if found["command"] != 5:
        return {**found, "payload": octets.field("rest")}
    found["type"] = octets.field("u8")
    if found["type"] not in (0, 1):
        return {**found, "payload": octets.field("rest")}
    if octets.field("u8") != 0xFF:
        raise ValueError("no address")
    found["address"] = octets.field(f"x{octets.field('u8')}")
    found.update(octets.fields("secs:i64 usecs:u32 rate:u32 numSamples:u8 sampleSize:u8"))
    kind = {8: "u8", 16: "i16"}[found["sampleSize"]]
    if found["type"] == 1:
        return {**found, **octets.fields(f"min:{kind} max:{kind} average:{kind}")}
    return {**found, "samples": [octets.field(kind) for _ in range(found["numSamples"])]}


def notification(octets):
    found = {"notification": octets.field("u8")}
    found.update(octets.fields(NOTIFICATIONS[found["notification"]]))
    if found["notification"] == 1:
        found.update(octets.fields(EVENTS[found["eventType"]]))
    elif found["notification"] == 4 and found["dstPort"] == OAP_PORT:
        found["oap"] = oap(Octets(bytes.fromhex(found.pop("data"))))
    elif found["notification"] == 6:
        found["blocks"] = blocks(octets)
    return found


def packet(octets):
    found = octets.fields("control:u8 type:u8 seq:u8 length:u8")
    if found.pop("length") != len(octets.octets):
        raise ValueError("wrong length")
    kind, is_response = found["type"], found["control"] & 1
    if kind in SESSION:
        return {**found, **octets.fields(SESSION[kind])}
    if kind == 0x14:
        return {**found, **(octets.fields("rc:u8") if is_response else notification(octets))}
    request, response = COMMANDS[kind]
    if not is_response:
        return {**found, **octets.fields(request)}
    found["rc"] = octets.field("u8")
    if found["rc"] == 0:
        found.update(octets.fields(response))
        if kind == 0x46:
            found["links"] = octets.items(found["numLinks"], LINK)
    return found


def as_json(value):
    if isinstance(value, dict):
        return "{" + ",".join(f'"{name}":{as_json(item)}' for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(as_json, value)) + "]"
    return str(value) if isinstance(value, int) else f'"{value}"'


def main():
    for line in sys.stdin:
        _, direction, digits = line.split()
        found = packet(Octets(unstuffed(bytes.fromhex(digits))))
        print(as_json({"side": direction, **found}))


if __name__ == "__main__":
    main()
