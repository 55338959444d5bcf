/// How https connections are secured. Files are PEM and are read when a connection is made.
public struct TLSOptions: Sendable, Equatable {
    /// Certificates of the authorities to trust. Without these and ``caPath``, those that `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name; without them, the system's.
    public var caFile: String?
    /// A directory of such certificates, prepared with `openssl rehash`.
    public var caPath: String?
    /// The client's own certificate, where the server wants one.
    public var certificateFile: String?
    public var keyFile: String?
    /// False accepts any certificate of any name: only for tests and for clusters that never had certificates.
    public var verifyPeer: Bool
    /// The name the server's certificate must be for, and the one asked for with SNI, when the URL has another (an
    /// address, most often).
    public var serverName: String?

    public init(
        caFile: String? = nil, caPath: String? = nil, certificateFile: String? = nil, keyFile: String? = nil,
        verifyPeer: Bool = true, serverName: String? = nil
    ) {
        self.caFile = caFile
        self.caPath = caPath
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.verifyPeer = verifyPeer
        self.serverName = serverName
    }
}
