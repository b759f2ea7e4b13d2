use crate::field::message;

message! {
    /// The response to `getManagerStatistics` (0x35): what the manager's serial port has seen. The
    /// counters begin again after 65 535.
    ///
    /// ```text
    /// | serTxCnt (2) | serRxCnt (2) | serRxCRCErr (2) | serRxOverruns (2) | apiEstabConn (2)
    /// | apiDroppedConn (2) | apiTxOk (2) | apiTxErr (2) | apiTxFail (2) | apiRxOk (2)
    /// | apiRxProtErr (2) |
    /// ```
    pub struct ManagerStatistics {
        /// Packets sent.
        pub ser_tx_cnt: u16,
        /// Packets received.
        pub ser_rx_cnt: u16,
        /// Packets received with a wrong FCS.
        pub ser_rx_crc_err: u16,
        /// Times that octets came too fast.
        pub ser_rx_overruns: u16,
        /// Sessions begun.
        pub api_estab_conn: u16,
        /// Sessions given up.
        pub api_dropped_conn: u16,
        /// Reliable notifications that were acknowledged.
        pub api_tx_ok: u16,
        /// Those that were acknowledged with an error.
        pub api_tx_err: u16,
        /// Those that were not acknowledged.
        pub api_tx_fail: u16,
        /// Requests taken.
        pub api_rx_ok: u16,
        /// Requests dropped as malformed.
        pub api_rx_prot_err: u16,
    }
}
