import Logging
import Observability
import VaultClient

/// Borrows credentials for AWS from Vault: with a token of their own, which lasts a little longer than they do, as Vault
/// takes back what a token has borrowed when the token ends.
struct AWSLoan: Sendable {
    /// So long before the end of the credentials the task is stopped.
    static let notice: Duration = .seconds(360)
    /// By that the token outlives the credentials.
    static let surplus: Duration = .seconds(60)
    private static let standardLifetime: Duration = .seconds(3600)

    let role: String
    /// The wanted lifetime; nil: whatever Vault gives.
    let lifetime: Duration?
    let longest: Duration
    private let logger = Logger(label: ContainerWorker.role)

    init(_ settings: ExecutorSettings) {
        role = settings.awsRole
        lifetime = settings.awsRoleTTL
        longest = settings.awsRoleMaxTTL
    }

    /// What the token is asked to last, and the credentials before the notice.
    var wanted: Duration { min(lifetime ?? Self.standardLifetime, longest) }

    /// - Parameter taken: is told of everything that must be given back, as soon as it was taken.
    func take(
        _ source: TokenSource, taken: @Sendable (WorkerNote.Loan) async -> Void
    ) async throws -> (AWSCredentials, WorkerNote.Loan) {
        var asked = ContinuousClock.now
        let token = try await source.login(for: wanted)
        var tokenEnd = token.lifetime.map { asked + $0 }
        var loan = WorkerNote.Loan(token: token.value)
        await taken(loan)
        let client = source.client.with(token: token.value)

        asked = .now
        var credentials = try await client.awsCredentials(role: role)
        Redactor.shared.register([credentials.accessKey, credentials.secretKey, credentials.sessionToken ?? ""])
        loan.lease = credentials.lease.id
        await taken(loan)
        if lifetime != nil, let renewed = try await renew(credentials.lease, client) {
            asked = .now
            credentials.lease = renewed
        }
        let leaseEnd = asked + credentials.lease.lifetime

        // Not beyond what the operator allows, whatever Vault lends.
        if let end = tokenEnd, end < leaseEnd + Self.surplus, token.isRenewable {
            let needed = min(asked.duration(to: leaseEnd), longest + Self.notice) + Self.surplus
            asked = .now
            if let renewed = try await renew(client, for: needed) { tokenEnd = renewed.lifetime.map { asked + $0 } }
        }
        let end = min(leaseEnd, tokenEnd ?? leaseEnd)
        let left = ContinuousClock.now.duration(to: end)
        guard left > Self.notice else {
            throw AWSLoanError(
                "the AWS credentials of the role \(role) last \(left.components.seconds) s, and a task is stopped "
                    + "\(Self.notice.components.seconds) s before their end: give the role a longer lease in Vault, or set "
                    + "EXECUTOR_AWS_ROLE_TTL")
        }
        loan.end = LoanEnd(end)
        await taken(loan)
        logger.info(
            "got AWS credentials",
            metadata: ["role": "\(role)", "lease": "\(credentials.lease.id)", "until": "\(loan.end?.text ?? "")"])
        return (credentials, loan)
    }

    /// nil when it stays as it is.
    private func renew(_ lease: VaultLease, _ client: VaultClient) async throws(VaultError) -> VaultLease? {
        guard lease.isRenewable else {
            logger.warning("the AWS credentials cannot be renewed: they last \(lease.lifetime)")
            return nil
        }
        do throws(VaultError) {
            let renewed = try await client.renew(lease, for: wanted + Self.notice)
            if renewed.lifetime + .seconds(10) < wanted + Self.notice {
                logger.warning("the AWS credentials last \(renewed.lifetime), not \(wanted + Self.notice) as is wanted")
            }
            return renewed
        } catch {
            if error.kind == .cancelled { throw error }
            logger.warning("the AWS credentials last \(lease.lifetime): \(error)")
            return nil
        }
    }

    private func renew(_ client: VaultClient, for lifetime: Duration) async throws(VaultError) -> VaultToken? {
        do throws(VaultError) {
            return try await client.renewSelf(lifetime)
        } catch {
            if error.kind == .cancelled { throw error }
            logger.warning("the AWS credentials end with their token: \(error)")
            return nil
        }
    }
}

/// Why there are no credentials that a task could work with.
struct AWSLoanError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
