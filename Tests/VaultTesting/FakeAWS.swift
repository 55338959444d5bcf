import Foundation
import Synchronization

/// The part of Vault that OpenBao has not: `aws/creds/<role>` and the leases of that, as a script of ``FakeVault``.
/// Credentials are made for whoever has a token, and end with it.
public final class FakeAWS: Sendable {
    public struct Lease: Sendable, Equatable {
        public var id: String
        public var token: String
        /// Seconds, as it was granted last.
        public var duration: Int
        public var isRevoked = false
        public var increments: [Int] = []
    }

    private let state = Mutex<[Lease]>([])
    private let duration: Int
    private let longest: Int
    private let isRenewable: Bool
    private let sessionToken: String?

    /// - Parameters:
    ///   - duration: of a new lease, in seconds.
    ///   - longest: what a renewed one lasts at most.
    public init(duration: Int, longest: Int = 1_000_000, isRenewable: Bool = true, sessionToken: String? = nil) {
        self.duration = duration
        self.longest = longest
        self.isRenewable = isRenewable
        self.sessionToken = sessionToken
    }

    public var leases: [Lease] { state.withLock { $0 } }

    /// The keys of the lease of that number, from 1.
    public static func accessKey(_ number: Int) -> String { "AKIAFAKEACCESS\(number)" }
    public static func secretKey(_ number: Int) -> String { "fake/Secret+Key\(number)" }

    /// nil: not for this one.
    public func answer(_ request: FakeVault.Request) -> FakeVault.Answer? {
        let parts = request.line.components(separatedBy: " /v1/")
        guard parts.count == 2, let token = request.token else { return nil }
        if request.line.hasPrefix("GET /v1/aws/creds/") { return create(parts[1], token) }
        if request.line == "POST /v1/auth/token/revoke-self" {
            state.withLock { leases in
                for index in leases.indices where leases[index].token == token { leases[index].isRevoked = true }
            }
            return nil
        }
        guard request.line.hasPrefix("PUT /v1/sys/leases/"),
            let body = try? JSONDecoder().decode([String: String].self, from: Data(request.body.utf8))
        else { return nil }
        return state.withLock { leases in
            guard let index = leases.firstIndex(where: { $0.id == body["lease_id"] && !$0.isRevoked }) else {
                return .refusal(400, "lease not found")
            }
            if parts[1] == "sys/leases/revoke" {
                leases[index].isRevoked = true
                return FakeVault.Answer(status: 204)
            }
            let increment = Int(body["increment"] ?? "") ?? 0
            leases[index].increments.append(increment)
            leases[index].duration = min(increment, longest)
            return .json(
                #"{"lease_id":"\#(leases[index].id)","lease_duration":\#(leases[index].duration),"renewable":true}"#)
        }
    }

    private func create(_ path: String, _ token: String) -> FakeVault.Answer {
        let number = state.withLock { leases in
            let number = leases.count + 1
            leases.append(Lease(id: "\(path)/lease\(number)", token: token, duration: duration))
            return number
        }
        let session = sessionToken.map { "\"\($0)\"" } ?? "null"
        return .json(
            #"{"lease_id":"\#(path)/lease\#(number)","lease_duration":\#(duration),"renewable":\#(isRenewable),"#
                + #""data":{"access_key":"\#(Self.accessKey(number))","secret_key":"\#(Self.secretKey(number))","#
                + #""security_token":\#(session)}}"#)
    }
}
