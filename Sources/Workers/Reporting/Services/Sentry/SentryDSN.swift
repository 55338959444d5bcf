import Complaints

/// Where a project of Sentry is and what opens it: `scheme://PUBLIC[:SECRET]@host[:port]/[path/]PROJECT`.
struct SentryDSN: Sendable, Equatable {
    var publicKey: String
    var secretKey: String?
    var project: String
    /// Scheme, host, port and path prefix, without a slash at the end.
    var base: String
    private var scheme: String

    /// What is wrong with a DSN, in words that do not repeat it.
    struct Problem: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    init(_ text: String) throws(Problem) {
        let address: NetworkAddress
        do throws(NetworkAddress.Problem) {
            address = try NetworkAddress(text, schemes: ["https", "http"])
        } catch {
            throw Problem(description: error.description)
        }
        guard let user = address.user, !user.isEmpty else { throw Problem(description: "there is no key before \"@\"") }
        let segments = address.path.prefix { !"?#".contains($0) }.split(separator: "/")
        guard let project = segments.last else { throw Problem(description: "it does not end with a project") }
        let allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
        guard project.allSatisfy({ allowed.contains($0) }) else {
            throw Problem(description: "it does not end with a project's number")
        }
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        scheme = address.scheme
        publicKey = user
        secretKey = address.password.flatMap { $0.isEmpty ? nil : $0 }
        self.project = String(project)
        base =
            "\(scheme)://\(host)\(address.port.map { ":\($0)" } ?? "")"
            + segments.dropLast().map { "/\($0)" }.joined()
    }

    /// Takes envelopes; servers from before 2020 do not have it.
    var envelopeURL: String { "\(base)/api/\(project)/envelope/" }

    /// Takes single events.
    var storeURL: String { "\(base)/api/\(project)/store/" }

    /// As an envelope's header names it: without the secret, which the header of the request holds.
    var publicText: String {
        "\(scheme)://\(publicKey)@\(base.dropFirst(scheme.count + 3))/\(project)"
    }

    /// The value of `X-Sentry-Auth`.
    var authorization: String {
        "Sentry sentry_version=7, sentry_client=complainer/\(Version.number), sentry_key=\(publicKey)"
            + (secretKey.map { ", sentry_secret=\($0)" } ?? "")
    }
}
