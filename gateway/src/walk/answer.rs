use manager_core::command::{
    MoteConfig, MoteInfo, MoteLinks, NetworkInfo, NextPathInfo, RawResponse,
};
use manager_core::{PacketType, Response, ResponseCode};

/// An answer to a walk's question.
pub(crate) enum Answer {
    /// `None` if the manager does not say.
    Network(Option<NetworkInfo>),
    Mote(MoteConfig),
    /// There is no other mote, for this reason.
    NoMote(ResponseCode),
    /// `None` if the manager does not say.
    Info(Option<MoteInfo>),
    /// Some of a mote's links.
    Links(MoteLinks),
    /// It has no other, for this reason.
    NoLinks(ResponseCode),
    /// `None` if there is no other.
    Path(Option<NextPathInfo>),
}

/// The answer, if it is one to a question of a walk. One that cannot be read is as good as none: to
/// go on without it is better than to ask for it without end.
pub(crate) fn answer_of(response: &RawResponse<'_>) -> Option<Answer> {
    let parsed = response.parse();
    Some(match (response.packet_type, parsed) {
        (_, Ok(Response::GetNetworkInfo(info))) => Answer::Network(Some(info)),
        (_, Ok(Response::GetMoteConfig(mote))) => Answer::Mote(mote),
        (_, Ok(Response::GetMoteInfo(info))) => Answer::Info(Some(info)),
        (_, Ok(Response::GetMoteLinks(links))) => Answer::Links(links),
        (_, Ok(Response::GetNextPathInfo(path))) => Answer::Path(Some(path)),
        (PacketType::GetNetworkInfo, _) => Answer::Network(None),
        (PacketType::GetMoteConfig, Ok(Response::Refused { code, .. })) => Answer::NoMote(code),
        (PacketType::GetMoteConfig, _) => Answer::NoMote(ResponseCode::InvalidArgument),
        (PacketType::GetMoteInfo, _) => Answer::Info(None),
        (PacketType::GetMoteLinks, Ok(Response::Refused { code, .. })) => Answer::NoLinks(code),
        (PacketType::GetMoteLinks, _) => Answer::NoLinks(ResponseCode::InvalidArgument),
        (PacketType::GetNextPathInfo, _) => Answer::Path(None),
        _ => return None,
    })
}
