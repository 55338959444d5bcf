import HTTPClient
import Logging
import MesosExecutor
import Observability
import VaultClient

/// The secrets of the task: fetches them before the container is made, sees when borrowed ones end, and gives those back.
/// While the container runs it holds an alarm and no connection.
actor TaskSecrets {
    private let settings: ExecutorSettings
    private let variables: [String: String]
    private let leave: @Sendable ([UInt8]) async -> Void
    private let expired: @Sendable (String) -> Void
    private let logger = Logger(label: ContainerWorker.role)
    private var note: WorkerNote
    private var resolved = ResolvedSecrets()
    private var alarm: Task<Void, Never>?

    /// Of one request that gives something back: nobody waits for it for long.
    private static let patienceAtTheEnd: Duration = .seconds(2)

    /// - Parameters:
    ///   - note: of the worker before this one.
    ///   - leave: keeps a note for the worker after this one.
    ///   - expired: the task must be stopped; with the time at which its credentials end.
    init(
        _ settings: ExecutorSettings, variables: [String: String], note: [UInt8]?,
        leave: @escaping @Sendable ([UInt8]) async -> Void, expired: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.variables = variables
        self.leave = leave
        self.expired = expired
        self.note = WorkerNote(note)
    }

    /// When the credentials that the task has end, for people; nil: it has none.
    var expiry: String? { note.loan?.end?.text }

    /// Whether the worker before this one knew that all is over.
    var isReported: Bool { note.isReported }

    /// Lets the worker after this one know that all is over; it does when this returns.
    func leaveReported() async {
        note.isReported = true
        await save()
    }

    /// Goes on where the worker before this one was.
    func begin() {
        Redactor.shared.register(note.secrets + (note.loan.map { [$0.token] } ?? []))
        schedule()
    }

    /// Fetches what the container is to be given.
    ///
    /// - Parameter environment: `NAME=value`, as the task has it.
    /// - Throws: an error whose description is for the framework.
    func prepare(_ environment: [String]) async throws {
        let wanted = try SecretVariables(environment)
        guard !wanted.all.isEmpty || !settings.awsRole.isEmpty else { return }
        // A worker before this one has died on its way: its container was never made.
        await giveBack()
        let vault = try VaultSettings(variables)
        let http = Self.client()
        let source = TokenSource(vault, client: VaultClient(vault.configuration, http: http).with(token: nil))
        var resolved = ResolvedSecrets()
        if !wanted.all.isEmpty { resolved.values = try await read(wanted, source) }
        if !settings.awsRole.isEmpty {
            let (credentials, loan) = try await AWSLoan(settings).take(source) { await self.remember($0) }
            resolved.credentials = [
                .init("AWS_ACCESS_KEY_ID", credentials.accessKey),
                .init("AWS_SECRET_ACCESS_KEY", credentials.secretKey),
            ]
            if let session = credentials.sessionToken {
                resolved.credentials.append(.init("AWS_SESSION_TOKEN", session))
            }
            hide(resolved.credentials.compactMap(\.value))
            await remember(loan)
        }
        self.resolved = resolved
        schedule()
    }

    /// What `prepare` has fetched; it is not kept any longer.
    func take() -> ResolvedSecrets {
        defer { resolved = ResolvedSecrets() }
        return resolved
    }

    /// The container has ended: gives back what was borrowed for it. May be called again.
    func giveBack() async {
        alarm?.cancel()
        guard let loan = note.loan else { return }
        note.loan = nil
        guard var vault = try? VaultSettings(variables) else { return }
        vault.configuration.timeout = min(vault.configuration.timeout, Self.patienceAtTheEnd)
        let client = VaultClient(vault.configuration, http: Self.client()).with(token: loan.token)
        if let lease = loan.lease {
            do throws(VaultError) {
                try await client.revoke(lease: lease)
                logger.info("gave the AWS credentials back", metadata: ["lease": "\(lease)"])
            } catch {
                // A policy may not allow it, or a worker before this one has done it; the token takes it along.
                logger.info("\(error)")
            }
        }
        do throws(VaultError) {
            try await client.revokeSelf()
            await save()
        } catch  where error.kind == .forbidden {
            // It is no token any more.
            await save()
        } catch {
            // Somebody may come who tries again.
            note.loan = loan
            logger.warning("the AWS credentials are good until \(loan.end?.text ?? "their end"): \(error)")
        }
    }

    private func read(_ wanted: SecretVariables, _ source: TokenSource) async throws -> [String: String] {
        let acquired = try await source.acquire()
        Redactor.shared.register([acquired.token])
        let client = source.client.with(token: acquired.token)
        var reader = SecretReader(client)
        let values = try await wanted.resolve(&reader)
        hide(Array(values.values))
        await save()
        for variable in wanted.all {
            logger.info("got a secret", metadata: ["variable": "\(variable.name)", "from": "\(variable.reference)"])
        }
        // Tokens pile up in Vault; but what was made for this one must last.
        if acquired.isOnlyOurs, !reader.hasLeases {
            do throws(VaultError) { try await client.revokeSelf() } catch { logger.info("\(error)") }
        }
        return values
    }

    private func remember(_ loan: WorkerNote.Loan) async {
        note.loan = loan
        await save()
    }

    private func hide(_ secrets: [String]) {
        // The lines of a key are secrets as well: not everybody keeps line breaks as they are.
        let lines = secrets.filter { $0.contains("\n") }.flatMap { secret in
            secret.split(separator: "\n").filter { $0.utf8.count >= 8 }.map { String($0) }
        }
        note.secrets += secrets + lines
        Redactor.shared.register(secrets + lines)
    }

    private func save() async {
        await leave(note.bytes)
    }

    private func schedule() {
        alarm?.cancel()
        guard let end = note.loan?.end else { return }
        alarm = Task { [expired] in
            try? await Task.sleep(until: end.instant - AWSLoan.notice, clock: .continuous)
            if !Task.isCancelled { expired(end.text) }
        }
    }

    /// Lives as long as the requests; as Vault's own client, by the proxy that the environment names.
    private static func client() -> HTTPClient {
        HTTPClient(HTTPClient.Configuration(userAgent: "sidecar-executor", maxCachedConnections: 2))
    }
}
